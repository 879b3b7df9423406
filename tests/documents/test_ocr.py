from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.documents import ocr, readers
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.ocr import Recognizer, find_recognizer
from lmstudio_lite.documents.pdf import reader as pdf
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.documents import RECOGNIZED
from lmstudio_lite.errors import DocumentScannedError
from tests.documents.pdf_files import A4, Page, pdf_of, scan_of_print


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_FOLDERS", ())
    monkeypatch.setattr(ocr, "_DEBIAN_FOLDER", "/nowhere")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("TESSDATA_PREFIX", "")


def scan(num_pages: int) -> bytes:
    pages = [Page() for _ in range(num_pages)]
    for page in pages:
        page.draw(scan_of_print(), (0, 0, *A4))
    return pdf_of(pages)


def test_language_data_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_recognizer() is None
    folder = tmp_path / "tessdata"
    folder.mkdir()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_recognizer() is None
    for code in ("ita", "osd", "eng", "deu", "fra"):
        (folder / f"{code}.traineddata").write_bytes(b"")
    monkeypatch.setattr("locale.getlocale", lambda: ("fr_FR", "UTF-8"))
    assert find_recognizer() == Recognizer(folder, "fra+eng+deu")


def test_data_that_does_not_work_leaves_it_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "eng.traineddata").write_bytes(b"no data")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan(2))
    with pytest.raises(DocumentScannedError) as caught:
        read_document(path, ReadLimits())
    assert caught.value.details["num_pages"] == 2


def test_recognized_text_is_known_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_recognizer", lambda: Recognizer(tmp_path, "eng"))
    monkeypatch.setattr(pdf, "recognize_page", lambda *_: "Meeting minutes of March.")
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan(1))
    document = read_document(path, ReadLimits())
    assert document.text == "Meeting minutes of March."
    assert document.mime_type == f"application/pdf{RECOGNIZED}"
    with pytest.raises(DocumentScannedError):
        read_document(path, ReadLimits(recognizes_scans=False))


def test_pictures_are_recognized_like_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(DocumentScannedError):
        read_document(path, ReadLimits())
    reading = Reading("A street sign.", "", (), is_recognized=True)
    monkeypatch.setattr(readers, "find_recognizer", lambda: Recognizer(tmp_path, "eng"))
    monkeypatch.setattr(readers, "_recognize", lambda *_: reading)
    document = read_document(path, ReadLimits())
    assert (document.text, document.mime_type) == ("A street sign.", f"image/png{RECOGNIZED}")

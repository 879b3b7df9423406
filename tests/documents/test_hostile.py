"""Documents that are too much or mean harm: read within bounds or refused, and nothing else disturbed."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.documents.structure.chunk import chunk_document
from lmstudio_lite.documents.structure.stretches import find_stretches
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.inventory import unread_of
from lmstudio_lite.errors import DocumentError, DocumentTooLargeError
from tests.documents.pdf_files import Page, pdf_of, scan_of_print
from tests.documents.samples import WORD_NAMESPACE, make_pdf, make_zip

_MEBIBYTE = 1 << 20


def growth_bytes(since: int) -> int:
    return int(psutil.Process().memory_info().rss) - since


def test_a_pdf_of_5000_pages_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    pages = [["A long report", f"This is what page {n} says.", str(n)] for n in range(1, 5001)]
    path.write_bytes(make_pdf(pages))
    before = psutil.Process().memory_info().rss
    document = DocumentReader().read(path, Cancellation())
    assert len(document.pages) == 5000
    last = document.pages[-1]
    assert document.text[last.start : last.end].strip() == "This is what page 5000 says."
    assert growth_bytes(before) < 100 * _MEBIBYTE


def test_pictures_and_pages_of_any_size_are_drawn_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    scan = Page(size=(14_400, 14_400))
    scan.draw(scan_of_print(), (0, 0, 14_400, 14_400))
    text = Page(size=(100_000, 100_000))
    text.write_lines(["A few words on a page of 35 metres."])
    path.write_bytes(pdf_of([scan, text]))
    document = DocumentReader(ReadLimits(recognizes_scans=False)).read(path, Cancellation())
    assert "35 metres" in document.text
    assert [part.number for part in unread_of(document.inventory)] == [1]


def test_a_number_of_pages_that_is_a_lie_is_no_reason_to_count_them(tmp_path: Path) -> None:
    path = tmp_path / "lie.pdf"
    page = Page()
    page.write_lines(["The only page there is."])
    path.write_bytes(pdf_of([page]).replace(b"/Count 1 ", b"/Count 2000000000 "))
    try:
        document = DocumentReader().read(path, Cancellation())
    except DocumentError:
        return
    assert document.text == "The only page there is."


def test_a_text_of_200_megabytes_is_refused_in_numbers(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    line = b"one more line of a log that nobody reads\n" * 25_000
    with path.open("wb") as file:
        for _ in range(205):
            file.write(line)
    before = psutil.Process().memory_info().rss
    with pytest.raises(DocumentTooLargeError) as caught:
        DocumentReader().read(path, Cancellation())
    assert int(str(caught.value.details["size_bytes"])) > 200_000_000
    assert growth_bytes(before) < 50 * _MEBIBYTE


@pytest.mark.parametrize("character", ["x", "word ", "字"])
def test_a_line_of_a_million_characters_is_cut(tmp_path: Path, character: str) -> None:
    path = tmp_path / "line.txt"
    path.write_text(character * (1_000_000 // len(character)), "utf-8")
    began = time.monotonic()
    document = DocumentReader().read(path, Cancellation())
    chunks = chunk_document(
        document,
        find_stretches(document),
        budget_tokens=1500,
        count_tokens=lambda texts: [len(text) // 3 + 1 for text in texts],
    )
    assert "".join(chunk.text for chunk in chunks) == document.text
    assert max(chunk.num_tokens for chunk in chunks) <= 1500
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("kind", ["SYSTEM", "PUBLIC 'x'"])
def test_a_word_file_does_not_bring_other_files_in(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the password is swordfish", "utf-8")
    xml = (
        f'<!DOCTYPE w:document [<!ENTITY stolen {kind} "{secret.as_uri()}">]>'
        f'<w:document xmlns:w="{WORD_NAMESPACE}"><w:body>'
        "<w:p><w:r><w:t>Before &stolen; after all of that.</w:t></w:r></w:p></w:body></w:document>"
    )
    path = tmp_path / "letter.docx"
    path.write_bytes(make_zip({"word/document.xml": xml}))
    try:
        text = DocumentReader().read(path, Cancellation()).text
    except DocumentError:
        return
    assert "swordfish" not in text


def test_entities_that_grow_are_not_unfolded(tmp_path: Path) -> None:
    laughs = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(10)
    )
    xml = (
        f'<!DOCTYPE w:document [{laughs}]><w:document xmlns:w="{WORD_NAMESPACE}"><w:body>'
        "<w:p><w:r><w:t>Before &l9; after.</w:t></w:r></w:p></w:body></w:document>"
    )
    path = tmp_path / "laughs.docx"
    path.write_bytes(make_zip({"word/document.xml": xml}))
    try:
        text = DocumentReader().read(path, Cancellation()).text
    except DocumentError:
        return
    assert len(text) < 10_000


def test_a_pasted_line_of_a_million_characters_is_a_document() -> None:
    began = time.monotonic()
    document = text_document("x" * 1_000_000, "line")
    assert len(document.text) == 1_000_000
    assert time.monotonic() - began < 20

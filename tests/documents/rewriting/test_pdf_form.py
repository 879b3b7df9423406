from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.rewriting.files import write_translation
from lmstudio_lite.domain.units import BilingualLayout, ReadUnitsOptions, UnitKind, WriteUnitsOptions
from lmstudio_lite.errors import DocumentEncryptedError, DocumentError, DocumentScannedError
from tests.documents.pdf_files import Page, pdf_of, scan_of_print
from tests.documents.rewriting.markup_files import TriedFile, part_of, written_file
from tests.documents.rewriting.texts import pseudo
from tests.documents.samples import sample

_LINES = [
    "In the year of the flood the people of the town built a new harbour for the ships that",
    "came from the north & a wall for the boats of the men who fished along the coast.",
]
_MORE = ["Nobody knew then that the sea would take both of them in the winter of the same year,", "nor when."]


def _report(folder: Path) -> TriedFile:
    first, second = Page(), Page()
    first.write_lines(["1. The harbour of the town"], size=18)
    first.write_lines(_LINES, y=700)
    second.write_lines(_MORE)
    return written_file(folder, "a.pdf", pdf_of([first, second]))


def test_paragraphs_are_units_with_their_pages(tmp_path: Path) -> None:
    found = _report(tmp_path).units
    assert [(unit.place.kind, unit.place.part, unit.place.number) for unit in found.units] == [
        (UnitKind.HEADING, "1", 1), (UnitKind.BODY, "1", 2), (UnitKind.BODY, "2", 1),
    ]  # fmt: skip
    assert found.units[1].text.startswith("In the year")
    assert "ships that came from the north & a wall" in found.units[1].text
    assert found.output_suffix == ".docx"
    assert found.changes == ("layout",)
    assert found.language == "en"


def _written(file: TriedFile, name: str, layout: BilingualLayout = BilingualLayout.NONE) -> bytes:
    target = file.path.with_name(name)
    texts = {number: pseudo(unit) for number, unit in enumerate(file.units.units)}
    wanted = WriteUnitsOptions("ar", "en", layout)
    write_translation(file.path, texts, target, ReadUnitsOptions(), wanted, ReadLimits())
    return target.read_bytes()


def test_a_word_file_holds_the_translation(tmp_path: Path) -> None:
    written = _written(_report(tmp_path), "a.docx")
    document = part_of(written, "word/document.xml")
    etree.fromstring(document.encode())
    assert re.findall("— (.) —", document) == ["1", "2"]
    assert '<w:pStyle w:val="Heading1"/><w:bidi/>' in document
    assert '<w:lang w:bidi="ar-SA"/>' in document
    assert "tijqt uibu dbnf gspn uif opsui &amp; b xbmm" in document
    text = read_document(tmp_path / "a.docx", ReadLimits()).text
    assert "Opcpez lofx uifo" in text
    assert "Nobody knew then" not in text
    below = part_of(_written(_report(tmp_path), "b.docx", BilingualLayout.BELOW), "word/document.xml")
    assert below.index("Nobody knew") < below.index("Opcpez lofx")
    beside = part_of(_written(_report(tmp_path), "c.docx", BilingualLayout.BESIDE), "word/document.xml")
    assert beside.count("<w:tc>") == 6
    etree.fromstring(beside.encode())


def test_a_page_of_two_columns_asks_the_web_for_nothing(tmp_path: Path) -> None:
    page = _written(_report(tmp_path), "a.html", BilingualLayout.BESIDE).decode()
    assert '<td lang="en" dir="ltr">Nobody knew then' in page
    assert '<td lang="ar" dir="rtl">Opcpez lofx' in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=|url\(|https?:", page)
    below = _written(_report(tmp_path), "b.html", BilingualLayout.BELOW).decode()
    assert below.count("<div") == 6


def test_scans_and_locked_files_are_refused(tmp_path: Path) -> None:
    scan = Page()
    scan.draw(scan_of_print(), (0, 0, 595, 842))
    path = written_file(tmp_path, "a.pdf", pdf_of([scan])).path
    limits = ReadLimits(recognizes_scans=False)
    with pytest.raises(DocumentScannedError):
        write_translation(path, {}, tmp_path / "a.docx", ReadUnitsOptions(), WriteUnitsOptions("de"), limits)
    with pytest.raises(DocumentError):
        _ = written_file(tmp_path, "b.pdf", b"%PDF-1.7 nothing").units
    with pytest.raises(DocumentEncryptedError):
        _ = TriedFile(sample("password.pdf")).units

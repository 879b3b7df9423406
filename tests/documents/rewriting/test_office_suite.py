"""LibreOffice opens what was written and saves it again, with the same words in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lmstudio_lite.domain.units import BilingualLayout
from tests.documents.office_files import PACKAGE, docx, paragraph, word_xml
from tests.documents.rewriting.test_sheets_form import rich_workbook
from tests.documents.rewriting.test_slides_form import deck
from tests.documents.rewriting.test_word_form import CASES
from tests.documents.rewriting.trial import check_pseudo, pseudo, read, texts_of, written

SUITE = shutil.which("soffice")
TIME_S = 120
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.document.main+xml"/></Types>'
)
UNEVEN = frozenset(
    (
        *("page numbers", "field over runs", "field in field", "hidden", "empty", "endless field"),
        *("fragments", "boxes in a group", "linked picture"),
    )
)
"""Cases in which LibreOffice reckons fields anew, or drops what is hidden or leads nowhere."""

pytestmark = pytest.mark.skipif(SUITE is None, reason="LibreOffice (soffice) is not installed here")


def saved_again(path: Path) -> Path:
    """Have LibreOffice open the file at ``path`` and save it in the same format."""
    out = path.parent / "again"
    subprocess.run(
        [
            str(SUITE),
            f"-env:UserInstallation={(path.parent / 'profile').as_uri()}",
            *("--headless", "--convert-to", path.suffix[1:], "--outdir", str(out), str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=TIME_S,
    )
    return out / path.name


def words_of(path: Path) -> set[str]:
    return {" ".join(text.split()) for text in texts_of(path)}


def word_cases(path: Path) -> Path:
    body = "".join(body for name, body in CASES.items() if name not in UNEVEN)
    notes = "".join(f"<w:footnote w:id='{number}'>{paragraph('A note')}</w:footnote>" for number in (2, 3))
    parts = {"[Content_Types].xml": TYPES, "word/footnotes.xml": word_xml("footnotes", notes)}
    path.write_bytes(docx(body, {"rId1": ("footnotes", "footnotes.xml")}, parts))
    return path


@pytest.mark.parametrize("target", ["de", "ar"])
def test_word(tmp_path: Path, target: str) -> None:
    out = check_pseudo(word_cases(tmp_path / "file.docx"), target)
    assert words_of(out) - words_of(saved_again(out)) == set()


@pytest.mark.parametrize("layout", [BilingualLayout.BELOW, BilingualLayout.BESIDE])
def test_word_with_both_languages(tmp_path: Path, layout: BilingualLayout) -> None:
    path = word_cases(tmp_path / "file.docx")
    texts = {number: pseudo(unit) for number, unit in enumerate(read(path).units)}
    out = written(path, texts, layout=layout)
    assert words_of(out) - words_of(saved_again(out)) == set()


def test_powerpoint(tmp_path: Path) -> None:
    path = tmp_path / "file.pptx"
    deck(path)
    out = check_pseudo(path, "ar")
    assert words_of(out) - words_of(saved_again(out)) == set()


def test_excel(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    rich_workbook(path)
    out = check_pseudo(path, "ar")
    assert words_of(out) - words_of(saved_again(out)) == set()

"""LibreOffice opens what was written and saves it again, with the same words and the same marks in it."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
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
    run_suite(path, path.suffix[1:], out)
    return out / path.name


def run_suite(path: Path, kind: str, out: Path) -> None:
    subprocess.run(
        [
            str(SUITE),
            f"-env:UserInstallation={(path.parent / 'profile').as_uri()}",
            *("--headless", "--convert-to", kind, "--outdir", str(out), str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=TIME_S,
    )


def words_of(path: Path) -> set[str]:
    return {" ".join(text.split()) for text in texts_of(path)}


def form_of(path: Path) -> Counter[tuple[str, str]]:
    """Return how often each text and each marked stretch of one stands in the file at ``path``."""
    form: Counter[tuple[str, str]] = Counter()
    for unit in read(path).units:
        form["text", " ".join(unit.text.split())] += 1
        form.update((mark.kind.value, unit.text[mark.start : mark.end].strip()) for mark in unit.marks)
    return form


def converted(path: Path, kind: str) -> Path:
    """Have LibreOffice make a file of another kind of the one at ``path``."""
    name, _, made_by = kind.partition(":")
    run_suite(path, f"{name}:{made_by}" if made_by else name, path.parent)
    return path.with_suffix(f".{name}")


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


PAGE = """<html lang="en"><head><meta charset="utf-8"><title>Village hall</title></head><body>
<h1>Village hall</h1>
<p>The <b>annual meeting</b> is on <i>Friday</i> in the
<a href="https://example.org/hall">old hall</a>. Bring your <b><i>own cup</i></b>.</p>
<p>Water costs 3.50 € per m<sup>3</sup>; H<sub>2</sub>O.<br>A second line follows the break.</p>
<table border="1"><tr><th>Item</th><th>Price</th></tr><tr><td>A <b>large</b> table</td><td>240.50</td></tr>
<tr><td>Door</td><td>99</td></tr></table>
<ul><li>Clean the <u>kitchen</u> floor.</li><li>Repair the roof.<ol><li>Order tiles.</li></ol></li></ul>
<p><font color="#ff0000">Red words</font> beside <span style="background:#ffff00">yellow ones</span>.</p>
</body></html>"""
LIST = 'Item,Price,Note\nDoor,99,Needs new paint\nWindow,45,"Glass is thin, handle with care"\n'


@pytest.mark.soak
@pytest.mark.parametrize("target", ["de", "ar"])
@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("file.html", ["odt:writer8"]),
        ("file.html", ["odt:writer8", "docx:MS Word 2007 XML"]),
        ("file.csv", ["ods"]),
        ("file.csv", ["xlsx"]),
    ],
    ids=["odt", "docx", "ods", "xlsx"],
)
def test_a_file_that_the_suite_made_keeps_its_marks(
    tmp_path: Path, source: str, kinds: list[str], target: str
) -> None:
    path = tmp_path / source
    path.write_text(PAGE if path.suffix == ".html" else LIST, "utf-8")
    for kind in kinds:
        path = converted(path, kind)
    out = check_pseudo(path, target)
    form = form_of(out)
    assert len(form) >= 7
    assert form_of(saved_again(out)) == form


@pytest.mark.soak
@pytest.mark.parametrize("target", ["de", "ar"])
def test_slides_that_the_suite_made_keep_their_marks(tmp_path: Path, target: str) -> None:
    deck(tmp_path / "file.pptx")
    out = check_pseudo(converted(tmp_path / "file.pptx", "odp:impress8"), target)
    assert form_of(saved_again(out)) == form_of(out)

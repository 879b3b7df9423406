"""Reading a Word file of a thousand parts, with its inventory, against kreuzberg's reading without any."""

# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.documents.embedded import unsupported
from lmstudio_lite.documents.extraction import extract
from lmstudio_lite.documents.formats import detect_format
from lmstudio_lite.documents.office.word import read_word
from lmstudio_lite.domain.inventory import PartKind
from tests.documents.office_files import NAMES, docx, paragraph, word_xml

NUM_OF_EACH = 250
NUM_PARAGRAPHS = 3000
MOST_OF_KREUZBERG = 12.0
"""Kreuzberg reads none of the charts and names nothing: it took 0.06 s, we 0.21 s, on two busy cores."""


def many_parts() -> bytes:
    """Return a Word file of 250 charts, pictures, headers and footers each, and 3,000 paragraphs."""
    linked: dict[str, tuple[str, str]] = {}
    parts: dict[str, str] = {}
    body = "".join(
        paragraph(f"Paragraph {number} tells of the harbour and its boats.")
        for number in range(NUM_PARAGRAPHS)
    )
    for number in range(NUM_OF_EACH):
        value = f"<c:val><c:numRef><c:numCache><c:pt idx='0'><c:v>{number}</c:v></c:pt></c:numCache></c:numRef></c:val>"
        chart = f"<c:chart><c:plotArea><c:barChart><c:ser>{value}</c:ser></c:barChart></c:plotArea></c:chart>"
        linked |= {
            f"rC{number}": ("chart", f"charts/chart{number}.xml"),
            f"rP{number}": ("image", f"media/image{number}.png"),
            f"rH{number}": ("header", f"header{number}.xml"),
            f"rF{number}": ("footer", f"footer{number}.xml"),
        }
        parts |= {
            f"word/charts/chart{number}.xml": f"<c:chartSpace {NAMES}>{chart}</c:chartSpace>",
            f"word/media/image{number}.png": f"PNG{number}",
            f"word/header{number}.xml": word_xml("hdr", paragraph(f"Header of part {number}")),
            f"word/footer{number}.xml": word_xml("ftr", paragraph(f"Footer of part {number}")),
        }
        body += (
            f'<w:p><w:r><w:drawing><c:chart r:id="rC{number}"/></w:drawing></w:r>'
            f'<w:r><w:drawing><a:blip r:embed="rP{number}"/></w:drawing></w:r></w:p>'
            f'<w:sectPr><w:headerReference r:id="rH{number}"/><w:footerReference r:id="rF{number}"/></w:sectPr>'
        )
    return docx(body, linked, parts)


@pytest.mark.benchmark
def test_a_word_file_of_a_thousand_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = many_parts()
    reading = read_word(content, unsupported)
    kinds = [part.kind for part in reading.inventory]
    for kind in (PartKind.CHART, PartKind.PICTURE, PartKind.HEADER, PartKind.FOOTER):
        assert kinds.count(kind) == NUM_OF_EACH
    found = detect_format(content, "many.docx")
    pairs = [
        (
            seconds(lambda: read_word(content, unsupported)),
            seconds(lambda: extract(tmp_path / "many.docx", content, found)),
        )
        for _ in range(3)
    ]
    ours, theirs = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    with capsys.disabled():
        print(f"\n1,000 parts: {ours:.2f} s, kreuzberg's reading of the body {theirs:.2f} s")  # noqa: T201
    assert ours < MOST_OF_KREUZBERG * theirs


def seconds(action: Callable[[], object]) -> float:
    """Return how long ``action`` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start

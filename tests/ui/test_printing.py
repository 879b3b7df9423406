from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.ui.printing import to_pdf


def test_a_printed_text_is_read_back(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "out.pdf"
    source = (
        "# Harbours\n\n> It was built in 1200.\n\n| Town | Ships |\n|---|--:|\n| Hamburg | 3 |\n\n<b>raw</b>"
    )
    path.write_bytes(to_pdf(source, title="Harbours"))
    document = read_document(path, ReadLimits())
    words = " ".join(document.text.split())
    assert len(document.pages) == 1
    for part in ("Harbours", "It was built in 1200.", "Hamburg", "<b>raw</b>"):
        assert part in words


def test_a_long_text_goes_over_pages(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "out.pdf"
    path.write_bytes(to_pdf("\n\n".join(f"Line {number}" for number in range(100)), title="Lines"))
    document = read_document(path, ReadLimits())
    assert len(document.pages) > 1
    assert "Line 99" in document.text

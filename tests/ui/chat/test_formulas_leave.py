"""Formulas of a conversation that is exported are drawn; where that fails they stay as they are written."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from docx import Document as WordDocument
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.formulas import DrawnFormula, Formula
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.formats.docx import to_docx
from lmstudio_lite.formats.markdown import parse
from lmstudio_lite.ui.formula_exports import with_pictures
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.printing import to_pdf
from tests.ui.chat.test_chat_files import choose_file
from tests.ui.chat.test_message_export import choose

REPLY = (
    r"In $E=mc^2$ and $a<b$ there is a sum: $$\sum_{n=1}^{5} n = 15$$ It costs $5 or $6."
    "\n\n| a | $x^2$ |\n|---|---|\n| $x^2$ | 2 |\n\nBroken: $\\unknowncommand{x}^2_{$ end."
)
_DRAWN = [r"$E=mc^2$", "$a<b$", r"$$\sum_{n=1}^{5} n = 15$$", "$x^2$", "$x^2$"]
PATIENCE_MS = 60_000


@pytest.fixture
def talk(window: MainWindow, services: Services, qtbot: QtBot) -> MainWindow:
    question = services.conversations.begin("Mass", "What is mass?")
    services.conversations.add_message(question.conversation_id, question.id, Role.ASSISTANT, REPLY)
    window.chat.history_model.load()
    window.chat.open_history_item(question.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat.thread_view.widgets) == 2)
    return window


def export(talk: MainWindow, qtbot: QtBot, path: Path) -> None:
    talk.chat.notice.clear()
    choose(talk, qtbot, "Export")
    choose_file(talk, path)
    qtbot.waitUntil(lambda: path.name in talk.chat.notice.text, timeout=PATIENCE_MS)
    qtbot.waitUntil(path.exists, timeout=PATIENCE_MS)


def test_a_reply_with_formulas_leaves_by_its_menu(talk: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    word, printed, page = (tmp_path / name for name in ("mass.docx", "mass.pdf", "mass.html"))
    export(talk, qtbot, word)
    document = WordDocument(str(word))
    assert len(document.inline_shapes) == len(_DRAWN)
    assert "It costs $5 or $6." in document.paragraphs[0].text
    assert any("\\unknowncommand{x}" in paragraph.text for paragraph in document.paragraphs)
    with zipfile.ZipFile(word) as archive:
        body = archive.read("word/document.xml").decode()
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 4  # one for each
    told = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', body)
    assert [each.replace("&lt;", "<") for each in told] == _DRAWN
    export(talk, qtbot, printed)
    pdf = pypdfium2.PdfDocument(printed)
    text = pdf[0].get_textpage().get_text_range()
    images = list(pdf[0].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))
    assert len(images) == len(_DRAWN)
    assert "mc^2" not in text
    assert "unknowncommand" in text
    pdf.close()
    export(talk, qtbot, page)
    assert page.read_text("utf-8").count("<math") == len(_DRAWN)


def test_what_takes_too_long_or_fails_stays_as_it_is_written(qapp: QApplication) -> None:
    asked: list[Formula] = []

    def draw(formula: Formula) -> DrawnFormula | None:
        asked.append(formula)
        return DrawnFormula(b"no picture", 1.0, 1.0, 0.2)

    blocks = parse(REPLY)
    assert to_docx(with_pictures(blocks, draw)) == to_docx(blocks)
    assert len(asked) == 5  # each once
    asked.clear()
    assert with_pictures(blocks, draw, limit_s=-1.0) == blocks
    assert asked == []
    assert to_pdf(with_pictures(blocks, draw), title="").startswith(b"%PDF")

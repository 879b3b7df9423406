"""The source and the summary: pages, directions, books that must not freeze the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QTextEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.source_view import SourceView
from lmstudio_lite.ui.summarize.editor import SummaryEditor
from lmstudio_lite.ui.summarize.summary_view import SummaryView
from lmstudio_lite.ui.theme import Theme
from tests.ui.summarize.documents import make_document


@pytest.fixture
def source(qtbot: QtBot, theme: Theme) -> SourceView:
    view = SourceView(theme)
    qtbot.addWidget(view)
    view.resize(400, 500)
    view.show()
    return view


@pytest.fixture
def summary(qtbot: QtBot, theme: Theme) -> SummaryView:
    view = SummaryView(theme)
    qtbot.addWidget(view)
    view.resize(400, 500)
    view.show()
    return view


def test_a_book_comes_in_slices(qtbot: QtBot, source: SourceView) -> None:
    text = "\n".join(f"Line {number} of a long book." for number in range(20_000))
    source.show_document(make_document(text, tuple(range(0, len(text), 5_000))))
    assert not source.is_complete
    assert source.toPlainText().startswith("Line 0 of")
    qtbot.waitUntil(lambda: source.is_complete, timeout=20_000)
    assert source.toPlainText() == text
    assert source.num_pages_marked == len(range(0, len(text), 5_000))


def test_another_document_takes_the_place_of_one_that_still_comes(qtbot: QtBot, source: SourceView) -> None:
    source.show_document(make_document("first\n" * 5_000))
    source.show_document(make_document("second"))
    qtbot.waitUntil(lambda: source.is_complete)
    assert source.toPlainText() == "second"


def test_pages_in_sight_are_numbered(source: SourceView) -> None:
    source.show_document(make_document("one\ntwo\nthree", (0, 4, 8)))
    assert [number for _top, number in source.visible_pages()] == [1, 2, 3]


def test_arabic_stands_on_the_right(source: SourceView) -> None:
    source.show_document(make_document("الطقس جميل اليوم.", language="ar"))
    assert source.document().defaultTextOption().alignment() == Qt.AlignmentFlag.AlignRight
    source.show_document(make_document("Plain.", language="en"))
    assert source.document().defaultTextOption().alignment() == Qt.AlignmentFlag.AlignLeft


def test_arabic_stands_on_the_right_while_it_is_edited(qtbot: QtBot, theme: Theme) -> None:
    editor = SummaryEditor(theme)
    qtbot.addWidget(editor)
    editor.resize(600, 300)
    editor.show()
    middle = editor.text_edit.viewport().width() / 2
    editor.begin("- هذا نص عربي.\n- A fox met a dog.")
    lines = [editor.text_edit.cursorRect(cursor).x() for cursor in line_beginnings(editor.text_edit)]
    assert lines[0] > middle > lines[1]


def line_beginnings(edit: QTextEdit) -> list[QTextCursor]:
    block, found = edit.document().begin(), []
    while block.isValid():
        found.append(QTextCursor(block))
        block = block.next()
    return found


def test_a_growing_summary_reads_like_the_whole_one(summary: SummaryView) -> None:
    text = "- first point\n- second **point**\n\nA paragraph in 中文.\n\n## A heading\n\n- third"
    for end in range(len(text) + 1):
        summary.show_markdown(text[:end])
    grown = summary.toPlainText()
    summary.show_markdown("")
    summary.show_markdown(text)
    assert grown == summary.toPlainText()
    assert "second point" in grown


def test_nothing_is_fetched_and_html_stays_text(summary: SummaryView) -> None:
    summary.show_markdown("![a picture](file:///etc/hostname) <b>bold</b> [link](https://example.org)")
    assert "<b>bold</b>" in summary.toPlainText()
    assert "a picture" in summary.toPlainText()


def test_a_summary_survives_another_theme(summary: SummaryView, theme: Theme) -> None:
    summary.show_markdown("- one\n- two")
    theme.apply("dark")
    try:
        assert summary.toPlainText().split() == ["one", "two"]
    finally:
        theme.apply("system")


def test_a_summary_that_is_not_in_sight_yet_begins_at_its_top(qtbot: QtBot, theme: Theme) -> None:
    view = SummaryView(theme)
    qtbot.addWidget(view)
    view.resize(300, 160)
    view.show_markdown("\n".join(f"- point {n} says something that takes a line" for n in range(20)))
    view.show()
    qtbot.waitExposed(view)
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    assert view.verticalScrollBar().value() == 0


def test_the_source_is_shown_without_marks_and_places_in_it_are_still_right(
    qtbot: QtBot, source: SourceView
) -> None:
    text = "## A heading\n\nplain # **bold** text\n\n| a | b |\n|---|---|\n| `one` | [two](https://x.org) |"
    source.show_document(make_document(text))
    qtbot.waitUntil(lambda: source.is_complete)
    shown = source.toPlainText()
    assert shown == "A heading\n\nplain # bold text\n\n a │ b \n─────────\n one │ two "
    first = source.document().firstBlock()
    assert first.begin().fragment().charFormat().fontWeight() > first.next().next().charFormat().fontWeight()
    for word in ("heading", "bold", "text", "one", "two"):
        start = text.index(word)
        source.show_passages([(start, start + len(word))])
        (marked,) = source.extraSelections()
        assert marked.cursor.selectedText() == word
        with qtbot.waitSignal(source.detail_requested) as asked:
            source.setTextCursor(marked.cursor)
            source.menu_at(marked.cursor.position()).actions()[-1].trigger()
        assert asked.args[0] <= start < asked.args[1]

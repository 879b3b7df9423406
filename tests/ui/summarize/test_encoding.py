"""A text whose encoding is in doubt: asked about once, with previews, and read again as it is chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialogButtonBox, QLabel
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from tests.ui.encoding_dialogs import DOUBTFUL, answer, asked, choose, write_doubtful
from tests.ui.gestures import click
from tests.ui.summarize.conftest import ScriptedSummarizer


def source_text(tab: SummarizeTab) -> str:
    return tab.view.source.toPlainText().strip()


def test_the_previews_tell_the_readings_apart_and_the_chosen_one_is_read_and_kept(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    path = write_doubtful(tmp_path)
    tab.summarize_paths([path])
    dialog = asked(qtbot, tab.encoding_question)
    assert not dialog.isModal()
    assert dialog.encoding == "windows-1251"
    assert source_text(tab) != DOUBTFUL
    assert DOUBTFUL in [label.text() for label in dialog.findChildren(QLabel)]
    answer(dialog, "Mac Cyrillic (Cyrillic)")
    qtbot.waitUntil(lambda: source_text(tab) == DOUBTFUL, timeout=20_000)
    assert tab.encoding_question.dialog is None
    summarizer.let_read(8)
    qtbot.waitUntil(lambda: tab.item is not None and isinstance(tab.item.state, Done), timeout=20_000)
    assert [item.document.text for item in tab.queue.items if item.document] == [DOUBTFUL]
    again = services.reader.read(path)
    assert (again.text, again.is_encoding_sure) == (DOUBTFUL, True)


def test_another_document_goes_on_while_the_question_stands(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A fox ran over a field.", "utf-8")
    tab.summarize_paths([write_doubtful(tmp_path), other])
    dialog = asked(qtbot, tab.encoding_question)
    summarizer.let_read(8)
    qtbot.waitUntil(lambda: not tab.is_working, timeout=20_000)
    assert [type(item.state) for item in tab.queue.items] == [Done, Done]
    assert tab.encoding_question.dialog is dialog
    cancel = dialog.button_box.button(QDialogButtonBox.StandardButton.Cancel)
    click(cancel)
    assert tab.encoding_question.dialog is None
    assert next(item.document.encoding for item in tab.queue.items if item.document) == "windows-1251"


def test_an_encoding_can_be_changed_later_with_a_preview_of_any(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    path = tmp_path / "sure.txt"
    path.write_bytes(("Грузовой лифт временно не работает. " * 4).encode("koi8_r"))
    summarizer.let_read(4)
    tab.summarize_paths([path])
    qtbot.waitUntil(lambda: tab.item is not None and isinstance(tab.item.state, Done), timeout=20_000)
    assert tab.encoding_question.dialog is None
    tab.view.head.refine_menu.encoding.trigger()
    dialog = asked(qtbot, tab.encoding_question)
    dialog.others_box.setCurrentIndex(dialog.others_box.findData("windows-1251"))
    choose(dialog.others_button)
    qtbot.waitUntil(lambda: dialog.preview.text().startswith("зТХЪПЧПК"), timeout=20_000)
    click(dialog.accept_button)
    qtbot.waitUntil(lambda: source_text(tab).startswith("зТХЪПЧПК"), timeout=20_000)
    summarizer.let_read(4)
    qtbot.waitUntil(lambda: not tab.is_working, timeout=20_000)

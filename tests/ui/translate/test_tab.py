"""The Translate tab over a scripted translator: typing, overtaking, stopping, swapping, history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate import TranslationOutcome
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.ui.inventory_dialog import InventoryDialog
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.support.faulty_disk import FULL, FaultyDisk
from tests.ui.gestures import click, press, type_text
from tests.ui.translate.conftest import ScriptedTranslator

GERMAN = "Der Hund sieht die Katze. Das Wetter ist heute sehr warm. Wir gehen in den Park."


def outcome(tab: TranslateTab) -> TranslationOutcome:
    assert tab.outcome is not None
    return tab.outcome


def wait_until_idle(qtbot: QtBot, tab: TranslateTab) -> None:
    qtbot.waitUntil(lambda: tab.outcome is not None and not tab.is_working, timeout=20_000)


def set_live(tab: TranslateTab, is_live: bool) -> None:
    tab.view.live_check.setChecked(is_live)


def test_typing_is_translated_after_a_pause_and_the_newest_wins(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    type_text(tab.view.source_pane.editor, "Der Hund")
    qtbot.waitUntil(lambda: len(translator.calls) == 1, timeout=5_000)
    type_text(tab.view.source_pane.editor, " sieht die Katze")
    qtbot.waitUntil(lambda: len(translator.calls) == 2, timeout=5_000)
    assert translator.calls[0].cancellation.is_cancelled
    assert translator.calls[1].text == "Der Hund sieht die Katze"
    translator.let_translate()
    wait_until_idle(qtbot, tab)
    assert tab.view.target_pane.text == "Der Hund sieht die Katze"[::-1]
    assert tab.view.source_box.currentText() == "German, detected"
    type_text(tab.view.source_pane.editor, " nicht")
    qtbot.waitUntil(lambda: outcome(tab).task.text.endswith("nicht") and not tab.is_working, timeout=5_000)
    stored = services.results.list(ResultKind.TRANSLATION)
    assert [result.title for result in stored] == ["Der Hund sieht die Katze nicht"], "one draft, one result"


def test_without_live_only_the_button_translates(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    click(tab.view.live_check)
    assert not services.settings.value.translate.live
    assert not tab.view.translate_button.isEnabled()
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    assert not tab.translator.is_due
    translator.let_translate()
    with qtbot.waitSignal(tab.translated, timeout=20_000):
        click(tab.view.translate_button)
    assert tab.view.figures.full_text == "3 sentences, 1 s"
    tab.view.source_pane.editor.insertPlainText(" Mehr.")
    assert tab.view.figures.full_text == "Changed since: press Translate"
    with qtbot.waitSignal(tab.translated, timeout=20_000):
        press(tab.view.source_pane.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(services.results.list(ResultKind.TRANSLATION)) == 2, "what was asked for is kept"


def test_stopping_keeps_the_sentences_that_are_done(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    set_live(tab, False)
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    click(tab.view.translate_button)
    translator.let_translate(2)
    qtbot.waitUntil(lambda: tab.view.progress_bar.value() == 2, timeout=5_000)
    assert tab.view.figures.full_text == "2 of 3 sentences, about 8 s left"
    click(tab.view.stop_button)
    wait_until_idle(qtbot, tab)
    assert tab.view.figures.full_text == "Stopped after 2 of 3 sentences"
    assert tab.view.target_pane.text.startswith("ezt")
    assert services.results.list(ResultKind.TRANSLATION)[0].translation.num_done == 2


def test_typing_does_not_disturb_a_translation_that_was_asked_for(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator
) -> None:
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    tab.translate_now()
    qtbot.waitUntil(lambda: len(translator.calls) == 1)
    tab.view.source_pane.editor.insertPlainText(" Mehr.")
    assert not translator.calls[0].cancellation.is_cancelled
    translator.let_translate()
    qtbot.waitUntil(lambda: len(translator.calls) == 2, timeout=5_000)
    assert translator.calls[1].text.endswith("Mehr.")


def test_swapping_turns_languages_and_texts_round(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    translator.let_translate()
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    wait_until_idle(qtbot, tab)
    qtbot.waitUntil(lambda: tab.view.source_box.detected == "de")
    translated = outcome(tab).text
    set_live(tab, False)
    click(tab.view.swap_button)
    assert (tab.view.source_box.code, tab.view.target_box.code) == ("en", "de")
    assert tab.view.source_pane.text == translated
    assert tab.view.target_pane.text == GERMAN
    assert services.settings.value.translate.target == "de"


def test_choosing_the_other_sides_language_never_leaves_both_the_same(
    qtbot: QtBot, tab: TranslateTab
) -> None:
    box = tab.view.source_box
    box.setCurrentIndex(box.findData("en"))
    box.activated.emit(box.currentIndex())
    assert tab.view.target_box.code != "en"


def test_text_in_the_target_language_is_not_translated_unasked(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator
) -> None:
    tab.view.source_pane.editor.insertPlainText("The weather is very warm today, and we walk to the park.")
    qtbot.waitUntil(lambda: tab.view.source_box.detected == "en", timeout=20_000)
    qtbot.waitUntil(lambda: "This is English already: choose" in tab.view.figures.full_text)
    assert not tab.translator.is_due


def test_a_document_is_loaded_and_arabic_runs_from_the_right(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, tmp_path: Path
) -> None:
    path = tmp_path / "قصة.txt"
    path.write_text("الطقس جميل اليوم. نحن نذهب إلى الحديقة مع الأطفال.", "utf-8")
    tab.load_paths([path])
    qtbot.waitUntil(lambda: tab.view.source_pane.num_characters > 0, timeout=20_000)
    assert tab.view.source_box.currentText() == "Arabic, detected"
    option = tab.view.source_pane.editor.document().defaultTextOption()
    assert option.textDirection() is Qt.LayoutDirection.RightToLeft
    assert "قصة.txt" in tab.view.extent.full_text
    translator.let_translate()
    wait_until_idle(qtbot, tab)
    assert outcome(tab).task.path == path


def test_a_file_that_cant_be_read_is_a_notice(qtbot: QtBot, tab: TranslateTab, tmp_path: Path) -> None:
    tab.load_paths([tmp_path / "gone.txt"])
    qtbot.waitUntil(lambda: tab.view.notice.isVisible(), timeout=20_000)
    assert "gone.txt" in tab.view.notice.text
    assert not tab.is_working


def test_no_model_leads_to_the_choice_of_one(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator
) -> None:
    translator.error = NoModelError()
    translator.let_translate()
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    tab.translate_now()
    qtbot.waitUntil(lambda: tab.view.notice.isVisible())
    with qtbot.waitSignal(tab.model_wanted):
        click(tab.view.notice.button)


def test_history_reopens_a_translation_with_its_warnings(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    translator.warnings = (TaskWarning("echo", 1, 3),)
    translator.let_translate()
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    tab.translate_now()
    wait_until_idle(qtbot, tab)
    assert tab.view.warning.isVisible()
    first = outcome(tab)
    tab.start_new()
    assert tab.view.source_pane.text == ""
    assert not tab.view.warning.isVisible()
    tab.open_history_item(first.result_id)
    wait_until_idle(qtbot, tab)
    assert tab.view.source_pane.text == GERMAN
    assert tab.view.target_pane.text == first.text
    assert outcome(tab).warnings == first.warnings
    assert tab.view.warning.isVisible()
    click(tab.view.copy_button)
    assert QGuiApplication.clipboard().text() == first.text


def test_a_translation_that_can_not_be_stored_is_kept_and_stored_later(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    disk = FaultyDisk(services.database)
    set_live(tab, False)
    tab.view.source_pane.editor.insertPlainText("Der Hund")
    click(tab.view.translate_button)
    qtbot.waitUntil(lambda: len(translator.calls) == 1)
    disk.fault, disk.is_struck = FULL, lambda number: number > 1  # the sentence itself is kept
    with qtbot.waitSignal(tab.translated, timeout=20_000):
        translator.let_translate()
    qtbot.waitUntil(tab.unsaved_notice.notice.isVisible)
    disk.fault = None
    tab.unsaved_notice.notice.button.click()
    qtbot.waitUntil(tab.unsaved_notice.isHidden)
    assert [result.text for result in services.results.list(ResultKind.TRANSLATION)] == ["dnuH reD"]


def test_what_of_a_document_is_missing_is_said_and_kept(
    qtbot: QtBot,
    tab: TranslateTab,
    translator: ScriptedTranslator,
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "brief.eml"
    inventory = (
        Part(PartKind.PAGE, 1, "", len(GERMAN)),
        Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.DAMAGED),
    )
    read = replace(text_document(GERMAN, "Brief"), path=path, inventory=inventory)
    monkeypatch.setattr(DocumentReader, "read", lambda self, path, cancellation=None, **asked: read)
    set_live(tab, False)
    tab.load_paths([path])
    notice = tab.view.reading_notice
    qtbot.waitUntil(notice.isVisible, timeout=20_000)
    assert notice.text == "Page 2 could not be read: it is damaged."
    translator.let_translate()
    tab.translate_now()
    wait_until_idle(qtbot, tab)
    assert notice.isVisible()
    (row,) = services.results.list(ResultKind.TRANSLATION)
    tab.start_new()
    assert not notice.isVisible()
    assert not notice.button_of_all.isVisible()
    tab.open_history_item(row.id)
    qtbot.waitUntil(notice.isVisible, timeout=5_000)
    click(notice.button_of_all)
    (dialog,) = tab.window().findChildren(InventoryDialog)
    assert dialog.model.index(0, 0).data() == "Page 2"
    dialog.close()


def test_subtitles_are_opened_and_saved_as_subtitles(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, tmp_path: Path
) -> None:
    path = tmp_path / "talk.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nDer Hund sieht die Katze\n", "utf-8")
    set_live(tab, False)
    tab.load_paths([path])
    qtbot.waitUntil(lambda: "-->" in tab.view.source_pane.text, timeout=20_000)
    translator.let_translate()
    tab.translate_now()
    wait_until_idle(qtbot, tab)
    assert translator.calls[-1].text == path.read_text("utf-8")
    click(tab.view.save_button)
    (dialog,) = tab.findChildren(QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == f"talk.{tab.view.target_box.code}.srt"
    assert dialog.nameFilters()[0] == "Subtitles (*.srt)"
    saved = tmp_path / "talk.en.srt"
    dialog.fileSelected.emit(str(saved))
    dialog.reject()
    qtbot.waitUntil(saved.exists, timeout=5_000)
    assert saved.read_text("utf-8") == outcome(tab).text


def test_several_files_are_chosen_in_the_dialog(tab: TranslateTab, qtbot: QtBot, tmp_path: Path) -> None:
    paths = [tmp_path / "one.md", tmp_path / "two.po"]
    for path in paths:
        path.write_text("# Words\n", "utf-8")
    qtbot.mouseClick(tab.view.open_button, Qt.MouseButton.LeftButton)
    (dialog,) = tab.findChildren(QFileDialog)
    assert "*.po" in dialog.nameFilters()[0]
    dialog.filesSelected.emit([str(path) for path in paths])
    qtbot.waitUntil(lambda: tab.files_page.isVisibleTo(tab))
    dialog.close()


def test_a_text_is_translated_in_a_project_once_there_is_one(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    options = tab.view.options
    assert not options.project_box.isVisible()
    services.glossaries.create("Harbour", "de", "en", "Port")
    tab.terms.glossaries_changed.emit()
    qtbot.waitUntil(options.project_box.isVisible)
    translator.let_translate()
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    field = options.project_box.field
    type_text(field, "Port")
    press(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.text_page.outcome is not None and outcome(tab).task.project == "Port")
    stored = services.results.get(outcome(tab).result_id)
    assert stored.translation.project == "Port"

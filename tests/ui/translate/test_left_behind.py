"""What a translation and a typed text leave when they are stopped, when the program ends, when it fails."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import recover_interrupted
from lmstudio_lite.domain.records import TranslationRecord
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.translations import TranslatedSegment
from lmstudio_lite.errors import DecodeError
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.ui.gestures import click, type_text
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.translate.conftest import ScriptedTranslator
from tests.ui.translate.test_tab import GERMAN, outcome, set_live, wait_until_idle


def begin(qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, num_sentences: int) -> None:
    set_live(tab, False)
    tab.view.source_pane.editor.insertPlainText(GERMAN)
    click(tab.view.translate_button)
    translator.let_translate(num_sentences)
    qtbot.waitUntil(lambda: tab.view.progress_bar.value() == num_sentences)


def tab_of_next_start(qtbot: QtBot, services: Services, bridge: Bridge, theme: Theme) -> TranslateTab:
    """Return a tab as the next process has it: of what is in the database alone."""
    tab = TranslateTab(services, bridge, theme)
    qtbot.addWidget(tab)
    tab.resize(900, 600)
    tab.show()
    return tab


def test_a_translation_that_the_program_s_end_cut_short_is_opened_and_made_whole(
    qtbot: QtBot,
    tab: TranslateTab,
    translator: ScriptedTranslator,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    paths: Paths,
    engine: ScriptedEngine,
) -> None:
    begin(qtbot, tab, translator, 2)
    (row,) = services.results.list(ResultKind.TRANSLATION)
    assert len(services.run_record(row.id).find()) == 2, "each sentence is on disk while the next is made"
    bridge.close()
    services.jobs.close()
    with next_start(paths, engine) as (later_services, later_bridge):
        later = tab_of_next_start(qtbot, later_services, later_bridge, theme)
        qtbot.waitUntil(lambda: later.outcome is not None)
        assert later.view.figures.full_text == "2 of 3 sentences done, stopped when the program ended"
        assert later.view.source_pane.text == GERMAN
        assert later.view.translate_button.text() == "Continue"
        translator.translated.clear()
        translator.let_translate()
        click(later.view.translate_button)
        qtbot.waitUntil(lambda: not later.is_working and not outcome(later).is_partial)
        assert translator.translated == [GERMAN.split(". ")[2]], "only what was missing"
        (whole,) = later_services.results.list(ResultKind.TRANSLATION)
        assert (whole.id, whole.text) == (row.id, outcome(later).text)
        assert later_services.run_record(row.id).find() == {}


def test_what_was_stopped_is_continued_by_the_same_button(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    begin(qtbot, tab, translator, 1)
    click(tab.view.stop_button)
    wait_until_idle(qtbot, tab)
    assert tab.view.translate_button.text() == "Continue"
    qtbot.waitUntil(lambda: recover_interrupted(services) is None)
    translator.let_translate()
    click(tab.view.translate_button)
    qtbot.waitUntil(lambda: not tab.is_working and not outcome(tab).is_partial)
    assert translator.translated == GERMAN.split(". ")
    assert len(services.results.list(ResultKind.TRANSLATION)) == 1


def test_a_failure_in_the_middle_keeps_what_is_done(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services
) -> None:
    begin(qtbot, tab, translator, 2)
    translator.error = DecodeError(status=-3)
    translator.let_translate(1)
    wait_until_idle(qtbot, tab)
    assert tab.view.notice.isVisible()
    assert services.results.list(ResultKind.TRANSLATION)[0].translation.num_done == 2
    assert tab.view.translate_button.text() == "Continue"


def test_what_is_typed_comes_back_at_the_next_start(
    qtbot: QtBot,
    tab: TranslateTab,
    translator: ScriptedTranslator,
    services: Services,
    bridge: Bridge,
    theme: Theme,
) -> None:
    set_live(tab, False)
    type_text(tab.view.source_pane.editor, "Der Hund sieht dich.")
    qtbot.waitUntil(lambda: services.drafts.get("translate") is not None)
    later = tab_of_next_start(qtbot, services, bridge, theme)
    qtbot.waitUntil(lambda: later.view.source_pane.text == "Der Hund sieht dich.")
    assert later.view.translate_button.isEnabled()
    translator.let_translate()
    click(later.view.translate_button)
    wait_until_idle(qtbot, later)
    qtbot.waitUntil(lambda: services.drafts.get("translate") is None)


def test_what_is_typed_comes_back_after_a_look_into_the_history(
    qtbot: QtBot, tab: TranslateTab, translator: ScriptedTranslator, services: Services, tmp_path: Path
) -> None:
    stored = services.results.add(
        "old", "", "", "Alt.", "Old.", TranslationRecord(num_done=1, num_total=1, target="en")
    )
    set_live(tab, False)
    type_text(tab.view.source_pane.editor, "Neu und lang.")
    tab.open_history_item(stored.id)
    qtbot.waitUntil(lambda: tab.view.source_pane.text == "Alt.")
    tab.start_new()
    assert tab.view.source_pane.text == "Neu und lang."
    click(tab.view.clear_button)
    assert tab.view.source_pane.text == ""
    tab.start_new()
    assert tab.view.source_pane.text == ""


def test_sentences_of_a_purged_result_go_with_it(services: Services) -> None:
    stored = services.results.add("old", "", "", "Alt.", "", TranslationRecord())
    services.run_record(stored.id).keep({0: TranslatedSegment("Alt.", "Old.", "", is_kept=False, unit=0)})
    services.results.delete(stored.id)
    services.results.purge_deleted()
    assert services.run_record(stored.id).find() == {}

"""Versions of a summary, and what stopping, failing, quitting and deleting leave of them. Real clicks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.errors import DecodeError
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.summarize.items import Stopped, Working
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.theme import Theme
from tests.support.faulty_disk import FULL, FaultyDisk
from tests.ui.gestures import click, press
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.summarize.conftest import ScriptedSummarizer
from tests.ui.summarize.test_tab import done, kept_open, shown, wait_for_progress, wait_until_idle, write


def first_version(qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, folder: Path) -> Done:
    summarizer.let_read()
    tab.summarize_paths([write(folder, "fox.txt")])
    wait_until_idle(qtbot, tab)
    return done(tab)


def choose_next_form(qtbot: QtBot, tab: SummarizeTab) -> None:
    before = shown(tab).options
    box = tab.options_bar.form_box
    box.setFocus()
    press(box, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: shown(tab).options != before)


def choose_version(tab: SummarizeTab, number: int) -> None:
    menu = tab.view.head.version_button.menu()
    assert isinstance(menu, QMenu)
    menu.actions()[number - 1].trigger()


def test_another_form_is_another_version_and_the_one_before_stays_in_sight(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    first = first_version(qtbot, tab, summarizer, tmp_path)
    assert not tab.view.head.version_button.isVisible()
    choose_next_form(qtbot, tab)
    summarizer.let_read(2)
    wait_for_progress(qtbot, tab, 2)
    assert tab.view.summary.markdown == first.text, "what is done stays until something better is there"
    assert tab.view.head.figures.full_text == "Next version: 2 of 4 parts read, about 40 s left"
    assert tab.view.head.copy_button.isVisible()
    summarizer.let_read(2)
    wait_until_idle(qtbot, tab)
    assert done(tab).facts.options.form is SummaryForm.PARAGRAPH
    assert tab.view.head.version_button.isVisible()
    assert tab.view.head.version_button.text() == "2 of 2"
    (row,) = services.results.list(ResultKind.SUMMARY)
    forms = [version.record.form for version in services.results.versions(row.id)]
    assert forms == ["bullets", "paragraph"]

    choose_version(tab, 1)
    assert done(tab) == first
    assert tab.view.head.version_button.text() == "1 of 2"
    assert tab.options_bar.options.form is SummaryForm.BULLETS
    tab.view.save_as(tmp_path / "shown.md")
    qtbot.waitUntil((tmp_path / "shown.md").exists)

    tab.start_new()
    tab.open_history_item(row.id)
    qtbot.waitUntil(lambda: tab.item is not None)
    assert [version.facts.options.form for version in shown(tab).versions] == [
        SummaryForm.BULLETS,
        SummaryForm.PARAGRAPH,
    ]
    assert tab.view.head.version_button.text() == "2 of 2"


def test_a_form_that_was_written_is_shown_again_without_the_model(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    first_version(qtbot, tab, summarizer, tmp_path)
    summarizer.let_read()
    choose_next_form(qtbot, tab)
    wait_until_idle(qtbot, tab)
    press(tab.options_bar.form_box, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: done(tab).facts.options.form is SummaryForm.BULLETS)
    assert len(summarizer.options) == 2


def test_stopping_another_form_goes_back_to_the_finished_one(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    first = first_version(qtbot, tab, summarizer, tmp_path)
    for num_read in (0, 3):
        choose_next_form(qtbot, tab)
        summarizer.let_read(num_read)
        if num_read:
            wait_for_progress(qtbot, tab, num_read)
        else:
            qtbot.waitUntil(lambda: isinstance(shown(tab).state, Working))
        click(tab.view.head.stop_button)
        wait_until_idle(qtbot, tab)
        assert done(tab) == first
        assert tab.view.summary.markdown == first.text
        assert tab.options_bar.options.form is SummaryForm.BULLETS
        tab.start_new()
        tab.open_history_item(first.result_id)
        qtbot.waitUntil(lambda: tab.item is not None)
        assert done(tab).text == first.text
    assert services.results.get(first.result_id).text == first.text


def test_another_form_that_fails_leaves_the_finished_one_and_says_why(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    first = first_version(qtbot, tab, summarizer, tmp_path)
    summarizer.error = DecodeError(status=-3)
    summarizer.let_read()
    choose_next_form(qtbot, tab)
    wait_until_idle(qtbot, tab)
    assert done(tab).text == tab.view.summary.markdown == first.text
    assert tab.view.notice.isVisible()
    assert services.results.get(first.result_id).text == first.text


def test_what_is_being_written_goes_on_with_the_options_chosen_meanwhile(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    summarizer.let_read(1)
    wait_for_progress(qtbot, tab, 1)
    choose_next_form(qtbot, tab)
    qtbot.waitUntil(lambda: len(summarizer.options) == 2)
    summarizer.let_read(8)
    wait_until_idle(qtbot, tab)
    assert done(tab).facts.options.form is SummaryForm.PARAGRAPH
    assert len(services.results.list(ResultKind.SUMMARY)) == 1
    assert len(services.results.versions(done(tab).result_id)) == 1


def test_deleting_in_the_history_stops_what_would_write_there(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    summarizer.let_read(1)
    wait_for_progress(qtbot, tab, 1)
    tab.history_model.delete(shown(tab).stored_id)
    qtbot.waitUntil(lambda: not tab.is_working and tab.queue.rowCount() == 0)
    assert tab.item is None


def test_an_entry_that_is_gone_is_told_and_leaves_the_list(
    qtbot: QtBot, tab: SummarizeTab, bridge: Bridge
) -> None:
    with qtbot.assertNotEmitted(bridge.bug_found):
        tab.open_history_item("nowhere")
        qtbot.waitUntil(tab.empty_notice.isVisible)
    assert tab.empty_notice.text.startswith("This result is not there any more")


def test_quitting_during_the_first_parts_is_offered_at_the_next_start(
    qtbot: QtBot,
    summarizer: ScriptedSummarizer,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    paths: Paths,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    tab = SummarizeTab(services, bridge, theme)
    qtbot.addWidget(tab)
    with qtbot.waitSignal(
        tab.queue.item_changed, timeout=20_000, check_params_cb=lambda item: bool(item.stored_id)
    ):
        tab.summarize_paths([write(tmp_path, "fox.txt")])
    qtbot.waitUntil(lambda: any(name.startswith("result:") for name in kept_open(services)))
    bridge.close()
    services.jobs.close()
    with next_start(paths, engine) as (later, later_bridge), qtbot.assertNotEmitted(later_bridge.bug_found):
        again = SummarizeTab(later, later_bridge, theme)
        qtbot.addWidget(again)
        again.show()
        qtbot.waitUntil(again.empty_notice.isVisible)
        assert again.empty_notice.text.startswith("“fox.txt” was not finished")
        summarizer.let_read()
        click(again.empty_notice.button)
        wait_until_idle(qtbot, again)
        assert done(again).is_finished
        assert len(later.results.list(ResultKind.SUMMARY)) == 1


def test_quitting_while_another_form_is_written_keeps_the_first_and_offers_the_other(
    qtbot: QtBot,
    summarizer: ScriptedSummarizer,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    paths: Paths,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    tab = SummarizeTab(services, bridge, theme)
    qtbot.addWidget(tab)
    first = first_version(qtbot, tab, summarizer, tmp_path)
    qtbot.waitUntil(lambda: kept_open(services) == ())
    choose_next_form(qtbot, tab)
    qtbot.waitUntil(lambda: len(summarizer.options) == 2 and kept_open(services) != ())
    bridge.close()
    services.jobs.close()
    with next_start(paths, engine) as (later, later_bridge):
        assert later.results.get(first.result_id).text == first.text
        again = SummarizeTab(later, later_bridge, theme)
        qtbot.addWidget(again)
        again.show()
        qtbot.waitUntil(again.empty_notice.isVisible)
        summarizer.let_read()
        click(again.empty_notice.button)
        wait_until_idle(qtbot, again)
        assert done(again).facts.options.form is SummaryForm.PARAGRAPH
        assert len(shown(again).versions) == 2


def test_what_was_open_and_is_gone_is_dropped(
    qtbot: QtBot, services: Services, bridge: Bridge, theme: Theme, tmp_path: Path
) -> None:
    left = ("result:nowhere", str(tmp_path / "gone.txt"), str(write(tmp_path, "here.txt")))
    services.settings.update("summarize", open_work=left)
    tab = SummarizeTab(services, bridge, theme)
    qtbot.addWidget(tab)
    tab.show()
    with qtbot.assertNotEmitted(bridge.bug_found):
        qtbot.waitUntil(tab.empty_notice.isVisible)
    assert tab.empty_notice.text.startswith("“here.txt” was not finished")


def test_a_stopped_run_takes_only_its_own_row_away(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    click(tab.view.head.stop_button)
    wait_until_idle(qtbot, tab)
    assert isinstance(shown(tab).state, Stopped)
    qtbot.waitUntil(lambda: services.results.list(ResultKind.SUMMARY) == [])
    summarizer.let_read()
    click(tab.view.head.again_button)
    wait_until_idle(qtbot, tab)
    assert services.results.get(done(tab).result_id).text == done(tab).text


def test_a_summary_that_can_not_be_stored_is_kept_and_stored_later(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    disk = FaultyDisk(services.database)
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    summarizer.let_read(2)
    wait_for_progress(qtbot, tab, 2)
    disk.fault = FULL
    summarizer.let_read(2)
    wait_until_idle(qtbot, tab)
    qtbot.waitUntil(tab.unsaved_notice.notice.isVisible)
    assert tab.item is not None
    state = tab.item.state
    assert isinstance(state, Done)
    assert state.text
    assert [piece.text for piece in services.unsaved.texts_at_risk] == [state.text]
    disk.fault = None
    tab.unsaved_notice.notice.button.click()
    qtbot.waitUntil(tab.unsaved_notice.isHidden)
    assert services.results.get(state.result_id).text == state.text


def test_what_the_disk_refuses_is_shown_from_the_history_and_can_be_edited(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    first = first_version(qtbot, tab, summarizer, tmp_path)
    disk = FaultyDisk(services.database)
    disk.fault = FULL
    summarizer.let_read()
    choose_next_form(qtbot, tab)
    wait_until_idle(qtbot, tab)
    tab.start_new()
    tab.open_history_item(first.result_id)
    qtbot.waitUntil(lambda: tab.item is not None)
    assert done(tab).facts.options.form is SummaryForm.PARAGRAPH
    assert len(shown(tab).versions) == 2

    tab.view.text_edited.emit(shown(tab), "My own words.")
    qtbot.waitUntil(lambda: done(tab).text == "My own words.")
    tab.start_new()
    tab.open_history_item(first.result_id)
    qtbot.waitUntil(lambda: tab.item is not None)
    assert [version.text for version in shown(tab).versions] == [first.text, "My own words."]
    disk.fault = None
    services.unsaved.retry()
    qtbot.waitUntil(lambda: services.unsaved.state.pieces == ())
    assert [row.text for row in services.results.versions(first.result_id)] == [first.text, "My own words."]

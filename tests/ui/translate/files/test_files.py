"""Files in the Translate tab: ordered, queued, translated, reviewed, and found again at the next start."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.file_translations import FileJob, FileJobState
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.translations import Register
from lmstudio_lite.errors import DecodeError, NoModelError
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.review.segment_editor import SegmentEditor
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.ui.gestures import click, press, type_text
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.translate.files.conftest import MESSAGES, ScriptedUnits, write_catalogue


def offer(qtbot: QtBot, tab: TranslateTab, *paths: Path) -> None:
    tab.load_paths(list(paths))
    qtbot.waitUntil(tab.files_page.form.isVisible, timeout=20_000)


def jobs(tab: TranslateTab) -> list[FileJob]:
    return list(tab.files_page.jobs.jobs)


def wait_for_state(qtbot: QtBot, tab: TranslateTab, *states: FileJobState) -> None:
    qtbot.waitUntil(lambda: [job.state for job in jobs(tab)] == list(states), timeout=20_000)


def test_a_file_is_ordered_translated_and_written_beside_itself(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path
) -> None:
    path = write_catalogue(tmp_path / "app.po")
    offer(qtbot, files_tab, path)
    page = files_tab.files_page
    assert page.form.title.full_text == "app.po"
    assert page.form.order_button.hasFocus()
    page.form.register_box.setCurrentIndex(page.form.register_box.findData(Register.FORMAL))
    type_text(page.form.audience_edit, "children")
    click(page.form.order_button)
    qtbot.waitUntil(page.review.isVisible)
    units.let_translate(2)
    qtbot.waitUntil(lambda: page.review.model.rowCount() == 2, timeout=20_000)
    assert page.review.head.state.full_text == "2 of 3 segments, about 3 min left"
    assert files_tab.is_working
    units.let_translate()
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    assert (units.options[0].register, units.options[0].audience) == (Register.FORMAL, "children")
    written = tmp_path / "app.de.po"
    assert 'msgstr "IT RAINS."' in written.read_text("utf-8")
    assert page.review.head.state.full_text == "3 done, 1 to look at"
    qtbot.waitUntil(lambda: page.review.model.rowCount() == 3)
    assert page.review.table.current_row is not None


@pytest.mark.usefixtures("without_helper")
def test_an_edit_is_in_the_exported_file(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path, services: Services
) -> None:
    units.let_translate()
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    click(files_tab.files_page.form.order_button)
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    review = files_tab.files_page.review
    qtbot.waitUntil(lambda: review.model.rowCount() == 3)
    review.table.go_to(review.model.place_of(0))
    press(review.table, Qt.Key.Key_F2)
    (field,) = [each for each in review.table.findChildren(SegmentEditor) if each.isVisible()]
    field.selectAll()
    type_text(field, "Der Hund bellt.")
    press(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "1 edited" in review.foot.counts.text(), timeout=20_000)
    press(review.table, Qt.Key.Key_Escape)
    press(review.table, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(review.notice.isVisible, timeout=20_000)
    assert "app.de-2.po" in review.notice.text
    assert 'msgstr "Der Hund bellt."' in (tmp_path / "app.de-2.po").read_text("utf-8")
    assert services.memories.of("en", "de").count() == 1, "what is accepted is remembered"


@pytest.mark.usefixtures("without_helper")
def test_several_files_and_languages_are_a_queue_that_can_be_arranged(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path
) -> None:
    page = files_tab.files_page
    offer(qtbot, files_tab, write_catalogue(tmp_path / "a.po"), write_catalogue(tmp_path / "b.po"))
    assert page.form.title.full_text == "2 files"
    page.form.targets.action("fr").trigger()
    assert list(page.form.targets.codes) == ["de", "fr"]
    page.form.targets.action("de").trigger()
    page.form.targets.action("fr").trigger()
    assert list(page.form.targets.codes) == ["fr"], "one stays chosen"
    page.form.targets.action("de").trigger()
    click(page.form.order_button)
    qtbot.waitUntil(lambda: len(jobs(files_tab)) == 4, timeout=20_000)
    assert page.list.isVisible()
    last = jobs(files_tab)[-1].order.id
    page.list.setCurrentIndex(page.jobs.index(3))
    press(page.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: page.jobs.row_of(last) == 2)
    mime = page.jobs.mimeData([page.jobs.index(2)])
    page.jobs.dropMimeData(mime, Qt.DropAction.MoveAction, 4, 0, page.jobs.index(-1))
    qtbot.waitUntil(lambda: page.jobs.row_of(last) == 3)
    page.list.setCurrentIndex(page.jobs.index(3))
    press(page.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(jobs(files_tab)) == 3)
    page.list.pause_requested.emit(jobs(files_tab)[2].order.id)
    qtbot.waitUntil(lambda: jobs(files_tab)[2].state is FileJobState.PAUSED)
    units.let_translate()
    wait_for_state(qtbot, files_tab, FileJobState.DONE, FileJobState.DONE, FileJobState.PAUSED)
    page.list.clearing_requested.emit()
    wait_for_state(qtbot, files_tab, FileJobState.PAUSED)


@pytest.mark.usefixtures("without_helper")
def test_a_file_that_is_paused_goes_on_where_it_was(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path
) -> None:
    page = files_tab.files_page
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    press(page.form.order_button, Qt.Key.Key_Space)
    units.let_translate(1)
    qtbot.waitUntil(lambda: page.review.model.rowCount() == 1, timeout=20_000)
    click(page.review.head.pause_button)
    wait_for_state(qtbot, files_tab, FileJobState.PAUSED)
    assert page.review.head.state.full_text == "Paused, 1 of 3 segments"
    units.let_translate()
    click(page.review.head.resume_button)
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    assert units.translated == list(MESSAGES), "nothing twice"


@pytest.mark.usefixtures("without_helper")
def test_the_next_start_goes_on_and_brings_back_what_was_typed(
    qtbot: QtBot,
    files_tab: TranslateTab,
    units: ScriptedUnits,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    paths: Paths,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    page = files_tab.files_page
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    click(page.form.order_button)
    units.let_translate(2)
    qtbot.waitUntil(lambda: page.review.model.rowCount() == 2, timeout=20_000)
    page.review.table.go_to(page.review.model.place_of(1), edits=True)
    (field,) = [each for each in page.review.table.findChildren(SegmentEditor) if each.isVisible()]
    field.selectAll()
    type_text(field, "Twelve")
    files_tab.flush_drafts()
    bridge.close()
    services.close()
    services.jobs.close()
    units.let_translate()
    with next_start(paths, engine) as (later_services, later_bridge):
        later = TranslateTab(later_services, later_bridge, theme)
        qtbot.addWidget(later)
        later.show()
        wait_for_state(qtbot, later, FileJobState.DONE)
        assert units.translated == list(MESSAGES), "nothing twice"
        (result,) = later_services.results.list(ResultKind.TRANSLATION)
        later.open_history_item(result.id)
        review = later.files_page.review
        qtbot.waitUntil(lambda: review.model.rowCount() == 3)
        (field,) = [each for each in review.table.findChildren(SegmentEditor) if each.isVisible()]
        assert field.toPlainText() == "Twelve"
        press(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: later_services.drafts.get(f"review:{result.id}") is None, timeout=20_000)
        later_services.close()


@pytest.mark.usefixtures("without_helper")
def test_the_history_opens_a_file_in_review_and_a_text_in_the_panes(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, services: Services, tmp_path: Path
) -> None:
    units.let_translate()
    units.warnings = (TaskWarning("translation_small_model", 3, 3),)
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    click(files_tab.files_page.form.order_button)
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    qtbot.waitUntil(files_tab.files_page.review.warning.isVisible)
    (result,) = services.results.list(ResultKind.TRANSLATION)
    files_tab.start_new()
    assert files_tab.view.isVisible()
    files_tab.open_history_item(result.id)
    qtbot.waitUntil(files_tab.files_page.review.isVisible)
    qtbot.waitUntil(lambda: files_tab.files_page.review.model.rowCount() == 3)
    qtbot.waitUntil(lambda: files_tab.files_page.review.head.languages.text() == "English → German")
    qtbot.waitUntil(files_tab.files_page.review.warning.isVisible)
    files_tab.history_model.delete(result.id)
    qtbot.waitUntil(files_tab.view.isVisible)


@pytest.mark.usefixtures("without_helper")
def test_a_file_fails_with_a_reason_and_a_way_out(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path
) -> None:
    units.error = DecodeError(status=-3)
    units.let_translate()
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    click(files_tab.files_page.form.order_button)
    wait_for_state(qtbot, files_tab, FileJobState.FAILED)
    notice = files_tab.files_page.review.notice
    qtbot.waitUntil(notice.isVisible)
    units.error = None
    click(files_tab.files_page.review.head.resume_button)
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    qtbot.waitUntil(lambda: not notice.isVisible())


@pytest.mark.usefixtures("without_helper")
def test_without_a_model_a_file_waits_and_leads_to_the_choice_of_one(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path, engine: ScriptedEngine
) -> None:
    units.error = NoModelError()
    units.let_translate()
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    click(files_tab.files_page.form.order_button)
    review = files_tab.files_page.review
    qtbot.waitUntil(review.notice.isVisible, timeout=20_000)
    assert review.head.state.full_text == "Waiting for a model"
    assert review.empty.text() == "Waits for a model."
    with qtbot.waitSignal(files_tab.model_wanted):
        click(review.notice.button)
    units.error = None
    engine.set_ready(tmp_path / "model.gguf")
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    qtbot.waitUntil(lambda: not review.notice.isVisible())


@pytest.mark.usefixtures("without_helper")
def test_leaving_the_form_leaves_the_files_alone(
    qtbot: QtBot, files_tab: TranslateTab, services: Services, tmp_path: Path
) -> None:
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"), tmp_path / "picture.exe")
    assert "picture.exe" in files_tab.files_page.notice.text
    click(files_tab.files_page.form.leave_button)
    assert files_tab.view.isVisible()
    assert jobs(files_tab) == []


@pytest.mark.usefixtures("without_helper")
def test_terms_and_memory_open_by_keyboard_for_the_chosen_languages(
    qtbot: QtBot, files_tab: TranslateTab
) -> None:
    press(files_tab.view.source_pane.editor, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    window = files_tab.terms.glossaries
    qtbot.waitUntil(window.isVisible)
    assert window.target_box.code == "de"
    press(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    files_tab.terms.menu.actions()[1].trigger()
    qtbot.waitUntil(files_tab.terms.memory.isVisible)
    files_tab.terms.memory.close()


@pytest.mark.usefixtures("without_helper")
def test_terms_are_proposed_from_the_file_before_it_is_translated(
    qtbot: QtBot, files_tab: TranslateTab, services: Services, tmp_path: Path
) -> None:
    path = write_catalogue(tmp_path / "app.po", [f"The Quick Harbour is open on day {n}." for n in range(6)])
    offer(qtbot, files_tab, path)
    click(files_tab.files_page.form.terms_button)
    (dialog,) = files_tab.findChildren(QDialog)
    assert dialog.windowTitle() == "Terms of “app.po”"
    dialog.close()


def test_what_is_deleted_is_translated_no_further(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path, services: Services
) -> None:
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    page = files_tab.files_page
    click(page.form.order_button)
    units.let_translate(1)
    qtbot.waitUntil(lambda: page.review.model.rowCount() == 1, timeout=20_000)
    (result,) = services.results.list(ResultKind.TRANSLATION)
    services.results.delete(result.id)
    page.forget(result.id)
    qtbot.waitUntil(lambda: not jobs(files_tab), timeout=20_000)
    units.let_translate()
    assert not (tmp_path / "app.de.po").exists()


def test_an_unreadable_file_can_be_tried_again_in_one_place(
    qtbot: QtBot, files_tab: TranslateTab, tmp_path: Path
) -> None:
    path = tmp_path / "app.po"
    path.write_text("no catalogue", "utf-8")
    offer(qtbot, files_tab, path)
    page = files_tab.files_page
    click(page.form.order_button)
    wait_for_state(qtbot, files_tab, FileJobState.FAILED)
    qtbot.waitUntil(page.review.notice.isVisible)
    assert not page.review.notice.button.isVisible()
    assert page.review.head.resume_button.text() == "Try again"
    assert page.review.head.resume_button.isVisible()


def test_a_project_and_a_place_are_chosen_and_kept(
    qtbot: QtBot, files_tab: TranslateTab, units: ScriptedUnits, tmp_path: Path, services: Services
) -> None:
    services.glossaries.create("Harbour", "en", "de", "Port of Emden")
    units.let_translate()
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    form = files_tab.files_page.form
    qtbot.waitUntil(lambda: form.project_box.findText("Port of Emden") > 0)
    type_text(form.project_box.field, "Port of Emden")
    assert form.place_label.full_text == "Written to app.de.po"
    click(form.place_button)
    qtbot.waitUntil(lambda: bool(form.findChildren(QFileDialog)))
    (dialog,) = form.findChildren(QFileDialog)
    (tmp_path / "out").mkdir()
    dialog.fileSelected.emit(str(tmp_path / "out" / "harbour.po"))
    dialog.reject()
    assert form.place_label.full_text == "Written to harbour.po"
    click(form.order_button)
    wait_for_state(qtbot, files_tab, FileJobState.DONE)
    assert (tmp_path / "out" / "harbour.po").exists()
    (job,) = jobs(files_tab)
    assert job.order.project == "Port of Emden"
    assert services.settings.value.translate.project == "Port of Emden"


def test_each_language_has_a_name_of_its_own_where_a_place_is_chosen(
    qtbot: QtBot, files_tab: TranslateTab, tmp_path: Path
) -> None:
    offer(qtbot, files_tab, write_catalogue(tmp_path / "app.po"))
    form = files_tab.files_page.form
    form.targets.action("fr").trigger()
    form._on_place_chosen(str(tmp_path / "x.po"))
    assert [order.output for order in form.orders()] == [tmp_path / "x.de.po", tmp_path / "x.fr.po"]

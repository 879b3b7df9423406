"""The Summarize tab over a scripted summarizer: queue, stopping, errors, history. Real clicks."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done, read_stored
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.errors import DocumentEncryptedError, NoModelError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.summarize.items import (
    Failed,
    Paused,
    Stopped,
    SummaryItem,
    Waiting,
    Working,
    item_of,
)
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.theme import Theme
from tests.ui.gestures import click, press
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.summarize.conftest import ScriptedSummarizer

TEXT = "A fox ran over a field. It met a dog. They talked about the weather for a long time.\n\n" * 20


def write(folder: Path, name: str, text: str = TEXT) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def shown(tab: SummarizeTab) -> SummaryItem:
    assert tab.item is not None
    return tab.item


def done(tab: SummarizeTab) -> Done:
    state = shown(tab).state
    assert isinstance(state, Done)
    return state


def wait_for_progress(qtbot: QtBot, tab: SummarizeTab, num_done: int) -> None:
    def has_come() -> bool:
        state = tab.item.state if tab.item else None
        progress = state.progress if isinstance(state, Working) else None
        return progress is not None and progress.num_done == num_done

    qtbot.waitUntil(has_come, timeout=20_000)


def wait_until_idle(qtbot: QtBot, tab: SummarizeTab) -> None:
    qtbot.waitUntil(lambda: tab.item is not None and not tab.is_working, timeout=20_000)


def test_a_document_is_read_part_by_part_and_kept(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    assert tab.drop_area.isVisible()
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    summarizer.let_read(2)
    wait_for_progress(qtbot, tab, 2)
    assert tab.view.head.figures.full_text == "2 of 4 parts read, about 40 s left"
    assert tab.view.progress_bar.value() == 2
    assert "point 2" in tab.view.summary.toPlainText()
    assert "A fox ran" in tab.view.source.toPlainText()
    summarizer.let_read(2)
    wait_until_idle(qtbot, tab)
    assert tab.view.head.figures.full_text == "Read all 4 parts, 25 s"
    assert tab.view.head.title.full_text == "fox.txt"
    stored = services.results.get(done(tab).result_id)
    assert stored.kind is ResultKind.SUMMARY
    assert stored.text == done(tab).text
    assert stored.source_text == shown(tab).document.text  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: tab.history_model.rowCount() == 1)
    assert tab.history_model.current_id == stored.id


def test_stopping_keeps_what_is_read_and_says_how_much(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    summarizer.let_read(3)
    wait_for_progress(qtbot, tab, 3)
    click(tab.view.head.stop_button)
    wait_until_idle(qtbot, tab)
    assert done(tab).facts.is_stopped
    assert tab.view.head.figures.full_text == "Stopped early: read 3 of 4 parts"
    assert "point 3" in tab.view.summary.toPlainText()
    assert services.results.get(done(tab).result_id).summary.num_parts_read == 3


def test_stopping_before_anything_is_read_stores_nothing(
    qtbot: QtBot, tab: SummarizeTab, services: Services, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt"), write(tmp_path, "dog.txt")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    tab.stop()
    wait_until_idle(qtbot, tab)
    assert [type(item.state) for item in tab.queue.items] == [Stopped, Stopped]
    assert services.results.list(ResultKind.SUMMARY) == []
    assert tab.view.head.again_button.isVisible()


def test_a_queue_goes_on_after_a_failure(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.txt"
    summarizer.let_read(100)
    tab.summarize_paths([gone, write(tmp_path, "empty.txt", ""), write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    assert tab.queue_list.isVisible()
    states = [item.state for item in tab.queue.items]
    assert [type(state) for state in states] == [Failed, Failed, Done]
    assert shown(tab).title == "fox.txt", "the view moves on from a failure nobody chose"
    place = tab.queue_list.visualRect(tab.queue.index(0)).center()
    click(tab.queue_list.viewport(), place - QPoint(100, 0))
    assert shown(tab).title == "gone.txt"
    assert "gone.txt" in tab.view.notice.text
    assert tab.view.notice.button.text() == "Open another…"


def test_encrypted_and_no_model_offer_one_fitting_button(
    qtbot: QtBot,
    tab: SummarizeTab,
    summarizer: ScriptedSummarizer,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    summarizer.let_read(1)
    summarizer.error = DocumentEncryptedError(path="secret.pdf")
    tab.summarize_paths([write(tmp_path, "secret.txt")])
    wait_until_idle(qtbot, tab)
    assert "password" in tab.view.notice.text
    assert tab.view.notice.button.text() == "Open another…"
    summarizer.let_read(1)
    summarizer.error = NoModelError()
    tab.start_new()
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    with qtbot.waitSignal(tab.model_wanted):
        click(tab.view.notice.button)
    summarizer.error = None
    summarizer.let_read(100)
    engine.set_ready(tmp_path / "model.gguf")
    qtbot.waitUntil(lambda: tab.view.notice.button.text() == "Summarize")
    click(tab.view.notice.button)
    wait_until_idle(qtbot, tab)
    assert done(tab).facts.is_whole


def test_other_options_are_remembered_and_the_summary_is_written_anew_at_once(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    summarizer.let_read(100)
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    box = tab.options_bar.form_box
    box.setFocus()
    press(box, Qt.Key.Key_Down)
    assert services.settings.value.summarize.form == "paragraph"
    wait_until_idle(qtbot, tab)
    assert summarizer.options[-1].form is SummaryForm.PARAGRAPH
    assert summarizer.options[-1].words == 100
    assert summarizer.documents[-1] is summarizer.documents[0], "the file is not read again"
    assert len(services.results.list(ResultKind.SUMMARY)) == 1
    click(tab.view.head.again_button)
    wait_until_idle(qtbot, tab)
    assert [options.variant for options in summarizer.options] == [0, 0, 1]


def test_what_a_killed_process_left_is_continued(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    (row,) = services.results.list(ResultKind.SUMMARY)
    left_behind = read_stored(services.results, row.id)
    tab.open_history_item(row.id)
    qtbot.waitUntil(lambda: shown(tab).stored_id == row.id)
    assert shown(tab).is_running, "what still runs is shown as it runs"
    summarizer.let_read(100)
    wait_until_idle(qtbot, tab)
    assert services.results.get(row.id).text == done(tab).text
    item = item_of(left_behind, 99)
    assert item.state == Stopped(is_unfinished=True)
    tab.view.show_item(item)
    assert tab.view.head.again_button.text() == "Continue"
    click(tab.view.head.again_button)
    wait_until_idle(qtbot, tab)
    assert done(tab).result_id == row.id
    assert len(services.results.list(ResultKind.SUMMARY)) == 1


def test_a_summary_is_edited_by_hand_and_that_is_undone(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    summarizer.let_read(100)
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    before = done(tab)
    tab.view.head.refine_menu.edit.trigger()
    tab.view.editor.text_edit.setPlainText("- A fox met a dog.\n- A whale sang.")
    click(tab.view.editor.keep_button)
    qtbot.waitUntil(lambda: done(tab).facts.is_edited)
    stored = services.results.get(before.result_id)
    assert stored.text == tab.view.summary.markdown == "- A fox met a dog.\n- A whale sang."
    assert [s.is_supported for s in done(tab).support.evidence.sentences] == [True, False]
    again = item_of(read_stored(services.results, stored.id), 99).state
    assert again == done(tab)
    tab.view.notice.button.click()
    qtbot.waitUntil(lambda: done(tab) == before)
    assert services.results.get(before.result_id).text == before.text


def test_shorter_and_longer_are_other_lengths(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    summarizer.let_read(100)
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    for action, words in ((tab.view.head.refine_menu.shorter, 60), (tab.view.head.refine_menu.longer, 100)):
        action.trigger()
        wait_until_idle(qtbot, tab)
        assert summarizer.options[-1].words == words
        assert tab.options_bar.options.words == words


def test_summaries_are_compared(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    summarizer.let_read(100)
    tab.summarize_paths([write(tmp_path, "fox.txt"), write(tmp_path, "dog.txt")])
    wait_until_idle(qtbot, tab)
    qtbot.waitUntil(lambda: len(summarizer.documents) == 2)
    wait_until_idle(qtbot, tab)
    tab.compare()
    qtbot.waitUntil(lambda: len(summarizer.documents) == 3)
    wait_until_idle(qtbot, tab)
    assert summarizer.options[-1].form is SummaryForm.COMPARISON
    compared = summarizer.documents[-1]
    assert compared.text.startswith("# fox.txt\n\n")
    assert [(part.title, part.summary.startswith("- point 1")) for part in compared.compared] == [
        ("fox.txt", True),
        ("dog.txt", True),
    ]


def test_the_queue_is_put_in_another_order(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, f"{name}.txt") for name in ("one", "two", "three")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    tab.queue_list.setFocus()
    tab.queue_list.setCurrentIndex(tab.queue.index(2))
    qtbot.keyClick(tab.queue_list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [item.title for item in tab.queue.items] == ["one.txt", "three.txt", "two.txt"]
    summarizer.let_read(100)
    wait_until_idle(qtbot, tab)
    assert [document.title for document in summarizer.documents] == ["one", "three", "two"]


def test_pasted_text_is_summarized_and_an_empty_clipboard_is_told(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer
) -> None:
    QGuiApplication.clipboard().setText("  ")
    click(tab.drop_area.paste_button)
    assert tab.empty_notice.isVisible()
    summarizer.let_read(100)
    QGuiApplication.clipboard().setText(TEXT)
    click(tab.drop_area.paste_button)
    wait_until_idle(qtbot, tab)
    QGuiApplication.clipboard().setText(TEXT + "Another text.")
    press(tab.view.source, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tab.queue.rowCount() == 2)
    wait_until_idle(qtbot, tab)
    assert shown(tab).path is None
    assert shown(tab).title.startswith("A fox ran over a field.")
    assert summarizer.documents[0].text == TEXT


def test_history_reopens_deletes_and_restores(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    summarizer.let_read(100)
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    result_id, text = done(tab).result_id, done(tab).text
    tab.start_new()
    assert tab.item is None
    assert tab.drop_area.isVisible()
    tab.open_history_item(result_id)
    qtbot.waitUntil(lambda: tab.item is not None)
    assert done(tab).text == text
    assert done(tab).facts.num_parts == 4
    assert tab.view.source.toPlainText().startswith("A fox ran")
    with qtbot.waitSignal(tab.history_model.loaded):
        tab.history_model.delete(result_id)
    assert tab.item is None
    with qtbot.waitSignal(tab.history_model.loaded):
        tab.history_model.restore(result_id)
    assert tab.history_model.rowCount() == 1


def test_removing_the_running_document_starts_the_next(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt"), write(tmp_path, "dog.txt")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    assert isinstance(tab.queue.items[1].state, Waiting)
    tab.queue_list.setFocus()
    press(tab.queue_list, Qt.Key.Key_Delete)
    summarizer.let_read(100)
    qtbot.waitUntil(lambda: len(summarizer.documents) == 2, timeout=20_000)
    wait_until_idle(qtbot, tab)
    assert [item.title for item in tab.queue.items] == ["dog.txt"]


def test_copy_and_save(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    summarizer.let_read(100)
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    wait_until_idle(qtbot, tab)
    click(tab.view.head.copy_button)
    assert QGuiApplication.clipboard().text() == done(tab).text
    markdown, plain = tmp_path / "out.md", tmp_path / "out.txt"
    tab.view.save_as(markdown)
    qtbot.waitUntil(lambda: markdown.name in tab.view.notice.text)
    tab.view.save_as(plain)
    qtbot.waitUntil(lambda: plain.name in tab.view.notice.text)
    assert markdown.read_text("utf-8").startswith(
        "# fox.txt\n\n*fox.txt · Read all 4 parts, 25 s*\n\n- point 1"
    )
    assert "point 4 of" in plain.read_text("utf-8")
    tab.view.save_as(tmp_path / "fox.txt" / "below a file.md")
    qtbot.waitUntil(lambda: "could not be saved" in tab.view.notice.text)


def test_open_asks_for_files_without_stopping_the_window(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    path = write(tmp_path, "fox.txt")
    summarizer.let_read(100)
    press(tab, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    dialog = tab.findChild(QFileDialog)
    assert dialog is not None
    dialog.filesSelected.emit([str(path)])
    dialog.reject()
    wait_until_idle(qtbot, tab)
    assert shown(tab).path == path


def test_a_folder_gives_its_documents(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    write(folder, "b.md")
    write(folder / "deep", "a.txt")
    write(folder, ".hidden.txt")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    summarizer.let_read(100)
    tab.summarize_paths([folder])
    wait_until_idle(qtbot, tab)
    assert [item.title for item in tab.queue.items] == ["b.md", "a.txt"]


def test_pausing_holds_the_queue_and_goes_on_where_it_was(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "first.txt"), write(tmp_path, "second.txt")])
    qtbot.waitUntil(lambda: tab.queue.is_working, timeout=20_000)
    summarizer.let_read(2)
    wait_for_progress(qtbot, tab, 2)
    click(tab.view.head.pause_button)
    qtbot.waitUntil(lambda: isinstance(shown(tab).state, Paused), timeout=20_000)
    assert not tab.is_working
    assert tab.view.head.figures.full_text == "Paused after 2 of 4 parts"
    assert "point 2 of first" in tab.view.summary.markdown
    assert isinstance(tab.queue.items[1].state, Waiting)
    (kept,) = services.results.list(ResultKind.SUMMARY)
    assert kept.summary.is_stopped
    assert tab.view.head.again_button.text() == "Continue"
    click(tab.view.head.again_button)
    summarizer.let_read(8)
    qtbot.waitUntil(lambda: not tab.is_working, timeout=20_000)
    assert [type(item.state) for item in tab.queue.items] == [Done, Done]
    assert kept.id in {result.id for result in services.results.list(ResultKind.SUMMARY)}
    assert not services.results.list(ResultKind.SUMMARY, "first")[0].summary.is_stopped
    assert len(services.results.list(ResultKind.SUMMARY)) == 2


def test_a_paused_document_is_stopped_with_what_it_has(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "first.txt"), write(tmp_path, "second.txt")])
    summarizer.let_read(1)
    qtbot.waitUntil(lambda: tab.queue.is_working, timeout=20_000)
    wait_for_progress(qtbot, tab, 1)
    click(tab.view.head.pause_button)
    qtbot.waitUntil(lambda: isinstance(shown(tab).state, Paused), timeout=20_000)
    click(tab.view.head.stop_button)
    assert done(tab).facts.is_stopped
    assert isinstance(tab.queue.items[1].state, Stopped)


def test_removing_what_is_paused_lets_the_others_go_on(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "first.txt"), write(tmp_path, "second.txt")])
    qtbot.waitUntil(lambda: tab.queue.is_working, timeout=20_000)
    summarizer.let_read(1)
    wait_for_progress(qtbot, tab, 1)
    click(tab.view.head.pause_button)
    qtbot.waitUntil(lambda: isinstance(shown(tab).state, Paused), timeout=20_000)
    tab.queue_list.removal_requested.emit(shown(tab).item_id)
    summarizer.let_read(5)
    qtbot.waitUntil(lambda: not tab.is_working, timeout=20_000)
    assert [(item.title, type(item.state)) for item in tab.queue.items] == [("second.txt", Done)]


def kept_open(services: Services) -> tuple[str, ...]:
    return services.settings.value.summarize.open_work


def test_what_was_open_when_the_program_ended_is_offered(
    qtbot: QtBot,
    tab: SummarizeTab,
    summarizer: ScriptedSummarizer,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    tmp_path: Path,
) -> None:
    tab.summarize_paths([write(tmp_path, "first.txt"), write(tmp_path, "second.txt")])
    qtbot.waitUntil(lambda: tab.queue.is_working, timeout=20_000)
    summarizer.let_read(1)
    wait_for_progress(qtbot, tab, 1)
    qtbot.waitUntil(
        lambda: [name.startswith("result:") for name in kept_open(services)] == [True, False], timeout=20_000
    )
    left = kept_open(services)
    tab.stop()
    qtbot.waitUntil(lambda: not tab.is_working and kept_open(services) == (), timeout=20_000)
    services.settings.update("summarize", open_work=left)
    again = SummarizeTab(services, bridge, theme)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.empty_notice.isVisible(), timeout=20_000)
    assert again.empty_notice.text.startswith("2 documents were not finished when the program ended.")
    click(again.empty_notice.button)
    summarizer.let_read(8)
    qtbot.waitUntil(lambda: again.queue.rowCount() == 2 and not again.is_working, timeout=20_000)
    assert [(item.title, type(item.state)) for item in again.queue.items] == [
        ("first.txt", Done),
        ("second.txt", Done),
    ]
    qtbot.waitUntil(lambda: kept_open(services) == (), timeout=20_000)
    assert len(services.results.list(ResultKind.SUMMARY)) == 2


def test_closing_the_offer_forgets_it(
    qtbot: QtBot, services: Services, bridge: Bridge, theme: Theme, tmp_path: Path
) -> None:
    services.settings.update("summarize", open_work=(str(write(tmp_path, "left.txt")),))
    tab = SummarizeTab(services, bridge, theme)
    qtbot.addWidget(tab)
    tab.show()
    qtbot.waitUntil(lambda: tab.empty_notice.isVisible(), timeout=20_000)
    assert "left.txt" in tab.empty_notice.text
    tab.empty_notice.closed.emit()
    assert kept_open(services) == ()


def test_two_summaries_offer_their_comparison(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, tmp_path: Path
) -> None:
    summarizer.let_read(12)
    tab.summarize_paths([write(tmp_path, "first.txt"), write(tmp_path, "second.txt")])
    qtbot.waitUntil(lambda: tab.queue.rowCount() == 2 and not tab.is_working, timeout=20_000)
    assert tab.compare_button.isVisible()
    assert tab.compare_button.text() == "Compare these 2"
    click(tab.compare_button)
    qtbot.waitUntil(lambda: tab.queue.rowCount() == 3 and not tab.is_working, timeout=20_000)
    assert summarizer.options[-1].form is SummaryForm.COMPARISON
    assert tab.compare_button.text() == "Compare these 2"

"""A file under review, by keyboard and by clicks, over a scripted review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.domain.file_translations import FileJob, FileJobState, FileOrder
from lmstudio_lite.domain.translations import TranslationOptions, UnitsProgress
from lmstudio_lite.domain.units import BilingualLayout
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.review.desk import SegmentsListener
from lmstudio_lite.ui.translate.review.order import Order, Shown
from lmstudio_lite.ui.translate.review.page import ReviewPage
from lmstudio_lite.ui.translate.review.segment_editor import SegmentEditor
from lmstudio_lite.ui.translate.review.segments_model import Column
from tests.ui.gestures import click, press, type_text
from tests.ui.translate.review.conftest import ROWS, ScriptedReview, segment_row

CTRL = Qt.KeyboardModifier.ControlModifier
ROWS_PATH = Path("talk.docx")
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def numbers(page: ReviewPage) -> list[int]:
    rows = [page.model.segment_row(place) for place in range(page.model.rowCount())]
    return [row.number for row in rows if row is not None]


def current(page: ReviewPage) -> int:
    row = page.table.current_row
    assert row is not None
    return row.number


def editor(page: ReviewPage) -> SegmentEditor:
    (found,) = [each for each in page.table.findChildren(SegmentEditor) if each.isVisible()]
    return found


def text_of(page: ReviewPage, number: int) -> str:
    return next(row.segment.text for row in page.model.all_rows if row.number == number)


def accepted(page: ReviewPage) -> list[int]:
    return [row.number for row in page.model.all_rows if row.is_accepted]


def choose(page: ReviewPage, wanted: Shown | Order) -> None:
    box = page.tools.shown_box if isinstance(wanted, Shown) else page.tools.order_box
    box.setCurrentIndex(box.findData(wanted))
    box.activated.emit(box.currentIndex())


def test_flags_come_first_and_enter_accepts_and_goes_on(qtbot: QtBot, page: ReviewPage) -> None:
    assert numbers(page) == [1, 4, 0, 2, 3]
    assert current(page) == 1
    assert "12" in page.foot.reasons.text()
    assert page.foot.counts.text() == "5 done, 2 to look at · 17 words"
    press(page.table, Qt.Key.Key_Return)
    assert current(page) == 4
    press(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.foot.counts.text() == "5 done, 0 to look at, 2 accepted · 17 words")
    assert accepted(page) == [1, 4]
    assert numbers(page) == [1, 4, 0, 2, 3], "what was accepted stays where it is"
    assert current(page) == 0


def test_typing_edits_in_place_and_enter_goes_on_with_the_next(
    qtbot: QtBot, page: ReviewPage, review: ScriptedReview
) -> None:
    press(page.table, Qt.Key.Key_F2)
    field = editor(page)
    field.selectAll()
    type_text(field, "There were 12 cats.")
    press(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: accepted(page) == [1])
    assert text_of(page, 1) == "There were 12 cats."
    assert current(page) == 4
    assert editor(page).toPlainText() == "A dog barks.", "the next one is open"
    press(editor(page), Qt.Key.Key_Escape)
    assert text_of(page, 4) == "A dog barks."
    qtbot.waitUntil(lambda: len(review.steps) == 2)
    press(page.table, Qt.Key.Key_Z, CTRL)
    press(page.table, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: text_of(page, 1) == "There were 21 cats.")
    assert accepted(page) == []
    press(page.table, Qt.Key.Key_Y, CTRL)
    qtbot.waitUntil(lambda: text_of(page, 1) == "There were 12 cats.")
    assert page.tools.redo_button.isEnabled()


def test_ctrl_enter_keeps_without_accepting_and_shift_enter_breaks_the_line(
    qtbot: QtBot, page: ReviewPage
) -> None:
    press(page.table, Qt.Key.Key_F2)
    field = editor(page)
    press(field, Qt.Key.Key_End, CTRL)
    press(field, Qt.Key.Key_Return, SHIFT)
    type_text(field, "Twelve.")
    press(field, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: text_of(page, 1) == "There were 21 cats.\nTwelve.")
    assert accepted(page) == []
    assert current(page) == 1


def test_a_segment_is_edited_alone_by_menu_and_key(qtbot: QtBot, page: ReviewPage) -> None:
    review = ScriptedReview([segment_row(number, "Ende", "End") for number in range(4)])
    with qtbot.waitSignal(page.desk.opened):
        page.desk.open("talk", lambda: review)
    place = page.table.visualRect(page.model.index(1, Column.TARGET)).center()
    page.table.customContextMenuRequested.emit(place)
    (menu,) = page.table.findChildren(QMenu)
    (alone,) = [each for each in menu.actions() if each.text() == "Edit, but not where it repeats"]
    alone.trigger()
    menu.close()
    type_text(editor(page), "Close")
    press(editor(page), Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: [row.segment.text for row in review.rows] == ["End", "Close", "End", "End"])
    page.table.go_to(2)
    press(page.table, Qt.Key.Key_Return, ALT)
    type_text(editor(page), "Finish")
    press(editor(page), Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: [row.segment.text for row in review.rows] == ["End", "Close", "Finish", "End"])
    press(page.table, Qt.Key.Key_F2)
    type_text(editor(page), "Stop")
    press(editor(page), Qt.Key.Key_Escape)
    page.table.go_to(0)
    press(page.table, Qt.Key.Key_F2)
    type_text(editor(page), "The end")
    press(editor(page), Qt.Key.Key_Return, CTRL)
    texts = ["The end", "Close", "Finish", "The end"]
    qtbot.waitUntil(lambda: [text_of(page, number) for number in range(4)] == texts)


def test_an_edit_is_a_draft_until_it_is_kept(qtbot: QtBot, page: ReviewPage, review: ScriptedReview) -> None:
    drafts: list[tuple[int, str]] = []
    page.draft_changed.connect(lambda number, text: drafts.append((number, text)))
    press(page.table, Qt.Key.Key_F2)
    type_text(editor(page), "Twelve")
    assert drafts[-1] == (1, "Twelve")
    page.begin("talk.docx", "de", "en")
    page.bring_back(drafts[-1])
    with qtbot.waitSignal(page.desk.opened):
        page.desk.open("talk", lambda: review)
    assert editor(page).toPlainText() == "Twelve", "the next start brings it back"
    press(editor(page), Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: text_of(page, 1) == "Twelve")
    assert drafts[-1] == (1, "")


def test_filters_orders_and_search(qtbot: QtBot, page: ReviewPage) -> None:
    choose(page, Order.CONFIDENCE)
    assert numbers(page) == [1, 4, 2, 3, 0]
    choose(page, Order.DOCUMENT)
    assert numbers(page) == [0, 1, 2, 3, 4]
    choose(page, Shown.TO_LOOK_AT)
    assert numbers(page) == [1, 4]
    press(page.table, Qt.Key.Key_F, CTRL)
    assert page.tools.find_edit.hasFocus()
    type_text(page.tools.find_edit, "zebra")
    qtbot.waitUntil(page.empty.isVisible)
    assert page.empty.text() == "No segment is like that."
    click(page.show_all_button)
    assert numbers(page) == [0, 1, 2, 3, 4]


def test_find_and_replace_can_be_undone_from_its_notice(qtbot: QtBot, page: ReviewPage) -> None:
    press(page.table, Qt.Key.Key_H, CTRL)
    type_text(page.tools.find_edit, "dog")
    press(page.tools.find_edit, Qt.Key.Key_Return)
    assert numbers(page) == [4, 0, 3]
    type_text(page.tools.replace_edit, "hound")
    press(page.tools.replace_edit, Qt.Key.Key_Return)
    qtbot.waitUntil(page.notice.isVisible)
    assert page.notice.text == "Replaced in 3 segments."
    assert text_of(page, 3) == "The hound barks."
    click(page.notice.button)
    qtbot.waitUntil(lambda: text_of(page, 3) == "The dog barks.")


def test_one_segment_is_translated_again_with_an_instruction(
    qtbot: QtBot, page: ReviewPage, review: ScriptedReview
) -> None:
    press(page.table, Qt.Key.Key_R, CTRL)
    assert page.foot.instruction.hasFocus()
    type_text(page.foot.instruction, "louder")
    press(page.foot.instruction, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: text_of(page, 1) == "THERE WERE 21 CATS.")
    assert review.instructions == ["louder"]
    assert not page.foot.instruction.isVisible()
    assert page.table.hasFocus()
    assert not page.notice.isVisible()


def test_all_without_flags_are_accepted_and_the_file_is_exported(
    qtbot: QtBot, page: ReviewPage, review: ScriptedReview
) -> None:
    click(page.foot.accept_all_button)
    qtbot.waitUntil(lambda: accepted(page) == [0, 2, 3])
    click(page.head.export_button)
    qtbot.waitUntil(page.notice.isVisible)
    assert "talk.en.docx" in page.notice.text
    menu = page.head.layout_button.menu()
    assert isinstance(menu, QMenu)
    bilingual: list[QAction] = menu.actions()
    bilingual[2].trigger()
    qtbot.waitUntil(lambda: review.exports == [BilingualLayout.NONE, BilingualLayout.BESIDE])


def test_segments_arrive_while_one_is_edited(qtbot: QtBot, page: ReviewPage) -> None:
    run: list[SegmentsListener] = []
    choose(page, Order.DOCUMENT)
    page.model.reset(ROWS[:3])
    page.table.go_to(1, edits=True)
    field = editor(page)
    type_text(field, "Twelve")
    order = FileOrder("1", ROWS_PATH, TranslationOptions("de", "en"))
    job = FileJob(order, FileJobState.RUNNING, 4, 900, 1, 180.0)
    page.show_job(job)

    def subscribe(listener: SegmentsListener) -> Callable[[], None]:
        run.append(listener)
        return lambda: run.remove(listener)

    page.desk.hear(subscribe)
    run[0]("another", UnitsProgress(1, 900, None, {7: ROWS[3].segment}))
    run[0]("talk", UnitsProgress(4, 900, 180.0, {5: ROWS[3].segment, 0: ROWS[0].segment}))
    qtbot.waitUntil(lambda: len(numbers(page)) == 4)
    assert page.head.state.full_text == "4 of 900 segments, about 3 min left"
    assert page.foot.counts.text().startswith("6 of 900 done, 2 to look at")
    assert editor(page) is field
    assert field.toPlainText() == "Twelve"
    assert numbers(page) == [0, 1, 2, 5]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FileJobState.QUEUED, "Waits until the files before it are done."),
        (FileJobState.RUNNING, "Segments appear here as soon as they are translated."),
        (FileJobState.DONE, "There is no text in this file to translate."),
    ],
)
def test_an_empty_table_says_why(page: ReviewPage, state: FileJobState, words: str) -> None:
    page.begin("talk.docx", "", "en")
    page.show_job(FileJob(FileOrder("1", ROWS_PATH, TranslationOptions("", "en")), state))
    assert page.empty.isVisible()
    assert page.empty.text() == words
    assert not page.head.export_button.isEnabled()


def test_an_edit_that_fails_says_so_and_no_model_leads_to_the_choice_of_one(
    qtbot: QtBot, page: ReviewPage, review: ScriptedReview
) -> None:
    review.error = NoModelError()
    page.desk.retranslate(1, "")
    qtbot.waitUntil(lambda: page.notice.isVisible() and page.notice.button.isVisible())
    with qtbot.waitSignal(page.model_wanted):
        click(page.notice.button)


def test_arabic_runs_from_the_right_and_everything_has_a_name(page: ReviewPage, theme: Theme) -> None:
    page.table.set_languages("de", "ar")
    page.table.go_to(0, edits=True)
    option = editor(page).document().defaultTextOption()
    assert option.textDirection() is Qt.LayoutDirection.RightToLeft
    index = page.model.index(0, Column.FLAGS)
    assert "12" in str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    assert QApplication.focusWidget() is editor(page)
    QTest.keyClick(editor(page), Qt.Key.Key_Escape)

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from docx import Document as WordDocument
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.quizzes import kept_progress, place_of, progress_text
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Finished, FinishReason, TextDelta, Usage
from lmstudio_lite.domain.writing import EditKind, Grade, Preset, QuizAnswer, QuizProgress
from lmstudio_lite.errors import DecodeError, NoModelError
from lmstudio_lite.paths import Paths
from lmstudio_lite.tasks.write.questions import questions_from_json
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.write.compose_window import ComposeWindow
from lmstudio_lite.ui.write.quiz_window import QuizWindow
from tests.ui.gestures import click, press, type_text
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.write.conftest import Settle

PATIENCE_MS = 30_000
"""The first check reads what tells languages from each other: seconds, where the machine is busy."""
EMAIL = (
    " Heating in flat 12\n\nDear Ms Okafor,\n\nThe heating has been broken since Monday. "
    "Please have it repaired this week, for the nights are cold.\n\nKind regards,\nAnn"
)
SHORT = " Heating\n\nDear Ms Okafor,\n\nPlease mend the heating in flat 12 this week.\n\nKind regards,\nAnn"
QUIZ = (
    '{"questions": [{"question": "Which planet is the largest?", "answer": "Jupiter"},'
    '{"question": "Which is red?", "answer": "Mars"}, {"question": "Which has rings?", "answer": "Saturn"},'
    '{"question": "Where do we live?", "answer": "Earth"}, {"question": "Who is near?", "answer": "Venus"}]}'
)


@pytest.fixture
def compose(window: MainWindow, qtbot: QtBot, settle: Settle) -> ComposeWindow:
    window.writing.show_compose()
    compose = window.writing.compose
    assert compose is not None
    qtbot.waitExposed(compose)
    settle()
    return compose


def write(compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot, text: str, number: int) -> None:
    """Let the model answer request ``number``."""
    engine.wait_for_request(number)
    engine.say(text)
    engine.finish()
    qtbot.waitUntil(lambda: not compose.is_working, timeout=PATIENCE_MS)


def begin(compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot, text: str = EMAIL) -> None:
    type_text(compose.form.text_field, "the heating is broken")
    click(compose.write_button)
    write(compose, engine, qtbot, text, 1)


def test_a_text_streams_beside_the_brief(
    compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    assert not compose.write_button.isEnabled()
    type_text(compose.form.text_field, "the heating is broken")
    compose.form.tone_box.setEditText("polite")
    click(compose.write_button)
    request = engine.wait_for_request(1)
    assert not isinstance(request.prompt, str)
    assert "Tone: polite." in request.prompt.messages[-1].text
    engine.say(EMAIL[:30])
    qtbot.waitUntil(lambda: "Heating" in compose.result.toPlainText())
    assert compose.stop_button.isVisible()
    engine.say(EMAIL[30:])
    engine.finish()
    qtbot.waitUntil(lambda: not compose.is_working, timeout=PATIENCE_MS)
    assert compose.result.toPlainText() == f"Subject:{EMAIL}"
    assert "all checks passed" in compose.state.text()


def test_versions_stay_and_are_gone_through(
    compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    begin(compose, engine, qtbot)
    click(compose.again_button)
    write(compose, engine, qtbot, EMAIL.replace("Monday", "Tuesday"), 2)
    assert compose.version_label.text() == "2/2"
    click(compose.previous_button)
    assert "Monday" in compose.result.toPlainText()
    click(compose.next_button)
    assert "Tuesday" in compose.result.toPlainText()
    click(compose.shorter_button)
    asked = engine.wait_for_request(3).prompt
    assert not isinstance(asked, str)
    assert "Tuesday" in asked.messages[-1].text
    write(compose, engine, qtbot, SHORT, 3)
    assert compose.version_label.text() == "3/3"


def test_what_was_typed_and_written_is_there_at_the_next_start(
    compose: ComposeWindow,
    engine: ScriptedEngine,
    services: Services,
    bridge: Bridge,
    theme: Theme,
    qtbot: QtBot,
    settle: Settle,
) -> None:
    compose.form.choose(Preset.EMAIL)
    compose.form.words_box.setValue(40)
    begin(compose, engine, qtbot)
    press(compose.result, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    type_text(compose.result, " B.")
    qtbot.waitUntil(lambda: services.composed_texts.list()[-1].text.endswith("Ann B."))
    qtbot.waitUntil(lambda: services.drafts.get("compose") is not None)
    again = ComposeWindow(services, bridge, theme, None)  # type: ignore[arg-type]
    qtbot.addWidget(again)
    settle()
    assert again.form.brief == compose.form.brief
    assert again.form.brief.words == 40
    assert again.result.toPlainText().endswith("Ann B.")


def test_what_was_just_written_outlives_the_program(
    compose: ComposeWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    type_text(compose.form.text_field, "the heating is broken")
    click(compose.write_button)
    engine.wait_for_request(1)
    engine.say(" Heating in flat 12")
    qtbot.waitUntil(lambda: "Heating" in compose.result.toPlainText())
    compose.close()
    assert [each.text for each in services.composed_texts.list()] == ["Subject: Heating in flat 12"]
    draft = services.drafts.get("compose")
    assert draft is not None
    assert draft.text == "the heating is broken"


def test_stopping_keeps_what_came(compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot) -> None:
    type_text(compose.form.text_field, "the heating is broken")
    click(compose.write_button)
    engine.wait_for_request(1)
    engine.say(" Heating in flat 12")
    qtbot.waitUntil(lambda: "Heating" in compose.result.toPlainText())
    press(compose, Qt.Key.Key_Escape)
    assert not compose.is_working
    assert compose.result.toPlainText() == "Subject: Heating in flat 12"
    assert compose.state.text() == "Stopped."
    assert compose.versions.count == 1


def test_no_model_is_said_in_place_and_the_brief_stays(
    compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    type_text(compose.form.text_field, "the heating is broken")
    click(compose.write_button)
    engine.wait_for_request(1)
    engine.fail(NoModelError)
    qtbot.waitUntil(compose.notice.isVisible)
    assert compose.form.brief.text == "the heating is broken"
    assert compose.write_button.isEnabled()


def test_the_text_is_saved_copied_and_sent_to_the_chat(
    compose: ComposeWindow, engine: ScriptedEngine, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    begin(compose, engine, qtbot)
    text = compose.result.toPlainText()
    for name in ("out.md", "out.docx", "out.txt"):
        with qtbot.waitSignal(compose.saver.saved):
            compose.saver.save(tmp_path / name, compose.contents_for(tmp_path / name))
    assert (tmp_path / "out.md").read_text(encoding="utf-8") == f"{text}\n"
    words = " ".join(each.text for each in WordDocument(str(tmp_path / "out.docx")).paragraphs)
    assert "Dear Ms Okafor," in words
    assert "Okafor" in (tmp_path / "out.txt").read_text(encoding="utf-8")
    click(compose.copy_button)
    assert QApplication.clipboard().text() == text
    click(compose.chat_button)
    assert window.chat.composer.text == text


def test_the_text_is_changed_piece_by_piece(
    compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    begin(compose, engine, qtbot)
    compose.result.selectAll()
    cursor = compose.result.textCursor()
    start = compose.result.toPlainText().index("The heating")
    cursor.setPosition(start)
    cursor.movePosition(cursor.MoveOperation.EndOfBlock, cursor.MoveMode.KeepAnchor)
    compose.result.setTextCursor(cursor)
    click(compose.change_button)
    editing = compose.edit_window
    assert editing is not None
    editing.kind_box.setCurrentIndex(editing.kind_box.findData(EditKind.REWRITE))
    click(editing.start_button)
    engine.wait_for_request(2)
    engine.say("Since Monday the heating does not work. Please have it mended this week, for it is cold.")
    engine.finish()
    qtbot.waitUntil(lambda: not editing.is_working, timeout=PATIENCE_MS)
    click(editing.accept_all_button)
    click(editing.take_button)
    assert "Since Monday the heating does not work." in compose.result.toPlainText()
    assert compose.result.toPlainText().endswith("Ann")


def test_a_quiz_is_asked_graded_and_scored(
    compose: ComposeWindow, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    compose.form.choose(Preset.QUIZ)
    type_text(compose.form.text_field, "planets")
    click(compose.write_button)
    engine.wait_for_request(1)
    engine.say(QUIZ)
    engine.finish()
    qtbot.waitUntil(lambda: not compose.is_working, timeout=PATIENCE_MS)
    click(compose.quiz_button)
    quiz = compose.quiz_window
    assert quiz is not None
    assert quiz.question.text() == "Which planet is the largest?"
    type_text(quiz.answer_field, "jupiter")
    press(quiz.answer_field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: quiz.is_answered)
    assert quiz.verdict.text() == "Right."
    click(quiz.next_button)
    type_text(quiz.answer_field, "the fourth one")
    click(quiz.next_button)
    engine.wait_for_request(3)
    for request, grade in zip(engine.requests[1:], ("right", "wrong"), strict=True):
        reply = engine._open[request.request_id]
        reply(TextDelta(request.request_id, f'{{"reason": "So.", "grade": "{grade}"}}', 1))
        reply(Finished(request.request_id, FinishReason.STOP, Usage(1, 0, 1, 0.1, 0.1)))
    qtbot.waitUntil(lambda: quiz.is_answered)
    assert "can't tell" in quiz.verdict.text()
    assert "Mars" in quiz.verdict.text()
    for _ in range(3):
        click(quiz.next_button)
        click(quiz.skip_button)
    click(quiz.next_button)
    assert quiz.question.text() == "1 of 5 right, 1 that the model could not tell"


def test_a_quiz_that_was_killed_halfway_goes_on_where_it_was(
    services: Services,
    bridge: Bridge,
    theme: Theme,
    compose: ComposeWindow,
    engine: ScriptedEngine,
    qtbot: QtBot,
) -> None:
    questions = questions_from_json(QUIZ)
    killed = QuizWindow(services, bridge, theme, compose)
    killed.begin(questions)
    type_text(killed.answer_field, "Jupiter")
    press(killed.answer_field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: killed.is_answered)
    click(killed.next_button)
    click(killed.skip_button)
    click(killed.next_button)
    type_text(killed.answer_field, "Sat")
    place = place_of(questions)
    qtbot.waitUntil(lambda: "Sat" in getattr(services.drafts.get(place), "text", ""), timeout=PATIENCE_MS)

    again = QuizWindow(services, bridge, theme, compose)
    again.begin(questions)
    qtbot.waitUntil(lambda: again.answer_field.text() == "Sat")
    assert again.question.text() == "Which has rings?"
    assert again.given.toPlainText() == (
        "1. Which planet is the largest?\nYour answer: Jupiter\nRight.\n\n"
        "2. Which is red?\nSkipped.\nThe quiz has: Mars"
    )
    for _ in range(3):
        click(again.skip_button)
        click(again.next_button)
    assert again.question.text() == "1 of 5 right"
    assert "5. Who is near?" in again.given.toPlainText()
    click(again.anew_button)
    assert again.question.text() == "Which planet is the largest?"
    assert not again.given.isVisible()
    qtbot.waitUntil(lambda: services.drafts.get(place) is None, timeout=PATIENCE_MS)
    for window in (killed, again):
        window.close()


def test_what_is_typed_before_the_answers_are_back_is_kept_with_them(
    services: Services, bridge: Bridge, theme: Theme, compose: ComposeWindow, qtbot: QtBot
) -> None:
    questions = questions_from_json(QUIZ)
    answered = QuizProgress((QuizAnswer("Jupiter", Grade.RIGHT, ""),), "")
    services.drafts.keep(place_of(questions), progress_text(answered))
    quiz = QuizWindow(services, bridge, theme, compose)
    quiz.begin(questions)
    type_text(quiz.answer_field, "Ma")
    qtbot.waitUntil(lambda: quiz.question.text() == "Which is red?")
    assert quiz.answer_field.text() == "Ma"
    quiz.flush()
    assert kept_progress(services.drafts, questions) == QuizProgress(answered.answers, "Ma")
    quiz.close()


def test_a_tutor_begins_in_the_chat(
    compose: ComposeWindow, engine: ScriptedEngine, window: MainWindow, qtbot: QtBot
) -> None:
    compose.form.choose(Preset.TUTOR)
    type_text(compose.form.text_field, "fractions")
    assert compose.write_button.text() == "Begin the talk"
    click(compose.write_button)
    request = engine.wait_for_request(1)
    assert not isinstance(request.prompt, str)
    assert "fractions" in request.prompt.messages[0].text
    engine.say("Hello")
    with qtbot.waitSignal(window.chat.reply_finished):
        engine.finish()


def test_the_menu_and_the_palette_lead_there(window: MainWindow, qtbot: QtBot) -> None:
    press(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.writing.compose is not None and window.writing.compose.isVisible())
    window.writing.close_windows()
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.palette_opener.palette
    assert palette is not None
    type_text(palette.field, "your prompts")
    press(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.writing.library is not None and window.writing.library.isVisible())


def test_an_older_save_that_comes_late_overwrites_nothing(
    compose: ComposeWindow, engine: ScriptedEngine, services: Services, bridge: Bridge, qtbot: QtBot
) -> None:
    begin(compose, engine, qtbot)
    qtbot.waitUntil(lambda: len(services.composed_texts.list()) == 1)
    qtbot.waitUntil(lambda: not compose.versions._on_their_way)
    goes_on = threading.Event()
    bridge.run(lambda context: goes_on.wait(20), lane=STORAGE_LANE)
    press(compose.result, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    type_text(compose.result, " B.")
    qtbot.waitUntil(lambda: bool(compose.versions._on_their_way))  # it waits behind what holds the lane
    type_text(compose.result, " And so on.")
    compose.close()
    assert services.composed_texts.list()[-1].text.endswith("Ann B. And so on.")
    goes_on.set()
    with qtbot.waitCallback() as done:
        bridge.run(lambda context: True, on_done=done, lane=STORAGE_LANE)
    assert services.composed_texts.list()[-1].text.endswith("Ann B. And so on.")


def test_a_killed_program_has_what_the_model_had_written(
    compose: ComposeWindow,
    engine: ScriptedEngine,
    services: Services,
    theme: Theme,
    paths: Paths,
    qtbot: QtBot,
) -> None:
    """As at a kill, nothing more is written here; the next program reads what lies on the disk."""
    begin(compose, engine, qtbot)
    click(compose.again_button)
    engine.wait_for_request(2)
    engine.say(" Warmth\n\nDear Mr Rhodes,")
    qtbot.waitUntil(lambda: "Rhodes" in services.composed_texts.list()[-1].text)
    engine.say(" it is cold.")
    qtbot.waitUntil(lambda: "cold" in services.composed_texts.list()[-1].text)
    for _ in range(2):
        with next_start(paths, engine) as (services_then, bridge_then):
            again = ComposeWindow(services_then, bridge_then, theme, None)  # type: ignore[arg-type]
            qtbot.addWidget(again)
            qtbot.waitUntil(lambda again=again: again.versions.count == 2)  # type: ignore[misc]
            assert "Dear Mr Rhodes, it is cold." in again.result.toPlainText()
            assert again.form.brief.text == "the heating is broken"
            again.versions.go_back()
            assert "Ms Okafor" in again.result.toPlainText()
            again.close()
    click(compose.stop_button)
    assert compose.version_label.text() == "2/2"
    assert "it is cold." in compose.result.toPlainText()


def test_what_came_before_the_model_failed_is_a_version(
    compose: ComposeWindow, engine: ScriptedEngine, services: Services, qtbot: QtBot
) -> None:
    type_text(compose.form.text_field, "the heating is broken")
    click(compose.write_button)
    engine.wait_for_request(1)
    engine.say(" Warmth\n\nDear Mr Rhodes,")
    qtbot.waitUntil(lambda: "Rhodes" in compose.result.toPlainText())
    engine.fail(DecodeError, status=-3)
    qtbot.waitUntil(lambda: not compose.is_working)
    assert "Rhodes" in compose.result.toPlainText()
    qtbot.waitUntil(lambda: "Rhodes" in services.composed_texts.list()[-1].text)
    assert len(services.composed_texts.list()) == 1

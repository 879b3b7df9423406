"""A person who compares two answers, votes, and looks who wins."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Contender, DuelAnswer, Side, Vote
from lmstudio_lite.domain.generation import ChatPrompt, Finished, FinishReason, Message, Role, TextDelta
from lmstudio_lite.ui.compare.window import CompareWindow
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.scripted_engine import ScriptedEngine, usage


@pytest.fixture
def compare(window: MainWindow, qtbot: QtBot) -> CompareWindow:
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.model is not None)
    window.comparing.show_window()
    opened = window.comparing.window
    assert opened is not None
    qtbot.waitUntil(lambda: opened.duel_page.first_box.contender is not None)
    return opened


class Person:
    def __init__(self, qtbot: QtBot, compare: CompareWindow, engine: ScriptedEngine) -> None:
        self.qtbot, self.compare, self.page, self.engine = qtbot, compare, compare.duel_page, engine

    def click(self, button: QPushButton) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def begin(self, prompt: str = "Name a sea.", *, blind: bool = False) -> None:
        """Ask one model at two temperatures, which both answer at once."""
        before = len(self.engine.requests)
        self.page.prompt.setPlainText("")
        self.qtbot.keyClicks(self.page.prompt, prompt)
        self.page.second_box.temperature_box.setValue(1.5)
        self.page.blind_box.setChecked(blind)
        assert self.page.run_button.isEnabled()
        self.click(self.page.run_button)
        self.qtbot.waitUntil(lambda: len(self.engine.requests) == before + 2)

    def say(self, number: int, text: str, reason: FinishReason | None = FinishReason.STOP) -> None:
        request_id = self.engine.requests[number].request_id
        listener = self.engine.listener_of(request_id)
        listener(TextDelta(request_id, text, 1))
        if reason is not None:
            self.engine.end(request_id, Finished(request_id, reason, usage()))

    def answer(self, first: str, second: str) -> None:
        """The sides are asked in the order in which they stand."""
        self.say(-2, first)
        self.say(-1, second)
        self.qtbot.waitUntil(lambda: not self.compare.work.is_working)

    @property
    def texts(self) -> list[str]:
        return [column.body.text for column in self.page.view.columns]

    @property
    def names(self) -> list[str]:
        return [column.name.text() for column in self.page.view.columns]


@pytest.fixture
def person(qtbot: QtBot, compare: CompareWindow, engine: ScriptedEngine) -> Person:
    return Person(qtbot, compare, engine)


def test_both_answer_side_by_side_and_the_vote_is_kept(
    person: Person, services: Services, compare: CompareWindow, qtbot: QtBot
) -> None:
    person.begin()
    assert [request.sampling.temperature for request in person.engine.requests[-2:]] != [1.5, 1.5]
    person.say(-2, "The Bal", None)
    person.say(-1, "The Nor", None)
    qtbot.waitUntil(lambda: person.texts == ["The Bal", "The Nor"])
    assert not person.page.view.left_button.isEnabled()
    person.answer("tic.", "th Sea.")
    assert person.texts == ["The Baltic.", "The North Sea."]
    assert "temperature 1.5" in person.names[1]
    person.click(person.page.view.left_button)
    qtbot.waitUntil(lambda: "Your vote" in person.page.view.verdict.text())
    assert compare.work.duels.list()[0].vote is Vote.FIRST
    person.click(person.page.view.tie_button)
    qtbot.waitUntil(lambda: "a tie" in person.page.view.verdict.text())
    compare.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: compare.results_page.table.rowCount() == 2)
    assert "From 1 vote." in compare.results_page.told.text()
    assert "Too few" in compare.results_page.told.text()


def test_blind_names_show_only_after_the_vote(person: Person, qtbot: QtBot) -> None:
    person.begin(blind=True)
    assert person.names == ["Answer A", "Answer B"]
    person.answer("One.", "Two.")
    assert person.names == ["Answer A", "Answer B"]
    person.click(person.page.view.right_button)
    qtbot.waitUntil(lambda: "Answer" not in "".join(person.names))
    duel = person.compare.work.duel
    assert duel is not None
    assert duel.answer(Side(duel.vote or "")).text == "Two."


def test_stopping_keeps_the_texts_and_a_new_question_begins(person: Person, qtbot: QtBot) -> None:
    person.begin()
    person.say(-2, "Half", None)
    qtbot.waitUntil(lambda: person.texts[0] == "Half")
    person.click(person.page.run_button)
    qtbot.waitUntil(lambda: not person.compare.work.is_working)
    duel = person.compare.work.duels.list()[0]
    assert (duel.first_answer.text, duel.first_answer.state) == ("Half", MessageState.STOPPED)
    person.click(person.page.new_button)
    assert person.page.run_button.text() == "Ask both"
    person.begin("Another?")
    assert person.texts == ["", ""]
    person.answer("Yes.", "No.")


def test_two_that_are_the_same_are_not_asked(person: Person) -> None:
    person.qtbot.keyClicks(person.page.prompt, "Why?")
    assert not person.page.run_button.isEnabled()
    assert "Both are the same" in person.page.hint.text()


def test_what_broke_off_is_gone_on_with(person: Person, services: Services, qtbot: QtBot) -> None:
    first = person.page.first_box.contender
    assert first is not None
    duels = person.compare.work.duels
    begun = duels.begin(
        [Message(Role.USER, "Why?")], first, Contender(first.model, "x", temperature=1.0), is_blind=False
    )
    duels._rows.save_answer(begun.id, Side.FIRST, DuelAnswer("Because it", MessageState.STREAMING))
    duels._rows.save_answer(begun.id, Side.SECOND, DuelAnswer("So.", MessageState.COMPLETE))
    person.compare.tabs.setCurrentIndex(1)
    results = person.compare.results_page
    qtbot.waitUntil(lambda: results.list.count() == 1)
    person.click(results.open_button)
    qtbot.waitUntil(lambda: person.texts == ["Because it", "So."])
    assert person.page.run_button.text() == "Go on"
    person.click(person.page.run_button)
    qtbot.waitUntil(lambda: len(person.engine.requests) == 1)
    request = person.engine.requests[-1]
    assert isinstance(request.prompt, ChatPrompt)
    assert request.prompt.reply_start == "Because it"
    person.say(-1, " rains.")
    qtbot.waitUntil(lambda: person.texts[0] == "Because it rains.")
    qtbot.waitUntil(lambda: not person.compare.work.is_working)


def test_votes_are_exported_and_a_deleted_one_comes_back(
    person: Person, qtbot: QtBot, tmp_path: Path
) -> None:
    person.begin()
    person.answer("Good.", "Bad.")
    person.click(person.page.view.left_button)
    person.compare.tabs.setCurrentIndex(1)
    results = person.compare.results_page
    qtbot.waitUntil(lambda: results.export_button.isEnabled())
    person.click(results.export_button)
    dialog = results.findChild(QFileDialog)
    assert dialog is not None
    target = tmp_path / "votes.jsonl"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    qtbot.waitUntil(target.exists)
    row = json.loads(target.read_text(encoding="utf-8"))
    assert (row["chosen"][0]["content"], row["rejected"][0]["content"]) == ("Good.", "Bad.")
    qtbot.waitUntil(lambda: "1 preference" in results.notice.text)
    person.click(results.delete_button)
    qtbot.waitUntil(lambda: results.list.count() == 0)
    person.click(results.notice.button)
    qtbot.waitUntil(lambda: results.list.count() == 1)


def test_a_question_of_the_chat_is_compared_with_what_stands_before_it(
    window: MainWindow, services: Services, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    question = services.conversations.begin("Sea", "Which sea?")
    reply = services.conversations.add_message(
        question.conversation_id, question.id, Role.ASSISTANT, "The Baltic."
    )
    more = services.conversations.add_message(question.conversation_id, reply.id, Role.USER, "How deep?")
    services.conversations.add_message(question.conversation_id, more.id, Role.ASSISTANT, "Deep.")
    window.control.load()
    window.chat.open_history_item(question.conversation_id)
    qtbot.waitUntil(lambda: len(window.chat.thread_view.widgets) == 4)
    window.comparing.compare(window.chat.thread_view.messages[-1])
    compare = window.comparing.window
    assert compare is not None
    page = compare.duel_page
    assert page.prompt.toPlainText() == "How deep?"
    assert "2 earlier messages" in page.before_label.text()
    qtbot.waitUntil(lambda: page.first_box.contender is not None)
    page.second_box.temperature_box.setValue(0.0)
    qtbot.mouseClick(page.run_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(engine.requests) == 2)
    request = engine.requests[-1]
    assert isinstance(request.prompt, ChatPrompt)
    assert [message.text for message in request.prompt.messages][-3:] == [
        *("Which sea?", "The Baltic.", "How deep?")
    ]
    qtbot.keyClick(compare, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not compare.work.is_working)

"""A person at the Chat tab."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import FinishReason
from lmstudio_lite.ui.chat.message_widget import MessageWidget
from lmstudio_lite.ui.chat.tab import ChatTab
from tests.ui.scripted_engine import ScriptedEngine


class Driver:
    """Does what a person does, and waits for what they would see."""

    def __init__(self, qtbot: QtBot, chat: ChatTab, engine: ScriptedEngine, services: Services) -> None:
        self.qtbot = qtbot
        self.chat = chat
        self.engine = engine
        self.services = services

    def type(self, text: str) -> None:
        self.qtbot.keyClicks(self.chat.composer.editor, text)

    def send(self, text: str) -> None:
        before = len(self.engine.requests)
        self.type(text)
        self.qtbot.keyClick(self.chat.composer.editor, Qt.Key.Key_Return)
        self.qtbot.waitUntil(lambda: len(self.engine.requests) > before)
        self.qtbot.waitUntil(lambda: self.chat.composer.text == "")

    def answer(self, text: str, reason: FinishReason = FinishReason.STOP) -> StoredMessage:
        with self.qtbot.waitSignal(self.chat.reply_finished) as ended:
            self.engine.say(text)
            self.engine.finish(reason)
        self.settle()
        message = ended.args[0]
        assert isinstance(message, StoredMessage)
        return message

    def settle(self) -> None:
        """Wait until what was asked of the database is on the screen."""
        done: list[bool] = []
        self.chat._bridge.run(lambda context: True, on_done=done.append, lane="storage")
        self.qtbot.waitUntil(lambda: bool(done))

    @property
    def widgets(self) -> list[MessageWidget]:
        return list(self.chat.thread_view.widgets)

    @property
    def texts(self) -> list[str]:
        return [widget.text for widget in self.widgets]

    def click(self, button: object) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

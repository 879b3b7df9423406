"""The temporary chat: marked above its messages, kept after all by a button, and not left by mistake.

At most one is there. It ends when another conversation is opened or the program ends; that is asked once
where there is something to lose.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMessageBox, QWidget

from lmstudio_lite.app import temporary
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.drafting import Drafting
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

KEYS = QKeySequence("Ctrl+Shift+N")


class TemporaryBar(QFrame):
    """Says above the messages that nothing of them is kept."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self.words = text_label(
            tr("Temporary chat: nothing of it is written to the disk. It is gone when you leave it."),
            self,
            wrap=True,
        )
        self.keep_button = text_button(tr("Keep this chat"), self)
        self.end_button = text_button(tr("End it"), self, role="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_16, design.SPACE_4, design.SPACE_16, design.SPACE_4)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.words, 1)
        row.addWidget(self.keep_button)
        row.addWidget(self.end_button)
        self.setAccessibleName(self.words.text())
        self.hide()


class TemporaryChat(QObject):
    """Begins, keeps and ends it. GUI thread."""

    failed = Signal(object)  # Exception

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        work: ChatWork,
        drafting: Drafting,
        bar: TemporaryBar,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge = services, bridge
        self._work, self._drafting, self._bar, self._widget = work, drafting, bar, parent
        self.question: QMessageBox | None = None
        self._ending_id = ""
        work.ask_before_leaving(self._may_open)
        work.conversation_opened.connect(self._show)
        work.working_changed.connect(self._show)
        bar.keep_button.clicked.connect(lambda: self.keep())
        bar.end_button.clicked.connect(lambda: work.open(""))

    @property
    def is_open(self) -> bool:
        """True while the chat on the screen is a temporary one."""
        return self._work.conversation_id in self._services.temporary

    @property
    def may_leave(self) -> bool:
        """True where nothing would be lost by ending the program."""
        return not (self.is_open and self._has_something())

    @Slot()
    def begin(self) -> None:
        """Begin one, or go on in the one that is there."""
        services = self._services
        if self.is_open:
            return
        self._bridge.run(
            lambda context: temporary.begin(services),
            on_done=self._work.open,
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    def keep(self, then: Callable[[], object] = lambda: None) -> None:
        """Turn it into a chat like any other; ``then`` follows."""
        conversation_id, services = self._work.conversation_id, self._services

        def kept(_none: None) -> None:
            self._drafting.keep_shown()
            self._work.list_changed.emit()
            self._show()
            then()

        if self.is_open and not self._work.is_replying_here:
            self._bridge.run(
                lambda context: temporary.keep(services, conversation_id),
                on_done=kept,
                on_failed=self.failed.emit,
                lane=STORAGE_LANE,
            )

    def ask(self, leave: Callable[[], object]) -> None:
        """Ask what shall become of it before it is left."""
        if self.question is not None:
            self.question.raise_()
            return
        box = PlainMessageBox(self._widget)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Temporary chat"))
        box.setText(tr("Leave the temporary chat?"))
        box.setInformativeText(tr("It was never written: once you leave it, it can't be brought back."))
        forget = box.addButton(tr("Forget it"), QMessageBox.ButtonRole.DestructiveRole)
        stay = box.addButton(tr("Stay"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        if not self._work.is_replying_here:
            keep = box.addButton(tr("Keep this chat"), QMessageBox.ButtonRole.AcceptRole)
            keep.clicked.connect(lambda: self.keep(leave))
        forget.clicked.connect(lambda: self._forget(leave))
        box.finished.connect(self._on_question_finished)
        self.question = box
        box.open()

    def _may_open(self, conversation_id: str) -> bool:
        """Say whether the chat on the screen may be left for another; ask where something would be lost."""
        present = self._work.conversation_id
        if not self.is_open or conversation_id == present or present == self._ending_id:
            return True
        if self._has_something():
            self.ask(lambda: self._work.open(conversation_id))
            return False
        self._end(present)
        return True

    def _has_something(self) -> bool:
        return self._work.has_messages or bool(self._drafting.shown_text.strip())

    def _forget(self, leave: Callable[[], object]) -> None:
        present = self._work.conversation_id
        self._ending_id = present
        leave()
        if self._work.conversation_id != present:
            self._end(present)

    def _end(self, conversation_id: str) -> None:
        """Let go of it, behind what is still being read of it."""
        services = self._services
        self._work.stop_in(conversation_id)
        self._drafting.drop(conversation_id)
        self._ending_id = conversation_id
        if conversation_id not in self._work.working_ids:
            self._bridge.run(lambda context: temporary.forget(services, conversation_id), lane=STORAGE_LANE)

    @Slot(int)
    def _on_question_finished(self, _result: int) -> None:
        self.question = None

    @Slot()
    def _show(self) -> None:
        self._bar.setVisible(self.is_open)
        self._bar.keep_button.setEnabled(self._work.has_messages and not self._work.is_replying_here)
        if self._ending_id in self._services.temporary and self._ending_id != self._work.conversation_id:
            self._end(self._ending_id)

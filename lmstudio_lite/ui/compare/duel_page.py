"""Where a duel is set up and held: the prompt, the two contenders, their answers, the vote."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.duels import Duel, Side, Vote
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.shelf import ModelKind
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.growing_editor import GrowingEditor
from lmstudio_lite.ui.compare.answers import DuelView
from lmstudio_lite.ui.compare.contender_box import ContenderBox, Offered
from lmstudio_lite.ui.compare.work import DuelWork, is_unfinished
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr, trn

_PROMPT_HEIGHT_MAX = 120


class DuelPage(QWidget):
    """The first page of the Compare window. GUI thread."""

    models_wanted = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, work: DuelWork, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._work = services, bridge, work
        self._before: tuple[Message, ...] = ()
        self._num_models = -1  # not known yet
        self.prompt = GrowingEditor(tr("What to ask both"), self)
        self.prompt.setPlaceholderText(tr("What to ask both"))
        self.before_label = text_label("", self, role="small", wrap=True)
        self.first_box = ContenderBox(tr("First"), self)
        self.second_box = ContenderBox(tr("Second"), self)
        self.blind_box = QCheckBox(
            tr("Blind: names are hidden and sides shuffled until you have voted"), self
        )
        self.hint = text_label("", self, role="muted", wrap=True)
        self.models_button = text_button(tr("Get a model…"), self)
        self.run_button = text_button(tr("Ask both"), self, role="primary")
        self.new_button = text_button(tr("Ask something else"), self, role="quiet")
        self.notice = Notice(theme, self)
        self.view = DuelView(theme, self)
        self._lay_out()
        self.prompt.textChanged.connect(self._on_changed)
        self.first_box.changed.connect(self._on_changed)
        self.second_box.changed.connect(self._on_changed)
        self.run_button.clicked.connect(self._on_run_clicked)
        self.new_button.clicked.connect(self.begin_anew)
        self.models_button.clicked.connect(self.models_wanted)
        self.view.voted.connect(self._on_voted)
        work.shown.connect(self._on_duel_shown)
        work.text_added.connect(self._on_text_added)
        work.loading.connect(self._on_loading)
        work.working_changed.connect(self._on_working_changed)
        work.failed.connect(self._on_failed)
        self.view.hide()
        self._on_changed()

    def refresh(self) -> None:
        """Read again what there is to choose from."""
        services = self._services

        def read(_context: object) -> Offered:
            entries = services.library.list_all()
            adapters = tuple(entry.path for entry in entries if entry.kind is ModelKind.ADAPTER)
            models = [entry.file for entry in services.library.list() if entry.file is not None]
            writing = tuple(file for file in models if not file.is_embedding)
            return Offered(writing, adapters, tuple(services.personas.list()))

        self._bridge.run(read, on_done=self._offer, on_failed=self._on_failed, lane="library")

    def ask(self, messages: Sequence[Message]) -> None:
        """Set up a duel over ``messages``, which end with the prompt."""
        self.begin_anew()
        *before, last = messages
        self._before = tuple(before)
        self.prompt.setPlainText(last.text)
        self._on_changed()

    @Slot()
    def begin_anew(self) -> None:
        """Show no duel, with the contenders as they are."""
        self._work.clear()
        self._before = ()
        self.notice.clear()
        self.view.hide()
        self._setup.show()
        self._on_changed()
        self.prompt.setFocus()

    def _lay_out(self) -> None:
        self._setup = QWidget(self)
        boxes = QHBoxLayout()
        boxes.setSpacing(design.SPACE_16)
        boxes.addWidget(self.first_box, 1)
        boxes.addWidget(self.second_box, 1)
        setup = QVBoxLayout(self._setup)
        setup.setContentsMargins(0, 0, 0, 0)
        setup.setSpacing(design.SPACE_8)
        setup.addLayout(boxes)
        setup.addWidget(self.blind_box)
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.hint, 1)
        for button in (self.models_button, self.new_button, self.run_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        margin = design.SPACE_16
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self._prompt_frame())
        column.addWidget(self.before_label)
        column.addWidget(self._setup)
        column.addLayout(buttons)
        column.addWidget(self.notice)
        column.addWidget(self.view, 1)
        self._filler = QWidget(self)
        column.addWidget(self._filler, 1)

    def _prompt_frame(self) -> QFrame:
        frame = QFrame(self)
        set_role(frame, "composer")
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(design.SPACE_8, design.SPACE_4, design.SPACE_8, design.SPACE_4)
        inner.addWidget(self.prompt)
        return frame

    def _offer(self, offered: Offered) -> None:
        path = self._services.engine.state.path
        self.first_box.offer(offered, path)
        first = self.first_box.contender
        others = [file.path for file in offered.models if first is None or str(file.path) != first.model]
        self.second_box.offer(offered, others[0] if others else path)
        self._num_models = len(offered.models)
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        """Say what is missing, and offer what can be done."""
        duel, is_working = self._work.duel, self._work.is_working
        self.prompt.fit(_PROMPT_HEIGHT_MAX)
        self.prompt.setReadOnly(duel is not None)
        count = len(self._before)
        told = trn("After {n} earlier message of the chat.", "After {n} earlier messages of the chat.", count)
        self.before_label.setText(told if count else "")
        self.before_label.setVisible(bool(count))
        self.models_button.setVisible(self._num_models == 0)
        self.new_button.setVisible(duel is not None and not is_working)
        self.hint.setText(self._hint())
        if is_working:
            self._set_button(tr("Stop"), is_enabled=True)
        elif duel is not None:
            self._set_button(tr("Go on"), is_enabled=is_unfinished(duel))
            self.run_button.setVisible(is_unfinished(duel))
        else:
            first, second = self.first_box.contender, self.second_box.contender
            is_ready = first is not None and second is not None and first != second
            self._set_button(tr("Ask both"), is_enabled=is_ready and bool(self.prompt.toPlainText().strip()))

    def _set_button(self, words: str, *, is_enabled: bool) -> None:
        self.run_button.setText(words)
        set_role(self.run_button, "" if self._work.is_working else "primary")
        self.run_button.setEnabled(is_enabled)
        self.run_button.show()

    def _hint(self) -> str:
        if self._work.duel is not None or self._num_models < 0:
            return ""
        if self._num_models == 0:
            return tr("There is no model yet. Two can be compared here, or one with two settings.")
        first, second = self.first_box.contender, self.second_box.contender
        if first is None or second is None:
            return ""
        if first == second:
            return tr("Both are the same. Choose another model, adapter, persona or temperature for one.")
        if first.model != second.model:
            return tr("Two models: one is loaded after the other, which takes a while.")
        return ""

    @Slot()
    def _on_run_clicked(self) -> None:
        if self._work.is_working:
            self._work.stop()
            return
        self.notice.clear()
        if self._work.duel is not None:
            self._work.go_on()
            return
        first, second = self.first_box.contender, self.second_box.contender
        text = self.prompt.toPlainText().strip()
        if first is not None and second is not None and text:
            messages = (*self._before, Message(Role.USER, text))
            self._work.begin(messages, first, second, is_blind=self.blind_box.isChecked())

    @Slot(object)
    def _on_duel_shown(self, duel: Duel) -> None:
        if self.prompt.toPlainText() != duel.prompt:
            self.prompt.setPlainText(duel.prompt)
        self._before = duel.messages[:-1]
        self._setup.hide()
        self._filler.hide()
        self.view.show()
        self.view.show_duel(duel, is_working=self._work.is_working)
        self._on_changed()

    @Slot()
    def _on_working_changed(self) -> None:
        if self._work.duel is not None:
            self.view.show_duel(self._work.duel, is_working=self._work.is_working)
        self._on_changed()

    @Slot(object, str)
    def _on_text_added(self, side: Side, text: str) -> None:
        self.view.append(side, text)

    @Slot(object)
    def _on_loading(self, side: Side) -> None:
        self.view.say_loading(side)

    @Slot(object)
    def _on_voted(self, vote: Vote) -> None:
        self._work.vote(vote)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.notice.show_error(error)
        if self._work.duel is not None:
            self._work.show_kept(self._work.duel.id)

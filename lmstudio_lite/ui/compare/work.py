"""The duel on the screen, without a widget: begun, answered in the background, stopped, voted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.duels import DuelAnswered, DuelLoading, Duels, DuelText
from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Contender, Duel, DuelAnswer, Side, Vote
from lmstudio_lite.domain.generation import Message
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE


class DuelWork(QObject):
    """Lives on the GUI thread; one duel runs at a time."""

    shown = Signal(object)  # Duel, a new one or another state of the one on the screen
    text_added = Signal(object, str)  # Side, text
    loading = Signal(object)  # Side whose model is being loaded
    voted = Signal()  # a vote was given, taken back, or a duel deleted: the table is another
    working_changed = Signal()
    failed = Signal(object)  # Exception

    def __init__(self, services: Services, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.duels = Duels(services)
        self.duel: Duel | None = None
        self._job: Job | None = None

    @property
    def is_working(self) -> bool:
        return self._job is not None

    def begin(
        self, messages: Sequence[Message], first: Contender, second: Contender, *, is_blind: bool
    ) -> None:
        """Keep a new duel and have it answered."""
        duels = self.duels
        self._bridge.run(
            lambda context: duels.begin(messages, first, second, is_blind=is_blind),
            on_done=self._begun,
            on_failed=self.failed.emit,
            lane=STORAGE_LANE,
        )

    def go_on(self) -> None:
        """Have the duel on the screen answered as far as it is not."""
        if self.duel is not None and not self.is_working:
            self._answer(self.duel)

    def stop(self) -> None:
        """Stop the answers under way; their texts stay."""
        if self._job is not None:
            self._job.cancel()

    def show_kept(self, duel_id: str) -> None:
        """Show a duel from before."""
        if not self.is_working:
            self._read(lambda context: self.duels.get(duel_id))

    def clear(self) -> None:
        """Show none."""
        if not self.is_working:
            self.duel = None

    def vote(self, vote: Vote | None) -> None:
        """Keep what the user made of the duel on the screen."""
        duel = self.duel
        if duel is not None and not self.is_working:
            self._read(lambda context: self.duels.vote(duel.id, vote), then=self.voted.emit)

    def _read(self, work: Callable[[JobContext], Duel], then: Callable[[], None] | None = None) -> None:
        def show(duel: Duel) -> None:
            self._show(duel)
            if then is not None:
                then()

        self._bridge.run(work, on_done=show, on_failed=self.failed.emit, lane=STORAGE_LANE)

    def _begun(self, duel: Duel) -> None:
        self._show(duel)
        self._answer(duel)

    def _answer(self, duel: Duel) -> None:
        duels = self.duels
        self._job = self._bridge.run(
            lambda context: duels.answer(duel.id, report=context.report, cancellation=context.cancellation),
            on_progress=self._on_progress,
            on_done=self._on_done,
            on_failed=self._on_failed,
            on_cancelled=self._on_cancelled,
        )
        self.working_changed.emit()

    def _on_progress(self, step: object) -> None:
        match step:
            case DuelLoading(side):
                self.loading.emit(side)
            case DuelText(side, added):
                self.text_added.emit(side, added)
            case DuelAnswered(side, answer):
                self._show(self._with(side, answer))
            case _:
                pass

    def _with(self, side: Side, answer: DuelAnswer) -> Duel:
        assert self.duel is not None
        if side is Side.FIRST:
            return replace(self.duel, first_answer=answer)
        return replace(self.duel, second_answer=answer)

    def _on_done(self, duel: Duel) -> None:
        self._job = None
        self._show(duel)
        self.working_changed.emit()

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self.working_changed.emit()
        self.failed.emit(error)

    def _on_cancelled(self) -> None:
        """Cancelled before it began: what is kept is shown."""
        self._job = None
        self.working_changed.emit()
        if self.duel is not None:
            self.show_kept(self.duel.id)

    def _show(self, duel: Duel) -> None:
        self.duel = duel
        self.shown.emit(duel)


def is_unfinished(duel: Duel) -> bool:
    """Whether a duel can be gone on with: it broke off, or was never answered."""
    broken = (MessageState.STREAMING, MessageState.INTERRUPTED, MessageState.FAILED)
    return any(duel.answer(side).state in broken for side in Side)

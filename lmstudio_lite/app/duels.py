"""Duels, for the window and the terminal: two contenders answer one prompt, the user votes, votes are kept.

Two contenders on one model are asked at once, two models one after the other: each is loaded when its turn
comes, and the model that was in use before is loaded again at the end. What is said is saved while it is
written; a duel that broke off is gone on with from there.
"""

from __future__ import annotations

import json
import logging
import queue
import random
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.control import ConversationControl, decide
from lmstudio_lite.domain.conversations import MessageState
from lmstudio_lite.domain.duels import Contender, Duel, DuelAnswer, Side, Vote
from lmstudio_lite.domain.generation import (
    AdapterUse,
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Message,
    Overflow,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.errors import AppError, CancelledError, error_from_code
from lmstudio_lite.paths import replace_file
from lmstudio_lite.storage.duels import DuelRows
from lmstudio_lite.tasks.generate.attempts import wait_for_model
from lmstudio_lite.tasks.text.titles import title_from
from lmstudio_lite.unsaved import Place, UnsavedPiece

log = logging.getLogger(__name__)

_SAVE_INTERVAL_S = 0.25
_STATES = {
    FinishReason.STOP: MessageState.COMPLETE,
    FinishReason.LENGTH: MessageState.LENGTH,
    FinishReason.CANCELLED: MessageState.STOPPED,
}


@dataclass(frozen=True, slots=True)
class DuelLoading:
    """The model of ``side`` is being loaded; the other waits for it."""

    side: Side


@dataclass(frozen=True, slots=True)
class DuelText:
    """What ``side`` goes on with."""

    side: Side
    added: str


@dataclass(frozen=True, slots=True)
class DuelAnswered:
    """The answer of ``side`` has ended."""

    side: Side
    answer: DuelAnswer


DuelProgress = DuelLoading | DuelText | DuelAnswered
Report = Callable[[DuelProgress], None]


class Duels:
    """Thread-safe; each method reads the disk, and ``answer`` waits: not for the GUI thread."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rows = DuelRows(services.database)

    def begin(
        self, messages: Sequence[Message], first: Contender, second: Contender, *, is_blind: bool
    ) -> Duel:
        """Keep a duel over ``messages``, which end with the prompt. Blind ones stand on sides by chance."""
        is_swapped = is_blind and random.random() < 0.5
        return self._rows.begin(messages, first, second, is_blind=is_blind, is_swapped=is_swapped)

    def answer(self, duel_id: str, *, report: Report, cancellation: Cancellation) -> Duel:
        """Have both answer, as far as they have not; returns the duel as it is kept then.

        Cancelling ends the answers under way as STOPPED with their texts so far. Of two models the second is
        not asked any more.

        Raises:
            AppError: a model can't be loaded or fails; what was said by then is kept.
        """
        duel = self._rows.get(duel_id)
        before = self._services.engine.state.path
        due = [side for side in duel.sides if not duel.answer(side).is_done]
        is_one_model = duel.first.model == duel.second.model
        try:
            for sides in [due] if is_one_model else [[side] for side in due]:
                if sides and not cancellation.is_cancelled:
                    self._load(Path(duel.contender(sides[0]).model), sides[0], report, cancellation)
                    self._ask(duel, sides, report, cancellation)
        except CancelledError:
            log.debug("a duel was stopped while a model was loading")
        finally:
            self._load_again(before)
        return self._rows.get(duel_id)

    def get(self, duel_id: str) -> Duel:
        """Return one duel."""
        return self._rows.get(duel_id)

    def list(self) -> list[Duel]:
        """Return all duels, the newest first."""
        return self._rows.list()

    def vote(self, duel_id: str, vote: Vote | None) -> Duel:
        """Keep what the user made of a duel, None for nothing yet."""
        self._rows.vote(duel_id, vote)
        return self._rows.get(duel_id)

    def delete(self, duel_id: str) -> None:
        """Take a duel and its vote away; ``restore`` undoes it."""
        self._rows.delete(duel_id)

    def restore(self, duel_id: str) -> None:
        """Undo ``delete``."""
        self._rows.restore(duel_id)

    def _load(self, path: Path, side: Side, report: Report, cancellation: Cancellation) -> None:
        state = self._services.engine.state
        if state.path != path or state.phase in (ModelPhase.NONE, ModelPhase.FAILED):
            report(DuelLoading(side))
            self._services.load_model(path)
        wait_for_model(self._services.engine, cancellation)

    def _load_again(self, before: Path | None) -> None:
        """Begin to load what was in use before; that it can't be is told where models are chosen."""
        if before is None or self._services.engine.state.path == before:
            return
        try:
            self._services.load_model(before)
        except AppError as error:
            log.info("the model from before a duel can't be loaded: %s", error)

    def _ask(self, duel: Duel, sides: Sequence[Side], report: Report, cancellation: Cancellation) -> None:
        """Have all of ``sides`` answer with the model in use, at once."""
        engine = self._services.engine
        events: queue.SimpleQueue[tuple[Side, GenerationEvent]] = queue.SimpleQueue()
        answers = {side: _Growing(self._services, self._rows, duel, side) for side in sides}
        requests = {side: self._request(duel, side) for side in sides}
        for side, request in requests.items():
            engine.submit(request, lambda event, side=side: events.put((side, event)))  # type: ignore[misc]

        def cancel() -> None:
            for request in requests.values():
                engine.cancel(request.request_id)

        forget = cancellation.on_cancel(cancel)
        failure: Failed | None = None
        try:
            while any(not answer.is_ended for answer in answers.values()):
                side, event = events.get()
                if isinstance(event, TextDelta) and not event.is_reasoning:
                    answers[side].append(event.text)
                    report(DuelText(side, event.text))
                elif isinstance(event, Finished):
                    report(DuelAnswered(side, answers[side].end(_STATES[event.reason])))
                elif isinstance(event, Failed):
                    report(DuelAnswered(side, answers[side].end(MessageState.FAILED)))
                    failure = event
        finally:
            forget()
            cancel()
            for answer in answers.values():
                answer.end(MessageState.INTERRUPTED)
        if failure is not None:
            raise error_from_code(failure.code, failure.details)

    def _request(self, duel: Duel, side: Side) -> GenerationRequest:
        """Return what a contender is asked, by its persona and the settings as for a chat."""
        services, contender = self._services, duel.contender(side)
        state = services.engine.state
        persona = KeptPersona("", contender.persona) if contender.persona is not None else None
        control = ConversationControl(
            persona=persona, sampling=SamplingChoice(temperature=contender.temperature)
        )
        recommended = state.model.sampling if state.model is not None else Sampling()
        profile = services.profiles.of(Path(contender.model))
        decided = decide(control, profile, services.settings.value.chat, recommended)
        system = [Message(Role.SYSTEM, decided.system_prompt)] if decided.system_prompt else []
        asked = [message for message in duel.messages if message.role is not Role.SYSTEM]
        adapter = Path(contender.adapter) if contender.adapter else None
        has_switch = state.model is None or state.model.has_thinking_switch
        thinks_first = services.settings.value.chat.thinks_first
        return GenerationRequest(
            uuid.uuid4().hex,
            ChatPrompt(
                (*system, *asked),
                duel.answer(side).text,
                Overflow.DROP_OLDEST_TURNS,
                {"enable_thinking": thinks_first} if has_switch else {},
            ),
            decided.max_tokens,
            decided.sampling,
            adapters=(AdapterUse(adapter, contender.adapter_strength),) if adapter is not None else (),
        )


class _Growing:
    """An answer on its way to the database."""

    def __init__(self, services: Services, rows: DuelRows, duel: Duel, side: Side) -> None:
        self._unsaved, self._rows = services.unsaved, rows
        self._duel, self._side = duel, side
        self._answer = replace(duel.answer(side), state=MessageState.STREAMING)
        self._pieces = [self._answer.text]
        self._saved_at = 0.0
        self.is_ended = False

    def append(self, text: str) -> None:
        self._pieces.append(text)
        if time.monotonic() - self._saved_at >= _SAVE_INTERVAL_S:
            self._save(MessageState.STREAMING)

    def end(self, state: MessageState) -> DuelAnswer:
        """Save how it ended, the first time; returns the answer."""
        if not self.is_ended:
            self.is_ended = True
            self._save(state)
        return self._answer

    def _save(self, state: MessageState) -> None:
        self._saved_at = time.monotonic()
        self._pieces = ["".join(self._pieces)]
        answer = self._answer = DuelAnswer(self._pieces[0], state)
        key = f"duel:{self._duel.id}:{self._side}"
        self._unsaved.save(
            UnsavedPiece(
                key,
                Place.CHAT,
                title_from(self._duel.prompt),
                answer.text,
                lambda: self._rows.save_answer(self._duel.id, self._side, answer),
            )
        )


def preferences(duels: Iterable[Duel]) -> list[dict[str, object]]:
    """Return the duels that one side won as preferences: prompt, chosen and rejected, as messages.

    The form of conversational preference data (DPO); this program's fine-tuning learns from the chosen ones.
    """
    return [
        {
            "prompt": _as_values(duel.messages),
            "chosen": _as_values([Message(Role.ASSISTANT, duel.answer(won).text)]),
            "rejected": _as_values([Message(Role.ASSISTANT, duel.answer(won.other).text)]),
        }
        for duel in duels
        if duel.vote in (Vote.FIRST, Vote.SECOND)
        for won in (Side(duel.vote),)
        if duel.answer(won).text.strip()
    ]


def export_preferences(duels: Iterable[Duel], path: Path) -> int:
    """Write the preferences as JSON lines; returns how many.

    Raises:
        DataFolderReadOnlyError, DiskFullError, NotAFileError: it can't be written.
    """
    rows = preferences(duels)
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    replace_file(path, lines.encode(), is_private=False)
    return len(rows)


def _as_values(messages: Iterable[Message]) -> list[dict[str, str]]:
    return [{"role": message.role.value, "content": message.text} for message in messages]

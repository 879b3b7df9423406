"""A full conversation goes on: its older turns are summarized before they would be left out.

Nothing of the conversation changes: the summary is a value of its own beside it (``TurnsSummary``), which the
user reads, edits and switches off. It is made before a reply is begun, when what the prompt would hold comes
near to what fits. What the summary before said stands on in the next one word for word, so that an edit stays
and facts are not retold until they are lost; only where the notes take too much room are they shortened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.chat_summaries import TurnsSummary, summary_for
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.errors import AppError, StorageError
from lmstudio_lite.storage.chat_summaries import ChatSummaries
from lmstudio_lite.tasks.chat.turn_notes import NoteTaker, in_blocks, spoken_by
from lmstudio_lite.tasks.generate.capability import Capability

log = logging.getLogger(__name__)

_FULL_SHARE = 0.95
_KEPT_SHARE = 0.4
_NOTES_SHARE = 0.25
_BLOCK_SHARE = 0.45
"""Of what a prompt may hold: when it is nearly full, what stays of the turns, what notes may take, and how
much is read at a time."""
_BLOCK_TOKENS_MAX = 1500
_NOTES_OF_BLOCK = 220
_RESERVE_TOKENS = 512
_TOKENS_PER_MESSAGE = 8
_HEAD = "What was said earlier in this conversation, in notes (its words are not shown any more):"

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class StandIn:
    """Notes in place of the first ``num_messages`` of a branch, ``num_turns`` questions among them."""

    text: str = ""
    num_messages: int = 0
    num_turns: int = 0

    @property
    def system_text(self) -> str:
        """What the prompt gets of it."""
        return f"{_HEAD}\n{self.text}" if self.text else ""


NO_STAND_IN = StandIn()


class TurnSummaries:
    """Finds and makes the summaries of conversations. Thread-safe; waits for disk and model."""

    def __init__(self, engine: EngineClient, store: ChatSummaries | None) -> None:
        self._engine = engine
        self._store = store
        self._notes = NoteTaker(engine)

    def standing(self, conversation_id: str, path: Sequence[StoredMessage]) -> StandIn:
        """Return what stands for the older turns of a branch, as the user left it."""
        if self._store is None:
            return NO_STAND_IN
        summary, num_messages = summary_for(self._store.list(conversation_id), path)
        return _stand_in(summary, num_messages) if summary is not None else NO_STAND_IN

    def of_branch(
        self, conversation_id: str, path: Sequence[StoredMessage]
    ) -> tuple[TurnsSummary | None, tuple[TurnsSummary, ...]]:
        """Return the summary that counts for a branch, and all of the branch."""
        if self._store is None:
            return None, ()
        here = {message.id for message in path}
        found = [each for each in self._store.list(conversation_id) if each.last_message_id in here]
        return summary_for(found, path)[0], tuple(found)

    def make_room(
        self,
        conversation_id: str,
        path: Sequence[StoredMessage],
        other_tokens: int,
        max_tokens: int | None,
        report: Report,
        cancellation: Cancellation,
    ) -> StandIn:
        """Summarize the oldest turns of ``path`` if the prompt is nearly full; return what stands for them.

        ``path`` ends with the question that waits; ``other_tokens`` are those of instructions and documents,
        ``max_tokens`` of the reply. ``report`` hears how many blocks of how many are read. What fails here
        fails nothing else: the engine then leaves turns out as it does without.

        Raises:
            CancelledError: cancelled.
        """
        before, model = self.standing(conversation_id, path), self._engine.state.model
        if model is None or self._store is None or is_too_small(model):
            return before
        counts = [
            count + _TOKENS_PER_MESSAGE for count in self._engine.count_tokens([each.text for each in path])
        ]
        limit = _limit(model, max_tokens)
        rest = counts[before.num_messages :]
        stands = self._engine.count_tokens([before.system_text])[0]
        if other_tokens + stands + sum(rest) <= _FULL_SHARE * limit:
            return before
        first = before.num_messages
        end = _end_of_leaving(path, counts, first, max(0.0, _KEPT_SHARE * limit - other_tokens))
        if end <= first:
            return before
        try:
            leaving = path[first:end]
            spoken = self._engine.count_tokens([spoken_by(each) for each in leaving])
            budget = min(_BLOCK_TOKENS_MAX, int(_BLOCK_SHARE * model.context_size))
            blocks = in_blocks(leaving, spoken, budget)
            text = self._noted(before.text, blocks, limit, report, cancellation)
        except AppError as error:
            cancellation.raise_if_cancelled()
            log.info("older turns could not be summarized: %s", error)
            return before
        return self._kept(conversation_id, path[:end], text, model) if text else before

    def _noted(
        self,
        text: str,
        blocks: Sequence[Sequence[StoredMessage]],
        limit: int,
        report: Report,
        cancellation: Cancellation,
    ) -> str:
        for number, block in enumerate(blocks):
            report(number, len(blocks))
            noted = self._notes.notes_of(block, min(_NOTES_OF_BLOCK, limit // 5), cancellation)
            known = text.splitlines()
            text = "\n".join([*known, *(line for line in noted.splitlines() if line not in known)])
        room = int(_NOTES_SHARE * limit)
        if self._engine.count_tokens([text])[0] > room:
            text = self._notes.shortened(text, room, cancellation) or text
        report(len(blocks), len(blocks))
        return text

    def _kept(
        self, conversation_id: str, covered: Sequence[StoredMessage], text: str, model: LoadedModel
    ) -> StandIn:
        num_turns = sum(each.role is Role.USER for each in covered)
        if self._store is not None:
            try:
                self._store.add(
                    conversation_id, covered[-1].id, num_turns=num_turns, text=text, model=model.name
                )
            except StorageError as error:
                log.info("a summary of older turns can't be kept: %s", error)
        return StandIn(text, len(covered), num_turns)


def is_too_small(model: LoadedModel) -> bool:
    """Tell whether a model's notes would be worse than none: of one date the 135M model made nineteen."""
    return Capability.of(model).is_tiny


def _stand_in(summary: TurnsSummary, num_messages: int) -> StandIn:
    return StandIn(summary.text.strip(), num_messages, summary.num_turns)


def _limit(model: LoadedModel, max_tokens: int | None) -> int:
    """Return how many tokens the engine lets a prompt have (``engine.core.intake``)."""
    return model.context_size - min(max_tokens or _RESERVE_TOKENS, model.context_size // 4)


def _end_of_leaving(path: Sequence[StoredMessage], counts: Sequence[int], first: int, room: float) -> int:
    """Return the place of the oldest question that stays: what follows it fits into ``room``.

    The last question stays always.
    """
    starts = [at for at, each in enumerate(path) if each.role is Role.USER and at > first]
    fitting = (at for at in starts if sum(counts[at:]) <= room)
    return next(fitting, starts[-1] if starts else first)

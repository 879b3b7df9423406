"""Notes that the model takes of turns, to stand for them in the prompt: one or more turns in, lines out."""

from __future__ import annotations

import queue
import re
import uuid
from collections.abc import Sequence

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
    TextDelta,
)
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.tasks.prompts import fenced

_ORDER = (
    "Write down what must be remembered of this conversation, as short notes in its own language: each line"
    ' begins with "- " and says one thing. Keep all names, numbers, dates and places, what the user said'
    " about themselves, wants or likes, and what was decided. Write only the notes."
)
_SHORTER = (
    "Shorten these notes of a conversation to the most important ones, in their own language. Keep all names,"
    ' numbers, dates and places. Each line begins with "- ". Write only the notes.'
)
_REPEAT_PENALTY = 1.05
_MARK = re.compile(r"^[\s*•-]*(\d{1,2}[.)]\s)?[\s*•-]*")


class NoteTaker:
    """Asks the model in use for notes. Waits; not for the GUI thread."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine

    def notes_of(self, turns: Sequence[StoredMessage], max_tokens: int, cancellation: Cancellation) -> str:
        """Return notes of ``turns``, of at most ``max_tokens``; "" where the model has none to give.

        A note with a number that nobody said is left out.

        Raises:
            AppError: the engine can't answer.
            CancelledError: cancelled.
        """
        # Imported late: tables of languages, for which the window's first sight need not wait.
        from lmstudio_lite.tasks.text.numbers import has_numbers_of

        spoken = "\n\n".join(map(spoken_by, turns))
        notes = self._written(f"{_ORDER}\n\n{fenced(spoken)}\n\n{_ORDER}", max_tokens, cancellation)
        return "\n".join(line for line in notes.splitlines() if has_numbers_of(line, spoken, "en"))

    def shortened(self, notes: str, max_tokens: int, cancellation: Cancellation) -> str:
        """Return fewer notes for many; raises as ``notes_of``."""
        return self._written(f"{_SHORTER}\n\n{fenced(notes)}", max_tokens, cancellation)

    def _written(self, order: str, max_tokens: int, cancellation: Cancellation) -> str:
        model = self._engine.state.model
        options = {"enable_thinking": False} if model is None or model.has_thinking_switch else {}
        request = GenerationRequest(
            uuid.uuid4().hex,
            ChatPrompt((Message(Role.USER, order),), reply_start="- ", template_options=dict(options)),
            max_tokens=max_tokens,
            sampling=Sampling(temperature=0.0, repeat_penalty=_REPEAT_PENALTY),
            copies_prompt=True,
        )
        events: queue.SimpleQueue[GenerationEvent] = queue.SimpleQueue()
        self._engine.submit(request, events.put)
        forget = cancellation.on_cancel(lambda: self._engine.cancel(request.request_id))
        text = "- "
        try:
            while True:
                match events.get():
                    case TextDelta(text=added, is_reasoning=False):
                        text += added
                    case Finished():
                        break
                    case Failed(code=code, details=details):
                        raise error_from_code(code, details)
                    case _:
                        pass
        finally:
            forget()
        cancellation.raise_if_cancelled()
        return tidy_notes(text)


def spoken_by(turn: StoredMessage) -> str:
    """Return who says what."""
    return f"{'User' if turn.role is Role.USER else 'Assistant'}: {turn.text.strip()}"


def tidy_notes(text: str) -> str:
    """Return a model's notes without lines that say nothing or say the same again."""
    kept: dict[str, str] = {}
    for line in text.splitlines():
        said = _MARK.sub("", line).strip()
        if any(character.isalnum() for character in said):
            kept.setdefault(said.casefold(), f"- {said}")
    return "\n".join(kept.values())


def in_blocks(
    turns: Sequence[StoredMessage], counts: Sequence[int], budget_tokens: int
) -> list[list[StoredMessage]]:
    """Return ``turns`` in their order, in blocks of at most ``budget_tokens`` where single ones allow it."""
    blocks: list[list[StoredMessage]] = []
    room = 0
    for turn, count in zip(turns, counts, strict=True):
        if not blocks or count > room:
            blocks.append([])
            room = budget_tokens
        blocks[-1].append(turn)
        room -= count
    return blocks

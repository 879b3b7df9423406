"""The turns of a conversation as records hold them, checked and mended into what templates accept.

A message may say that it is not to be learned: ``"weight": 0`` (OpenAI), ``"train": false``,
``"loss": false`` and their kin. It stays in the conversation, for it led to what comes behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.field_names import plain_name
from lmstudio_lite.finetune.data.problems import ProblemKind, shorten

_ROLES = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "human": Role.USER,
    "prompter": Role.USER,
    "assistant": Role.ASSISTANT,
    "gpt": Role.ASSISTANT,
    "chatgpt": Role.ASSISTANT,
    "bing": Role.ASSISTANT,
    "bard": Role.ASSISTANT,
    "bot": Role.ASSISTANT,
    "model": Role.ASSISTANT,
}
_TOOL_ROLES = frozenset({"tool", "function", "function_call", "observation", "ipython", "tool_response"})
_WEIGHTS = ("weight", "loss_weight", "loss_scale", "loss", "train", "training", "trainable", "learn")
_NO = frozenset(("false", "no", "off", "none"))
_YES = frozenset(("true", "yes", "on", "all"))


class RecordError(Exception):
    """A record can't become an example."""

    def __init__(self, kind: ProblemKind, detail: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Converted:
    """An example and what had to be mended for it."""

    example: TrainingExample
    fixed: tuple[ProblemKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """``weight`` is how much of it is to be learned, 0.0 for nothing."""

    message: Message
    weight: float = 1.0


def checked(messages: Sequence[Message], at: str, fixes: frozenset[ProblemKind]) -> Converted:
    """Return a conversation that templates accept and that holds something to learn, of all its answers.

    Raises:
        RecordError: as ``checked_turns``.
    """
    return checked_turns(list(map(Turn, messages)), at, fixes)


def checked_turns(turns: Sequence[Turn], at: str, fixes: frozenset[ProblemKind]) -> Converted:
    """Return a conversation that templates accept and that holds something to learn.

    Raises:
        RecordError: it can't be mended, or is not to be.
    """
    fixed: list[ProblemKind] = []

    def mend(kind: ProblemKind, detail: str = "") -> None:
        if kind not in fixes:
            raise RecordError(kind, detail)
        if kind not in fixed:
            fixed.append(kind)

    for turn in turns:
        if turn.message.role is Role.ASSISTANT and turn.weight not in (0.0, 1.0):
            mend(ProblemKind.PARTIAL_WEIGHT, f"{turn.weight:g}")
    if any(_is_blank(turn) and turn.message.role is Role.SYSTEM for turn in turns):
        mend(ProblemKind.EMPTY_SYSTEM)
        turns = [turn for turn in turns if turn.message.role is not Role.SYSTEM or not _is_blank(turn)]
    systems = [turn for turn in turns if turn.message.role is Role.SYSTEM]
    others = [turn for turn in turns if turn.message.role is not Role.SYSTEM]
    if list(turns[: len(systems)]) != systems:
        mend(ProblemKind.SYSTEM_NOT_FIRST)
    for turn in others:
        if _is_blank(turn):
            is_answer = turn.message.role is Role.ASSISTANT
            raise RecordError(ProblemKind.EMPTY_ANSWER if is_answer else ProblemKind.EMPTY_QUESTION)
    merged: list[Turn] = []
    for turn in (*systems, *others):
        role = turn.message.role
        if merged and merged[-1].message.role is role:
            if role is not Role.SYSTEM:
                mend(ProblemKind.SAME_ROLE_TWICE, role)
            before = merged.pop()
            text = f"{before.message.text}\n\n{turn.message.text}"
            turn = Turn(Message(role, text), min(before.weight, turn.weight))
        merged.append(turn)
    if not any(turn.message.role is Role.ASSISTANT for turn in merged):
        raise RecordError(ProblemKind.NO_ANSWER)
    if next(turn for turn in merged if turn.message.role is not Role.SYSTEM).message.role is Role.ASSISTANT:
        raise RecordError(ProblemKind.NO_QUESTION)
    if merged[-1].message.role is Role.USER:
        mend(ProblemKind.ENDS_WITH_QUESTION)
        merged.pop()
    messages = tuple(turn.message for turn in merged)
    unlearned = tuple(
        place
        for place, turn in enumerate(merged)
        if turn.message.role is Role.ASSISTANT and turn.weight == 0.0
    )
    example = TrainingExample(messages, at=at, unlearned=unlearned)
    if not example.learned:
        raise RecordError(ProblemKind.UNLEARNED)
    return Converted(example, tuple(fixed))


def _is_blank(turn: Turn) -> bool:
    return not turn.message.text.strip()


def turns_of(value: object) -> list[Turn]:
    """Return the turns in a list of messages, or in a text that holds such a list as JSON.

    Raises:
        RecordError: it holds none, or one of them is none.
    """
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            raise RecordError(ProblemKind.NOT_TEXT, "messages") from None
    if not isinstance(value, list):
        raise RecordError(ProblemKind.NOT_TEXT, "messages")
    if not value:
        raise RecordError(ProblemKind.NO_ANSWER)
    return [_turn(entry) for entry in value]


def _turn(entry: object) -> Turn:
    if not isinstance(entry, Mapping):
        raise RecordError(ProblemKind.NOT_AN_OBJECT, type(entry).__name__)
    fields = with_plain_names(entry)
    name = fields.get("role", fields.get("from", fields.get("speaker")))
    plain = name.strip().lower() if isinstance(name, str) else None
    role = _ROLES.get(plain) if plain is not None else None
    if fields.get("tool_calls") or fields.get("function_call") or plain in _TOOL_ROLES:
        raise RecordError(ProblemKind.TOOL_USE)
    if role is None:
        raise RecordError(ProblemKind.UNKNOWN_ROLE, shorten(str(name)))
    field = next((field for field in ("content", "value", "text", "message") if field in fields), "content")
    return Turn(Message(role, text_of(fields.get(field), field, joins_texts=True)), weight_of(fields))


def with_plain_names(record: Mapping[str, object]) -> Mapping[str, object]:
    """Return a record with its fields' names as they are compared; the one that is written so wins."""
    if all(name == plain_name(name) for name in record):
        return record
    return {plain_name(name): value for name, value in record.items()} | {
        name: value for name, value in record.items() if name == plain_name(name)
    }


def weight_of(fields: Mapping[str, object]) -> float:
    """Return how much a message or a record says is to be learned of it, 1.0 if it says nothing."""
    for name in _WEIGHTS:
        value = fields.get(name)
        if isinstance(value, bool):
            return float(value)
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str):
            word = plain_name(value)
            if word in _NO | _YES:
                return float(word in _YES)
            try:
                return float(word)
            except ValueError:
                continue
    return 1.0


def text_of(value: object, field: str, *, joins_texts: bool = False) -> str:
    """Return a field's text; text parts are joined, numbers are written out.

    ``joins_texts`` where a list of plain texts is parts of one as well; elsewhere it may be alternatives.

    Raises:
        RecordError: it holds no text.
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # NaN, as data frames write what is missing
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        parts = [
            part if isinstance(part, str) else part.get("text") if isinstance(part, Mapping) else None
            for part in value
        ]
        may_join = joins_texts or len(value) == 1 or not any(isinstance(part, str) for part in value)
        if may_join and all(isinstance(part, str) for part in parts):
            return "".join(part for part in parts if isinstance(part, str))
    raise RecordError(ProblemKind.NOT_TEXT, field)

"""One decoded record to one example, whichever of the known shapes it has.

Told by its fields, record by record, so that a file may mix them:

- ``messages``: role and content (OpenAI); content may be text parts.
- ``conversations`` or ``conversation``: from and value (ShareGPT), or role and content.
- ``instruction``, ``input``, ``output``, ``system``, ``history`` (Alpaca).
- ``prompt`` and ``completion``, ``question`` and ``answer`` and the like; ``prompt`` and ``chosen``.
- ``translation``: a text a language, as in the OPUS sets.
- ``text``: continued pretraining.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.problems import ProblemKind, shorten

PairPrompt = Callable[[str, str, str], tuple[Message, ...]]
"""Words the question for a translation: text, source and target language as ISO 639-1 codes."""


class Shape(StrEnum):
    """What a record is like."""

    CHAT = "chat"
    SHAREGPT = "sharegpt"
    ALPACA = "alpaca"
    PAIR = "pair"
    TRANSLATION = "translation"
    TEXT = "text"


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
_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "chosen"),
    ("instruction", "response"),
    ("instruction", "answer"),
    ("question", "answer"),
    ("question", "response"),
    ("query", "response"),
    ("query", "answer"),
    ("input", "output"),
    ("problem", "solution"),
    ("source", "target"),
)
_TEXT_FIELDS = ("text", "content")


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


def shape_of(record: object) -> Shape | None:
    """Return what a decoded value is like, None for nothing known."""
    if not isinstance(record, Mapping):
        return None
    if "messages" in record:
        return Shape.CHAT
    if "conversations" in record or "conversation" in record:
        return Shape.SHAREGPT
    if "instruction" in record and "output" in record:
        return Shape.ALPACA
    if isinstance(record.get("translation"), Mapping):
        return Shape.TRANSLATION
    if _pair_of(record) is not None:
        return Shape.PAIR
    if any(field in record for field in _TEXT_FIELDS):
        return Shape.TEXT
    return None


def convert(record: object, at: str, fixes: frozenset[ProblemKind], pair_prompt: PairPrompt) -> Converted:
    """Return the example of a decoded value that came from the place ``at``.

    Raises:
        RecordError: it can't be one.
    """
    if not isinstance(record, Mapping):
        raise RecordError(ProblemKind.NOT_AN_OBJECT, type(record).__name__)
    match shape_of(record):
        case Shape.CHAT:
            return _conversation(_turns(record["messages"]), record, at, fixes)
        case Shape.SHAREGPT:
            turns = record["conversations"] if "conversations" in record else record["conversation"]
            return _conversation(_turns(turns), record, at, fixes)
        case Shape.ALPACA:
            return checked(_alpaca(record), at, fixes)
        case Shape.TRANSLATION:
            return _translation(record["translation"], at, pair_prompt)
        case Shape.PAIR:
            return _pair(record, at, fixes)
        case Shape.TEXT:
            field = next(field for field in _TEXT_FIELDS if field in record)
            return Converted(text_example(_text(record[field], field), at))
        case None:
            raise RecordError(ProblemKind.UNKNOWN_FIELDS, shorten(", ".join(map(str, record))))


def text_example(text: str, at: str) -> TrainingExample:
    """Return an example of a plain text.

    Raises:
        RecordError: it is empty.
    """
    if not text.strip():
        raise RecordError(ProblemKind.EMPTY_TEXT)
    return TrainingExample(text=text, at=at)


def translation_example(
    source: str, target: str, languages: tuple[str, str], at: str, pair_prompt: PairPrompt
) -> TrainingExample:
    """Return an example of a text and its translation.

    Raises:
        RecordError: one is empty, or both are the same.
    """
    source, target = source.strip(), target.strip()
    if not source:
        raise RecordError(ProblemKind.EMPTY_QUESTION)
    if not target:
        raise RecordError(ProblemKind.EMPTY_ANSWER)
    if source == target and any(map(str.isalpha, source)):
        raise RecordError(ProblemKind.UNTRANSLATED)
    return TrainingExample((*pair_prompt(source, *languages), Message(Role.ASSISTANT, target)), at=at)


def checked(messages: list[Message], at: str, fixes: frozenset[ProblemKind]) -> Converted:
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

    if any(message.role is Role.SYSTEM and not message.text.strip() for message in messages):
        mend(ProblemKind.EMPTY_SYSTEM)
        messages = [m for m in messages if m.role is not Role.SYSTEM or m.text.strip()]
    systems = [message for message in messages if message.role is Role.SYSTEM]
    turns = [message for message in messages if message.role is not Role.SYSTEM]
    if messages[: len(systems)] != systems:
        mend(ProblemKind.SYSTEM_NOT_FIRST)
    for message in turns:
        if not message.text.strip():
            is_answer = message.role is Role.ASSISTANT
            raise RecordError(ProblemKind.EMPTY_ANSWER if is_answer else ProblemKind.EMPTY_QUESTION)
    merged: list[Message] = []
    for message in (*systems, *turns):
        if merged and merged[-1].role is message.role:
            if message.role is not Role.SYSTEM:
                mend(ProblemKind.SAME_ROLE_TWICE, message.role)
            message = Message(message.role, f"{merged.pop().text}\n\n{message.text}")
        merged.append(message)
    if not any(message.role is Role.ASSISTANT for message in merged):
        raise RecordError(ProblemKind.NO_ANSWER)
    if next(message for message in merged if message.role is not Role.SYSTEM).role is Role.ASSISTANT:
        raise RecordError(ProblemKind.NO_QUESTION)
    if merged[-1].role is Role.USER:
        mend(ProblemKind.ENDS_WITH_QUESTION)
        merged.pop()
    return Converted(TrainingExample(tuple(merged), at=at), tuple(fixed))


def _conversation(
    turns: list[Message], record: Mapping[str, object], at: str, fixes: frozenset[ProblemKind]
) -> Converted:
    system = record.get("system") or record.get("system_prompt")
    if isinstance(system, str) and system.strip() and not any(turn.role is Role.SYSTEM for turn in turns):
        turns.insert(0, Message(Role.SYSTEM, system))
    return checked(turns, at, fixes)


def _turns(value: object) -> list[Message]:
    if not isinstance(value, list):
        raise RecordError(ProblemKind.NOT_TEXT, "messages")
    if not value:
        raise RecordError(ProblemKind.NO_ANSWER)
    return [_turn(entry) for entry in value]


def _turn(entry: object) -> Message:
    if not isinstance(entry, Mapping):
        raise RecordError(ProblemKind.NOT_AN_OBJECT, type(entry).__name__)
    name = entry.get("role", entry.get("from", entry.get("speaker")))
    role = _ROLES.get(name.strip().lower()) if isinstance(name, str) else None
    if entry.get("tool_calls") or entry.get("function_call") or name in _TOOL_ROLES:
        raise RecordError(ProblemKind.TOOL_USE)
    if role is None:
        raise RecordError(ProblemKind.UNKNOWN_ROLE, shorten(str(name)))
    field = next((field for field in ("content", "value", "text", "message") if field in entry), "content")
    return Message(role, _text(entry.get(field), field))


def _text(value: object, field: str) -> str:
    """Return a field's text; a list of text parts is joined, numbers are written out."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        parts = [
            part if isinstance(part, str) else part.get("text") if isinstance(part, Mapping) else None
            for part in value
        ]
        if all(isinstance(part, str) for part in parts):
            return "".join(part for part in parts if isinstance(part, str))
    raise RecordError(ProblemKind.NOT_TEXT, field)


def _alpaca(record: Mapping[str, object]) -> list[Message]:
    messages = []
    system = _text(record.get("system"), "system")
    if system.strip():
        messages.append(Message(Role.SYSTEM, system))
    history = record.get("history") or []
    if not isinstance(history, list):
        raise RecordError(ProblemKind.NOT_TEXT, "history")
    for turn in history:
        if not isinstance(turn, list) or len(turn) != 2:
            raise RecordError(ProblemKind.NOT_TEXT, "history")
        messages.append(Message(Role.USER, _text(turn[0], "history")))
        messages.append(Message(Role.ASSISTANT, _text(turn[1], "history")))
    asked = [_text(record["instruction"], "instruction"), _text(record.get("input"), "input")]
    messages.append(Message(Role.USER, "\n\n".join(text for text in asked if text.strip())))
    messages.append(Message(Role.ASSISTANT, _text(record["output"], "output")))
    return messages


def _pair_of(record: Mapping[str, object]) -> tuple[str, str] | None:
    return next((pair for pair in _PAIRS if pair[0] in record and pair[1] in record), None)


def _pair(record: Mapping[str, object], at: str, fixes: frozenset[ProblemKind]) -> Converted:
    names = _pair_of(record)
    assert names is not None
    question, answer = record[names[0]], record[names[1]]
    if isinstance(question, list) and question and isinstance(question[0], Mapping):
        answers = _turns(answer) if isinstance(answer, list) else [Message(Role.ASSISTANT, _text(answer, ""))]
        return _conversation([*_turns(question), *answers], record, at, fixes)
    if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
        return _conversation(_turns(answer), record, at, fixes)
    messages = [
        Message(Role.USER, _text(question, names[0])),
        Message(Role.ASSISTANT, _text(answer, names[1])),
    ]
    return _conversation(messages, record, at, fixes)


def _translation(texts: Mapping[str, object], at: str, pair_prompt: PairPrompt) -> Converted:
    if len(texts) != 2:
        raise RecordError(ProblemKind.NO_PAIR)
    (source, source_text), (target, target_text) = texts.items()
    example = translation_example(
        _text(source_text, source), _text(target_text, target), (source, target), at, pair_prompt
    )
    return Converted(example)

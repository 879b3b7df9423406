"""One decoded record to one example, whichever of the known shapes it has.

Told by its fields, record by record, so that a file may mix them:

- ``messages``: role and content (OpenAI); content may be text parts.
- ``conversations`` or ``conversation``: from and value (ShareGPT), or role and content.
- ``instruction``, ``input``, ``output``, ``system``, ``history`` (Alpaca).
- ``prompt`` and ``completion``, ``question`` and ``answer`` and the like; ``prompt`` and ``chosen``; what
  the columns of a table may be called, in any case of letters.
- ``translation``: a text a language, as in the OPUS sets; or two fields that are languages.
- ``text``: continued pretraining.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.field_names import find_fields
from lmstudio_lite.finetune.data.problems import ProblemKind, shorten
from lmstudio_lite.finetune.data.turns import (
    Converted,
    RecordError,
    Turn,
    checked,
    checked_turns,
    text_of,
    turns_of,
    weight_of,
    with_plain_names,
)

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


def shape_of(record: object) -> Shape | None:
    """Return what a decoded value is like, None for nothing known."""
    return _shape(with_plain_names(record)) if isinstance(record, Mapping) else None


def _shape(record: Mapping[str, object]) -> Shape | None:
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
    if find_fields(list(record)).is_pair:
        return Shape.PAIR
    if len(record) == 2 and all(name in LANGUAGES for name in record):
        return Shape.TRANSLATION
    return None


def convert(record: object, at: str, fixes: frozenset[ProblemKind], pair_prompt: PairPrompt) -> Converted:
    """Return the example of a decoded value that came from the place ``at``.

    Raises:
        RecordError: it can't be one.
    """
    if not isinstance(record, Mapping):
        raise RecordError(ProblemKind.NOT_AN_OBJECT, type(record).__name__)
    record = with_plain_names(record)
    match _shape(record):
        case Shape.CHAT:
            return _conversation(turns_of(record["messages"]), record, at, fixes)
        case Shape.SHAREGPT:
            turns = record["conversations"] if "conversations" in record else record["conversation"]
            return _conversation(turns_of(turns), record, at, fixes)
        case Shape.ALPACA:
            return checked(_alpaca(record), at, fixes)
        case Shape.TRANSLATION:
            texts = record.get("translation", record)
            return _translation(texts if isinstance(texts, Mapping) else record, at, pair_prompt)
        case Shape.PAIR:
            return _pair(record, at, fixes)
        case Shape.TEXT:
            field = next(field for field in _TEXT_FIELDS if field in record)
            return Converted(text_example(text_of(record[field], field), at))
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


def _conversation(
    turns: list[Turn], record: Mapping[str, object], at: str, fixes: frozenset[ProblemKind]
) -> Converted:
    if weight_of({name: record[name] for name in ("weight", "train") if name in record}) == 0.0:
        raise RecordError(ProblemKind.UNLEARNED)
    system = record.get("system") or record.get("system_prompt")
    has_system = any(turn.message.role is Role.SYSTEM for turn in turns)
    if isinstance(system, str) and system.strip() and not has_system:
        turns.insert(0, Turn(Message(Role.SYSTEM, system)))
    return checked_turns(turns, at, fixes)


def _alpaca(record: Mapping[str, object]) -> list[Message]:
    messages = []
    system = text_of(record.get("system"), "system")
    if system.strip():
        messages.append(Message(Role.SYSTEM, system))
    history = record.get("history") or []
    if not isinstance(history, list):
        raise RecordError(ProblemKind.NOT_TEXT, "history")
    for turn in history:
        if not isinstance(turn, list) or len(turn) != 2:
            raise RecordError(ProblemKind.NOT_TEXT, "history")
        messages.append(Message(Role.USER, text_of(turn[0], "history")))
        messages.append(Message(Role.ASSISTANT, text_of(turn[1], "history")))
    asked = [text_of(record["instruction"], "instruction"), text_of(record.get("input"), "input")]
    messages.append(Message(Role.USER, "\n\n".join(text for text in asked if text.strip())))
    messages.append(Message(Role.ASSISTANT, text_of(record["output"], "output")))
    return messages


def _pair_of(record: Mapping[str, object]) -> tuple[str, str] | None:
    return next((pair for pair in _PAIRS if pair[0] in record and pair[1] in record), None)


def _pair(record: Mapping[str, object], at: str, fixes: frozenset[ProblemKind]) -> Converted:
    names = _pair_of(record)
    if names is None:
        return checked(_told_by_names(record), at, fixes)
    question, answer = record[names[0]], record[names[1]]
    if isinstance(question, list) and question and isinstance(question[0], Mapping):
        is_turns = isinstance(answer, list)
        answers = turns_of(answer) if is_turns else [Turn(Message(Role.ASSISTANT, text_of(answer, "")))]
        return _conversation([*turns_of(question), *answers], record, at, fixes)
    if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
        return _conversation(turns_of(answer), record, at, fixes)
    turns = [
        Turn(Message(Role.USER, text_of(question, names[0]))),
        Turn(Message(Role.ASSISTANT, text_of(answer, names[1]))),
    ]
    return _conversation(turns, record, at, fixes)


def _told_by_names(record: Mapping[str, object]) -> list[Message]:
    """Return the messages of a record whose fields are told apart as the columns of a table are."""
    names = list(record)
    found = find_fields(names)

    def field(place: int | None) -> str:
        return text_of(record[names[place]], names[place]) if place is not None else ""

    asked = [field(found.question), field(found.context)]
    messages = [
        Message(Role.USER, "\n\n".join(text for text in asked if text.strip())),
        Message(Role.ASSISTANT, field(found.answer)),
    ]
    system = field(found.system)
    return [Message(Role.SYSTEM, system), *messages] if system.strip() else messages


def _translation(texts: Mapping[str, object], at: str, pair_prompt: PairPrompt) -> Converted:
    if len(texts) != 2:
        raise RecordError(ProblemKind.NO_PAIR)
    (source, source_text), (target, target_text) = texts.items()
    example = translation_example(
        text_of(source_text, source), text_of(target_text, target), (source, target), at, pair_prompt
    )
    return Converted(example)

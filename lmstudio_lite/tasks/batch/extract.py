"""Values taken out of texts: the model writes JSON that keeps to the schema, and what it wrote is checked.

A value must stand in the text: words as they are but for case and white space, numbers in any of their
forms. What does not is flagged, never dropped. Truth values and choices are the model's judgement and can't
stand there.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from lmstudio_lite.domain.batch import BatchRow, Extracted, ValueFlag
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    AdapterUse,
    ChatPrompt,
    GenerationRequest,
    Message,
    Priority,
    Role,
    Sampling,
)
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.tasks.batch.fitting import cut_to_fit
from lmstudio_lite.tasks.batch.flow import ask_all
from lmstudio_lite.tasks.batch.schema import ValueSchema, field_schema, problems_of
from lmstudio_lite.tasks.text.numbers import NUMBER, forms_at

Key = TypeVar("Key")
_SYSTEM = "You extract values from texts. You copy the words of the text and never make anything up."
_ORDER = (
    "Extract from the text, as JSON: {fields}. Write null where the text does not say it.\n\nText: {text}"
)
_TOKENS_A_FIELD, _TOKENS_BEFORE = 60, 40
_TOKENS_MAX = 2_000
_WINDOW = 48


@dataclass(frozen=True, slots=True)
class Written(Generic[Key]):
    """``text`` is the JSON that came, ``is_whole`` whether it came to its end."""

    key: Key
    text: str
    is_whole: bool
    is_cut: bool


@dataclass(frozen=True, slots=True)
class ValueExtractor:
    """Asks the model in use, whose requests are bulk work."""

    engine: EngineClient
    schema: ValueSchema
    cancellation: Cancellation
    adapters: tuple[AdapterUse, ...] = ()

    def extract(self, texts: Iterable[tuple[Key, str]]) -> Iterator[Written[Key]]:
        """Yield what is written of each text, as it comes.

        Raises:
            CancelledError: cancelled.
            BadRequestError: the schema has what no grammar can be made of.
            AppError: the model can't answer.
        """
        model = self.engine.state.model
        if model is None:
            raise NoModelError
        room = model.context_size - self._max_tokens

        def fitting() -> Iterator[tuple[Key, str, bool]]:
            for key, text in texts:
                kept, is_cut = cut_to_fit(text, room, self.engine.count_tokens)
                yield key, kept, is_cut

        for answer in ask_all(fitting(), self._request, self.engine, self.cancellation, window=_WINDOW):
            key, _, is_cut = answer.item
            yield Written(key, answer.text, answer.is_whole, is_cut)

    def key(self, model: str, text: str) -> str:
        """Return what an answer is kept under; ``model`` is the model's identity."""
        words = ["extract", model, _SYSTEM, _ORDER, self.schema.text, text]
        return hashlib.sha256(json.dumps(words).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def _max_tokens(self) -> int:
        return min(_TOKENS_MAX, _TOKENS_BEFORE + _TOKENS_A_FIELD * len(self.schema.fields))

    def _request(self, item: tuple[object, str, bool]) -> GenerationRequest:
        order = _ORDER.format(fields=", ".join(self.schema.fields), text=item[1])
        return GenerationRequest(
            request_id=uuid.uuid4().hex,
            prompt=ChatPrompt(
                (Message(Role.SYSTEM, _SYSTEM), Message(Role.USER, order)),
                template_options={"enable_thinking": False},
            ),
            max_tokens=self._max_tokens,
            sampling=Sampling(temperature=0.0, json_schema=self.schema.text),
            priority=Priority.BULK,
            adapters=self.adapters,
        )


def checked(row: BatchRow, schema: ValueSchema, text: str, *, is_whole: bool, is_cut: bool) -> Extracted:
    """Return the values in what was written for a row, with what is to be said of them."""
    flags: dict[str, ValueFlag] = {"": ValueFlag.TEXT_CUT} if is_cut else {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return Extracted(row, {}, {"": ValueFlag.INVALID if is_whole else ValueFlag.INCOMPLETE})
    known = {name: values.get(name) for name in schema.fields}
    for name, value in known.items():
        wanted = field_schema(schema, name)
        if name not in values:
            if name in _required(schema):
                flags[name] = ValueFlag.INVALID
        elif problems_of(value, wanted):
            flags[name] = ValueFlag.INVALID
        elif "enum" not in wanted and not stands_in(value, row.text):
            flags[name] = ValueFlag.NOT_IN_TEXT
    return Extracted(row, known, flags)


def stands_in(value: object, text: str) -> bool:
    """Tell whether a value, or each part of one, stands in the text."""
    match value:
        case bool() | None:
            return True
        case str():
            return not value.strip() or _folded(value) in _folded(text)
        case int() | float():
            return bool(
                _forms(_plain(value)) & {form for at in NUMBER.finditer(text) for form in forms_at(text, at)}
            )
        case list():
            return all(stands_in(each, text) for each in value)
        case dict():
            return all(stands_in(each, text) for each in value.values())
        case _:
            return False


def _required(schema: ValueSchema) -> list[object]:
    found = schema.tree.get("required")
    return found if isinstance(found, list) else []


def _plain(value: float) -> str:
    text = repr(abs(value))
    return text.removesuffix(".0")


def _forms(number: str) -> set[str]:
    match = NUMBER.fullmatch(number)
    return forms_at(number, match) if match else {number}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()

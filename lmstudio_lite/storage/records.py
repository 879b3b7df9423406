"""What is stored with a summary, a translation and a reply, typed: one record each and one codec.

A record is a JSON object in one column. ``version`` says which layout it has; rows that an older version of
the program wrote have none, and are read all the same: a field that is missing or of another type gets its
default, a row of a list that makes no sense is left out. The names in JSON stay what they always were. Values
here are plain: what a form or a kind of claim means is told in the rooms above.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from lmstudio_lite.errors import AppError, Detail, error_from_code

_VERSION = 1

R = TypeVar("R", bound=msgspec.Struct)


class WarningRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A finding that stays with a result: its code, and how many of how many it touches."""

    code: str
    num_affected: int
    num_total: int


class PageRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A page's number and the range of the source text that it takes."""

    number: int
    start: int
    end: int


class SpanRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A range of the source text."""

    start: int
    end: int


class ClaimRecord(msgspec.Struct, frozen=True):
    """A claim that the source does not contain; the range is of its sentence."""

    kind: str
    start: int
    end: int
    text: str


class PassageRecord(msgspec.Struct, frozen=True):
    """A range of the source text that supports a sentence; its words are read from there."""

    page: int | None
    start: int
    end: int
    score: float


class SentenceRecord(
    msgspec.Struct, frozen=True, rename={"is_supported": "supported", "passages": "evidence"}
):
    """A sentence of a summary and what stands behind it."""

    text: str
    start: int
    end: int
    is_supported: bool
    is_quote: bool
    found_by: str = "words"
    translated_from: str = ""
    unknown_claims: tuple[ClaimRecord, ...] = ()
    passages: tuple[PassageRecord, ...] = ()


class AskedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a summary was asked for with; ``words`` 0 is the usual length."""

    form: str = "bullets"
    words: int = 0
    focus: str = ""
    instruction: str = ""
    wanted_language: str = ""
    reads_all: bool = False


class SummaryRecord(AskedRecord, frozen=True, kw_only=True):
    """How a summary came about and what it stands on.

    ``is_unfinished``: its run has not ended, or the program ended before it. ``unfinished_version`` is what a
    further version is being made with, or was when the program ended. ``num_parts_summarized`` None: as many
    as were read.
    """

    model: str = ""
    num_parts: int = 0
    num_parts_read: int = 0
    num_parts_summarized: int | None = None
    num_pages: int = 0
    seconds: float = 0.0
    language: str = ""
    is_stopped: bool = False
    is_edited: bool = False
    is_unfinished: bool = False
    warnings: tuple[WarningRecord, ...] = ()
    mime_type: str = ""
    source_language: str = ""
    address: str = ""
    pages: tuple[PageRecord, ...] = ()
    sentences: tuple[SentenceRecord, ...] = ()
    read: tuple[SpanRecord, ...] = ()
    left_out: tuple[SpanRecord, ...] = ()
    unfinished_version: AskedRecord | None = None


class TranslationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a translation came about: from ``source``, which was asked for or, where that is "", detected.

    ``is_unfinished``: its run has not ended, or the program ended before it; ``is_interrupted``: a part that
    was put together afterwards.
    """

    source: str = ""
    wanted_source: str = ""
    target: str = ""
    num_done: int = 0
    num_total: int = 0
    seconds: float = 0.0
    warnings: tuple[WarningRecord, ...] = ()
    is_unfinished: bool = False
    is_interrupted: bool = False


class ReplyNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the reader of a reply must know: what the model could not see, who worded it, why it failed.

    ``num_passages`` of ``num_passages_in_all`` were read of the attached documents, all where both are 0.
    ``error_code`` is "" unless the reply failed.
    """

    is_edited: bool = False
    num_dropped_turns: int = 0
    num_passages: int = 0
    num_passages_in_all: int = 0
    error_code: str = ""
    error_details: dict[str, Detail] = {}

    @property
    def error(self) -> AppError:
        """The error that a failed reply ended with."""
        return error_from_code(self.error_code, self.error_details)


ResultRecord = SummaryRecord | TranslationRecord


def encode_record(record: ResultRecord) -> str:
    """Return a record as it is stored; half a surrogate pair survives."""
    return json.dumps({"version": _VERSION, **msgspec.to_builtins(record)})


def decode_summary(values: Mapping[str, object]) -> SummaryRecord:
    """Read the record of a summary; rows that are old enough call its form a style."""
    if "form" not in values and "style" in values:
        values = {**values, "form": values["style"]}
    return _decoded(SummaryRecord, values)


def decode_translation(values: Mapping[str, object]) -> TranslationRecord:
    """Read the record of a translation."""
    return _decoded(TranslationRecord, values)


def decode_asked(values: Mapping[str, object]) -> AskedRecord:
    """Read what a summary was asked for with."""
    return _decoded(AskedRecord, values)


def failure_note(error: AppError) -> ReplyNote:
    """Return the note of a reply that ended with ``error``."""
    return ReplyNote(error_code=error.code, error_details=dict(error.details))


def encode_note(note: ReplyNote) -> str:
    """Return a note as it is stored; "" for one that says nothing."""
    if note == ReplyNote():
        return ""
    return json.dumps({"version": _VERSION, **msgspec.to_builtins(note)})


def decode_note(text: str) -> ReplyNote:
    """Read a note; any text gives one.

    Older rows hold codes joined by ``;`` ("edited;dropped_turns:3;passages:8/61"), or an error as a JSON list
    of its code and details; of an error of long ago only the code.
    """
    if not text:
        return ReplyNote()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _note_of_codes(text)
    if isinstance(value, dict):
        return _decoded(ReplyNote, value)
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        return ReplyNote(error_code=str(value[0]), error_details=value[1])
    return ReplyNote(error_code=text)


def _note_of_codes(text: str) -> ReplyNote:
    known: dict[str, Any] = {}
    for code in text.split(";"):
        label, _, count = code.partition(":")
        num_read, _, num_all = count.partition("/")
        if label == "edited":
            known["is_edited"] = True
        elif label == "dropped_turns" and count.isdecimal():
            known["num_dropped_turns"] = int(count)
        elif label == "passages" and num_read.isdecimal() and num_all.isdecimal():
            known["num_passages"], known["num_passages_in_all"] = int(num_read), int(num_all)
    return ReplyNote(**known) if known else ReplyNote(error_code=text)


def _decoded(kind: type[R], values: Mapping[str, object]) -> R:
    """Read the fields one by one, so that a bad one costs nothing but itself."""
    known: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name not in values:
            continue
        value = values[field.encode_name]
        try:
            known[field.name] = _converted(value, field.type)
        except (msgspec.ValidationError, ValueError, RecursionError):
            continue
    return kind(**known)


def _converted(value: object, kind: Any) -> Any:
    if kind == AskedRecord | None:
        return decode_asked(value) if isinstance(value, dict) else None
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_rows(value, get_args(kind)[0]))
    return msgspec.convert(value, kind)


def _rows(values: list[object], kind: Any) -> list[Any]:
    found = []
    for value in values:
        try:
            found.append(msgspec.convert(value, kind))
        except msgspec.ValidationError:
            continue
    return found

"""What is stored with a summary, a translation and a reply, typed: one record each and one codec.

A record is a JSON object in one column. ``version`` says which layout it has; rows that an older version of
the program wrote have none, and are read all the same: a field that is missing or of another type gets its
default, a row of a list that makes no sense is left out. The names in JSON stay what they always were. Values
here are plain: what a form or a kind of claim means is told in the rooms above.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from lmstudio_lite.domain.documents import Page
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.domain.records import (
    AskedRecord,
    FileRecord,
    PageRecord,
    PartRecord,
    ReplyNote,
    ResultRecord,
    SummaryRecord,
    TranslationRecord,
)
from lmstudio_lite.domain.reply_making import ReplyMaking, SchemaCheck
from lmstudio_lite.errors import AppError

_VERSION = 1

R = TypeVar("R", bound=msgspec.Struct)


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


def part_records(inventory: Sequence[Part]) -> tuple[PartRecord, ...]:
    """Return an inventory as it is stored."""
    return tuple(
        PartRecord(part.kind, part.number, part.name, part.num_characters, part.how, part.why or "")
        for part in inventory
    )


def parts_from(records: Sequence[PartRecord]) -> tuple[Part, ...]:
    """Read an inventory back; what a newer version of the program calls by other names stays told apart."""
    return tuple(map(_part_from, records))


def encode_inventory(inventory: Sequence[Part]) -> str:
    """Return an inventory as text, "" for an empty one."""
    return json.dumps(msgspec.to_builtins(part_records(inventory))) if inventory else ""


def decode_inventory(text: str) -> tuple[Part, ...]:
    """Read what ``encode_inventory`` wrote; any text gives an inventory."""
    try:
        values = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    return parts_from(_rows(values, PartRecord)) if isinstance(values, list) else ()


def encode_pages(pages: Sequence[Page]) -> str:
    """Return a text's pages as text, "" for none."""
    return json.dumps([(page.number, page.start, page.end) for page in pages]) if pages else ""


def decode_pages(text: str) -> tuple[Page, ...]:
    """Read what ``encode_pages`` wrote; any text gives pages."""
    try:
        values = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    rows = _rows(values, PageRecord) if isinstance(values, list) else []
    return tuple(Page(row.number, row.start, row.end) for row in rows)


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


def _part_from(record: PartRecord) -> Part:
    kind = next((each for each in PartKind if each == record.kind), PartKind.EMBEDDED)
    how = next((each for each in HowRead if each == record.how), HowRead.TEXT)
    why = next((each for each in WhyUnread if each == record.why), WhyUnread.UNSUPPORTED)
    is_unread = how is HowRead.NOT_READ
    return Part(kind, record.number, record.name, record.num_characters, how, why if is_unread else None)


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
    if kind == FileRecord | None:
        return _decoded(FileRecord, value) if isinstance(value, dict) else None
    if kind == ReplyMaking | None:
        return _decoded(ReplyMaking, value) if isinstance(value, dict) else None
    if kind == SchemaCheck | None:
        return _decoded(SchemaCheck, value) if isinstance(value, dict) else None
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

"""JSON values out of a file, one at a time: a value a line, an array of any size, or values in a row.

The array may stand within an object, as datasets with a version and a licence have it (``{"data": […]}``).

A broken value is reported with its line and the next one is read. In an array, where a missing brace would
swallow all that follows, an object that begins a line as the first one did ends the broken one before it.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lmstudio_lite.finetune.data.problems import Problem, ProblemKind, shorten
from lmstudio_lite.finetune.data.text_lines import LINE_LENGTH_MAX, open_text, read_lines

_CHUNK_LENGTH = 1 << 20
_NOT_A_NUMBER = re.compile(r"\b(?:NaN|Infinity)\b")
_TURN_FIELDS = frozenset(
    [
        *("messages", "conversations", "conversation", "history", "tools"),
        *("prompt", "completion", "chosen", "rejected"),
    ]
)
"""An array of this name is one record's, not one of records."""
_TOKEN = re.compile(r'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|[{}\[\]\n"]')
_OBJECT_BEGINS = re.compile(r"[ \t]*\{")
_LOOK_AHEAD = 256
_LITERAL_LENGTH_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """A value and the line that it begins on; ``fixed`` says what had to be mended to read it."""

    line: int
    value: object
    fixed: tuple[ProblemKind, ...] = ()


def read_json_lines(path: Path, fixes: frozenset[ProblemKind]) -> Iterator[JsonRecord | Problem]:
    """Yield the values of a file with one a line; empty lines are nothing.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    for line in read_lines(path):
        if line.is_cut:
            yield Problem(path, line.number, ProblemKind.LINE_TOO_LONG)
        elif line.text.strip():
            if not line.is_utf8 and ProblemKind.NOT_UTF8 not in fixes:
                yield Problem(path, line.number, ProblemKind.NOT_UTF8)
                continue
            record = _decode(path, line.number, line.text, fixes)
            if isinstance(record, JsonRecord) and not line.is_utf8:
                record = JsonRecord(record.line, record.value, (ProblemKind.NOT_UTF8, *record.fixed))
            yield record


def read_json_values(
    path: Path, fixes: frozenset[ProblemKind], *, is_wrapped: bool = False
) -> Iterator[JsonRecord | Problem]:
    """Yield the objects of an array, or of a row of objects that spread over lines.

    ``is_wrapped`` where the arrays stand within one object.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    with open_text(path) as file:
        scanner = _Scanner(is_wrapped=is_wrapped)
        while chunk := file.read(_CHUNK_LENGTH):
            for line, text in scanner.feed(chunk):
                yield _decode(path, line, text, fixes)
            if scanner.held_length > LINE_LENGTH_MAX:
                yield Problem(path, scanner.line, ProblemKind.LINE_TOO_LONG)
                return
        for line, text in scanner.end():
            yield _decode(path, line, text, fixes)


def _decode(path: Path, line: int, text: str, fixes: frozenset[ProblemKind]) -> JsonRecord | Problem:
    try:
        return JsonRecord(line, decode_value(text))
    except (ValueError, RecursionError) as error:
        reason = str(error)
    mended = _mend(text)
    if mended is None:
        return Problem(path, line, ProblemKind.NOT_JSON, shorten(reason))
    kind, value = mended
    if kind not in fixes:
        return Problem(path, line, kind)
    return JsonRecord(line, value, (kind,))


def decode_value(text: str) -> object:
    """Return the value of a JSON text; what Python and JavaScript write for no number is null.

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        if not _NOT_A_NUMBER.search(text):
            raise
        return json.loads(text, parse_constant=lambda name: None)


def objects_within(beginning: str) -> list[object]:
    """Return the objects in the arrays of an object that a file begins with, as many as are whole."""
    found: list[object] = []
    scanner = _Scanner(is_wrapped=True)
    for _, text in [*scanner.feed(beginning), *scanner.end()]:
        try:
            found.append(decode_value(text))
        except (ValueError, RecursionError):
            continue
    return found


def _mend(text: str) -> tuple[ProblemKind, object] | None:
    """Read what is nearly JSON: a line of an array, or what Python prints."""
    text = text.strip()
    if text.endswith(","):
        try:
            return ProblemKind.TRAILING_COMMA, msgspec.json.decode(text.rstrip(", \t"))
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return None
    if not text.startswith(("{'", "[{'")) or len(text) > _LITERAL_LENGTH_MAX:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            value = ast.literal_eval(text)
        # Through JSON, so that nothing is in it that the examples could not hold.
        return ProblemKind.PYTHON_LITERAL, msgspec.json.decode(msgspec.json.encode(value))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, msgspec.DecodeError):
        return None


class _Scanner:
    """Cuts a stream of characters into its outermost objects, without understanding them."""

    def __init__(self, *, is_wrapped: bool = False) -> None:
        self.line = 1
        self._is_wrapped = is_wrapped
        self._key = ""
        self._is_array_of_records = False
        self._buffer = ""
        self._at = 0
        self._depth = 0
        self._floor = 0
        self._began: int | None = None
        self._began_line = 1
        self._prefix: str | None = None
        self._is_first = True

    @property
    def held_length(self) -> int:
        return len(self._buffer)

    def feed(self, chunk: str) -> Iterator[tuple[int, str]]:
        """Take more characters; yields the objects that are whole now, each with its first line."""
        self._buffer += chunk
        yield from self._scan(is_end=False)
        keep_from = self._at if self._began is None else self._began
        self._buffer = self._buffer[keep_from:]
        self._at -= keep_from
        if self._began is not None:
            self._began = 0

    def end(self) -> Iterator[tuple[int, str]]:
        """Yield what is left."""
        yield from self._scan(is_end=True)
        if self._began is not None:
            yield self._began_line, self._buffer[self._began :].strip()
            self._began = None

    def _scan(self, *, is_end: bool) -> Iterator[tuple[int, str]]:
        while found := _TOKEN.search(self._buffer, self._at):
            token = found[0]
            is_unclear = (
                token == '"' and "\n" not in self._buffer[found.start() : found.start() + _CHUNK_LENGTH]
            )
            is_unclear = is_unclear or (token == "\n" and found.end() + _LOOK_AHEAD > len(self._buffer))
            if is_unclear and not is_end:
                self._at = found.start()
                return
            self._at = found.end()
            if token == "\n":
                self.line += 1
                yield from self._restart(found.end())
            elif token in "{[":
                self._open(token, found.start())
            elif token in "}]":
                yield from self._close(found.end())
            elif self._depth == 1:
                self._key = token.strip('"')
        self._at = len(self._buffer)

    def _open(self, token: str, at: int) -> None:
        if self._is_wrapped and self._began is None and not self._is_record(token):
            self._depth += 1
        elif token == "[" and self._is_first:
            self._floor = self._depth = 1
        else:
            if self._began is None:
                self._began, self._began_line = at, self.line
                if self._prefix is None:
                    self._prefix = self._prefix_of(at)
            self._depth += 1
        self._is_first = False

    def _is_record(self, token: str) -> bool:
        """Tell whether an object in the wrapper's array begins; what is around it only counts as depth."""
        if self._depth == 1:
            self._is_array_of_records = token == "[" and self._key not in _TURN_FIELDS
            self._floor = 2
        return self._depth == 2 and token == "{" and self._is_array_of_records

    def _prefix_of(self, at: int) -> str:
        """Return how the line of the first object begins, "" if inner objects might begin like it."""
        before = self._buffer[max(0, at - _LOOK_AHEAD) : at]
        indent = before.rpartition("\n")[2]
        if "\n" not in before or (not indent and self._buffer[at + 1 : at + 2] in ("\n", "\r", "")):
            return ""
        return indent + "{"

    def _close(self, end: int) -> Iterator[tuple[int, str]]:
        if self._began is None:
            if self._is_wrapped:
                self._depth = max(0, self._depth - 1)
            return
        self._depth -= 1
        if self._depth <= self._floor:
            self._depth = self._floor
            yield self._began_line, self._buffer[self._began : end]
            self._began = None

    def _restart(self, at: int) -> Iterator[tuple[int, str]]:
        """End an object that lacks a brace where the next one begins."""
        if self._began is None or not self._prefix:
            return
        following = _OBJECT_BEGINS.match(self._buffer, at)
        if following is not None and following[0] == self._prefix:
            yield self._began_line, self._buffer[self._began : at].strip().rstrip(",")
            self._began, self._depth = None, self._floor

"""Reads an export, whoever made it, conversation by conversation; names and passes over what can't be read.

Known: this program's own form, ChatGPT, Claude, Open WebUI (arrays, also within the ZIP file that they come
in), LM Studio, Jan and SillyTavern (a file a conversation).
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, TextIO

from lmstudio_lite.domain.chat_files import ImportedConversation, ImportTrouble
from lmstudio_lite.formats.chats.foreign import OF_ARRAYS, OF_OBJECTS, Reader
from lmstudio_lite.formats.chats.json_items import ITEM_LIMIT, NotAnArrayError, json_items
from lmstudio_lite.formats.chats.lines import (
    decoded_lines,
    is_jan,
    is_silly_tavern,
    read_jan,
    read_silly_tavern,
)
from lmstudio_lite.formats.chats.own import read_own
from lmstudio_lite.formats.chats.threads import ThreadBuilder

_ARRAY_READERS: tuple[Reader, ...] = (read_own, *OF_ARRAYS)
_OBJECT_READERS: tuple[Reader, ...] = (read_own, *OF_OBJECTS)
_IN_ARCHIVE = "conversations.json"
_ABOUT_LIMIT = 1 << 20
OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A conversation of the file, or why there is none; with one, ``trouble`` says what it lacks."""

    place: int
    title: str
    conversation: ImportedConversation | None
    trouble: ImportTrouble | None = None


def read_chats(path: Path, on_bytes: OnBytes = lambda done: None) -> Iterator[ReadItem]:
    """Yield the conversations of the file at ``path``; ``on_bytes`` is told how many of its bytes are read.

    Raises:
        OSError: it can't be read.
    """
    if path.suffix.lower() == ".zip":
        yield from _of_archive(path, on_bytes)
    elif path.suffix.lower() == ".jsonl":
        with path.open("rb") as file:
            yield from _of_lines(path, _decoded(file, on_bytes))
    else:
        with path.open("rb") as file:
            yield from _of_json(file, on_bytes)


def _of_archive(path: Path, on_bytes: OnBytes) -> Iterator[ReadItem]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if PurePosixPath(name).name == _IN_ARCHIVE]
            if not names:
                yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)
                return
            with archive.open(names[0]) as member:
                yield from _of_array(_decoded(member, on_bytes))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        yield ReadItem(0, "", None, ImportTrouble.DAMAGED)


def _of_json(file: IO[bytes], on_bytes: OnBytes) -> Iterator[ReadItem]:
    start = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    if start.startswith(b"["):
        yield from _of_array(_decoded(file, on_bytes))
        return
    content = _decoded(file, on_bytes).read(ITEM_LIMIT + 1)
    if len(content) > ITEM_LIMIT:
        yield ReadItem(0, "", None, ImportTrouble.TOO_LARGE)
        return
    yield _item(1, content.lstrip("\ufeff"), _OBJECT_READERS)


def _of_array(text: TextIO) -> Iterator[ReadItem]:
    try:
        for place, content in enumerate(json_items(text), 1):
            if content is None:
                yield ReadItem(place, "", None, ImportTrouble.TOO_LARGE)
            else:
                yield _item(place, content, _ARRAY_READERS)
    except NotAnArrayError:
        yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)


def _of_lines(path: Path, text: TextIO) -> Iterator[ReadItem]:
    rows = decoded_lines(text)
    first = next(rows, None)
    if first is None:
        yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)
        return
    damaged = 0

    def sound() -> Iterator[dict[str, Any]]:
        nonlocal damaged
        yield first
        for row in rows:
            if row is None:
                damaged += 1
            else:
                yield row

    if is_jan(first):
        thread = read_jan(sound(), _about(path))
    elif is_silly_tavern(first) or "mes" in first:
        thread = read_silly_tavern(sound())
    else:
        yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)
        return
    yield _built(1, thread, ImportTrouble.CUT_OFF if damaged else None)


def _about(path: Path) -> dict[str, Any]:
    """Return Jan's description of the thread whose messages are at ``path``."""
    try:
        with path.with_name("thread.json").open("rb") as file:
            found = json.loads(file.read(_ABOUT_LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _item(place: int, content: str, readers: tuple[Reader, ...]) -> ReadItem:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return ReadItem(place, "", None, ImportTrouble.DAMAGED)
    if not isinstance(value, dict):
        return ReadItem(place, "", None, ImportTrouble.UNKNOWN_FILE)
    for read in readers:
        thread = read(value)
        if thread is not None:
            return _built(place, thread)
    return ReadItem(place, "", None, ImportTrouble.UNKNOWN_FILE)


def _built(place: int, thread: ThreadBuilder, trouble: ImportTrouble | None = None) -> ReadItem:
    conversation = thread.build()
    if conversation is None:
        return ReadItem(place, thread.title, None, ImportTrouble.EMPTY)
    if trouble is None and thread.has_left_out:
        trouble = ImportTrouble.PICTURES
    return ReadItem(place, conversation.title, conversation, trouble)


class _Counted(io.RawIOBase):
    """Bytes of a file, counted as they are read."""

    def __init__(self, file: IO[bytes], on_bytes: OnBytes) -> None:
        self._file, self._on_bytes, self._num_bytes = file, on_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self._num_bytes += len(content)
        self._on_bytes(self._num_bytes)
        return len(content)


def _decoded(file: IO[bytes], on_bytes: OnBytes) -> TextIO:
    """Return the text of a file in UTF-8; what is none becomes U+FFFD."""
    buffered = io.BufferedReader(_Counted(file, on_bytes), 1 << 20)
    return io.TextIOWrapper(buffered, encoding="utf-8", errors="replace")

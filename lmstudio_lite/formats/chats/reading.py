"""Reads an export, whoever made it, conversation by conversation; names and passes over what can't be read.

Known: this program's own form, ChatGPT, Claude, Open WebUI (arrays), LM Studio, Jan and SillyTavern (a file a
conversation), and all of them in ZIP files.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, TextIO

from lmstudio_lite.domain.chat_files import ImportedConversation, ImportTrouble
from lmstudio_lite.formats.chats.archives import EncryptedError, Member, TooDeepError, members_of
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
_ABOUT_LIMIT = 1 << 20
_START_CHARS = 4096
SUFFIXES = frozenset({".json", ".jsonl", ".lmschat", ".zip"})
"""Of the files that conversations are read from; ``.lmschat`` are this program's own."""
OWN_SUFFIX = ".lmschat"
OnBytes = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ReadItem:
    """A conversation of the file, or why there is none; with one, ``trouble`` says what it lacks.

    ``within`` names the file that it stands in, where that is in an archive.
    """

    place: int
    title: str
    conversation: ImportedConversation | None
    trouble: ImportTrouble | None = None
    within: str = ""


def holds_chats(path: Path) -> bool:
    """Tell whether the file at ``path`` seems to be an export: its first conversation can be read.

    Raises:
        OSError: it can't be read.
    """
    suffix = path.suffix.lower()
    if suffix == OWN_SUFFIX or suffix not in SUFFIXES:
        return suffix == OWN_SUFFIX
    first = next(read_chats(path), None)
    return first is not None and (first.conversation is not None or first.trouble is ImportTrouble.EMPTY)


def read_chats(path: Path, on_bytes: OnBytes = lambda done: None) -> Iterator[ReadItem]:
    """Yield the conversations of the file at ``path``; ``on_bytes`` is told how many of its bytes are read.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        if path.suffix.lower() == ".zip":
            yield from _of_archive(file, on_bytes)
        elif path.suffix.lower() == ".jsonl":
            yield from _of_lines(_decoded(file, on_bytes), lambda name: _neighbour(path, name))
        else:
            yield from _of_json(file, on_bytes)


def _neighbour(path: Path, name: str) -> IO[bytes] | None:
    try:
        return path.with_name(name).open("rb")
    except OSError:
        return None


def _of_archive(file: IO[bytes], on_bytes: OnBytes) -> Iterator[ReadItem]:
    """Yield what its members hold; of those that need not hold any, what is none is not told."""
    place, is_known = 0, False
    try:
        for member in members_of(file):
            for item in _of_member(member, lambda _done: on_bytes(file.tell())):
                if item.trouble is ImportTrouble.UNKNOWN_FILE and not member.is_whole:
                    continue
                is_known = True
                place += 1
                yield replace(item, place=place, within=member.name)
    except EncryptedError:
        yield ReadItem(0, "", None, ImportTrouble.ENCRYPTED)
        return
    except TooDeepError:
        yield ReadItem(0, "", None, ImportTrouble.TOO_LARGE)
        return
    except _BROKEN_ARCHIVE:
        yield ReadItem(0, "", None, ImportTrouble.DAMAGED)
        return
    if not is_known:
        yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)


_BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)


def _of_member(member: Member, on_bytes: OnBytes) -> Iterator[ReadItem]:
    try:
        with member.open() as file:
            if member.name.lower().endswith(".jsonl"):
                yield from _of_lines(_decoded(file, on_bytes), member.beside)
            else:
                yield from _of_json(file, on_bytes)
    except _BROKEN_ARCHIVE:
        yield ReadItem(0, "", None, ImportTrouble.DAMAGED)


def _of_json(file: IO[bytes], on_bytes: OnBytes) -> Iterator[ReadItem]:
    text = _decoded(file, on_bytes)
    start = text.read(_START_CHARS)
    if start.lstrip("\ufeff \t\r\n").startswith("["):
        yield from _of_array(start, text)
        return
    content = start + text.read(ITEM_LIMIT + 1 - len(start))
    if len(content) > ITEM_LIMIT:
        yield ReadItem(0, "", None, ImportTrouble.TOO_LARGE)
        return
    yield _item(1, content.lstrip("\ufeff"), _OBJECT_READERS)


def _of_array(start: str, text: TextIO) -> Iterator[ReadItem]:
    try:
        for place, content in enumerate(json_items(text, start=start), 1):
            if content is None:
                yield ReadItem(place, "", None, ImportTrouble.TOO_LARGE)
            else:
                yield _item(place, content, _ARRAY_READERS)
    except NotAnArrayError:
        yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)


def _of_lines(text: TextIO, beside: Callable[[str], IO[bytes] | None]) -> Iterator[ReadItem]:
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
        thread = read_jan(sound(), _about(beside("thread.json")))
    elif is_silly_tavern(first) or "mes" in first:
        thread = read_silly_tavern(sound())
    else:
        yield ReadItem(0, "", None, ImportTrouble.UNKNOWN_FILE)
        return
    yield _built(1, thread, ImportTrouble.CUT_OFF if damaged else None)


def _about(file: IO[bytes] | None) -> dict[str, Any]:
    """Return Jan's description of a thread, empty where there is none that can be read."""
    if file is None:
        return {}
    try:
        with file:
            found = json.loads(file.read(_ABOUT_LIMIT))
    except (OSError, ValueError, RecursionError, *_BROKEN_ARCHIVE):
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

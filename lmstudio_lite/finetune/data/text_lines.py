"""A text file's lines, one at a time, whatever its size and encoding."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lmstudio_lite.documents.charset.detection import detect_encoding
from lmstudio_lite.documents.charset.labels import codec_of
from lmstudio_lite.files import open_regular

LINE_LENGTH_MAX = 16 << 20
"""Characters. A longer line is reported, not read: it would have to be held in memory whole."""
SAMPLE_BYTES = 128 * 1024
_LEGACY = "cp1252"


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` is from 1; ``text`` has no line end. ``is_cut``: too long, the text is its beginning."""

    number: int
    text: str
    is_utf8: bool = True
    is_cut: bool = False


_encoding_said: ContextVar[str] = ContextVar("what the user says that texts are in", default="")


@contextmanager
def texts_in(encoding: str) -> Iterator[None]:
    """Read the texts within this block in ``encoding``, the name of one; "" finds it out for each."""
    token = _encoding_said.set(encoding)
    try:
        yield
    finally:
        _encoding_said.reset(token)


def encoding_of(path: Path) -> str:
    """Return the codec of a text file: what the user says, else what its beginning is likely in.

    Raises:
        ValueError: it is not text.
        OSError: it can't be read.
    """
    if said := _encoding_said.get():
        return codec_of(said)
    with open_regular(path) as file:
        sample = file.read(SAMPLE_BYTES)
    if not sample.isascii() and _is_utf8(sample):
        return "utf-8"  # what data are written in, however rare its characters; nobody can be asked here
    try:
        return detect_encoding(sample)
    except ValueError:
        # A good beginning: the lines that are broken get told one by one.
        first = sample.partition(b"\n")[0]
        if len(first) < SAMPLE_BYTES and first.isascii() and first.strip() and b"\0" not in first:
            return "utf-8"
        raise


def _is_utf8(sample: bytes) -> bool:
    """Tell whether a file begins in UTF-8, whose last character the sample may have cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return b"\0" not in sample


def read_lines(path: Path, encoding: str = "") -> Iterator[Line]:
    """Yield the lines of a file; ``encoding`` "" is detected.

    A line of a UTF-8 file that is no UTF-8 is read as Windows-1252 and says so.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    encoding = encoding or encoding_of(path)
    if encoding in ("utf-8", "utf-8-sig"):
        with open_regular(path) as file:
            yield from _utf8_lines(file)
    else:
        with open_text(path, encoding) as text:
            yield from _decoded_lines(text)


def open_text(path: Path, encoding: str = "") -> io.TextIOWrapper:
    """Open a text file as a stream of characters; what can't be decoded becomes U+FFFD."""
    codec = encoding or encoding_of(path)
    codec = "utf-8-sig" if codec == "utf-8" else codec
    return io.TextIOWrapper(open_regular(path), encoding=codec, errors="replace", newline=None)


def _utf8_lines(file: BinaryIO) -> Iterator[Line]:
    number = 0
    while line := file.readline(LINE_LENGTH_MAX):
        if number == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        is_cut = not line.endswith(b"\n") and len(line) >= LINE_LENGTH_MAX
        if is_cut:
            _skip_line(file)
        # A carriage return by itself ends lines too: old programs on a Mac wrote no other.
        for content in line.rstrip(b"\r\n").split(b"\r"):
            number += 1
            try:
                yield Line(number, content.decode(), is_cut=is_cut)
            except UnicodeDecodeError:
                yield Line(number, content.decode(_LEGACY, "replace"), is_utf8=is_cut, is_cut=is_cut)


def _skip_line(file: BinaryIO) -> None:
    while (rest := file.readline(LINE_LENGTH_MAX)) and not rest.endswith(b"\n"):
        pass


def _decoded_lines(text: io.TextIOWrapper) -> Iterator[Line]:
    number = 0
    while line := text.readline(LINE_LENGTH_MAX):
        number += 1
        is_cut = not line.endswith("\n") and len(line) >= LINE_LENGTH_MAX
        while is_cut and (rest := text.readline(LINE_LENGTH_MAX)) and not rest.endswith("\n"):
            pass
        yield Line(number, line.rstrip("\n").removeprefix("\ufeff"), is_cut=is_cut)

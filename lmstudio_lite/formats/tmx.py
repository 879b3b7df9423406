"""Remembered segments as TMX 1.4, one by one: a memory may be larger than what fits in memory.

The neighbours of a segment are properties, under the names that memoQ reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.formats.xml_text import attribute, escaped


def tmx_lines(entries: Iterable[MemoryEntry], source: str, target: str, version: str) -> Iterator[bytes]:
    """Yield the lines of a TMX file for a pair of languages (ISO 639-1); ``version`` is the program's."""
    yield _line('<?xml version="1.0" encoding="UTF-8"?>')
    yield _line('<tmx version="1.4">')
    yield _line(
        f'<header creationtool="LM Studio Lite" creationtoolversion={attribute(version)} segtype="sentence"'
        f' o-tmf="plain text" adminlang="en" srclang={attribute(source)} datatype="plaintext"/>'
    )
    yield _line("<body>")
    for entry in entries:
        before = _property("x-context-pre", entry.before)
        after = _property("x-context-post", entry.after)
        pair = _variant(source, entry.source) + _variant(target, entry.target)
        yield _line(f"<tu>{before}{after}{pair}</tu>")
    yield _line("</body>")
    yield _line("</tmx>")


def _line(text: str) -> bytes:
    return f"{text}\n".encode("utf-8", "replace")


def _property(name: str, text: str) -> str:
    return f'<prop type="{name}">{escaped(f"<seg>{escaped(text)}</seg>")}</prop>' if text else ""


def _variant(code: str, text: str) -> str:
    return f"<tuv xml:lang={attribute(code)}><seg>{escaped(text)}</seg></tuv>"

"""Which letters a PDF of Qt's says that its glyphs are: those that were written, not their doubles.

Where a font draws two characters with one glyph, Qt names the one with the smaller number: 人 is found and
copied as ⼈ (a Kangxi radical), a space as a tab. The tables that say so (PDF 32000-1, 9.10.3) stand in the
file as plain text, and a letter takes four digits whichever it is: they are changed in place.
"""

from __future__ import annotations

import re
import unicodedata

_TABLE = re.compile(rb"begincmap.*?endcmap", re.DOTALL)
_LETTERS = re.compile(rb"\[[^\]]*\]|<[0-9A-F]{4}> <[0-9A-F]{4}> <[0-9A-F]{4}>")
_LETTER = re.compile(rb"<([0-9A-F]{4})>(?=\s|$)")
_DOUBLES = ((0x2E80, 0x2FDF), (0xF900, 0xFAFF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))
"""Radicals and compatibility ideographs; forms of Arabic letters."""
_SPACE, _TAB = 0x20, 0x09


def with_common_letters(content: bytes) -> bytes:
    """Return the file with the common letter for each glyph; as long as it was."""
    return _TABLE.sub(lambda table: _LETTERS.sub(_renamed, table[0]), content)


def _renamed(found: re.Match[bytes]) -> bytes:
    text = found[0]
    if text.startswith(b"["):
        return _LETTER.sub(_common, text)
    return text[:14] + _LETTER.sub(_common, text[14:])


def _common(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16)
    if number == _TAB:
        return b"<%04X>" % _SPACE
    if not any(first <= number <= last for first, last in _DOUBLES):
        return found[0]
    letter = unicodedata.normalize("NFKC", chr(number))
    return b"<%04X>" % ord(letter) if len(letter) == 1 and ord(letter) <= 0xFFFF else found[0]

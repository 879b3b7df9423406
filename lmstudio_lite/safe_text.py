"""Text from documents, models and file names, made safe for where it is shown.

A terminal obeys what it is sent: an escape sequence in a text moves the cursor, renames the window or hides
what follows, and a bidirectional override shows a name backwards. Such characters do nothing for a reader.
Tabs, line ends, joiners (emoji, Persian) and the marks that Arabic and Hebrew are written with (U+200E,
U+200F, U+061C) stay.
"""

from __future__ import annotations

import re

_BIDI = "\u202a-\u202e\u2066-\u2069\u206a-\u206f"
"""Embeddings, overrides, isolates and what the standard has given up (https://www.unicode.org/reports/tr9)."""
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSEEN = re.compile(f"[{_BIDI}]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_A_LINE = re.compile(rf"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_NOT_IN_JSON = re.compile(rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_BIDI}\ud800-\udfff]")
_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, the cursor
    r"|\x1b[]PX^_][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)"  # OSC and the like: the window's title
    r"|\x1b[ -/]*[0-~]"
)
"""Whole control sequences and strings of ECMA-48, as ESC begins them: C1 bytes may be a codec's mistake."""


def safe_text(text: str) -> str:
    r"""Return ``text`` as a terminal may show it; each character by itself, so it may come in pieces.

    Controls are shown as escapes (``\x1b``), other characters that end lines as line ends; bidirectional
    controls are left out.
    """
    text = _LINE_ENDS.sub("\n", text)
    return _CONTROLS.sub(_escaped, _UNSEEN.sub("", text))


def safe_line(text: str) -> str:
    r"""Return ``text`` on one line, every character that can't be seen as its escape: for names."""
    return _NOT_IN_A_LINE.sub(_escaped, text)


def safe_json(text: str) -> str:
    r"""Return the JSON in ``text`` with ``\u`` escapes for what a terminal would obey: the same value."""
    return _NOT_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def without_sequences(text: str) -> str:
    """Return ``text`` without the escape sequences that logs have: they are no part of what it says."""
    return _SEQUENCES.sub("", text).replace("\x1b", "") if "\x1b" in text else text


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()

"""Blanks that a model leaves to be filled in: "[Your Name]", "<date>", "{company}", "【姓名】", "_____"."""

from __future__ import annotations

import regex

_BLANK = regex.compile(
    r"\[(?![ xX]\])[\p{L}][^\[\]\n]{0,48}\](?![(\[:])"  # no link, no box of a task list, no note
    r"|【\p{L}[^【】\n]{0,24}】"
    r"|(?<![\w`])\{\{?\s*\p{L}[\p{L} _'-]{0,40}\}?\}"
    r"|(?<![\w`])<\p{Lu}[\p{L} _'-]{1,40}>"
    r"|_{4,}"
    r"|\b(?:Lorem ipsum|XXXX?)\b"
)
_CODE = regex.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", regex.DOTALL)


def find_placeholders(text: str) -> list[str]:
    """Return the blanks of ``text`` in order, each once; code has none."""
    prose = _CODE.sub(" ", text)
    return list(dict.fromkeys(found[0] for found in _BLANK.finditer(prose)))


def without_blank_signature(text: str) -> str:
    """Leave out the last lines as far as they are nothing but blanks: a signature that nobody has."""
    lines = text.rstrip().splitlines()
    while lines and lines[-1].strip() and not _BLANK.sub("", lines[-1]).strip(" ,.|·*"):
        lines.pop()
        while lines and not lines[-1].strip():
            lines.pop()
    return "\n".join(lines) if lines else text

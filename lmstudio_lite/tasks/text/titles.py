"""Titles made of the beginning of a text."""

from __future__ import annotations

_TITLE_LENGTH = 48


def title_from(text: str) -> str:
    """Make a title of a message's first words: one line, at most 48 characters, cut between words."""
    line = " ".join(
        text.split(maxsplit=_TITLE_LENGTH)[:_TITLE_LENGTH]
    )  # words enough, of a text of any length
    if len(line) <= _TITLE_LENGTH:
        return line
    head = line[: _TITLE_LENGTH - 1]
    words, _, _ = head.rpartition(" ")
    return (words if len(words) > _TITLE_LENGTH // 2 else head).rstrip(" ,;:.-–—") + "…"

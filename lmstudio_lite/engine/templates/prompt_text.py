"""A prompt's text, in which somebody's words are told from what the model's chat template wrote.

A template may trim, split and join what it is given, so the words are not looked for afterwards. Instead each
guarded text in them enters the template as a stand-in: one private-use character that occurs nowhere else.
What the template returns then holds the guarded texts of its own as such, and stand-ins for all others.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts

_FIRST, _LAST = 0xF0000, 0x10FFFD
_PRIVATE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


@dataclass(frozen=True, slots=True)
class PromptText:
    """``literal`` are the half-open ranges of ``text``, in order, that look like markup and are words."""

    text: str
    literal: tuple[tuple[int, int], ...] = ()

    def __add__(self, other: PromptText | str) -> PromptText:
        more = other if isinstance(other, PromptText) else PromptText(other)
        size = len(self.text)
        moved = ((start + size, end + size) for start, end in more.literal)
        return PromptText(self.text + more.text, (*self.literal, *moved))

    def until(self, end: int) -> PromptText:
        """Return the text before ``end``."""
        return PromptText(self.text[:end], tuple((a, min(b, end)) for a, b in self.literal if a < end))

    def since(self, start: int) -> PromptText:
        """Return the text from ``start`` on."""
        kept = ((max(a, start) - start, b - start) for a, b in self.literal if b > start)
        return PromptText(self.text[start:], tuple(kept))


class StandIns:
    """The stand-ins of one rendering; ``texts`` is everything that takes part in it."""

    def __init__(self, guarded: GuardedTexts, texts: Iterable[str]) -> None:
        self._guarded = guarded
        self._taken = {found for text in texts for found in _PRIVATE.findall(text)}
        self._next = _FIRST + secrets.randbelow((_LAST - _FIRST) // 2)
        self._for: dict[str, str] = {}
        self._of: dict[str, str] = {}

    def hide(self, text: str, spared: Sequence[tuple[int, int]] = ()) -> str:
        """Put stand-ins for the guarded texts in ``text``, all but those in the ``spared`` ranges."""
        parts: list[str] = []
        done = 0
        core = len(text) - len(text.lstrip()), len(text.rstrip())
        head, tail = self._guarded.edges(text[slice(*core)])
        spans = [(core[0], core[0] + head), *self._guarded.find(text), (core[0] + tail, core[1])]
        for start, end in spans:
            is_spared = any(start < last and end > first for first, last in spared)
            if start >= done and end > start and not is_spared:
                parts += (text[done:start], self._stand_in(text[start:end]))
                done = end
        return "".join((*parts, text[done:]))

    def restore(self, text: str) -> PromptText:
        """Put the words back."""
        if not self._of:
            return PromptText(text)
        parts: list[str] = []
        literal: list[tuple[int, int]] = []
        size = 0
        for part in re.split(f"([{''.join(self._of)}])", text):
            words = self._of.get(part)
            if words is not None:
                literal.append((size, size + len(words)))
            parts.append(part if words is None else words)
            size += len(parts[-1])
        return PromptText("".join(parts), tuple(literal))

    def _stand_in(self, text: str) -> str:
        stand_in = self._for.get(text)
        if stand_in is None:
            while chr(self._next) in self._taken or self._next & 0xFFFE == 0xFFFE:
                self._next += 1
            stand_in = self._for[text] = chr(self._next)
            self._of[stand_in] = text
            self._next += 1
        return stand_in

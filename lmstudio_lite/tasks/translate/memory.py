"""What a remembered segment is worth for one that is only alike: its translation with the new figures.

Manuals and tables repeat sentences with other numbers. Where nothing else differs, and each figure stands in
the remembered translation as often as in its source, the new ones take the old ones' places. It is still for
a reviewer to look at: a figure may want another form of a word beside it.
"""

from __future__ import annotations

from collections import Counter

import regex

from lmstudio_lite.domain.translation_memory import MemoryMatch, MemoryMatchKind
from lmstudio_lite.tasks.translate.figures import localize_figures

_FIGURE = regex.compile(r"(?<![\p{L}\p{N}])\d(?:[\d.,:'’\u00a0\u202f/-]*\d)?(?![\p{L}\p{N}])")
_SPACE = regex.compile(r"\s+")


def reusable(match: MemoryMatch, text: str, source: str, target: str) -> str | None:
    """Return what ``match`` makes the translation of ``text``; None where a model must translate it.

    A segment that is the same has the translation that was accepted; one that differs in figures alone has
    it with its own figures.
    """
    if match.kind is not MemoryMatchKind.FUZZY:
        return match.entry.target
    before, now = _FIGURE.findall(match.entry.source), _FIGURE.findall(text)
    if not before or len(before) != len(now) or _without(match.entry.source) != _without(text):
        return None
    old = [_as_in(figure, match.entry.source, source, target) for figure in before]
    new = [_as_in(figure, text, source, target) for figure in now]
    changed = dict(zip(old, new, strict=True))
    is_clear = [changed[figure] for figure in old] == new  # one old figure, two new ones: which goes where?
    if not is_clear or Counter(_FIGURE.findall(match.entry.target)) != Counter(old):
        return None
    return str(_FIGURE.sub(lambda found: changed[found[0]], match.entry.target))


def _without(text: str) -> str:
    return str(_SPACE.sub(" ", _FIGURE.sub("#", text))).strip()


def _as_in(figure: str, text: str, source: str, target: str) -> str:
    """Return a figure of ``text`` as the other language writes it."""
    found = _FIGURE.search(localize_figures(figure, text, source, target))
    return found[0] if found else figure

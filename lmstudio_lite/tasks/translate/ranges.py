"""A grammar of all stretches of a text, whole words in a row, and the stretch that an answer names."""

from __future__ import annotations

import regex

from lmstudio_lite.documents.structure.language_facts import UNSPACED_LETTERS
from lmstudio_lite.tasks.text.languages import length_in_any_language
from lmstudio_lite.tasks.translate.marks import Stretch

_UNIT = regex.compile(
    rf"[{UNSPACED_LETTERS}]\p{{M}}*|\p{{L}}{{1,2}}['’](?=\p{{L}})"
    rf"|[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED_LETTERS}]]+"
    rf"(?:['’.,+/-][[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED_LETTERS}]]+)*|\S",
    regex.VERSION1,
)
"""Words, characters of scripts without spaces, an elided article by itself ("l’"), other signs."""
_WORD = regex.compile(r"[\p{L}\p{N}]")
_LONGER, _SLACK = 2.0, 4
"""How long a stretch may be for words of a given length, both as in any language. Of the hand-made key's 105
marks the longest is 1.9 times as long as its source; without a bound small models begin with the sentence."""
_MOST_CHOICES = 20_000
"""Words in all stretches together; llama.cpp takes grammars of 256 kB."""


def range_grammar(text: str, words: str, without: Stretch | None = None) -> str:
    """Return GBNF for the stretches of ``text`` that may be the translation of ``words``.

    None of them touches ``without``. "" if there is none.
    """
    spans = [match.span() for match in _UNIT.finditer(text)]
    limit = _LONGER * length_in_any_language(words) + _SLACK
    starts: list[tuple[int, int]] = []
    for first, (start, _) in enumerate(spans):
        last = first
        while last + 1 < len(spans) and length_in_any_language(text[start : spans[last + 1][1]]) <= limit:
            last += 1
        if without is not None and start < without.end:
            last = min(last, max((n for n, span in enumerate(spans) if span[1] <= without.start), default=-1))
        if last >= first and _WORD.search(text, *spans[first]):
            starts.append((first, last))
    if not starts:
        return ""
    if sum(last - first + 1 for first, last in starts) > _MOST_CHOICES:
        return _any_length(text, spans, starts)
    return "root ::= " + " | ".join(_nested(text, spans, first, last) for first, last in starts)


def locate(text: str, answer: str, expected: float) -> Stretch | None:
    """Return where ``answer`` stands in ``text``, nearest to the character ``expected``; None if nowhere."""
    words = answer.strip()
    places = [match.start() for match in regex.finditer(regex.escape(words), text)] if words else []
    if not places:
        return None
    start = min(places, key=lambda place: abs(place + len(words) / 2 - expected))
    return Stretch(start, start + len(words))


def words_apart(text: str, one: Stretch, other: Stretch) -> int:
    """Return how many words stand between two stretches, 0 where they touch or overlap."""
    first, second = sorted((one, other), key=lambda stretch: stretch.start)
    between = text[first.end : second.start]
    return sum(_WORD.search(match[0]) is not None for match in _UNIT.finditer(between))


def quoted(text: str) -> str:
    """Return ``text`` as a literal of GBNF."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _nested(text: str, spans: list[tuple[int, int]], first: int, last: int) -> str:
    """Return the choice of the stretches from ``first`` on, up to one that ends with ``last``."""
    parts = [quoted(text[spans[first][0] : spans[first][1]])]
    parts += [quoted(text[spans[n - 1][1] : spans[n][1]]) for n in range(first + 1, last + 1)]
    return " (".join(parts) + ")?" * (len(parts) - 1)


def _any_length(text: str, spans: list[tuple[int, int]], starts: list[tuple[int, int]]) -> str:
    rules = ["root ::= " + " | ".join(f"w{first}" for first, _ in starts)]
    for number, (start, end) in enumerate(spans):
        if number + 1 < len(spans):
            gap = quoted(text[end : spans[number + 1][0]])
            rules.append(f"w{number} ::= {quoted(text[start:end])} ({gap} w{number + 1})?")
        else:
            rules.append(f"w{number} ::= {quoted(text[start:end])}")
    return "\n".join(rules)

"""Entries of a series, composed of written sentences, so that a document of 60 pages need not be kept whole.

The same document in every run: what is drawn depends on the series' seed and the entry's number only. Each
sentence of a pool is used once before any is used again, and its numbers are drawn anew each time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

_RECORDS = regex.compile(r"^@(\w+) (\d+)-(\d+)$", regex.MULTILINE)


@dataclass(frozen=True, slots=True)
class Series:
    """``heading`` and the sentences of each pool are templates of the slots; ``{n}`` is the entry's number.

    An entry takes one sentence of each pool, in their order. A slot is a list to draw from (in turn, so that
    names do not repeat at once) or a range of whole numbers.
    """

    heading: str
    pools: tuple[tuple[str, ...], ...]
    words: Mapping[str, Sequence[str]]
    numbers: Mapping[str, tuple[int, int]]
    seed: int

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Series:
        slots = table.get("slots", {})
        return cls(
            heading=table["heading"],
            pools=tuple(tuple(pool) for pool in table["pools"]),
            words={name: slot for name, slot in slots.items() if isinstance(slot[0], str)},
            numbers={name: (slot[0], slot[1]) for name, slot in slots.items() if isinstance(slot[0], int)},
            seed=table.get("seed", 1),
        )

    def entry(self, number: int) -> str:
        """Return entry ``number`` (from 1): its heading and a paragraph."""
        draw = random.Random(self.seed * 100_003 + number)
        fixed = {name: self._in_turn(name, values, number) for name, values in self.words.items()}
        sentences = []
        for place, pool in enumerate(self.pools):
            template = self._in_turn(str(place), pool, number)
            drawn = {name: draw.randint(low, high) for name, (low, high) in self.numbers.items()}
            sentences.append(template.format(n=number, **fixed, **drawn))
        space = "" if regex.search(r"\p{Han}", sentences[0]) else " "
        heading = self.heading.format(n=number, **fixed)
        return f"{heading}\n\n{space.join(sentence for sentence in sentences if sentence)}"

    def _in_turn(self, what: str, values: Sequence[str], number: int) -> str:
        """Return the ``number``-th of the values shuffled; a further shuffle once all were taken."""
        turn, place = divmod(number - 1, len(values))
        order = random.Random(f"{self.seed} {what} {turn}").sample(range(len(values)), len(values))
        return values[order[place]]


def compose(body: str, series: Mapping[str, Series]) -> str:
    """Return ``body`` with each line ``@name FROM-TO`` replaced by those entries of the series."""

    def entries(match: regex.Match[str]) -> str:
        name, first, last = match.groups()
        return "\n\n".join(series[name].entry(number) for number in range(int(first), int(last) + 1))

    return str(_RECORDS.sub(entries, body))

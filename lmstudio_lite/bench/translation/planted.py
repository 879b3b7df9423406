"""Right translations, and the same with one fault each, for the checks to tell apart.

The files in ``resources/parallel`` are the project's own writing. Half of each was held out while the checks
were made; both halves are counted apart.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import FlagKind
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.translate.flags import find_flags


@dataclass(frozen=True, slots=True)
class Segment:
    """A source with a translation; ``kind`` is what was done to it, "" if it is right."""

    source: str
    text: str
    source_language: str
    target_language: str
    is_held_out: bool
    kind: str = ""
    terms: tuple[Term, ...] = ()

    def flags(self) -> frozenset[FlagKind]:
        """Return what the checks find in it."""
        found = find_flags(
            self.source,
            self.text,
            source_language=self.source_language,
            target_language=self.target_language,
            terms=self.terms,
        )
        return frozenset(flag.kind for flag in found)


def read_faults() -> list[Segment]:
    """Return the translations with a fault."""
    return [_segment(row, row["wrong"], row["kind"], is_held_out=odd) for row, odd in _rows()]


def read_good() -> list[Segment]:
    """Return the right ones: those that the faults were planted into, and those that are easily flagged."""
    right = [_segment(row, row["right"], "", is_held_out=odd) for row, odd in _rows()]
    with (resources() / "parallel" / "good.toml").open("rb") as file:
        rows = tomllib.load(file)["good"]
    for number, (pair, source, text) in enumerate(rows):
        right.append(_segment({"pair": pair, "source": source}, text, "", is_held_out=number % 2 == 1))
    return right


def _rows() -> list[tuple[dict[str, object], bool]]:
    """Return the rows of the faults; every second of a kind is held out."""
    with (resources() / "parallel" / "faults.toml").open("rb") as file:
        rows: list[dict[str, object]] = tomllib.load(file)["fault"]
    seen: Counter[object] = Counter()
    found = []
    for row in rows:
        found.append((row, seen[row["kind"]] % 2 == 1))
        seen[row["kind"]] += 1
    return found


def _segment(row: dict[str, object], text: object, kind: object, *, is_held_out: bool) -> Segment:
    source_language, target_language = str(row["pair"]).split("-")
    terms = row.get("terms", ())
    assert isinstance(terms, list | tuple)
    return Segment(
        source=str(row["source"]),
        text=str(text),
        source_language=source_language,
        target_language=target_language,
        is_held_out=is_held_out,
        kind=str(kind),
        terms=tuple(Term(term[0], term[1], is_forbidden=term[2:] == [True]) for term in terms),
    )

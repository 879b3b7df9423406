"""chrF: how many runs of characters a translation shares with a reference (Popović, 2015).

Runs of 1 to 6 characters, white space left out; recall counts four times what precision does (beta 2). Counts
are added up over all sentences before they are divided, and lengths that a text is too short for are left
out, as sacreBLEU does (``CHRF()``, its tests' values are ours).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_LONGEST_RUN = 6
_BETA_SQUARED = 4.0


def chrf(texts: Sequence[str], references: Sequence[str]) -> float:
    """Return the score of all texts together, 0 to 100."""
    totals = [(0, 0, 0)] * _LONGEST_RUN
    for text, reference in zip(texts, references, strict=True):
        counts = _counts(text, reference)
        totals = [
            (one[0] + more[0], one[1] + more[1], one[2] + more[2])
            for one, more in zip(totals, counts, strict=True)
        ]
    return _score(totals)


def _counts(text: str, reference: str) -> list[tuple[int, int, int]]:
    """Return for each length how many runs the text has, how many the reference, and how many both."""
    found = []
    for size in range(1, _LONGEST_RUN + 1):
        ours, theirs = _runs(text, size), _runs(reference, size)
        # A reference too short for this length says nothing about the text's runs.
        num_ours = ours.total() if theirs else 0
        found.append((num_ours, theirs.total(), (ours & theirs).total()))
    return found


def _runs(text: str, size: int) -> Counter[str]:
    letters = "".join(text.split())
    return Counter(letters[start : start + size] for start in range(len(letters) - size + 1))


def _score(totals: Sequence[tuple[int, int, int]]) -> float:
    precisions, recalls = 0.0, 0.0
    num_lengths = 0
    for ours, theirs, shared in totals:
        if ours and theirs:
            precisions += shared / ours
            recalls += shared / theirs
            num_lengths += 1
    if not num_lengths or not precisions + recalls:
        return 0.0
    precision, recall = precisions / num_lengths, recalls / num_lengths
    return 100 * (1 + _BETA_SQUARED) * precision * recall / (_BETA_SQUARED * precision + recall)

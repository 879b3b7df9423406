"""Two wordings of a text as pieces to take or leave: sentences that belong together, their words marked.

Whatever is taken and left, the text that comes of it has every sentence once, and one of which nothing is
taken is the text before, to the character. White space belongs between sentences and is the text's own
wherever two sentences stood side by side in it.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.writing import DiffPiece, Mark

_WORD = regex.compile(
    r"\s+|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*|\X"
)
_ALIKE = 45.0
"""Of 100: sentences that are less alike are another one out and another one in."""
_GRID_MAX = 60_000
"""Pairs of sentences that are compared with each other; longer runs are paired in their order."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    gap: str


def diff_pieces(before: str, after: str) -> tuple[DiffPiece, ...]:
    """Return the pieces of both in order; unchanged sentences side by side are one piece."""
    old, new = _sentences(before), _sentences(after)
    pieces: list[DiffPiece] = []
    for one, other in _aligned(old, new):
        pieces.append(_piece(one, other))
    return tuple(_joined_same(pieces))


def apply_pieces(before: str, pieces: Sequence[DiffPiece], accepted: Collection[int]) -> str:
    """Return the text with the pieces numbered in ``accepted`` as they are after, the others as before."""
    lead = before[: len(before) - len(before.lstrip())]
    tail = before[len(before.rstrip()) :] if before.strip() else ""
    text, last, last_taken = "", -1, False
    for number, piece in enumerate(pieces):
        is_taken = number in accepted
        words = piece.after if is_taken else piece.before
        if not words:
            continue
        if last >= 0:
            text += _gap(pieces, last, number, is_last_taken=last_taken, is_taken=is_taken)
        text += words
        last, last_taken = number, is_taken
    return f"{lead}{text}{tail}"


def mark_runs(before: str, after: str) -> tuple[tuple[Mark, str], ...]:
    """Return the words of both in one row, each run with what it is."""
    if before == after:
        return ((Mark.SAME, before),) if before else ()
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    runs: list[tuple[Mark, str]] = []
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            runs.append((Mark.SAME, "".join(old[start:end])))
            continue
        runs.append((Mark.OUT, "".join(old[start:end])))
        runs.append((Mark.IN, "".join(new[new_start:new_end])))
    return tuple(_without_islands([run for run in runs if run[1]]))


def _without_islands(runs: list[tuple[Mark, str]]) -> Iterator[tuple[Mark, str]]:
    """Join changes with only white space between them: "the red car" is easier read as one run."""
    out = inside = ""
    for number, (mark, words) in enumerate(runs):
        is_between = mark is Mark.SAME and words.isspace() and (out or inside) and number + 1 < len(runs)
        if mark is Mark.OUT:
            out += words
        elif mark is Mark.IN:
            inside += words
        elif is_between:
            out, inside = out + words, inside + words
        else:
            yield from _changes(out, inside)
            out = inside = ""
            yield Mark.SAME, words
    yield from _changes(out, inside)


def _changes(out: str, inside: str) -> Iterator[tuple[Mark, str]]:
    if out:
        yield Mark.OUT, out
    if inside:
        yield Mark.IN, inside


def _sentences(text: str) -> list[_Sentence]:
    body = text.strip()
    if not body:
        return []
    found = []
    for segment in split_sentences(body):
        words = segment.text.rstrip()
        found.append(_Sentence(words, segment.text[len(words) :]))
    return found


def _aligned(
    old: Sequence[_Sentence], new: Sequence[_Sentence]
) -> Iterator[tuple[_Sentence | None, _Sentence | None]]:
    matcher = difflib.SequenceMatcher(
        None, [each.text for each in old], [each.text for each in new], autojunk=False
    )
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield from zip(old[start:end], new[new_start:new_end], strict=True)
        else:
            yield from _paired(old[start:end], new[new_start:new_end])


def _paired(
    old: Sequence[_Sentence], new: Sequence[_Sentence]
) -> Iterator[tuple[_Sentence | None, _Sentence | None]]:
    """Pair the sentences of a changed stretch so that those alike stand side by side, in order."""
    if len(old) * len(new) > _GRID_MAX:
        for number in range(max(len(old), len(new))):
            yield old[number] if number < len(old) else None, new[number] if number < len(new) else None
        return
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[_likeness(one.text, other.text) for other in new] for one in old]
    for row in range(len(old) - 1, -1, -1):
        for column in range(len(new) - 1, -1, -1):
            paired = best[row + 1][column + 1] + likeness[row][column]
            best[row][column] = max(paired, best[row + 1][column], best[row][column + 1])
    row = column = 0
    while row < len(old) and column < len(new):
        if likeness[row][column] and best[row][column] == best[row + 1][column + 1] + likeness[row][column]:
            yield old[row], new[column]
            row, column = row + 1, column + 1
        elif best[row][column] == best[row + 1][column]:
            yield old[row], None
            row += 1
        else:
            yield None, new[column]
            column += 1
    yield from ((each, None) for each in old[row:])
    yield from ((None, each) for each in new[column:])


def _likeness(one: str, other: str) -> float:
    """Return how alike two sentences are, 0 where they are not taken for one."""
    ratio = fuzz.ratio(one, other)
    return ratio if ratio >= _ALIKE else 0.0


def _piece(old: _Sentence | None, new: _Sentence | None) -> DiffPiece:
    before, after = old.text if old else "", new.text if new else ""
    gaps = old.gap if old else "", new.gap if new else ""
    return DiffPiece(before, after, *gaps, runs=mark_runs(before, after))


def _joined_same(pieces: Sequence[DiffPiece]) -> Iterator[DiffPiece]:
    """Make one piece of unchanged sentences side by side; their white space is the text's own."""
    same: DiffPiece | None = None
    for piece in pieces:
        if piece.is_change:
            if same is not None:
                yield same
                same = None
            yield piece
        elif same is None:
            same = piece
        else:
            text = f"{same.before}{same.gap_before}{piece.before}"
            same = DiffPiece(text, text, piece.gap_before, piece.gap_after, ((Mark.SAME, text),))
    if same is not None:
        yield same


def _gap(pieces: Sequence[DiffPiece], last: int, number: int, *, is_last_taken: bool, is_taken: bool) -> str:
    """Return the white space between two pieces that stand in the text one after the other."""
    between = pieces[last + 1 : number]
    left, right = pieces[last], pieces[number]
    if left.before and right.before and not any(piece.before for piece in between):
        return left.gap_before
    if (
        left.after
        and right.after
        and not any(piece.after for piece in between)
        and (is_last_taken or is_taken)
    ):
        return left.gap_after
    gaps = [piece.gap_before or piece.gap_after for piece in (left, *between)]
    return max(gaps, key=lambda gap: gap.count("\n") or bool(gap), default=" ") or ""

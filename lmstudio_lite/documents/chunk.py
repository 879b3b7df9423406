"""Sentences to chunks that fit a token budget and join to the text exactly.

Paragraphs and pages stay whole where they fit, and chunks come out evenly filled: a last chunk of two
sentences would be summarized as if it weighed as much as a full one.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.segmentation import is_inside_character
from lmstudio_lite.domain.documents import Chunk, Page, Segment

CountTokens = Callable[[Sequence[str]], list[int]]

_PARAGRAPH_END = regex.compile(r"\n[^\S\n]*\n\s*\Z|\f\s*\Z|\u2029\s*\Z")
_EVEN_SLACKS = (1.0, 1.03, 1.06, 1.1)
_MAX_PACKINGS = 4


@dataclass(frozen=True, slots=True)
class _Piece:
    """An indivisible part: ``text[start:end]``. ``ends_paragraph`` marks a good place to cut after."""

    start: int
    end: int
    text: str
    num_tokens: int
    ends_paragraph: bool


def split_into_chunks(
    segments: Sequence[Segment],
    *,
    budget_tokens: int,
    count_tokens: CountTokens,
    pages: Sequence[Page] = (),
) -> list[Chunk]:
    """Pack whole segments into chunks of at most ``budget_tokens``.

    ``count_tokens`` is called with many texts at once. A segment that alone exceeds the budget is cut, at
    spaces where it has some. ``Chunk.num_tokens`` is the count of the chunk's text.

    Raises:
        ValueError: the budget is below 1, or smaller than a single character's tokens.
    """
    if budget_tokens < 1:
        raise ValueError(f"budget_tokens must be positive, got {budget_tokens}")
    pieces = _pieces(segments, budget_tokens, count_tokens, pages)
    groups, counts = _fit(pieces, budget_tokens, count_tokens)
    page_starts = [page.start for page in pages]
    chunks = []
    for index, (group, text, num_tokens) in enumerate(zip(groups, map(_text, groups), counts, strict=True)):
        first_page, last_page = _page_range(group[0].start, group[-1].end, pages, page_starts)
        chunks.append(Chunk(index, group[0].start, group[-1].end, text, num_tokens, first_page, last_page))
    return chunks


def _text(group: Sequence[_Piece]) -> str:
    return "".join(piece.text for piece in group)


def _pieces(
    segments: Sequence[Segment], budget: int, count_tokens: CountTokens, pages: Sequence[Page]
) -> list[_Piece]:
    page_ends = {page.end for page in pages} | {page.start for page in pages}
    spans = [(segment.start, segment.text) for segment in segments]
    counts = count_tokens([text for _, text in spans]) if spans else []
    while any(count > budget for count in counts):
        spans, counts = _halve_oversized(spans, counts, budget, count_tokens)
    return [
        _Piece(
            start,
            start + len(text),
            text,
            max(1, count),
            start + len(text) in page_ends or _PARAGRAPH_END.search(text) is not None,
        )
        for (start, text), count in zip(spans, counts, strict=True)
    ]


def _halve_oversized(
    spans: list[tuple[int, str]], counts: list[int], budget: int, count_tokens: CountTokens
) -> tuple[list[tuple[int, str]], list[int]]:
    halves: list[tuple[int, str]] = []
    for (start, text), count in zip(spans, counts, strict=True):
        if count > budget:
            cut = _middle(text)
            halves += [(start, text[:cut]), (start + cut, text[cut:])]
    halved_counts = iter(zip(halves, count_tokens([text for _, text in halves]), strict=True))
    new_spans: list[tuple[int, str]] = []
    new_counts: list[int] = []
    for span, count in zip(spans, counts, strict=True):
        parts = [next(halved_counts), next(halved_counts)] if count > budget else [(span, count)]
        new_spans += [part for part, _ in parts]
        new_counts += [part_count for _, part_count in parts]
    return new_spans, new_counts


def _middle(text: str) -> int:
    """Return where to cut ``text`` in two: near its middle, after a space where there is one."""
    if len(text) < 2:
        raise ValueError("budget_tokens is smaller than the tokens of a single character")
    middle = len(text) // 2
    reach = max(1, len(text) // 4)
    for distance in range(reach):
        for cut in (middle + distance, middle - distance):
            if 0 < cut < len(text) and text[cut - 1].isspace() and not text[cut].isspace():
                return cut
    for cut in range(middle, max(0, middle - reach), -1):
        if not is_inside_character(text, cut):
            return cut
    return middle


def _pack_evenly(pieces: Sequence[_Piece], budget: int) -> list[list[_Piece]]:
    full = _pack(pieces, budget)
    if len(full) < 2:
        return full
    total = sum(piece.num_tokens for piece in pieces)
    for slack in _EVEN_SLACKS:
        even = _pack(pieces, min(budget, round(total / len(full) * slack) + 1))
        if len(even) == len(full):
            return even
    return full


def _pack(pieces: Sequence[_Piece], limit: int) -> list[list[_Piece]]:
    """Pack greedily; cut at the last paragraph's end if that leaves a chunk at least half full."""
    groups: list[list[_Piece]] = []
    group: list[_Piece] = []
    num_tokens = 0
    paragraph_end, paragraph_tokens = 0, 0
    for piece in pieces:
        if group and num_tokens + piece.num_tokens > limit:
            cut = paragraph_end if paragraph_tokens * 2 >= limit else len(group)
            groups.append(group[:cut])
            group = group[cut:]
            num_tokens = sum(kept.num_tokens for kept in group)
            paragraph_end, paragraph_tokens = 0, 0
            if num_tokens + piece.num_tokens > limit and group:
                groups.append(group)
                group, num_tokens = [], 0
        group.append(piece)
        num_tokens += piece.num_tokens
        if piece.ends_paragraph:
            paragraph_end, paragraph_tokens = len(group), num_tokens
    if group:
        groups.append(group)
    return groups


def _fit(
    pieces: Sequence[_Piece], budget: int, count_tokens: CountTokens
) -> tuple[list[list[_Piece]], list[int]]:
    """Pack, and pack tighter while a joined text has more tokens than its pieces have in sum.

    Tokenizers see a few more tokens where pieces meet, typically under 1 %.
    """
    limit = budget
    for _ in range(_MAX_PACKINGS):
        groups = _pack_evenly(pieces, limit)
        counts = count_tokens([_text(group) for group in groups]) if groups else []
        largest = max(counts, default=0)
        if largest <= budget:
            return groups, counts
        limit = min(limit - 1, limit * budget // largest)
        if limit < max(piece.num_tokens for piece in pieces):
            break
    while any(count > budget for count in counts):
        groups = [
            part
            for group, count in zip(groups, counts, strict=True)
            for part in _halves(group, count > budget)
        ]
        counts = count_tokens([_text(group) for group in groups])
    return groups, counts


def _halves(group: list[_Piece], is_too_large: bool) -> list[list[_Piece]]:
    middle = len(group) // 2
    return [group[:middle], group[middle:]] if is_too_large else [group]


def _page_range(
    start: int, end: int, pages: Sequence[Page], page_starts: Sequence[int]
) -> tuple[int | None, int | None]:
    if not pages:
        return None, None
    first = max(0, bisect.bisect_right(page_starts, start) - 1)
    last = max(first, bisect.bisect_left(page_starts, end) - 1)
    return pages[first].number, pages[last].number

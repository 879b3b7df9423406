"""Sentences to chunks that fit a token budget and join to the text exactly.

Cuts fall before headings, else between paragraphs or pages, else between sentences. Every few chunks one
falls where only the words around it decide (content-defined chunking, as in LBFS: Muthitacharoen et al.,
2001): a change in one place moves no cut beyond these, so that what was made of the chunks there can be used
again. The last two chunks share what is left: a chunk of two sentences would be summarized as if it weighed
as much as a full one.
"""

from __future__ import annotations

import bisect
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.structure.headings import is_heading
from lmstudio_lite.documents.structure.segmentation import is_inside_character, split_sentences
from lmstudio_lite.domain.documents import Chunk, Document, Page, Segment, Stretch, StretchKind

CountTokens = Callable[[Sequence[str]], list[int]]

_PARAGRAPH_END = regex.compile(r"\n[^\S\n]*\n\s*\Z|\f\s*\Z|\u2029\s*\Z")
_BETWEEN_SENTENCES, _BETWEEN_PARAGRAPHS, _BEFORE_HEADING = 1, 2, 3
_PREFERENCES = (
    (0.75, _BETWEEN_PARAGRAPHS),
    (0.5, _BEFORE_HEADING),
    (0.6, _BETWEEN_PARAGRAPHS),
    (0.85, _BETWEEN_SENTENCES),
)
"""How full a chunk must be for a cut of which strength, tried in this order."""
_NEAR_THE_MIDDLE = 0.15
_CHUNKS_A_REGION = 4
_SMALLEST_REGION = 0.7
_HEADING_BONUS = 3.0
_FIRST_FILL = 0.98
_MAX_PACKINGS = 4


@dataclass(frozen=True, slots=True)
class _Piece:
    """An indivisible part: ``text[start:end]``. ``strength`` is how good a place to cut comes after it."""

    start: int
    end: int
    text: str
    num_tokens: int
    strength: int


def chunk_document(
    document: Document, stretches: Sequence[Stretch], *, budget_tokens: int, count_tokens: CountTokens
) -> list[Chunk]:
    """Cut the document into chunks that join to it; those of stretches that are left out are marked.

    Only text is counted and kept within the budget; a stretch that is left out is one chunk of 0 tokens.
    """
    headings = [block.start for block in document.blocks if is_heading(document, block)]
    chunks: list[Chunk] = []
    for stretch in stretches:
        text = document.text[stretch.start : stretch.end]
        count: CountTokens
        if not stretch.is_text:
            segments = [Segment(stretch.start, stretch.end, text)]
            budget, count = max(1, len(text)), _count_nothing
        else:
            segments = [
                Segment(stretch.start + part.start, stretch.start + part.end, part.text)
                for part in split_sentences(text)
            ]
            budget, count = budget_tokens, count_tokens
        chunks += split_into_chunks(
            segments,
            budget_tokens=budget,
            count_tokens=count,
            pages=document.pages,
            headings=headings,
            kind=stretch.kind,
            first_index=len(chunks),
        )
    return chunks


def _count_nothing(texts: Sequence[str]) -> list[int]:
    return [0] * len(texts)


def split_into_chunks(
    segments: Sequence[Segment],
    *,
    budget_tokens: int,
    count_tokens: CountTokens,
    pages: Sequence[Page] = (),
    headings: Sequence[int] = (),
    kind: StretchKind = StretchKind.TEXT,
    first_index: int = 0,
) -> list[Chunk]:
    """Pack whole segments into chunks of at most ``budget_tokens``.

    ``count_tokens`` is called with many texts at once. A segment that alone exceeds the budget is cut, at
    spaces where it has some. ``Chunk.num_tokens`` is the count of the chunk's text. ``headings`` are the
    offsets where headings begin; chunks get ``kind`` and are numbered from ``first_index``.

    Raises:
        ValueError: the budget is below 1, or smaller than a single character's tokens.
    """
    if budget_tokens < 1:
        raise ValueError(f"budget_tokens must be positive, got {budget_tokens}")
    pieces = _pieces(segments, budget_tokens, count_tokens, pages, headings)
    groups, counts = _fit(pieces, budget_tokens, count_tokens)
    page_starts = [page.start for page in pages]
    chunks = []
    for index, (group, num_tokens) in enumerate(zip(groups, counts, strict=True), first_index):
        start, end = group[0].start, group[-1].end
        page_range = _page_range(start, end, pages, page_starts)
        chunks.append(Chunk(index, start, end, _text(group), num_tokens, *page_range, kind))
    return chunks


def _text(group: Sequence[_Piece]) -> str:
    return "".join(piece.text for piece in group)


def _pieces(
    segments: Sequence[Segment],
    budget: int,
    count_tokens: CountTokens,
    pages: Sequence[Page],
    headings: Sequence[int],
) -> list[_Piece]:
    page_ends = {page.end for page in pages} | {page.start for page in pages}
    heading_starts = set(headings)

    def strength(end: int, text: str) -> int:
        if end in heading_starts:
            return _BEFORE_HEADING
        return _BETWEEN_PARAGRAPHS if end in page_ends or _PARAGRAPH_END.search(text) else _BETWEEN_SENTENCES

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
            strength(start + len(text), text),
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


def _pack(pieces: Sequence[_Piece], limit: int) -> list[list[_Piece]]:
    return [group for region in _regions(pieces, limit) for group in _pack_region(region, limit)]


def _regions(pieces: Sequence[_Piece], limit: int) -> list[Sequence[_Piece]]:
    """Cut where the words around a place say so, on average every few chunks; what is short stays whole.

    Whether a place is a cut depends on the paragraph before it and the words around it, on nothing else.
    """
    if sum(piece.num_tokens for piece in pieces) <= _CHUNKS_A_REGION * limit:
        return [pieces]
    regions: list[Sequence[_Piece]] = []
    first = num_tokens = num_paragraph_tokens = 0
    for cut in range(1, len(pieces)):
        before = pieces[cut - 1]
        num_tokens += before.num_tokens
        num_paragraph_tokens += before.num_tokens
        if before.strength == _BETWEEN_SENTENCES:
            continue
        bonus = _HEADING_BONUS if before.strength == _BEFORE_HEADING else 1.0
        chance = bonus * num_paragraph_tokens / (_CHUNKS_A_REGION * limit)
        num_paragraph_tokens = 0
        if _fingerprint(pieces, cut) < chance and num_tokens >= _SMALLEST_REGION * limit:
            regions.append(pieces[first:cut])
            first, num_tokens = cut, 0
    regions.append(pieces[first:])
    return regions


def _pack_region(pieces: Sequence[_Piece], limit: int) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    first = 0
    num_left = sum(piece.num_tokens for piece in pieces)
    while num_left > limit and first < len(pieces):
        cut = _best_cut(pieces, first, limit, num_left)
        groups.append(list(pieces[first:cut]))
        num_left -= sum(piece.num_tokens for piece in groups[-1])
        first = cut
    if first < len(pieces):
        groups.append(list(pieces[first:]))
    return groups


def _best_cut(pieces: Sequence[_Piece], first: int, limit: int, num_left: int) -> int:
    """Return how far a chunk from ``first`` goes, at least one piece; ``num_left`` tokens are to be cut."""
    fills: list[tuple[int, float]] = []
    num_tokens = 0
    for cut in range(first + 1, len(pieces)):
        num_tokens += pieces[cut - 1].num_tokens
        if num_tokens > limit:
            break
        fills.append((cut, num_tokens / limit))
    if not fills:
        return first + 1
    if num_left <= 2 * limit:
        halves = [(cut, fill) for cut, fill in fills if num_left / limit - fill <= 1.0]
        middle = num_left / limit / 2
        near = [(cut, fill) for cut, fill in halves if abs(fill - middle) <= _NEAR_THE_MIDDLE]
        if halves:
            return max(
                near or halves, key=lambda item: (pieces[item[0] - 1].strength, -abs(item[1] - middle))
            )[0]
    for fewest, weakest in _PREFERENCES:
        good = [cut for cut, fill in fills if fill >= fewest and pieces[cut - 1].strength >= weakest]
        if good:
            return max(good, key=lambda cut: (pieces[cut - 1].strength, cut))
    return fills[-1][0]


def _fingerprint(pieces: Sequence[_Piece], cut: int) -> float:
    """Return a number from 0 to 1 that depends on the words around a cut and on nothing else."""
    around = pieces[cut - 1].text[-80:] + pieces[cut].text[:80]
    return zlib.crc32(around.encode("utf-8", "surrogatepass")) / (1 << 32)


def _fit(
    pieces: Sequence[_Piece], budget: int, count_tokens: CountTokens
) -> tuple[list[list[_Piece]], list[int]]:
    """Pack, and pack tighter while many joined texts have more tokens than their pieces have in sum.

    Tokenizers see a few more tokens where pieces meet, typically under 1 %. A few chunks that are over
    the budget are halved: packing all again would move every cut.
    """
    limit = max(1, round(budget * _FIRST_FILL))
    for _ in range(_MAX_PACKINGS):
        groups = _pack(pieces, limit)
        counts = count_tokens([_text(group) for group in groups]) if groups else []
        num_over = sum(count > budget for count in counts)
        if num_over * 10 <= len(counts):
            break
        limit = min(limit - 1, limit * budget // max(counts))
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

"""What a document's parts are there for: text to read, or contents, references, an index, front matter.

A summary of a list of references is noise, and a web page may be more menu than article. Such stretches
are recognized by their headings, in the languages people write them in, and by their looks, and left out
of what a model reads; how much that was is told. In doubt a stretch is text: leaving out what matters is
the worse mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

from lmstudio_lite.documents.plain.front_matter import find_front_matter
from lmstudio_lite.documents.structure.headings import LONGEST_LABEL, is_appendix, is_heading, kind_of_title
from lmstudio_lite.domain.documents import Block, BlockKind, Document, Stretch, StretchKind

_LEADERS = regex.compile(r"(?:\.\s?){4,}\s*\d{1,4}\b|…{2,}\s*\d{1,4}\b")
_INDEX_ENTRY = regex.compile(
    r"\p{L}[^,.;:!?\n]{0,60}, (?:\d{1,4}(?:[–-]\d{1,4})?)(?:, \d{1,4}(?:[–-]\d{1,4})?)*"
)
_SENTENCE_END = regex.compile(r"[\p{SB=AT}\p{SB=ST}:][\p{Pe}\p{Pf}\"'*_]*\s*\Z")
_SENTENCE = regex.compile(r"\p{Ll}[.!?](?:\s|\Z)|[。！？]")
_LETTERS = regex.compile(r"[\p{L}\p{N}]+")
_CELL = regex.compile(r"\|")

_SHORTEST_LEFT_OUT = 240
_MOST_LEFT_OUT = 0.6
_MOST_LEFT_OUT_OF_PAGE = 0.95
_FEWEST_INDEX_BLOCKS = 6
_LONG_CELLS = 120


def find_stretches(document: Document) -> tuple[Stretch, ...]:
    """Cut the text into stretches of one kind each, which join to it; "" has none."""
    if not document.text:
        return ()
    is_page = document.mime_type in ("text/html", "application/xhtml+xml")
    kinds = _kinds_by_heading(document)
    _mark_contents(document, kinds)
    _mark_index(document, kinds)
    if is_page:
        _mark_navigation(document, kinds)
    if kinds and not document.pages and find_front_matter(document.text) is not None:
        kinds[0] = StretchKind.METADATA
    stretches = _joined(document, kinds)
    left_out = sum(len(_LETTERS.findall(document.text, s.start, s.end)) for s in stretches if not s.is_text)
    limit = _MOST_LEFT_OUT_OF_PAGE if is_page else _MOST_LEFT_OUT
    if left_out > limit * len(_LETTERS.findall(document.text)):
        return (Stretch(StretchKind.TEXT, 0, len(document.text)),)
    return stretches


def _kinds_by_heading(document: Document) -> list[StretchKind]:
    """Give the blocks below a telling heading its kind, up to a heading of the same level or above."""
    kinds: list[StretchKind] = []
    kind, level = StretchKind.TEXT, 0
    num_blocks = len(document.blocks)
    for number, block in enumerate(document.blocks):
        text = document.text[block.start : block.end] if block.end - block.start <= 2 * LONGEST_LABEL else ""
        is_heading = block.kind is BlockKind.HEADING
        own_level = len(text) - len(text.lstrip("#")) if is_heading else 0
        found = kind_of_title(text)
        if found is StretchKind.REFERENCES and not is_heading and number * 2 < num_blocks:
            found = None  # "References" in the middle of a PDF page is more often a word than a chapter
        if found is not None:
            kind, level = found, own_level
        elif kind is not StretchKind.TEXT and _ends(document, block, text, own_level, level):
            kind, level = StretchKind.TEXT, 0
        kinds.append(kind)
    return kinds


def _ends(document: Document, block: Block, text: str, own_level: int, level: int) -> bool:
    if block.kind is BlockKind.HEADING:
        return level == 0 or own_level <= level
    if is_appendix(text):
        return True
    # Without marked headings a stretch ends at a numbered one, or at running text.
    if level:
        return False
    whole = document.text[block.start : block.end]
    return is_heading(document, block) and not _LEADERS.search(whole)


def _mark_contents(document: Document, kinds: list[StretchKind]) -> None:
    """Mark lines with leaders to page numbers, and stop a list of contents that has come to its end."""
    has_leaders = [len(_LEADERS.findall(document.text[b.start : b.end])) for b in document.blocks]
    for number, num_leaders in enumerate(has_leaders):
        if num_leaders >= 2:
            kinds[number] = StretchKind.CONTENTS
    for number, block in enumerate(document.blocks):
        if kinds[number] is not StretchKind.CONTENTS or has_leaders[number]:
            continue
        is_prose = len(_SENTENCE.findall(document.text, block.start, block.end)) >= 2
        if is_prose and block.end - block.start > _SHORTEST_LEFT_OUT:
            following = number
            while following < len(kinds) and kinds[following] is StretchKind.CONTENTS:
                if has_leaders[following] < 2:
                    kinds[following] = StretchKind.TEXT
                following += 1


def _mark_index(document: Document, kinds: list[StretchKind]) -> None:
    """Mark runs of blocks that are words with page numbers."""
    run: list[int] = []
    for number, block in enumerate([*document.blocks, None]):
        if block is not None and _is_index(document.text[block.start : block.end]):
            run.append(number)
            continue
        is_gap = (
            block is not None and run and number - run[-1] <= 2 and block.end - block.start < LONGEST_LABEL
        )
        if is_gap:
            continue
        if len(run) >= _FEWEST_INDEX_BLOCKS:
            for marked in range(run[0], run[-1] + 1):
                kinds[marked] = StretchKind.INDEX
        run = []


def _is_index(text: str) -> bool:
    covered = sum(len(match) for match in _INDEX_ENTRY.findall(text[:2000]))
    return covered > 0.6 * len(text[:2000].strip())


def _mark_navigation(document: Document, kinds: list[StretchKind]) -> None:
    """Mark menus of a web page: what stands around its prose, and tables that hold lists of links."""
    prose = [
        number
        for number, block in enumerate(document.blocks)
        if block.kind is BlockKind.PARAGRAPH
        and block.end - block.start >= LONGEST_LABEL
        and _SENTENCE.search(document.text, block.start, block.end)
        and kinds[number] is StretchKind.TEXT
    ]
    if not prose:
        return
    for number, block in enumerate(document.blocks):
        if kinds[number] is not StretchKind.TEXT:
            continue
        text = document.text[block.start : block.end]
        is_outside = not prose[0] <= number <= prose[-1]
        is_label = len(text) < LONGEST_LABEL and not _SENTENCE_END.search(text[-12:])
        is_title = block.kind is BlockKind.HEADING and number < prose[0]
        if (is_outside and is_label and not is_title) or _is_link_table(block, text):
            kinds[number] = StretchKind.NAVIGATION


def _is_link_table(block: Block, text: str) -> bool:
    if block.kind is not BlockKind.TABLE:
        return False
    cells = [cell.strip() for cell in _CELL.split(text) if cell.strip(" -\n")]
    words = sum(len(cell) for cell in cells if len(cell) >= _LONG_CELLS and not _SENTENCE.search(cell))
    return words > 0.5 * len(text)


def _joined(document: Document, kinds: Iterable[StretchKind]) -> tuple[Stretch, ...]:
    """Return stretches from block to block; short ones that would be left out stay text."""
    runs: list[Stretch] = []
    for block, kind in zip(document.blocks, kinds, strict=True):
        if runs and runs[-1].kind is kind:
            runs[-1] = Stretch(kind, runs[-1].start, block.end)
        else:
            runs.append(Stretch(kind, block.start, block.end))
    joined: list[Stretch] = []
    for run in runs:
        is_short = run.end - run.start < _SHORTEST_LEFT_OUT and run.kind is not StretchKind.METADATA
        kind = StretchKind.TEXT if is_short else run.kind
        if joined and joined[-1].kind is kind:
            joined[-1] = Stretch(kind, joined[-1].start, run.end)
        else:
            joined.append(Stretch(kind, run.start, run.end))
    starts = [0, *(stretch.start for stretch in joined[1:])]
    ends = [*starts[1:], len(document.text)]
    if not joined:
        return (Stretch(StretchKind.TEXT, 0, len(document.text)),)
    return tuple(Stretch(s.kind, start, end) for s, start, end in zip(joined, starts, ends, strict=True))

"""Changes to the text of a finished summary; they need no model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lmstudio_lite.domain.evidence import Evidence, SentenceEvidence

_POINT = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+")
_EMPTY_POINT = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])?[ \t\"“”*_.]*")
_HEADING = re.compile(r"#{1,6}\s")


def without_unsupported(text: str, evidence: Evidence) -> str:
    """Return ``text`` without the sentences that no passage supports; "" if nothing is left.

    A point and a heading that lose all they had go too.
    """
    places = [(each.start, each.end) for each in evidence.sentences if not each.is_supported]
    return _without_places(text, places)


def without_sentences(text: str, sentences: Sequence[str]) -> str:
    """Return ``text`` without these sentences, as ``without_unsupported`` does."""
    places = []
    for sentence in sentences:
        start = text.find(sentence)
        if start >= 0:
            places.append((start, start + len(sentence)))
    return _without_places(text, sorted(places))


def _without_places(text: str, places: Sequence[tuple[int, int]]) -> str:
    kept = text
    for start, end in reversed(places):
        rest = kept[end:]
        space = len(rest) - len(rest.lstrip(" "))
        kept = kept[:start] + rest[space:]
    lines = [
        line
        for line, before in zip(kept.split("\n"), _padded(text, kept), strict=True)
        if line == before or not _EMPTY_POINT.fullmatch(line)
    ]
    return _without_bare_headings("\n".join(line.rstrip() for line in lines)).strip()


def with_sentence(text: str, sentence: SentenceEvidence, new: str) -> str:
    """Return ``text`` with ``new`` in place of a sentence."""
    return text[: sentence.start] + new.strip() + text[sentence.end :]


def with_detail(text: str, after: int, sentences: Sequence[str]) -> str:
    """Return ``text`` with more sentences behind the line or, in running text, the sentence at ``after``.

    In a list each becomes a point with the marks of the one before it.
    """
    if not sentences:
        return text
    line_start = text.rfind("\n", 0, after) + 1
    mark = _POINT.match(text, line_start)
    if mark is None:
        return f"{text[:after].rstrip()} {' '.join(sentences)}{text[after:]}"
    line_end = text.find("\n", after)
    line_end = len(text) if line_end < 0 else line_end
    points = "".join(f"\n{mark[0]}{sentence}" for sentence in sentences)
    return text[:line_end] + points + text[line_end:]


def place_for(evidence: Evidence, offset: int) -> int | None:
    """Return the end of the sentence behind which a point on the source's ``offset`` belongs, if any."""
    best: SentenceEvidence | None = None
    for sentence in evidence.sentences:
        starts = [passage.start for passage in sentence.passages]
        if starts and min(starts) <= offset:
            best = sentence
    if best is None and evidence.sentences:
        return evidence.sentences[-1].end
    return best.end if best else None


def _padded(text: str, kept: str) -> list[str]:
    """Return the lines as they were; no sentence crosses a line, so that they are as many."""
    before, after = text.split("\n"), kept.split("\n")
    return before if len(before) == len(after) else after


def _without_bare_headings(text: str) -> str:
    blocks = [block for block in re.split(r"\n{2,}", text) if block.strip()]
    following = [*blocks[1:], "# "][: len(blocks)]
    kept = [
        block
        for block, after in zip(blocks, following, strict=True)
        if not (_HEADING.match(block) and "\n" not in block and _HEADING.match(after))
    ]
    return "\n\n".join(kept)

"""Changes to a finished summary that need no model."""

from __future__ import annotations

import re

from lmstudio_lite.tasks.evidence_values import Evidence

_EMPTY_POINT = re.compile(r"[ \t]*(?:[-*•]|\d{1,2}[.)])?[ \t\"“”*_.]*")
_HEADING = re.compile(r"#{1,6}\s")


def without_unsupported(text: str, evidence: Evidence) -> str:
    """Return ``text`` without the sentences that no passage supports; "" if nothing is left.

    A point and a heading that lose all they had go too.
    """
    kept = text
    for sentence in reversed(evidence.sentences):
        if not sentence.is_supported:
            rest = kept[sentence.end :]
            space = len(rest) - len(rest.lstrip(" "))
            kept = kept[: sentence.start] + rest[space:]
    lines = [
        line
        for line, before in zip(kept.split("\n"), _padded(text, kept), strict=True)
        if line == before or not _EMPTY_POINT.fullmatch(line)
    ]
    return _without_bare_headings("\n".join(line.rstrip() for line in lines)).strip()


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

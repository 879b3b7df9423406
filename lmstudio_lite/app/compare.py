"""A comparison across documents: of their summaries, which fit into one prompt where the documents don't.

The summaries become a document of their own, which is summarized in the form ``COMPARISON``; so it has
evidence too, in the summaries.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.documents.assembly import text_document
from lmstudio_lite.domain.documents import Document

_LONGEST_TITLES = 80


def summaries_document(summaries: Sequence[tuple[str, str]]) -> Document:
    """Return titles and summaries, in order, as one text to compare.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(summaries) < 2:
        raise ValueError("a comparison needs two summaries")
    text = "\n\n".join(f"# {' '.join(title.split())}\n\n{summary.strip()}" for title, summary in summaries)
    titles = ", ".join(title for title, _ in summaries)
    if len(titles) > _LONGEST_TITLES:
        titles = titles[: _LONGEST_TITLES - 1] + "…"
    return text_document(text, titles)

"""A comparison across documents: their texts one below the other, with the summary of each beside them.

A model can compare summaries, where the documents don't fit; what it says of them is held against the
documents, which is why the texts themselves make up the document that is compared
(``tasks.summarize.compare``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.documents import ComparedPart, Document

_LONGEST_TITLES = 80


@dataclass(frozen=True, slots=True)
class Summarized:
    """A document with what it is called and its summary."""

    title: str
    summary: str
    document: Document


def comparison_document(sources: Sequence[Summarized]) -> Document:
    """Return the documents, in order and below their titles, as one text to compare.

    Raises:
        ValueError: there are fewer than two.
    """
    if len(sources) < 2:
        raise ValueError("a comparison needs two documents")
    parts: list[ComparedPart] = []
    text = ""
    for source in sources:
        text += ("\n\n" if text else "") + f"# {' '.join(source.title.split())}\n\n"
        start = len(text)
        text += source.document.text.strip()
        parts.append(
            ComparedPart(source.title, start, len(text), source.document.language, source.summary.strip())
        )
    titles = ", ".join(source.title for source in sources)
    if len(titles) > _LONGEST_TITLES:
        titles = titles[: _LONGEST_TITLES - 1] + "…"
    document = text_document(text, titles)
    assert document.text == text, "the texts of documents have no line ends and sequences to tidy"
    return replace(document, compared=tuple(parts))

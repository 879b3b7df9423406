"""Documents that are no files: what was pasted, and summaries put together to be compared.

They are made in jobs; what makes them is imported there, for the window imports this before it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.ui.summarize.items import SummaryItem


def pasted(text: str, title: str) -> Document:
    """Return a pasted text as a document."""
    from lmstudio_lite.documents.structure.assembly import text_document

    return text_document(text, title)


def comparable(items: Sequence[SummaryItem]) -> list[SummaryItem]:
    """Return what is summarized and no comparison itself."""
    return [
        item
        for item in items
        if isinstance(item.state, Done)
        and item.document is not None
        and item.options.form is not SummaryForm.COMPARISON
    ]


def compared(items: Sequence[SummaryItem]) -> Document:
    """Return summarized documents as one document to compare."""
    from lmstudio_lite.app.compare import Summarized, comparison_document

    return comparison_document(
        [
            Summarized(item.title, item.state.text, item.document)
            for item in items
            if isinstance(item.state, Done) and item.document is not None
        ]
    )

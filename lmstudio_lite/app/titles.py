"""The titles of what is kept, as people read them."""

from __future__ import annotations

from lmstudio_lite.app.markdown_marks import without_marks
from lmstudio_lite.domain.results import StoredResult


def title_of(result: StoredResult) -> str:
    """Return a result's title as it is read: a text's first line without marks, a file's name as it is."""
    return result.title if result.source_path else without_marks(result.title)

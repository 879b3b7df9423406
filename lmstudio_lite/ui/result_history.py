"""The stored summaries or translations as rows of the left panel."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.titles import title_of
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.ui.history_items import HistoryItem


class ResultSource:
    """A ``HistorySource`` over one kind of stored result. Called on job threads."""

    def __init__(self, services: Services, kind: ResultKind) -> None:
        """Show what is kept of this kind."""
        self._results = services.results
        self._kind = kind

    def list(self, query: str) -> Sequence[HistoryItem]:
        """Return the newest first; ``query`` is a full-text search."""
        rows = self._results.list(self._kind, query)
        return [HistoryItem(row.id, title_of(row), row.updated_at, row.is_damaged) for row in rows]

    def rename(self, item_id: str, title: str) -> None:
        """Change the title; the source file's name stays as it is."""
        self._results.rename(item_id, title)

    def delete(self, item_id: str) -> None:
        """Delete so that ``restore`` can undo it."""
        self._results.delete(item_id)

    def restore(self, item_id: str) -> None:
        """Undo ``delete``."""
        self._results.restore(item_id)

    def export_raw(self, item_id: str) -> str:
        """Return the result as it is stored, as JSON."""
        return self._results.export_raw(item_id)

"""One row of the left panel as a value: a thing of its tab, or a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FolderState:
    """What a folder's row shows: how much lies in it itself, and whether that is hidden."""

    num_items: int
    is_collapsed: bool


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One row; ``updated_at`` is aware (with a time zone).

    ``folder`` is there for a folder; ``folder_id`` names the folder that the row lies in, ``depth`` how many
    those are.
    """

    id: str
    title: str
    updated_at: datetime
    is_damaged: bool = False
    is_pinned: bool = False
    tags: tuple[str, ...] = ()
    folder: FolderState | None = None
    folder_id: str | None = None
    depth: int = 0

    @property
    def is_in_tree(self) -> bool:
        """Whether the row is a folder or stands below one."""
        return self.folder is not None or self.depth > 0

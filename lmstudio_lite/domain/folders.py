"""Folders of conversations as values: a tree, what a move changed, and what a removed folder held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PATH_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Folder:
    """``parent_id`` is None at the top. ``num_conversations`` lie in it itself and are listed (not in the
    archive or the bin); ``depth`` counts from 0. ``path`` names it from the top.
    """

    id: str
    name: str
    parent_id: str | None
    is_collapsed: bool = False
    num_conversations: int = 0
    depth: int = 0
    path: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Return its name with those of the folders that it lies in, as ``Work/Taxes``."""
        return PATH_SEPARATOR.join(self.path or (self.name,))


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a conversation lay: in a folder, or None in none."""

    conversation_id: str
    folder_id: str | None


@dataclass(frozen=True, slots=True)
class RemovedFolder:
    """All that brings a removed folder back as it was. ``number`` is its row's."""

    number: int
    id: str
    name: str
    parent_id: str | None
    is_collapsed: bool
    conversation_ids: tuple[str, ...]
    folder_ids: tuple[str, ...]


def ids_within(folders: Sequence[Folder], folder_id: str) -> frozenset[str]:
    """Return the ids of a folder and of all that lie in it at any depth; none where it is not there."""
    found = {folder.id for folder in folders if folder.id == folder_id}
    for folder in folders:  # in the order of the tree: parents first
        if folder.parent_id in found:
            found.add(folder.id)
    return frozenset(found)


def visible(folders: Sequence[Folder]) -> Iterator[Folder]:
    """Yield the folders of a tree whose parents are all open, in the order of the tree."""
    hidden: set[str] = set()
    for folder in folders:
        if folder.parent_id in hidden:
            hidden.add(folder.id)
            continue
        yield folder
        if folder.is_collapsed:
            hidden.add(folder.id)

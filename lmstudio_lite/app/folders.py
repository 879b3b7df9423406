"""Folders of conversations: what stands in the list with them, and how the terminal names one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Conversation
from lmstudio_lite.domain.folders import PATH_SEPARATOR, Folder, visible
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.storage.finding import FOLDER_PREFIX
from lmstudio_lite.storage.folders import Folders

__all__ = ["Folders", "TreeRow", "find_folder", "folder_at", "list_tree", "search_within"]

NUM_IN_FOLDERS_MAX = 3_000


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A folder, or else a conversation; ``depth`` is the number of folders that it lies in."""

    folder: Folder | None
    conversation: Conversation | None
    depth: int


def list_tree(services: Services, num_loose_max: int) -> list[TreeRow]:
    """Return the list of conversations: pinned ones, folders with what is seen in them, then all others.

    At most ``num_loose_max`` of those that lie in no folder.

    What lies in a closed folder is left out. A pinned conversation in a folder is the first one there.

    Raises:
        StorageError: it can't be read.
    """
    shown = list(visible(services.folders.list()))
    loose = services.conversations.list(limit=num_loose_max, folder_ids=[None])
    opened = [folder.id for folder in shown if not folder.is_collapsed and folder.num_conversations]
    held = services.conversations.list(limit=NUM_IN_FOLDERS_MAX, folder_ids=opened) if opened else []
    inside: dict[str | None, list[Conversation]] = {}
    for each in held:
        inside.setdefault(each.folder_id, []).append(each)
    rows = [TreeRow(None, each, 0) for each in loose if each.is_pinned]
    rows += _rows_of(shown, inside)
    rows += [TreeRow(None, each, 0) for each in loose if not each.is_pinned]
    return rows


def _rows_of(shown: Sequence[Folder], inside: dict[str | None, list[Conversation]]) -> list[TreeRow]:
    """Return the folders, each followed by those in it and then by its own conversations."""
    rows: list[TreeRow] = []
    open_ones: list[Folder] = []

    def close_to(depth: int) -> None:
        while len(open_ones) > depth:
            folder = open_ones.pop()
            rows.extend(TreeRow(None, each, folder.depth + 1) for each in inside.get(folder.id, ()))

    for folder in shown:
        close_to(folder.depth)
        rows.append(TreeRow(folder, None, folder.depth))
        open_ones.append(folder)
    close_to(0)
    return rows


def search_within(name: str) -> str:
    """Return how a search begins that stays within the folders of a name; words go behind it."""
    return f"{FOLDER_PREFIX}{'-'.join(name.split())} "


def find_folder(services: Services, name: str) -> Folder:
    """Return the folder of a path ("Work/Taxes"), or the only one of a name, as people write it.

    Raises:
        NotStoredError: there is none, or more than one.
        StorageError: the folders can't be read.
    """
    wanted = name.strip(PATH_SEPARATOR).casefold()
    folders = services.folders.list()
    found = [each for each in folders if each.full_name.casefold() == wanted]
    found = found or [each for each in folders if each.name.casefold() == wanted]
    if len(found) != 1:
        raise NotStoredError(kind="folder", id=safe_line(name), num_alike=len(found))
    return found[0]


def folder_at(services: Services, path: str) -> Folder:
    """Return the folder of a path, and make what is missing of it.

    Raises:
        NotStoredError: the path names nothing.
        StorageError: the folders can't be read or written.
    """
    folder: Folder | None = None
    for name in filter(None, (part.strip() for part in path.split(PATH_SEPARATOR))):
        parent_id = folder.id if folder is not None else None
        found = (
            each
            for each in services.folders.list()
            if each.parent_id == parent_id and each.name.casefold() == name.casefold()
        )
        folder = next(found, None) or services.folders.create(name, parent_id)
    if folder is None:
        raise NotStoredError(kind="folder", id=safe_line(path), num_alike=0)
    return folder

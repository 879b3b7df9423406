"""Models that are there twice, and one file in place of both.

Candidates are found by size and fingerprint, in milliseconds; before a file is replaced by a link both
are read whole and compared by SHA-256. The link gets the file's name in one step, so that at every
instant the name leads to the whole model.
"""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.shelf import ModelEntry, Store
from lmstudio_lite.errors import AppError, ModelChangeError
from lmstudio_lite.library.keeping.copying import OnBytes, copy_beside, remove_quietly, sha256
from lmstudio_lite.library.keeping.refusals import refusal


@dataclass(frozen=True, slots=True)
class Duplicates:
    """``kept`` stays as it is; each of ``others`` holds the same and could be a link to it.

    ``saved_bytes`` become free by that.
    """

    kept: ModelEntry
    others: tuple[ModelEntry, ...]
    saved_bytes: int


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A file that was replaced by a link to ``target``; ``is_hard`` where both names are equal now."""

    path: Path
    target: Path
    is_hard: bool
    saved_bytes: int


def find_duplicates(
    entries: Sequence[ModelEntry], fingerprint_of: Callable[[ModelEntry], str]
) -> list[Duplicates]:
    """Return the models that are there more than once and could be links. Reads candidates' beginnings.

    Only models in one file, and only those in our folders and the user's are replaced. One of another
    program's may be what stays, where both lie on one drive: that program still owns its name of it.
    """
    by_size: dict[int, list[ModelEntry]] = defaultdict(list)
    for entry in entries:
        if entry.size_bytes and len(entry.files) == 1 and entry.failure is None:
            by_size[entry.size_bytes].append(entry)
    found = []
    for alike in by_size.values():
        if len(alike) > 1:
            by_content: dict[str, list[ModelEntry]] = defaultdict(list)
            for entry in alike:
                try:
                    by_content[fingerprint_of(entry)].append(entry)
                except AppError:  # gone meanwhile, or unreadable: no candidate
                    continue
            found += [group for same in by_content.values() for group in _group(same)]
    return found


def link_duplicate(kept: Path, other: Path, on_bytes: OnBytes, cancellation: Cancellation) -> LinkedFile:
    """Put a link to ``kept`` in place of ``other``: a hard one on one drive, else a symbolic one.

    Raises:
        CancelledError: cancelled; nothing is changed.
        ModelNotFoundError: one is gone.
        ModelChangeError: "not_equal", they differ; "no_links", neither kind of link can be made; or the
            system refuses. Nothing is changed.
    """
    try:
        size_bytes = other.stat().st_size
        if os.path.samefile(kept, other):
            return LinkedFile(other, kept, True, 0)
    except OSError as error:
        raise refusal(error, other) from error
    if sha256(kept, on_bytes, cancellation) != sha256(other, on_bytes, cancellation):
        raise ModelChangeError(path=str(other), reason="not_equal")
    link = other.with_name(f".{secrets.token_hex(6)}.link")
    try:
        is_hard = _make_link(kept, link)
        os.replace(link, other)
    except OSError as error:
        raise refusal(error, other) from error
    finally:
        remove_quietly(link)
    return LinkedFile(other, kept, is_hard, size_bytes)


def unlink_duplicate(linked: LinkedFile, on_bytes: OnBytes, cancellation: Cancellation) -> None:
    """Make a file of its own out of a link again.

    Raises:
        CancelledError: cancelled; it stays a link.
        ModelNotFoundError, ModelChangeError, DiskFullError: it stays a link.
    """
    copy = copy_beside(linked.path.resolve(), linked.path.parent, on_bytes, cancellation)
    try:
        os.replace(copy, linked.path)
    except OSError as error:
        remove_quietly(copy)
        raise refusal(error, linked.path) from error


def _make_link(kept: Path, link: Path) -> bool:
    try:
        os.link(kept.resolve(), link)
    except OSError:
        try:
            link.symlink_to(kept.resolve())
        except (OSError, NotImplementedError) as error:
            raise ModelChangeError(path=str(kept), reason="no_links") from error
        return False
    return True


def _group(same: Sequence[ModelEntry]) -> list[Duplicates]:
    """Return what of files with one content could be saved; names of one file count once."""
    files: dict[tuple[int, int], ModelEntry] = {}
    for entry in sorted(same, key=_claim):
        try:
            status = entry.path.stat()
        except OSError:
            continue
        files.setdefault((status.st_dev, status.st_ino), entry)
    kept, *others = files.values() or [None]
    changeable = tuple(entry for entry in others if entry is not None and entry.is_changeable)
    if kept is None or not changeable:
        return []
    return [Duplicates(kept, changeable, sum(entry.size_bytes for entry in changeable))]


def _claim(entry: ModelEntry) -> tuple[bool, bool, str]:
    """Order who stays: ours before the user's; what can't be changed only if all else is."""
    return not entry.is_changeable, entry.store is not Store.OWN, str(entry.path)

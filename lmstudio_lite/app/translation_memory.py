"""The translation memory as the window and the terminal use it: what is accepted is remembered.

What reads or writes a file waits, and is no work for the GUI thread. Every method but ``add_accepted`` may
raise a ``StorageError``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite import __version__
from lmstudio_lite.documents.terminology.files import open_segment_pairs
from lmstudio_lite.documents.terminology.reading import LeftOutList
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.glossary import ImportReport, LeftOut
from lmstudio_lite.domain.translation_memory import MemoryEntry, MemorySize
from lmstudio_lite.formats.tmx import tmx_lines
from lmstudio_lite.paths import replacing
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.translation_memory import MemoryRows, StoredMemory
from lmstudio_lite.unsaved import UnsavedWork

_REPORTED_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Cleared:
    """What ``restore`` needs to bring a cleared memory back; ``num_entries`` were in it."""

    source: str
    target: str
    project: str
    num_entries: int
    cleared_at: int


class TranslationMemories:
    """The memories of one data folder, each of a pair of languages (ISO 639-1) and a project. Thread-safe."""

    def __init__(self, database: Database, unsaved: UnsavedWork) -> None:
        self._database = database
        self._unsaved = unsaved
        self._rows = MemoryRows(database)

    def of(self, source: str, target: str, project: str = "") -> StoredMemory:
        """Return the memory that a translation looks into; a project's sees what every project sees, too."""
        return StoredMemory(self._database, self._unsaved, source, target, project)

    def add_accepted(
        self, source: str, target: str, entries: Sequence[MemoryEntry], project: str = ""
    ) -> None:
        """Remember accepted segments now, or as soon as the disk takes them."""
        memory = self.of(source, target, project)
        for entry in entries:
            memory.add(entry)

    def statistics(self) -> list[MemorySize]:
        """Return how much is remembered, by pair of languages and project, the largest first."""
        return self._rows.sizes()

    def clear(self, source: str, target: str, project: str = "") -> Cleared:
        """Forget what a project has of its own; ``restore`` brings it back until the window's next start."""
        memory = self.of(source, target, project)
        num_entries = memory.count()
        return Cleared(source, target, project, num_entries, memory.clear())

    def restore(self, cleared: Cleared) -> None:
        """Undo ``clear``."""
        self.of(cleared.source, cleared.target, cleared.project).restore(cleared.cleared_at)

    def import_file(
        self,
        path: Path,
        source: str,
        target: str,
        project: str = "",
        *,
        cancellation: Cancellation | None = None,
        report: Callable[[int], None] = lambda num_read: None,
    ) -> ImportReport:
        """Add the segments of a TMX file in these languages; waits. ``report`` hears how many were read.

        What is read when it is cancelled or breaks off stays.

        Raises:
            DocumentError: it can't be read, or is no TMX.
            CancelledError: cancelled.
        """
        left_out = LeftOutList()

        def entries(pairs: Iterator[MemoryEntry | LeftOut]) -> Iterator[MemoryEntry]:
            for num_read, pair in enumerate(pairs, 1):
                if num_read % _REPORTED_EVERY == 0:
                    report(num_read)
                    if cancellation is not None:
                        cancellation.raise_if_cancelled()
                if isinstance(pair, LeftOut):
                    left_out.add(pair.line, pair.problem, pair.text)
                else:
                    yield pair

        with open_segment_pairs(path, source, target) as pairs:
            num_new, num_known = self.of(source, target, project).add_all(entries(pairs))
        return ImportReport(num_new, num_known, left_out.count, tuple(left_out.first))

    def export_file(self, path: Path, source: str, target: str, project: str = "") -> int:
        """Write what a project has of its own into a TMX file; waits. Returns how many segments there are.

        Raises:
            DataFolderReadOnlyError, DiskFullError, NotAFileError: it can't be written.
        """
        num_written = 0

        def counted(entries: Iterator[MemoryEntry]) -> Iterator[MemoryEntry]:
            nonlocal num_written
            for entry in entries:
                num_written += 1
                yield entry

        with replacing(path, is_private=False) as file:
            entries = counted(self.of(source, target, project).entries())
            file.writelines(tmx_lines(entries, source, target, __version__))
        return num_written

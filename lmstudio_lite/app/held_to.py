"""What a translation is held to: the glossaries and memories in use, and files that are named for one run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translation_memory import TranslationMemories
from lmstudio_lite.documents.terminology.files import read_terms
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translation_memory import (
    MemoryMatch,
    MemoryMatchKind,
    MemoryQuery,
    TranslationMemory,
)
from lmstudio_lite.errors import DataFolderReadOnlyError
from lmstudio_lite.private_folder import PrivateFolder
from lmstudio_lite.storage.database import Database

_RANKS = {kind: rank for rank, kind in enumerate(MemoryMatchKind)}


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Glossaries (CSV, TSV, TBX) and a memory (TMX) for one run; nothing of them is kept."""

    glossaries: tuple[Path, ...] = ()
    memory: Path | None = None


NO_FILES = OwnFiles()


@dataclass(frozen=True, slots=True)
class HeldTo:
    """``memory`` None: nothing is remembered."""

    terms: tuple[Term, ...] = ()
    memory: TranslationMemory | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Languages (ISO 639-1) and the project whose glossaries and memory count besides everybody's."""

    source: str
    target: str
    project: str = ""


def known_projects(services: Services) -> list[str]:
    """Return the projects that glossaries or memories are of, in alphabetical order.

    Raises:
        StorageError: the data can't be read.
    """
    names = {glossary.project for glossary in services.glossaries.list()}
    names |= {size.project for size in services.memories.statistics()}
    return sorted(names - {""}, key=str.casefold)


@contextmanager
def held_to(
    services: Services,
    pair: Pair,
    files: OwnFiles,
    *,
    glossary_ids: Sequence[str] | None = None,
    uses_memory: bool = True,
    earlier: TranslationMemory | None = None,
) -> Iterator[HeldTo]:
    """Give what a translation between ``pair`` is held to; ``earlier`` work is looked into first.

    Raises:
        DocumentError: a file of ``files`` can't be read, or is none of these.
        StorageError: the data can't be read.
    """
    with ExitStack() as stack:
        memories = [earlier] if earlier is not None else []
        if files.memory is not None:
            memories.append(stack.enter_context(_memory_of_file(services, files.memory, pair)))
        if uses_memory:
            memories.append(services.memories.of(pair.source, pair.target, pair.project))
        memory = _InTurn(memories) if len(memories) > 1 else memories[0] if memories else None
        yield HeldTo(tuple(_terms(services, pair, files, glossary_ids)), memory)


def _terms(
    services: Services, pair: Pair, files: OwnFiles, glossary_ids: Sequence[str] | None
) -> Iterator[Term]:
    """Yield the terms of the named files first: of two that contradict each other the first one counts."""
    for path in files.glossaries:
        yield from read_terms(path, pair.source, pair.target).terms
    if glossary_ids is None:
        yield from services.glossaries.terms_in_use(pair.source, pair.target, pair.project)
        return
    for glossary_id in glossary_ids:
        yield from (kept.term for kept in services.glossaries.terms(glossary_id))


@contextmanager
def _memory_of_file(services: Services, path: Path, pair: Pair) -> Iterator[TranslationMemory]:
    """Give the segments of a TMX file as a memory that is gone afterwards."""
    try:
        folder = PrivateFolder.make()
    except OSError as error:
        raise DataFolderReadOnlyError(path=str(error.filename or "")) from error
    try:
        database = Database.open(folder.path / "memory.sqlite3")
        try:
            memories = TranslationMemories(database, services.unsaved)
            memories.import_file(path, pair.source, pair.target)
            yield memories.of(pair.source, pair.target)
        finally:
            database.close()
    finally:
        folder.remove()


class _InTurn:
    """Several memories as one: the nearest match counts, of equal ones the first memory's."""

    def __init__(self, memories: Sequence[TranslationMemory]) -> None:
        self._memories = memories

    def find(self, queries: Sequence[MemoryQuery]) -> list[MemoryMatch | None]:
        """Return the nearest match of each query, None where nothing is near enough."""
        found = [memory.find(queries) for memory in self._memories]
        return [_nearest(matches) for matches in zip(*found, strict=True)]


def _nearest(matches: Sequence[MemoryMatch | None]) -> MemoryMatch | None:
    known = [match for match in matches if match is not None]
    return min(known, key=lambda match: (_RANKS[match.kind], -match.score)) if known else None

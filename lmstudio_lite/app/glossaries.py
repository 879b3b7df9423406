"""Glossaries as the window and the terminal use them: lists of terms, files in and out, proposals.

What reads a file or asks a model waits, and is no work for the GUI thread. Every method may raise a
``StorageError``, and ``NotStoredError`` for a glossary that is gone.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lmstudio_lite.documents.terminology.files import read_terms
from lmstudio_lite.documents.terminology.reading import TermsRead
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.glossary import Glossary, ImportReport, KeptTerm, Term, TermProposal
from lmstudio_lite.errors import DocumentUnsupportedError, NotStoredError
from lmstudio_lite.formats.glossary_files import to_csv, to_tbx, to_tsv
from lmstudio_lite.paths import replace_file
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.glossaries import GlossaryRows
from lmstudio_lite.tasks.translate.glossary import TermIndex
from lmstudio_lite.tasks.translate.term_proposals import NUM_PROPOSALS, propose_terms
from lmstudio_lite.tasks.translate.term_translations import propose_translations

TERM_SUFFIXES = (".csv", ".tsv", ".tbx")
"""The kinds of files that ``export_file`` writes; ``import_file`` reads ".txt", ".tab" and ".xml" too."""


class Glossaries:
    """The glossaries of one data folder. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._rows = GlossaryRows(database)

    def list(self, source: str = "", target: str = "") -> builtins.list[Glossary]:
        """Return the glossaries in the order in which they were made; of one language or pair if given."""
        return [
            each
            for each in self._rows.list()
            if each.source == (source or each.source) and each.target == (target or each.target)
        ]

    def get(self, glossary_id: str) -> Glossary:
        """Return one, deleted or not."""
        return self._rows.get(glossary_id)

    def named(self, name: str) -> Glossary | None:
        """Return the glossary of this name, None where there is none or more than one."""
        found = [each for each in self._rows.list() if each.name.casefold() == name.casefold()]
        return found[0] if len(found) == 1 else None

    def find(self, name: str) -> Glossary:
        """Return the glossary that is meant by a name, an id or the beginning of one.

        Raises:
            NotStoredError: there is none, or more than one.
        """
        known = self.named(name)
        if known is not None:
            return known
        found = [each for each in self._rows.list() if each.id.startswith(name)]
        if len(found) != 1:
            raise NotStoredError(kind="glossary", id=name, num_alike=len(found))
        return found[0]

    def create(self, name: str, source: str, target: str, project: str = "") -> Glossary:
        """Make an empty one for a pair of languages (ISO 639-1); ``project`` "" serves every project."""
        return self._rows.create(name, source, target, project)

    def rename(self, glossary_id: str, name: str) -> Glossary:
        """Give it another name."""
        return self._rows.rename(glossary_id, name)

    def set_project(self, glossary_id: str, project: str) -> Glossary:
        """Let it serve another project, "" for every one."""
        return self._rows.set_project(glossary_id, project)

    def set_in_use(self, glossary_id: str, *, is_in_use: bool) -> Glossary:
        """Let translations be held to it, or not."""
        return self._rows.set_in_use(glossary_id, is_in_use=is_in_use)

    def delete(self, glossary_id: str) -> None:
        """Take it out of the list with its terms; ``restore`` brings it back till the window starts again."""
        self._rows.delete(glossary_id)

    def restore(self, glossary_id: str) -> Glossary:
        """Undo ``delete``."""
        return self._rows.restore(glossary_id)

    def terms(self, glossary_id: str) -> builtins.list[KeptTerm]:
        """Return its terms in the order in which they came."""
        return self._rows.terms(glossary_id)

    def add_terms(self, glossary_id: str, terms: Iterable[Term]) -> builtins.list[KeptTerm]:
        """Add those that are not there yet, and return them."""
        return self._rows.add_terms(glossary_id, terms)

    def change_term(self, glossary_id: str, number: int, term: Term) -> KeptTerm:
        """Put ``term`` in place of the one with this number."""
        return self._rows.change_term(glossary_id, number, term)

    def delete_terms(self, glossary_id: str, numbers: Sequence[int]) -> None:
        """Take terms out; ``restore_terms`` brings them back until the window's next start."""
        self._rows.delete_terms(glossary_id, numbers)

    def restore_terms(self, glossary_id: str, numbers: Sequence[int]) -> None:
        """Undo ``delete_terms``."""
        self._rows.restore_terms(glossary_id, numbers)

    def terms_in_use(self, source: str, target: str, project: str = "") -> builtins.list[Term]:
        """Return the terms that a translation is held to, of all glossaries that are in use for it."""
        return self._rows.terms_in_use(source, target, project)

    def import_file(self, glossary_id: str, path: Path, encoding: str = "") -> ImportReport:
        """Add the terms of a file (CSV, TSV, TBX) in the glossary's languages; waits.

        Damaged rows are left out and listed. ``encoding`` is what the user says a text is in.

        Raises:
            DocumentError: the file can't be read, or is none of these kinds.
        """
        glossary = self._rows.get(glossary_id)
        return self._added(glossary_id, read_terms(path, glossary.source, glossary.target, encoding))

    def import_into(
        self,
        glossary: Glossary | None,
        path: Path,
        name: str,
        source: str,
        target: str,
        project: str = "",
        encoding: str = "",
    ) -> tuple[Glossary, ImportReport]:
        """Add the terms of a file to ``glossary``, or to a new one if that is None; waits.

        No glossary is made of a file that can't be read. Raises as ``import_file``.
        """
        if glossary is not None:
            report = self.import_file(glossary.id, path, encoding)
        else:
            read = read_terms(path, source, target, encoding)
            glossary = self._rows.create(name, source, target, project)
            report = self._added(glossary.id, read)
        return self._rows.get(glossary.id), report

    def export_file(self, glossary_id: str, path: Path) -> int:
        """Write the terms into a file of the kind that its suffix says; waits. Returns how many there are.

        Raises:
            DocumentUnsupportedError: it is none of ``TERM_SUFFIXES``.
            DataFolderReadOnlyError, DiskFullError, NotAFileError: it can't be written.
        """
        glossary = self._rows.get(glossary_id)
        terms = [kept.term for kept in self._rows.terms(glossary_id)]
        match path.suffix.lower():
            case ".csv":
                content = to_csv(terms)
            case ".tsv":
                content = to_tsv(terms)
            case ".tbx":
                content = to_tbx(glossary, terms)
            case _:
                raise DocumentUnsupportedError(path=str(path), mime_type="")
        replace_file(path, content, is_private=False)
        return len(terms)

    def propose(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        *,
        limit: int = NUM_PROPOSALS,
        project: str = "",
        engine: EngineClient | None = None,
        cancellation: Cancellation | None = None,
        report: Callable[[int, int], None] = lambda num_done, num_total: None,
    ) -> builtins.list[TermProposal]:
        """Return terms that a document's texts repeat, the surest first; waits.

        ``engine`` proposes translations of them; one that is not good enough is "", as all are without an
        engine. What a glossary in use has is not proposed again. ``report`` hears how many of how many are
        translated.

        Raises:
            CancelledError: cancelled.
            ModelError, EngineError: the model can't answer.
        """
        known = TermIndex(self.terms_in_use(source, target, project), source, target)
        found = propose_terms(texts, source, limit)
        proposals = [each for each in found if not known.terms_for(each.term.source)]
        if engine is None:
            return proposals
        return propose_translations(
            proposals,
            source,
            target,
            engine=engine,
            cancellation=cancellation or Cancellation(),
            report=report,
        )

    def accept(self, glossary_id: str, proposals: Iterable[TermProposal]) -> builtins.list[KeptTerm]:
        """Add proposed terms; those without a translation are left out, for nobody said that they stay."""
        return self._rows.add_terms(glossary_id, [each.term for each in proposals if each.term.target])

    def _added(self, glossary_id: str, read: TermsRead) -> ImportReport:
        num_added = len(self._rows.add_terms(glossary_id, read.terms))
        return ImportReport(num_added, len(read.terms) - num_added, read.num_left_out, read.left_out)

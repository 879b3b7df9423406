"""The stored results of summaries: their rows and versions, and what waits because the disk refuses it.

Called on job threads. What can't be written waits in ``UnsavedWork``, each text by itself: the next version
of a document takes nothing away from one that waits. Who shows a stored summary asks ``waiting_for`` as well.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, replace

from msgspec import structs

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import (
    Done,
    Support,
    asked_of,
    record_of,
)
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.evidence import Evidence
from lmstudio_lite.domain.records import SummaryRecord
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions
from lmstudio_lite.errors import NotStoredError, StorageError
from lmstudio_lite.storage.results import Results
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.unsaved import Place, UnsavedPiece, UnsavedWork


class Row:
    """The stored result of one run. A result that can't be stored is still shown."""

    def __init__(
        self,
        services: Services,
        document: Document,
        options: SummaryOptions,
        stored_id: str,
        before: Done | None,
    ) -> None:
        self._results = services.results
        self._unsaved = services.unsaved
        self._document = document
        self._id = stored_id
        self.is_of_versions = before is not None and before.is_finished
        self._keeps_present = before is not None and before.is_finished and not before.version
        with contextlib.suppress(StorageError):
            if self._id:
                self._note(options, before)
        with contextlib.suppress(StorageError):
            if not self._id:
                self._id = _add(self._results, document, "", self._unfinished(options))

    @property
    def stored_id(self) -> str:
        return self._id

    def finish(self, text: str, facts: SummaryFacts, support: Support) -> Done:
        """Store the text; what can't be stored waits in ``UnsavedWork`` and is stored later."""
        done = Done(text, facts, self._id, support)
        writing = _Writing(self._results, self._document, self._id, keeps_present=self._keeps_present)
        return _save(self._unsaved, f"summary:{uuid.uuid4().hex}", done, writing)

    def _note(self, options: SummaryOptions, before: Done | None) -> None:
        """Note on a row that is there already what is under way, for the next start."""
        try:
            result = self._results.get(self._id)
        except NotStoredError:
            self._id = ""  # deleted for good meanwhile: the run gets a row of its own
            return
        if before is not None or result.text:
            record = structs.replace(result.summary, unfinished_version=asked_of(options))
        else:
            record = self._unfinished(options)
        self._results.update(self._id, text=result.text, record=record)

    def _unfinished(self, options: SummaryOptions) -> SummaryRecord:
        facts = SummaryFacts(options, 0, 0, 0, self._document.num_pages, 0.0, "", is_stopped=True)
        return structs.replace(record_of(facts, self._document, Support()), is_unfinished=True)


def forget_unfinished(services: Services, result_id: str, *, is_new: bool) -> None:
    """Take back that a run is under way: its own row (``is_new``) goes, others keep what they hold.

    Raises:
        StorageError: it can't be changed.
    """
    try:
        result = services.results.get(result_id)
    except NotStoredError:
        return
    if result.summary.unfinished_version is not None:
        record = structs.replace(result.summary, unfinished_version=None)
        services.results.update(result_id, text=result.text, record=record)
    elif is_new and not result.text:
        services.results.delete(result_id)


def waiting_for(services: Services, result_id: str) -> tuple[Done, ...]:
    """Return the summaries of a row that could not be written yet, in the order they were made."""
    kept = [piece.value for piece in services.unsaved.state.at(Place.SUMMARIZE)]
    return tuple(
        value.done
        for value in kept
        if isinstance(value, _Kept) and result_id and value.done.result_id == result_id
    )


def store_edited(
    services: Services, document: Document, done: Done, text: str, found: Evidence | None = None
) -> Done:
    """Put the user's own text in place of a summary's, with the evidence for it.

    Sentences that were there before, or that ``found`` has, keep the evidence found for them then.
    """
    language = done.facts.language or document.language
    evidence = find_evidence(text, document, language=language).with_known(done.support.evidence)
    evidence = evidence.with_known(found) if found else evidence
    edited = replace(
        done,
        text=text,
        facts=replace(done.facts, is_edited=True, warnings=()),
        support=replace(done.support, evidence=evidence),
    )
    return _store_changed(services, document, done, edited)


def restore_text(services: Services, document: Document, edited: Done, done: Done) -> Done:
    """Store ``done`` again as it was before it became ``edited``."""
    before = replace(done, result_id=edited.result_id, version=edited.version)
    return _store_changed(services, document, edited, before)


def _store_changed(services: Services, document: Document, done: Done, changed: Done) -> Done:
    """Write ``changed`` where ``done`` is; what waits to be written gives way to it."""
    for piece in services.unsaved.state.at(Place.SUMMARIZE):
        if isinstance(piece.value, _Kept) and piece.value.done.is_version(done):
            return _save(services.unsaved, piece.key, changed, piece.value.writing)
    result_id, version = _place_of(services.results, document, done)
    writing = _Writing(services.results, document, result_id, version=version, is_new=False)
    return _save(services.unsaved, f"summary:{uuid.uuid4().hex}", changed, writing)


def _place_of(results: Results, document: Document, done: Done) -> tuple[str, int]:
    """Return the row and version of a summary; one that had to wait was given them after it was shown."""
    result_id, version = done.result_id, done.version
    with contextlib.suppress(StorageError):
        if not result_id:
            alike = (
                row.id
                for row in results.list(ResultKind.SUMMARY)
                if (row.source_hash, row.text) == (document.content_hash, done.text)
            )
            result_id = next(alike, "")
        if result_id and not version:
            same = (each.number for each in results.versions(result_id) if each.text == done.text)
            version = next(same, 0)
    return result_id, version


class _Writing:
    """Writes a text into its place, which the first time makes, and any time after that changes.

    ``is_new``: the place is yet to be made, as a version of the row, which is made too if it has no id.
    """

    def __init__(
        self,
        results: Results,
        document: Document,
        result_id: str,
        *,
        version: int = 0,
        keeps_present: bool = False,
        is_new: bool = True,
    ) -> None:
        self._results = results
        self.document = document
        self._keeps_present = keeps_present
        self._is_new = is_new
        self.result_id, self.version = result_id, version

    def write(self, text: str, facts: SummaryFacts, support: Support) -> None:
        """Write the newest state of the text.

        Raises:
            StorageError: it can't be written.
        """
        record = record_of(facts, self.document, support)
        try:
            if not self.result_id:
                self.result_id = _add(self._results, self.document, text, record)
            elif self.version:
                self._results.update_version(self.result_id, self.version, text=text, record=record)
            elif facts.is_stopped or not self._is_new:
                self._results.update(self.result_id, text=text, record=record)
            else:
                self.version = self._results.add_version(
                    self.result_id, text=text, record=record, keeps_present=self._keeps_present
                )
        except NotStoredError:
            self.result_id = _add(self._results, self.document, text, record)
        self._is_new = False


@dataclass(frozen=True, slots=True)
class _Kept:
    """What waits to be written: ``done`` is what is shown instead of what the database has."""

    done: Done
    writing: _Writing


def _save(unsaved: UnsavedWork, key: str, done: Done, writing: _Writing) -> Done:
    """Write, or keep for later; returns ``done`` with its place as far as it has one."""

    def write() -> None:
        writing.write(done.text, done.facts, done.support)

    title = _title_of(writing.document)
    unsaved.save(UnsavedPiece(key, Place.SUMMARIZE, title, done.text, write, _Kept(done, writing)))
    return replace(done, result_id=writing.result_id, version=writing.version)


def _add(results: Results, document: Document, text: str, record: SummaryRecord) -> str:
    return results.add(
        title=_title_of(document),
        source_path=str(document.path or ""),
        source_hash=document.content_hash,
        source_text=document.text,
        text=text,
        record=record,
    ).id


def _title_of(document: Document) -> str:
    return document.path.name if document.path else document.title

"""Folders that questions are answered from: gone through in the background, searched with a question.

Only what is new or has changed is read, a file at a time; each is in the index as soon as it is read, so that
whatever ends the program loses one file's work. Then what the passages mean is worked out, some at a time, if
there is a model that compares meanings: a question finds by words at once, by meaning as far as that is done.
A folder that is not there (a drive that is pulled out) keeps what was read of it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.document_folders import documents_below
from lmstudio_lite.app.meanings import TEXTS_AT_ONCE, Meanings, vector_of
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.embedding import EmbeddingFile
from lmstudio_lite.domain.knowledge import (
    FileStamp,
    IndexedFile,
    KnowledgeFolder,
    KnowledgeProgress,
    UnreadFile,
)
from lmstudio_lite.domain.records import ReadPassageRecord
from lmstudio_lite.errors import CancelledError, DocumentError, DocumentNotFoundError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.knowledge import KnowledgeRows
from lmstudio_lite.storage.knowledge_vectors import KnowledgeVectors
from lmstudio_lite.storage.search import storable
from lmstudio_lite.tasks.chat.knowledge import MOST_LOOKED_AT, best_of, passages_of, record_of, words_to_find
from lmstudio_lite.tasks.text.fusing import fused

log = logging.getLogger(__name__)

_QUESTION_S = 10.0
"""Who asks waits no longer for the model that compares meanings to be loaded."""

Report = Callable[[KnowledgeProgress], None]


class Knowledge:
    """The folders of one user. Thread-safe; one update runs at a time, others wait for it."""

    def __init__(self, database: Database, reader: DocumentReader, meanings: Meanings | None = None) -> None:
        """Keep the index in ``database``; without ``meanings`` words alone are compared."""
        self._rows = KnowledgeRows(database)
        self._vectors = KnowledgeVectors(database)
        self._reader = reader
        self._meanings = meanings
        self._updating = threading.Lock()

    def folders(self) -> list[KnowledgeFolder]:
        """Return the folders in the order in which they were added; not for the GUI thread."""
        model = self._model()
        folders = self._rows.list(model.identity if model is not None else "")
        return [replace(folder, is_there=folder.path.is_dir()) for folder in folders]

    def has_folders(self) -> bool:
        """Tell whether there is any folder."""
        return bool(self._rows.list())

    def add(self, path: Path) -> KnowledgeFolder:
        """Add a folder; ``update`` reads it. The same one again changes nothing.

        Raises:
            DocumentNotFoundError: there is no folder at ``path``.
        """
        path = path.absolute()
        if not path.is_dir():
            raise DocumentNotFoundError(path=str(path))
        return self._rows.add(path)

    def remove(self, folder_id: str) -> None:
        """Forget a folder and what was read of it; its files stay as they are."""
        self._rows.remove(folder_id)

    def unread(self, folder_id: str) -> list[UnreadFile]:
        """Return the files that could not be read, and why."""
        return self._rows.unread(folder_id)

    def update(self, report: Report, cancellation: Cancellation, folder_id: str = "") -> None:
        """Read what is new or changed in one folder, "" for all, and compare what it means; waits.

        Raises:
            CancelledError: what was read until then is kept.
            StorageError: the index can't be written.
        """
        with self._updating:
            for folder in self.folders():
                if folder_id in ("", folder.id) and folder.is_there:
                    self._update(folder, report, cancellation)
            self._compare(report, cancellation)

    def _update(self, folder: KnowledgeFolder, report: Report, cancellation: Cancellation) -> None:
        found: dict[str, tuple[Path, FileStamp]] = {}
        for path in documents_below(folder.path):
            cancellation.raise_if_cancelled()
            stamp = _stamp(path)
            if stamp is not None:
                found[storable(path.relative_to(folder.path).as_posix())] = path, stamp
        known = self._rows.stamps(folder.id)
        wanted = {name: found[name] for name in found if known.get(name) != found[name][1]}
        gone = [name for name in known if name not in found]
        if not folder.path.is_dir():
            return
        self._rows.note_found(folder.id, {name: stamp for name, (_, stamp) in wanted.items()}, gone)
        for number, (name, (path, stamp)) in enumerate(wanted.items()):
            cancellation.raise_if_cancelled()
            report(KnowledgeProgress(folder.path, number, len(wanted), name))
            self._read(folder.id, name, path, stamp, cancellation)
        self._rows.note_looked_at(folder.id)
        report(KnowledgeProgress(folder.path, len(wanted), len(wanted)))

    def _read(
        self, folder_id: str, name: str, path: Path, stamp: FileStamp, cancellation: Cancellation
    ) -> None:
        try:
            document = self._reader.read(path, cancellation)
        except DocumentError as error:
            log.info("a file of a knowledge folder can't be read: %s", error.code)
            self._rows.put_failure(folder_id, name, stamp, error)
            return
        self._rows.put(folder_id, _indexed(name, stamp, document))

    def _compare(self, report: Report, cancellation: Cancellation) -> None:
        """Work out what has not been compared by the model that there is now; nothing without one."""
        model = self._model()
        if model is None or self._meanings is None:
            return
        while (file := self._vectors.next_file(model.identity)) is not None:
            num_done, num_total = self._vectors.num_files(model.identity)
            numbers = list(file.texts)
            for start in range(0, len(numbers), TEXTS_AT_ONCE):
                report(KnowledgeProgress(Path(), num_done, num_total, is_comparing=True))
                self._meanings.yield_to_replies(cancellation)
                some = numbers[start : start + TEXTS_AT_ONCE]
                texts = [file.texts[number] for number in some]
                found = self._meanings.embed(model, texts, cancellation)
                if found is None:
                    return
                self._vectors.put(model.identity, dict(zip(some, found, strict=True)))
            self._vectors.note_compared(model.identity, file.file_number)

    def find(
        self, question: str, folder_id: str = "", cancellation: Cancellation | None = None
    ) -> tuple[ReadPassageRecord, ...]:
        """Return the passages of one folder, "" for all, that answer a question best; () for none.

        By words and, as far as that has been worked out, by meaning, which is left out once cancelled. A
        question without a word that tells something finds nothing.
        """
        words = words_to_find(question, self._rows.languages())
        if not words:
            return ()
        by_words = self._rows.search(words, MOST_LOOKED_AT, folder_id)
        by_meaning = self._nearest(question, folder_id, cancellation or Cancellation())
        numbers = fused(by_words, by_meaning)[:MOST_LOOKED_AT] if by_meaning else by_words
        return tuple(map(record_of, best_of(self._rows.passages(numbers))))

    def _nearest(self, question: str, folder_id: str, cancellation: Cancellation) -> list[int]:
        model = self._model()
        if model is None or self._meanings is None or not self._vectors.num_files(model.identity)[0]:
            return []
        try:
            found = self._meanings.embed(model, [question], cancellation, _QUESTION_S)
        except CancelledError:
            return []
        if found is None:
            return []
        return self._vectors.nearest(model.identity, vector_of(found[0]), MOST_LOOKED_AT, folder_id)

    def _model(self) -> EmbeddingFile | None:
        return self._meanings.model() if self._meanings is not None else None

    def document(self, passage: ReadPassageRecord) -> Document | None:
        """Return the file that a passage is of as it was read then, None if it has changed or is gone."""
        return self._rows.document(passage.content_hash, Path(passage.path))


def _stamp(path: Path) -> FileStamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return FileStamp(status.st_size, status.st_mtime_ns)


def _indexed(name: str, stamp: FileStamp, document: Document) -> IndexedFile:
    return IndexedFile(
        path=name,
        stamp=stamp,
        content_hash=document.content_hash,
        title=Path(name).name,
        language=document.language,
        text=document.text,
        pages=document.pages,
        passages=passages_of(document),
    )

"""Documents on their way into a message: files are read in jobs, and wait until it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.conversations import NewAttachment, StoredMessage, attachment_of
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import missing_of
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.file_choice import expand_folders

_MOST_FILES = 20


class DraftAttachments(QObject):
    """What the next message takes along. Lives on the GUI thread."""

    changed = Signal()
    failed = Signal(object, object)  # Path, Exception
    document_read = Signal(object)  # Document
    read_in_part = Signal(object)  # Attachment of which something is missing

    def __init__(self, reader: DocumentReader, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._reader = reader
        self._bridge = bridge
        self._ready: list[NewAttachment] = []
        self._reading: dict[Path, Job] = {}

    @property
    def is_reading(self) -> bool:
        return bool(self._reading)

    @property
    def ready(self) -> tuple[NewAttachment, ...]:
        """Return what is read, in the order in which it came."""
        return tuple(self._ready)

    @property
    def titles_reading(self) -> tuple[str, ...]:
        """Return the names of what is being read."""
        return tuple(path.name for path in self._reading)

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the names of what is read, then of what is being read."""
        return (*(each.attachment.title for each in self._ready), *self.titles_reading)

    def read(self, paths: Sequence[Path]) -> None:
        """Read files, and the documents inside folders, as many as a question can sensibly be about."""
        wanted = list(paths)
        self._bridge.run(lambda context: expand_folders(wanted)[:_MOST_FILES], on_done=self._on_expanded)

    def read_again(self, path: Path) -> None:
        """Read the file at ``path`` once more, in place of what was read of it, if it is still attached."""
        others = [each for each in self._ready if each.attachment.source_path != str(path)]
        if len(others) < len(self._ready):
            self._ready = others
            self._on_expanded([path])

    def add(self, document: Document) -> None:
        """Take a document that is read; the same text twice is one attachment."""
        if all(each.attachment.content_hash != document.content_hash for each in self._ready):
            self._ready.append(attachment_of(document))
        self.changed.emit()

    def remove(self, number: int) -> None:
        """Take one away by its place among ``titles``; one that is being read is stopped."""
        if number < len(self._ready):
            del self._ready[number]
        elif number < len(self.titles):
            path = list(self._reading)[number - len(self._ready)]
            self._reading.pop(path).cancel()
        self.changed.emit()

    def take(self) -> tuple[NewAttachment, ...]:
        """Return what is read and forget all; what is being read is stopped."""
        taken = self.ready
        self.put(())
        return taken

    def put(self, attachments: Sequence[NewAttachment]) -> None:
        """Hold ``attachments`` in place of what was there."""
        for job in self._reading.values():
            job.cancel()
        self._reading = {}
        self._ready = list(attachments)
        self.changed.emit()

    def _on_expanded(self, paths: Sequence[Path]) -> None:
        for path in paths:
            if path not in self._reading:
                self._reading[path] = self._read(path)
        self.changed.emit()

    def _read(self, path: Path) -> Job:
        def end() -> bool:
            return self._reading.get(path) is job and self._reading.pop(path) is job

        def on_done(document: Document) -> None:
            if end():
                self.add(document)
                self.document_read.emit(document)
                if missing_of(document.inventory):
                    self.read_in_part.emit(attachment_of(document).attachment)

        def on_failed(error: Exception) -> None:
            if end():
                self.changed.emit()
                self.failed.emit(path, error)

        job = self._bridge.run(
            lambda context: self._reader.read(path, context.cancellation),
            on_done=on_done,
            on_failed=on_failed,
        )
        return job


def attachments_again(message: StoredMessage) -> tuple[NewAttachment, ...]:
    """Return a message's attachments for another message; their texts are kept already."""
    return tuple(NewAttachment(each, None) for each in message.attachments)

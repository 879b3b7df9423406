"""The texts that replies were made with, found again for whoever wants to check a passage at its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Attachment, StoredMessage
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.records import ReadPassageRecord


def words_of(services: Services, passages: Sequence[ReadPassageRecord]) -> list[str]:
    """Return the passages themselves, "" for one whose text is not there any more.

    Raises:
        StorageError: the texts can't be read.
    """
    texts: dict[str, str] = {}
    words = []
    for passage in passages:
        if passage.words:
            words.append(passage.words)
            continue
        if passage.content_hash not in texts:
            texts[passage.content_hash] = services.conversations.attached_text(passage.content_hash)
        words.append(texts[passage.content_hash][passage.start : passage.end])
    return words


def source_of(services: Services, reply: StoredMessage, passage: ReadPassageRecord) -> Document:
    """Return the document that ``reply`` has ``passage`` from, as it was when it was attached or found.

    Of a file of a folder that has changed since then, or is gone, it is the passage alone; its
    ``content_hash`` is "".

    Raises:
        StorageError: it can't be read.
    """
    if passage.path:
        return services.knowledge.document(passage) or _words_alone(passage)
    attached = _attachment(services.conversations.path_to(reply.id), passage.content_hash)
    return Document(
        path=Path(attached.source_path) if attached and attached.source_path else None,
        title=passage.title,
        mime_type="",
        text=services.conversations.attached_text(passage.content_hash),
        pages=attached.pages if attached else (),
        blocks=(),
        language=attached.language if attached else "",
        content_hash=passage.content_hash,
    )


def _words_alone(passage: ReadPassageRecord) -> Document:
    """Return what is left of a file that has changed or is gone: the passage itself."""
    return Document(
        path=Path(passage.path),
        title=passage.title,
        mime_type="",
        text=passage.words,
        pages=(),
        blocks=(),
        language="",
        content_hash="",
    )


def _attachment(path: Sequence[StoredMessage], content_hash: str) -> Attachment | None:
    attached = (each for message in path for each in message.attachments)
    return next((each for each in attached if each.content_hash == content_hash), None)

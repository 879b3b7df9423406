"""Files that are embedded in a PDF file: read like any other, or named with the reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lmstudio_lite.documents.embedded import ReadInner, why_unread
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import DocumentEmptyError, DocumentError

_LARGEST_BYTES = 64 << 20
_XML = b"<?xml"


@dataclass(frozen=True, slots=True)
class Attachment:
    """``content`` is None for a file that is too large or whose bytes are not there."""

    name: str
    size_bytes: int
    content: bytes | None


def read_attachments(
    attachments: Iterable[Attachment], read_inner: ReadInner
) -> Iterator[tuple[str, list[Part]]]:
    """Yield the text of each attachment and what it is and holds; the text is "" for what can't be read."""
    for number, file in enumerate(attachments, 1):

        def part(
            length: int | None,
            how: HowRead,
            why: WhyUnread | None = None,
            at: int = number,
            name: str = file.name,
        ) -> Part:
            return Part(PartKind.ATTACHMENT, at, name, length, how, why)

        if file.content is None:
            why = WhyUnread.TOO_LARGE if file.size_bytes > _LARGEST_BYTES else WhyUnread.MISSING
            yield "", [part(None, HowRead.NOT_READ, why)]
        elif file.content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_XML):
            # What an invoice says once more for machines: as text it would be read twice.
            yield "", [part(None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)]
        else:
            try:
                reading = read_inner(file.content, file.name)
            except DocumentEmptyError:
                yield "", [part(0, HowRead.EMPTY)]
            except DocumentError as error:
                yield "", [part(None, HowRead.NOT_READ, why_unread(error))]
            else:
                how = HowRead.RECOGNIZED if reading.is_recognized else HowRead.TEXT
                text = reading.text.strip()
                inner = [
                    replace(each, name=f"{file.name}: {each.name}" if each.name else file.name)
                    for each in unread_of(reading.inventory)
                ]
                yield text, [part(len(text), how), *inner]


def may_be_read(size_bytes: int) -> bool:
    """Whether an attachment is small enough to be taken out of its file."""
    return 0 < size_bytes <= _LARGEST_BYTES

"""Files within a file: read by whatever reads their format, or named with the reason why not."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lmstudio_lite.documents.containers.office_parts import OfficeParts, PartUnreadError, Relation
from lmstudio_lite.documents.containers.ole_package import unpacked
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, unread_of
from lmstudio_lite.errors import (
    DocumentDamagedError,
    DocumentEmptyError,
    DocumentEncryptedError,
    DocumentError,
    DocumentScannedError,
    DocumentTooLargeError,
    DocumentUnsupportedError,
)

ReadInner = Callable[[bytes, str], Reading]
"""Reads a file that lies in another one, by its bytes and name; raises ``DocumentError``."""


def unsupported(content: bytes, name: str) -> Reading:
    """Refuse to read a file within another one: a ``ReadInner`` for where only the outer one matters."""
    del content
    raise DocumentUnsupportedError(path=name, mime_type="application/octet-stream")


def why_unread(error: DocumentError) -> WhyUnread:
    """Return why the part was not read whose reading ended in ``error``."""
    match error:
        case DocumentEncryptedError():
            return WhyUnread.ENCRYPTED
        case DocumentScannedError():
            return WhyUnread.PICTURE
        case DocumentTooLargeError():
            return WhyUnread.TOO_LARGE
        case DocumentDamagedError():
            return WhyUnread.DAMAGED
    return WhyUnread.UNSUPPORTED


@dataclass(slots=True)
class Holdings:
    """What a file holds beside its own text: files and pictures; counted as they are met."""

    parts: OfficeParts
    read_inner: ReadInner
    named: list[Part] = field(default_factory=list)
    _num_of_kind: dict[PartKind, int] = field(default_factory=dict)
    _met: set[tuple[str, str]] = field(default_factory=set)

    def next_number(self, kind: PartKind) -> int:
        """Return which one of its kind comes next, from 1."""
        self._num_of_kind[kind] = self._num_of_kind.get(kind, 0) + 1
        return self._num_of_kind[kind]

    def name(self, kind: PartKind, name: str, why: WhyUnread, num_characters: int | None = None) -> None:
        """Name a part that was not read."""
        number = self.next_number(kind)
        self.named.append(Part(kind, number, name, num_characters, HowRead.NOT_READ, why))

    def add_picture(
        self, relation: Relation | None, alternative: str, *, is_decorative: bool = False
    ) -> None:
        """Name a picture, once for each place in the file where the same one stands with other words."""
        target = relation.target if relation is not None else ""
        if (target, alternative) in self._met:
            return
        self._met.add((target, alternative))
        name = alternative or posixpath.basename(target)
        if is_decorative:
            number = self.next_number(PartKind.PICTURE)
            self.named.append(Part(PartKind.PICTURE, number, name, 0, HowRead.EMPTY))
            return
        why = WhyUnread.PICTURE
        if relation is None or (not relation.is_external and self.parts.find(target) is None):
            why = WhyUnread.MISSING
        elif relation.is_external:
            why = WhyUnread.OUTSIDE
        self.name(PartKind.PICTURE, name, why)

    def read_embedded(self, relation: Relation | None, name: str = "") -> Passage | None:
        """Return the text of a file in this one; None and its name among ``named`` where there is none."""
        target = relation.target if relation is not None else ""
        name = posixpath.basename(target) or name
        if (target, "") in self._met:
            return None
        self._met.add((target, ""))
        if relation is not None and relation.is_external:
            self.name(PartKind.EMBEDDED, target or name, WhyUnread.OUTSIDE)
            return None
        try:
            content, name = unpacked(self.parts.read(target), name)
            reading = self.read_inner(content, name)
        except PartUnreadError as error:
            self.name(PartKind.EMBEDDED, name, error.why)
            return None
        except DocumentEmptyError:
            number = self.next_number(PartKind.EMBEDDED)
            self.named.append(Part(PartKind.EMBEDDED, number, name, 0, HowRead.EMPTY))
            return None
        except DocumentError as error:
            self.name(PartKind.EMBEDDED, name, why_unread(error))
            return None
        number = self.next_number(PartKind.EMBEDDED)
        for part in unread_of(reading.inventory):
            self.named.append(replace(part, name=f"{name}: {part.name}" if part.name else name))
        how = HowRead.RECOGNIZED if reading.is_recognized else HowRead.TEXT
        return Passage(reading.text.strip(), PartKind.EMBEDDED, number, name, how)

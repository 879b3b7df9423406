"""Which segments a reviewer sees, and which first. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from lmstudio_lite.domain.file_translations import SegmentRow


class Shown(StrEnum):
    """Which segments are listed."""

    ALL = "all"
    TO_LOOK_AT = "to_look_at"
    EDITED = "edited"
    UNACCEPTED = "unaccepted"


class Order(StrEnum):
    """Which segments come first."""

    FLAGS = "flags"
    DOCUMENT = "document"
    CONFIDENCE = "confidence"
    """The least certain first; what no model made comes last."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the reviewer asked to see; ``query`` is found in the source or the translation, in any case."""

    shown: Shown = Shown.ALL
    order: Order = Order.FLAGS
    query: str = ""

    def has(self, row: SegmentRow) -> bool:
        """Tell whether a row is listed."""
        return _IS_SHOWN[self.shown](row) and self.finds(row)

    def finds(self, row: SegmentRow) -> bool:
        """Tell whether the query stands in a row."""
        query = self.query.casefold()
        return not query or query in row.segment.source.casefold() or query in row.segment.text.casefold()

    def key(self, row: SegmentRow) -> tuple[float, int]:
        """Return by what rows are put in order."""
        match self.order:
            case Order.FLAGS:
                return (0.0 if row.needs_look else 1.0, row.number)
            case Order.CONFIDENCE:
                confidence = row.segment.confidence
                return (confidence if confidence is not None else 2.0, row.number)
            case Order.DOCUMENT:
                return (0.0, row.number)


_IS_SHOWN: dict[Shown, Callable[[SegmentRow], bool]] = {
    Shown.ALL: lambda row: True,
    Shown.TO_LOOK_AT: lambda row: row.needs_look,
    Shown.EDITED: lambda row: row.is_edited,
    Shown.UNACCEPTED: lambda row: not row.is_accepted,
}

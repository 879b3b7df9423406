"""What attached documents give to a prompt. Values only: choosing among passages is ``attachments``'s."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lmstudio_lite.domain.records import ReadPassageRecord


@dataclass(frozen=True, slots=True)
class AttachedContext:
    """What the prompt gets: ``system`` text, and text ``before`` some messages by their ids.

    ``wanted`` are the words that the documents order to be written (``Orders``). ``num_passages`` of
    ``num_total`` are in it; all of them if the documents are there whole. ``passages`` are those that were
    chosen, of whole documents none; first those of the user's folders. ``num_parts_read`` is how many parts
    were read one by one for the question, 0 where that was not asked for; of what was noted down from them
    ``num_notes_left_out`` had no room. Of ``num_rows_computed`` rows of tables it tells sums and
    averages, which are among ``figures``.
    """

    system: str = ""
    before: tuple[tuple[str, str], ...] = ()
    num_passages: int = 0
    num_total: int = 0
    wanted: tuple[tuple[str, ...], ...] = ()
    passages: tuple[ReadPassageRecord, ...] = ()
    num_parts_read: int = 0
    num_notes_left_out: int = 0
    num_rows_computed: int = 0
    figures: frozenset[Decimal] = frozenset()

    @property
    def is_whole(self) -> bool:
        return self.num_passages == self.num_total

    def text_before(self, message_id: str) -> str:
        """Return what stands before a message's own text, "" for most."""
        return dict(self.before).get(message_id, "")

"""Summaries and translations as they are kept, with the text each was made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lmstudio_lite.domain.records import ResultRecord, SummaryRecord, TranslationRecord
from lmstudio_lite.errors import InvariantError


class ResultKind(StrEnum):
    SUMMARY = "summary"
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class StoredResult:
    """``source_path`` is "" for pasted text; ``source_hash`` is the SHA-256 of ``source_text``.

    ``source_text`` is "" in a list. ``record`` is what its task wants to know again.
    ``is_damaged``: some of it is not what was kept.
    """

    id: str
    kind: ResultKind
    title: str
    created_at: datetime
    updated_at: datetime
    source_path: str
    source_hash: str
    source_text: str
    text: str
    record: ResultRecord
    is_damaged: bool = False

    @property
    def summary(self) -> SummaryRecord:
        """The record of a summary; of another result it is a bug to ask for it."""
        if not isinstance(self.record, SummaryRecord):
            raise InvariantError(f"a {self.kind} is no summary")
        return self.record

    @property
    def translation(self) -> TranslationRecord:
        """The record of a translation; of another result it is a bug to ask for it."""
        if not isinstance(self.record, TranslationRecord):
            raise InvariantError(f"a {self.kind} is no translation")
        return self.record


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A finished text of a result; ``number`` grows with each that is made."""

    number: int
    text: str
    record: SummaryRecord

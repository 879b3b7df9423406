"""What was decided for a training that has not begun, as it is kept in the database: one JSON text.

Sources are kept as they are read (columns, shape, languages), not what was read from them: that is read
again. A text of another version that makes no sense is no draft, and says so in the log only.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from lmstudio_lite.app.own_examples import OwnWork, own_source
from lmstudio_lite.app.session import Services
from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.data.sources import FileSource, ParallelSource, Source, StoredSource
from lmstudio_lite.finetune.protocol import FinetuneSettings

log = logging.getLogger(__name__)

PLACE = "finetune"
"""Where ``storage.drafts`` keeps it."""


class OwnRecord(msgspec.Struct, frozen=True):
    """A source from the program's own data: its kind, and its name as it was shown."""

    kind: OwnWork
    name: str


class SourceRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One source; exactly one of the three is there."""

    file: FileSource | None = None
    pair: ParallelSource | None = None
    own: OwnRecord | None = None


class TrainingDraft(msgspec.Struct, frozen=True):
    """``other`` are the settings of the other way, tuned or from nothing; ``preset`` is "" for none."""

    settings: FinetuneSettings
    other: FinetuneSettings
    preset: str
    validation_share: float
    fixes: tuple[ProblemKind, ...]
    sources: tuple[SourceRecord, ...] = ()


def record_of(source: Source) -> SourceRecord:
    """Return a source as it is kept."""
    match source:
        case FileSource():
            return SourceRecord(file=source)
        case ParallelSource():
            return SourceRecord(pair=source)
        case StoredSource():
            return SourceRecord(own=OwnRecord(OwnWork(source.kind), source.name))


def sources_of(records: Sequence[SourceRecord], services: Services) -> list[Source]:
    """Return the sources that were kept, in order."""
    found: list[Source] = []
    for record in records:
        if record.own is not None:
            found.append(own_source(record.own.kind, record.own.name, services))
        elif (source := record.file or record.pair) is not None:
            found.append(source)
    return found


def encode_draft(draft: TrainingDraft) -> str:
    return msgspec.json.encode(draft, enc_hook=_path_to_text, order="deterministic").decode()


def decode_draft(text: str) -> TrainingDraft | None:
    """Read a draft; None where the text is none."""
    try:
        return msgspec.json.decode(text, type=TrainingDraft, dec_hook=_text_to_path)
    except (msgspec.DecodeError, ValueError) as error:
        log.warning("the draft of a training can't be read: %s", type(error).__name__)
        return None


def _path_to_text(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _text_to_path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError(kind.__name__)

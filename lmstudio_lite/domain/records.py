"""What is stored with a summary, a translation and a reply, typed. ``storage.records`` writes and reads it.

Values here are plain: what a form or a kind of claim means is told in the rooms above.
"""

from __future__ import annotations

import msgspec

from lmstudio_lite.domain.reply_making import ReplyMaking
from lmstudio_lite.errors import AppError, Detail, error_from_code


class WarningRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A finding that stays with a result: its code, and how many of how many it touches."""

    code: str
    num_affected: int
    num_total: int


class PageRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A page's number and the range of the source text that it takes."""

    number: int
    start: int
    end: int


class SpanRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A range of the source text."""

    start: int
    end: int


class PartRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A part of the file that the source text was read from; see ``inventory.Part``."""

    kind: str
    number: int
    name: str
    num_characters: int | None
    how: str
    why: str


class ClaimRecord(msgspec.Struct, frozen=True):
    """A claim that the source does not contain; the range is of its sentence."""

    kind: str
    start: int
    end: int
    text: str


class PassageRecord(msgspec.Struct, frozen=True):
    """A range of the source text that supports a sentence; its words are read from there."""

    page: int | None
    start: int
    end: int
    score: float


class DoubtRecord(msgspec.Struct, frozen=True):
    """What speaks against a sentence, and the words of the source that do."""

    kind: str
    passage: str = ""


class SentenceRecord(
    msgspec.Struct, frozen=True, rename={"is_supported": "supported", "passages": "evidence"}
):
    """A sentence of a summary and what stands behind it.

    ``verdict`` is "" in what was stored before there were others than supported or not.
    """

    text: str
    start: int
    end: int
    is_supported: bool
    is_quote: bool
    found_by: str = "words"
    translated_from: str = ""
    unknown_claims: tuple[ClaimRecord, ...] = ()
    passages: tuple[PassageRecord, ...] = ()
    verdict: str = ""
    doubts: tuple[DoubtRecord, ...] = ()
    probability: float | None = None


class ComparedRecord(msgspec.Struct, frozen=True):
    """One of the documents that are compared: its range of the source text, and its summary."""

    title: str
    start: int
    end: int
    language: str = ""
    summary: str = ""


class AskedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a summary was asked for with; ``words`` 0 is the usual length."""

    form: str = "bullets"
    words: int = 0
    focus: str = ""
    instruction: str = ""
    wanted_language: str = ""
    reads_all: bool = False


class SummaryRecord(AskedRecord, frozen=True, kw_only=True):
    """How a summary came about and what it stands on.

    ``is_unfinished``: its run has not ended, or the program ended before it. ``unfinished_version`` is what a
    further version is being made with, or was when the program ended. ``num_parts_summarized`` None: as many
    as were read.
    """

    model: str = ""
    num_parts: int = 0
    num_parts_read: int = 0
    num_parts_summarized: int | None = None
    num_pages: int = 0
    seconds: float = 0.0
    language: str = ""
    is_stopped: bool = False
    is_edited: bool = False
    is_unfinished: bool = False
    warnings: tuple[WarningRecord, ...] = ()
    mime_type: str = ""
    source_language: str = ""
    address: str = ""
    pages: tuple[PageRecord, ...] = ()
    sentences: tuple[SentenceRecord, ...] = ()
    read: tuple[SpanRecord, ...] = ()
    left_out: tuple[SpanRecord, ...] = ()
    compared: tuple[ComparedRecord, ...] = ()
    inventory: tuple[PartRecord, ...] = ()
    encoding: str = ""
    unfinished_version: AskedRecord | None = None


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The file that was translated, and how: plain values of ``domain.file_translations.FileOrder``.

    ``hash`` is the SHA-256 of its bytes when it was read. ``output`` is the newest file that was written, ""
    for none; ``wanted_output`` where the user wants it, "" beside the source. ``suffix`` is that of the
    written file, ``kept`` what of the file is left as it is.
    """

    hash: str = ""
    with_sheet_names: bool = False
    columns: tuple[str, ...] = ()
    encoding: str = ""
    layout: str = ""
    register: str = ""
    audience: str = ""
    instruction: str = ""
    project: str = ""
    glossary_ids: tuple[str, ...] | None = None
    uses_memory: bool = True
    wanted_output: str = ""
    output: str = ""
    suffix: str = ""
    kept: tuple[tuple[str, int], ...] = ()
    num_to_look_at: int = 0


class TranslationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a translation came about: from ``source``, which was asked for or, where that is "", detected.

    ``is_unfinished``: its run has not ended, or the program ended before it; ``is_interrupted``: a part that
    was put together afterwards. ``inventory`` and ``encoding`` are of the file, where there is one.
    ``register``, ``audience`` and ``project`` are what a text was asked for with.
    ``file`` is there for a file that is translated in place; its segments are in ``translated_segments``.
    """

    source: str = ""
    wanted_source: str = ""
    target: str = ""
    num_done: int = 0
    num_total: int = 0
    seconds: float = 0.0
    warnings: tuple[WarningRecord, ...] = ()
    is_unfinished: bool = False
    is_interrupted: bool = False
    mime_type: str = ""
    inventory: tuple[PartRecord, ...] = ()
    encoding: str = ""
    register: str = ""
    audience: str = ""
    project: str = ""
    file: FileRecord | None = None


class ReadPassageRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A passage that a reply was made with: from ``start`` to ``end`` of the text with ``content_hash``.

    ``page`` is where it begins, None in what has no pages. ``words`` are the passage itself, and ``path`` its
    file, where the text is not kept with the conversation; "" otherwise.
    """

    title: str
    content_hash: str
    start: int
    end: int
    page: int | None = None
    words: str = ""
    path: str = ""


class ReplyNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the reader of a reply must know: what the model could not see, who worded it, why it failed.

    ``num_passages`` of ``num_passages_in_all`` were read of the attached documents, all where both are 0;
    ``passages`` are those, in the order of their documents. A reply that ``reads_all`` was asked to read each
    part of them: ``num_parts_read`` were, and of what they hold ``num_notes_left_out`` notes had no room.
    Figures of the reply were computed from ``num_rows_computed`` rows of tables by the program.
    It ``obeys_document`` where it has words that an attached document orders to be written. ``error_code`` is
    "" unless the reply failed. ``making`` says with what it was made; None where that was not kept.
    """

    is_edited: bool = False
    num_dropped_turns: int = 0
    num_passages: int = 0
    num_passages_in_all: int = 0
    passages: tuple[ReadPassageRecord, ...] = ()
    reads_all: bool = False
    num_parts_read: int = 0
    num_notes_left_out: int = 0
    num_rows_computed: int = 0
    obeys_document: bool = False
    error_code: str = ""
    error_details: dict[str, Detail] = {}
    making: ReplyMaking | None = None

    @property
    def error(self) -> AppError:
        """The error that a failed reply ended with."""
        return error_from_code(self.error_code, self.error_details)


ResultRecord = SummaryRecord | TranslationRecord

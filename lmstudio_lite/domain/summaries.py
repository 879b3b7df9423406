"""Summaries as values: what a user may ask for, what is reported on the way, and the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from lmstudio_lite.domain.documents import StretchKind
from lmstudio_lite.domain.evidence import Evidence
from lmstudio_lite.domain.inventory import Part, missing_of
from lmstudio_lite.domain.progress import Delay, TaskWarning

WORDS_MIN, WORDS_MAX, WORDS_DEFAULT = 30, 600, 100


class SummaryForm(StrEnum):
    """The form of the text.

    ``OWN`` is the user's own instruction; ``COMPARISON`` is for a text that
    ``app.compare.comparison_document`` has put together of several summaries.
    """

    BULLETS = "bullets"
    PARAGRAPH = "paragraph"
    ABSTRACT = "abstract"
    BRIEF = "brief"
    OUTLINE = "outline"
    QUOTES = "quotes"
    GLOSSARY = "glossary"
    TIMELINE = "timeline"
    QUESTIONS = "questions"
    NEWCOMER = "newcomer"
    MINUTES = "minutes"
    COMPARISON = "comparison"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """How to summarize; it does not change how much is read.

    ``words`` is about how long the text gets. ``language`` is an ISO 639-1 code; "" writes in the
    document's own. ``focus`` names what alone matters ("safety"), "" is everything. ``instruction`` is for
    ``SummaryForm.OWN``. ``variant`` other than 0 asks for another wording of the same. What is no text
    (references, contents, menus) is read too if ``reads_all``.
    """

    form: SummaryForm = SummaryForm.BULLETS
    words: int = WORDS_DEFAULT
    language: str = ""
    focus: str = ""
    instruction: str = ""
    variant: int = 0
    reads_all: bool = False


class SummaryStage(StrEnum):
    """What is being done: ``READING`` cuts the text into chunks, ``EVIDENCE`` compares the result with it."""

    READING = "reading"
    MAP = "map"
    MERGE = "merge"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class SummaryProgress:
    """How far a summary is.

    Counts are of chunks or merges. ``delay`` is why there is more time left than was told before.

    ``partial_text`` is worth showing and keeping: the chunks' summaries so far in their order, then the
    final text as it grows.
    """

    stage: SummaryStage
    num_done: int
    num_total: int
    seconds_left: float | None
    partial_text: str
    delay: Delay | None = None


@dataclass(frozen=True, slots=True)
class ChunkSummary:
    """What one chunk (``document.text[start:end]``) says; ``is_extract`` where its own sentences stand in.

    ``problem`` is a ``checks.Problem``'s value, "" if nothing was found wrong.
    """

    index: int
    start: int
    end: int
    first_page: int | None
    last_page: int | None
    text: str
    is_extract: bool
    problem: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of the document, ``document.text[start:end]``, that was not read for what it is."""

    kind: StretchKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of it, and what it should be trusted with.

    ``coverage`` (0 to 1) is the share of the file's text that was read: by the model, or for the
    central sentences that stand in for its summary. What is no text, such as references, is ``left_out``
    of that; what of the file could not be read at all is ``unread``, and makes the share smaller.
    ``num_chunks_summarized`` of the ``num_chunks_read`` were summarized by the model. ``evidence`` ties each
    sentence of the text to the passages that support it. ``warnings`` are for ``words.explain_warning``.
    """

    text: str
    num_chunks: int
    num_chunks_read: int
    num_chunks_summarized: int
    num_pages: int
    coverage: float
    seconds: float
    language: str
    warnings: tuple[TaskWarning, ...]
    chunk_summaries: tuple[ChunkSummary, ...]
    left_out: tuple[LeftOut, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    unread: tuple[Part, ...] = ()

    @property
    def own_share(self) -> float:
        """Return the share (0 to 1) of the text's sentences that are not the document's."""
        return self.evidence.own_share


@dataclass(frozen=True, slots=True)
class SummaryFacts:
    """How a summary came about.

    All ``num_parts`` were read unless the user stopped it (``is_stopped``); ``num_parts_summarized`` of
    them by the model; for the others the document's own sentences stand in and a warning says so.
    ``is_edited`` if the user has changed the text since. ``model`` names the model that wrote it. ``unread``
    is what of the file could not be read; ``num_pages`` counts the pages among it.
    """

    options: SummaryOptions
    num_parts: int
    num_parts_read: int
    num_parts_summarized: int
    num_pages: int
    seconds: float
    language: str
    is_stopped: bool = False
    warnings: tuple[TaskWarning, ...] = ()
    is_edited: bool = False
    model: str = ""
    unread: tuple[Part, ...] = ()

    @property
    def is_whole(self) -> bool:
        """All of the file's text was read and summarized."""
        is_all_there = not missing_of(self.unread)
        return is_all_there and not self.is_stopped and self.num_parts_summarized == self.num_parts

"""What a summary reports while it is made, and what it is in the end. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from lmstudio_lite.domain.documents import StretchKind
from lmstudio_lite.tasks.checks import TaskWarning
from lmstudio_lite.tasks.evidence_values import Evidence
from lmstudio_lite.tasks.time_left import Delay


@dataclass(frozen=True, slots=True)
class SummaryProgress:
    """``stage`` is "reading" (cutting into chunks), "map", "merge" or "evidence".

    Counts are of chunks or merges. ``delay`` is why there is more time left than was told before.

    ``partial_text`` is worth showing and keeping: the chunks' summaries so far in their order, then the
    final text as it grows.
    """

    stage: str
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

    ``coverage`` (0 to 1) is the share of the text's characters that was read: by the model, or for the
    central sentences that stand in for its summary. What is no text, such as references, is ``left_out``
    of that. ``num_chunks_summarized`` of the ``num_chunks_read``
    were summarized by the model. ``evidence`` ties each sentence of the text to the passages that support
    it. ``warnings`` are for ``words.explain_warning``.
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

    @property
    def own_share(self) -> float:
        """Return the share (0 to 1) of the text's sentences that are not the document's."""
        return self.evidence.own_share

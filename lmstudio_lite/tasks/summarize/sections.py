"""The parts of a summary: where each stands in the document, what was written, what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lmstudio_lite.domain.documents import Chunk, Document, Stretch
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import ChunkSummary
from lmstudio_lite.tasks.summarize.parts import Written
from lmstudio_lite.tasks.text.problems import Problem


def section_of(chunk: Chunk, text: str, problem: Problem | None, *, is_extract: bool) -> ChunkSummary:
    """Return what a chunk's summary is, with the chunk's place."""
    return ChunkSummary(
        index=chunk.index,
        start=chunk.start,
        end=chunk.end,
        first_page=chunk.first_page,
        last_page=chunk.last_page,
        text=text,
        is_extract=is_extract,
        problem=problem.value if problem else "",
    )


def whole_section(document: Document, stretches: Sequence[Stretch], written: Written) -> ChunkSummary:
    """Return the one section of a text that was read whole."""
    text = [stretch for stretch in stretches if stretch.is_text]
    pages = [page.number for page in document.pages]
    return ChunkSummary(
        index=0,
        start=text[0].start,
        end=text[-1].end,
        first_page=pages[0] if pages else None,
        last_page=pages[-1] if pages else None,
        text=written.text,
        is_extract=written.is_extract,
        problem=Problem.EMPTY.value if written.is_extract else "",
    )


def section_warnings(sections: Sequence[ChunkSummary]) -> tuple[TaskWarning, ...]:
    """Count the parts that stand for themselves, and those that were copied or are in another language."""
    counts = Counter(
        "summary_extract" if section.is_extract else f"summary_{section.problem}"
        for section in sections
        if section.problem
    )
    return tuple(TaskWarning(code, count, len(sections)) for code, count in counts.most_common())

"""The parts of a document: which of it is read, where each part stands, what was written of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmstudio_lite.documents.structure.chunk import chunk_document
from lmstudio_lite.documents.structure.stretches import find_stretches
from lmstudio_lite.domain.documents import Chunk, Document, Stretch, StretchKind
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import ChunkSummary, LeftOut
from lmstudio_lite.tasks.summarize.parts import Written, join_texts
from lmstudio_lite.tasks.text.problems import Problem


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of a document: its text, without lists of contents and the like."""

    document: Document
    stretches: tuple[Stretch, ...]
    texts: tuple[str, ...]
    """The stretches that are text."""
    left_out: tuple[LeftOut, ...]
    whole: str
    """All that is read."""

    def chunks(self, budget_tokens: int, count_tokens: Callable[[Sequence[str]], list[int]]) -> list[Chunk]:
        """Cut what is read into chunks of at most ``budget_tokens``."""
        chunks = chunk_document(
            self.document, self.stretches, budget_tokens=budget_tokens, count_tokens=count_tokens
        )
        return [chunk for chunk in chunks if chunk.kind is StretchKind.TEXT]

    def section(self, written: Written) -> ChunkSummary:
        """Return the one section of a text that was read whole."""
        text = [stretch for stretch in self.stretches if stretch.is_text]
        pages = [page.number for page in self.document.pages]
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


def reading_of(document: Document, *, reads_all: bool) -> Reading:
    """Tell the document's stretches apart; with ``reads_all`` every one of them is text."""
    everything = (Stretch(StretchKind.TEXT, 0, len(document.text)),)
    stretches = everything if reads_all else find_stretches(document)
    texts = tuple(document.text[each.start : each.end] for each in stretches if each.is_text)
    left_out = tuple(LeftOut(each.kind, each.start, each.end) for each in stretches if not each.is_text)
    whole = join_texts([text.strip() for text in texts]) if left_out else document.text
    return Reading(document, stretches, texts, left_out, whole)


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


def section_warnings(sections: Sequence[ChunkSummary]) -> tuple[TaskWarning, ...]:
    """Count the parts that stand for themselves, and those that were copied or are in another language."""
    counts = Counter(
        "summary_extract" if section.is_extract else f"summary_{section.problem}"
        for section in sections
        if section.problem
    )
    return tuple(TaskWarning(code, count, len(sections)) for code, count in counts.most_common())

"""Summaries that read everything: each chunk by itself (map), then together, level by level (merge).

All chunks are handed to the engine at once, which batches them over the instruction they share. A
document of one chunk goes directly to its final form. An outline is put together from a title and a few
points for each stretch of the text: small models can't hold a nested form. A summary in another language
than the document's is written in the document's and then translated: small models can't do both at once.

A model that can't summarize a short text whole may do so section by section, which is tried next. What is
still not summarized is represented by its own central sentences, in quotation marks and counted in a
warning. Coverage says what was read; how much of the result is the model's own is another figure.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import assert_never

from lmstudio_lite.documents.chunk import split_into_chunks
from lmstudio_lite.documents.language import detect_language
from lmstudio_lite.documents.segmentation import split_sentences
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Chunk, Document
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.engine.interface import EngineClient
from lmstudio_lite.errors import DocumentEmptyError, NoModelError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.checks import Problem, TaskWarning
from lmstudio_lite.tasks.evidence import Evidence, find_evidence
from lmstudio_lite.tasks.forms import Form, bullets_form, paragraph_form
from lmstudio_lite.tasks.generation import (
    Part,
    PartMemory,
    PartResult,
    PartsProgress,
    WorkMeter,
    attempt_weight,
    generate_parts,
    model_identity,
    wait_for_model,
)
from lmstudio_lite.tasks.outline import POINTS_A_TOPIC, compose_outline, finish_outline, outline_parts
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summary_parts import (
    UNUSABLE,
    Written,
    finish_text,
    join_texts,
    section_text,
    split_topics,
    summary_part,
    token_budgets,
)
from lmstudio_lite.tasks.translate import Translation, TranslationProgress, translate

_SECTION_SENTENCES = 3
_SECTION_TOKENS_OF_SHORT_TEXT = 400


class SummaryStyle(StrEnum):
    """The form of the text: a list, one paragraph, or headings with points."""

    BULLETS = "bullets"
    PARAGRAPH = "paragraph"
    OUTLINE = "outline"


class SummaryLength(StrEnum):
    """How much a summary says; it does not change how much is read."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """``language`` is an ISO 639-1 code; "" writes in the document's own language."""

    style: SummaryStyle = SummaryStyle.BULLETS
    length: SummaryLength = SummaryLength.MEDIUM
    language: str = ""


@dataclass(frozen=True, slots=True)
class SummaryProgress:
    """``stage`` is "reading" (cutting into chunks), "map" or "merge"; counts are of chunks or merges.

    ``partial_text`` is worth showing and keeping: the chunks' summaries so far in their order, then the
    final text as it grows.
    """

    stage: str
    num_done: int
    num_total: int
    seconds_left: float | None
    partial_text: str


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
class Summary:
    """What came of it, and what it should be trusted with.

    ``coverage`` (0 to 1) is the share of the document's characters that was read: by the model, or for the
    central sentences that stand in for its summary. ``num_chunks_summarized`` of the ``num_chunks_read``
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
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def own_share(self) -> float:
        """Return the share (0 to 1) of the text's sentences that are not the document's."""
        return self.evidence.own_share


Report = Callable[[SummaryProgress], None]


def summarize(
    document: Document,
    options: SummaryOptions,
    *,
    engine: EngineClient,
    report: Report,
    cancellation: Cancellation,
    cache: PartCache | None = None,
) -> Summary:
    """Summarize a document. Waits for the model; not for the GUI thread.

    What ``cache`` holds is not generated again: after a change of form or length only the merge is, after
    a change of the document its changed chunks, after a crash what was not done.

    Raises:
        DocumentEmptyError: there is no text.
        CancelledError: cancelled; the last report holds what was done.
        ModelError, EngineError: the model can't answer.
    """
    started = time.monotonic()
    if not document.text.strip():
        raise DocumentEmptyError(path=str(document.path or document.title))
    report(SummaryProgress("reading", 0, 0, None, ""))
    wait_for_model(engine, cancellation)
    model = engine.state.model
    if model is None:
        raise NoModelError
    language = document.language or detect_language(document.text) or options.language or "en"
    memory = PartMemory(cache, model_identity(model)) if cache else None
    run = _Run(engine, model, options, language, report, cancellation, memory)
    chunks, sections, written = run.summarize(document)
    text, warnings = written.text, written.warnings
    untranslated = ""
    if options.language and options.language != language:
        translation = run.translate(text, options.language)
        untranslated, text, language = text, translation.text, options.language
        warnings += translation.warnings
    num_summarized = sum(not section.is_extract for section in sections)
    return Summary(
        text=text,
        num_chunks=len(chunks),
        num_chunks_read=len(sections),
        num_chunks_summarized=num_summarized,
        num_pages=len(document.pages),
        coverage=sum(section.end - section.start for section in sections) / len(document.text),
        seconds=time.monotonic() - started,
        language=language,
        warnings=warnings,
        chunk_summaries=tuple(sections),
        evidence=find_evidence(text, document, language=language, untranslated=untranslated),
    )


class _Run:
    """One summary on its way."""

    def __init__(
        self,
        engine: EngineClient,
        model: LoadedModel,
        options: SummaryOptions,
        language: str,
        report: Report,
        cancellation: Cancellation,
        memory: PartMemory | None,
    ) -> None:
        self._engine = engine
        self._memory = memory
        self._options = options
        self._language = language
        self._prompts = summary_prompts(language)
        self._report = report
        self._cancellation = cancellation
        self._count = _COUNTS[options.style][options.length]
        self._final_form = _final_form(options.style, self._count)
        self._section_form = paragraph_form(_SECTION_SENTENCES, "section")
        self._budget, self._whole_budget = token_budgets(model, self._section_form, self._final_form)
        self._meter = WorkMeter(1.0)

    def summarize(self, document: Document) -> tuple[list[Chunk], list[ChunkSummary], Written]:
        """Read every chunk and write the final form."""
        is_short = len(document.text) <= 8 * self._whole_budget
        if is_short and self._count_tokens([document.text])[0] <= self._whole_budget:
            (chunk,) = self._split(document, self._whole_budget)
            written = self._write(chunk.text, [])
            if not written.is_extract:
                return [chunk], [_section(chunk, written.text, None, is_extract=False)], written
            chunks = self._split(document, min(self._budget, _SECTION_TOKENS_OF_SHORT_TEXT))
            if len(chunks) == 1:
                return chunks, [_section(chunk, written.text, Problem.EMPTY, is_extract=True)], written
        else:
            chunks = self._split(document, self._budget)
        sections = self._read_sections(chunks)
        written = self._write("", sections)
        return chunks, sections, written.with_warnings_before(_section_warnings(sections))

    def _split(self, document: Document, budget: int) -> list[Chunk]:
        return split_into_chunks(
            split_sentences(document.text),
            budget_tokens=budget,
            count_tokens=self._count_tokens,
            pages=document.pages,
        )

    def _read_sections(self, chunks: Sequence[Chunk]) -> list[ChunkSummary]:
        """Summarize every chunk, all of them asked for at once."""
        parts = [self._part(chunk.text, self._section_form, chunk.num_tokens) for chunk in chunks]
        section_weight = sum(attempt_weight(part.attempts[0]) for part in parts)
        self._meter = WorkMeter(section_weight + self._merge_weight(len(chunks)))

        def show(progress: PartsProgress) -> None:
            done = [text for text, is_done in zip(progress.texts, progress.is_done, strict=True) if is_done]
            self._tell("map", progress.num_done, progress.num_total, progress.seconds_left, join_texts(done))

        self._tell("map", 0, len(parts), None, "")
        results = self._generate(parts, show)
        return [
            _section(
                chunk,
                section_text(chunk.text, result, _SECTION_SENTENCES, is_own_text=True),
                result.problem,
                is_extract=result.problem in UNUSABLE,
            )
            for chunk, result in zip(chunks, results, strict=True)
        ]

    def _write(self, whole: str, sections: Sequence[ChunkSummary]) -> Written:
        """Write the final form of the whole text, or of its sections' summaries."""
        texts, num_merges = [section.text for section in sections], 0
        is_outline = self._options.style is SummaryStyle.OUTLINE
        while len(groups := self._group(texts)) > (self._count if is_outline else 1):
            texts = self._merge(groups, num_merges, shown=join_texts(texts))
            num_merges += len(groups)
        source, is_merge = (join_texts(texts), True) if sections else (whole, False)
        if is_outline:
            topics = split_topics(source, self._count)
            parts = outline_parts(topics, self._count_tokens(topics), partial(self._part, is_merge=is_merge))
            results = self._finish(parts, num_merges, compose_outline, is_merge=is_merge)
            return finish_outline(topics, results, is_own_text=not is_merge)
        part = self._part(source, self._final_form, self._count_tokens([source])[0], is_merge=is_merge)

        def compose(texts: Sequence[str]) -> str:
            return texts[0] or (source if is_merge else "")

        (result,) = self._finish([part], num_merges, compose, is_merge=is_merge)
        return finish_text(source, result, self._final_form, is_own_text=not is_merge)

    def translate(self, text: str, target: str) -> Translation:
        """Translate the finished summary."""

        def show(progress: TranslationProgress) -> None:
            self._tell(
                "merge", progress.num_done, progress.num_total, progress.seconds_left, progress.text_so_far
            )

        return translate(
            text,
            source=self._language,
            target=target,
            engine=self._engine,
            report=show,
            cancellation=self._cancellation,
        )

    def _finish(
        self,
        parts: Sequence[Part],
        num_merges: int,
        compose: Callable[[Sequence[str]], str],
        *,
        is_merge: bool,
    ) -> list[PartResult]:
        """Generate the final text's parts; one of a short document is told as reading its one chunk."""
        stage, num_total = ("merge", num_merges + len(parts)) if is_merge else ("map", 1)
        if not is_merge:
            self._meter = WorkMeter(sum(attempt_weight(part.attempts[0]) for part in parts))

        def show(progress: PartsProgress) -> None:
            is_done = progress.num_done == progress.num_total
            num_done = num_merges + progress.num_done if is_merge else int(is_done)
            self._tell(stage, num_done, num_total, progress.seconds_left, compose(progress.texts))

        self._tell(stage, num_merges, num_total, None, compose([""] * len(parts)))
        return self._generate(parts, show)

    def _merge(self, groups: Sequence[str], num_before: int, shown: str) -> list[str]:
        """Summarize each group of summaries into one."""
        form = paragraph_form(2 * _SECTION_SENTENCES, "section")
        counts = self._count_tokens(groups)
        parts = [
            self._part(group, form, count, is_merge=True) for group, count in zip(groups, counts, strict=True)
        ]
        num_total = num_before + len(groups) + 1

        def show(progress: PartsProgress) -> None:
            self._tell("merge", num_before + progress.num_done, num_total, progress.seconds_left, shown)

        results = self._generate(parts, show)
        return [
            section_text(group, result, 2 * _SECTION_SENTENCES, is_own_text=False)
            for group, result in zip(groups, results, strict=True)
        ]

    def _group(self, texts: Sequence[str]) -> list[str]:
        """Join neighbours up to the budget, at least two at a time so that merging comes to an end."""
        groups: list[list[str]] = []
        room = 0
        for text, count in zip(texts, self._count_tokens(texts) if texts else (), strict=True):
            if groups and (count < room or len(groups[-1]) == 1):
                groups[-1].append(text)
            else:
                groups.append([text])
                room = self._whole_budget
            room -= count + 2
        return [join_texts(group) for group in groups]

    def _part(self, text: str, form: Form, num_tokens: int, *, is_merge: bool = False) -> Part:
        return summary_part(text, form, num_tokens, self._prompts, language=self._language, is_merge=is_merge)

    def _generate(self, parts: Sequence[Part], show: Callable[[PartsProgress], None]) -> list[PartResult]:
        return generate_parts(
            self._engine,
            parts,
            report=show,
            cancellation=self._cancellation,
            meter=self._meter,
            memory=self._memory,
        )

    def _count_tokens(self, texts: Sequence[str]) -> list[int]:
        self._cancellation.raise_if_cancelled()
        return self._engine.count_tokens(texts)

    def _merge_weight(self, num_sections: int) -> float:
        """Return roughly what merging will cost; sections come out at about two thirds of their limit."""
        num_tokens = num_sections * self._section_form.max_tokens * 2 / 3
        num_groups = max(1.0, num_tokens / self._whole_budget)
        return num_tokens + 6.0 * (num_groups * self._section_form.max_tokens + self._final_form.max_tokens)

    def _tell(self, stage: str, num_done: int, num_total: int, seconds_left: float | None, text: str) -> None:
        self._report(SummaryProgress(stage, num_done, num_total, seconds_left, text))


_COUNTS = {
    SummaryStyle.BULLETS: {SummaryLength.SHORT: 3, SummaryLength.MEDIUM: 5, SummaryLength.LONG: 9},
    SummaryStyle.PARAGRAPH: {SummaryLength.SHORT: 2, SummaryLength.MEDIUM: 4, SummaryLength.LONG: 8},
    SummaryStyle.OUTLINE: {SummaryLength.SHORT: 2, SummaryLength.MEDIUM: 3, SummaryLength.LONG: 5},
}
"""Points, sentences or topics."""


def _final_form(style: SummaryStyle, count: int) -> Form:
    match style:
        case SummaryStyle.BULLETS:
            return bullets_form(count)
        case SummaryStyle.PARAGRAPH:
            return paragraph_form(count)
        case SummaryStyle.OUTLINE:
            return bullets_form(POINTS_A_TOPIC)
        case _:
            assert_never(style)


def _section(chunk: Chunk, text: str, problem: Problem | None, *, is_extract: bool) -> ChunkSummary:
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


def _section_warnings(sections: Sequence[ChunkSummary]) -> tuple[TaskWarning, ...]:
    """Count the parts that stand for themselves, and those that were copied or are in another language."""
    counts = Counter(
        "summary_extract" if section.is_extract else f"summary_{section.problem}"
        for section in sections
        if section.problem
    )
    return tuple(TaskWarning(code, count, len(sections)) for code, count in counts.most_common())

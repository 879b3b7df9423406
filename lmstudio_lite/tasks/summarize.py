"""Summaries that read everything: each chunk by itself (map), then together, level by level (merge).

All chunks are handed to the engine at once, which batches them over the instruction they share. A
document of one chunk goes directly to its final form. What a model can't summarize is represented by
its own central sentences, in quotation marks and counted in a warning; coverage counts only what the
model really summarized.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from lmstudio_lite.documents.chunk import split_into_chunks
from lmstudio_lite.documents.language import detect_language
from lmstudio_lite.documents.segmentation import split_sentences
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Chunk, Document
from lmstudio_lite.domain.generation import ChatPrompt, Sampling
from lmstudio_lite.engine.interface import EngineClient
from lmstudio_lite.errors import DocumentEmptyError
from lmstudio_lite.tasks.checks import EchoCheck, Problem, TaskWarning, find_summary_problem
from lmstudio_lite.tasks.extract import central_sentences
from lmstudio_lite.tasks.forms import Form, bullets_form, outline_form, paragraph_form
from lmstudio_lite.tasks.generation import (
    Attempt,
    Part,
    PartResult,
    PartsProgress,
    WorkMeter,
    attempt_weight,
    generate_parts,
    wait_for_model,
)
from lmstudio_lite.tasks.prompts import summary_prompts

_INSTRUCTION_TOKENS = 260
"""Room for the instructions around a text and the chat template; the longest measured took 210 tokens."""

_CHUNK_TOKENS_MAX = 1500
_WHOLE_TOKENS_MAX = 2200
_CHUNK_TOKENS_MIN = 64
_PARALLEL = 4
_SECTION_SENTENCES = 3
_FALLBACK_SENTENCES = 2

_FIRST_SAMPLING = Sampling(temperature=0.2, top_p=0.9, repeat_penalty=1.06, repeat_last_n=128, seed=1)
_SECOND_SAMPLING = Sampling(temperature=0.6, top_p=0.9, repeat_penalty=1.12, repeat_last_n=256, seed=2)

_UNUSABLE = frozenset({Problem.EMPTY, Problem.LOOP})


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
    """What one chunk (``document.text[start:end]``) says; ``is_extract`` where its own sentences stand in."""

    index: int
    start: int
    end: int
    first_page: int | None
    last_page: int | None
    text: str
    is_extract: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """``coverage`` (0 to 1) is the share of the document's characters that the model summarized.

    ``num_chunks_read`` of ``num_chunks`` made it up. ``warnings`` are for ``words.explain_warning``.
    """

    text: str
    num_chunks: int
    num_chunks_read: int
    num_pages: int
    coverage: float
    seconds: float
    language: str
    warnings: tuple[TaskWarning, ...]
    chunk_summaries: tuple[ChunkSummary, ...]


Report = Callable[[SummaryProgress], None]


def summarize(
    document: Document,
    options: SummaryOptions,
    *,
    engine: EngineClient,
    report: Report,
    cancellation: Cancellation,
) -> Summary:
    """Summarize a document. Waits for the model; not for the GUI thread.

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
    language = options.language or document.language or detect_language(document.text) or "en"
    run = _Run(engine, options, language, report, cancellation)
    chunks = run.split(document)
    sections = run.read_sections(chunks) if len(chunks) > 1 else []
    text, problem = run.write(chunks[0].text, sections)
    if not sections:
        is_extract = problem in _UNUSABLE
        sections = [_section(chunks[0], text, is_extract=is_extract)]
    num_read = sum(not section.is_extract for section in sections)
    num_characters = sum(section.end - section.start for section in sections if not section.is_extract)
    return Summary(
        text=text,
        num_chunks=len(chunks),
        num_chunks_read=num_read,
        num_pages=len(document.pages),
        coverage=num_characters / len(document.text),
        seconds=time.monotonic() - started,
        language=language,
        warnings=_warnings(sections, problem),
        chunk_summaries=tuple(sections),
    )


class _Run:
    """One summary on its way."""

    def __init__(
        self,
        engine: EngineClient,
        options: SummaryOptions,
        language: str,
        report: Report,
        cancellation: Cancellation,
    ) -> None:
        self._engine = engine
        self._language = language
        self._prompts = summary_prompts(language)
        self._report = report
        self._cancellation = cancellation
        self._final_form = _final_form(options)
        self._section_form = paragraph_form(_SECTION_SENTENCES, "section")
        self._budget, self._whole_budget = _budgets(engine, self._section_form, self._final_form)
        self._meter = WorkMeter(1.0)

    def split(self, document: Document) -> list[Chunk]:
        """Cut the document into chunks for one request each; a short one stays whole."""
        segments = split_sentences(document.text)

        def count_tokens(texts: Sequence[str]) -> list[int]:
            self._cancellation.raise_if_cancelled()
            return self._engine.count_tokens(texts)

        is_short = len(document.text) <= 8 * self._whole_budget
        if is_short and count_tokens([document.text])[0] <= self._whole_budget:
            budget = self._whole_budget
        else:
            budget = self._budget
        return split_into_chunks(
            segments, budget_tokens=budget, count_tokens=count_tokens, pages=document.pages
        )

    def read_sections(self, chunks: Sequence[Chunk]) -> list[ChunkSummary]:
        """Summarize every chunk, all of them asked for at once."""
        parts = [self._part(chunk.text, self._section_form, chunk.num_tokens) for chunk in chunks]
        section_weight = sum(attempt_weight(part.attempts[0]) for part in parts)
        self._meter = WorkMeter(section_weight + self._merge_weight(len(chunks)))

        def show(progress: PartsProgress) -> None:
            done = [text for text, is_done in zip(progress.texts, progress.is_done, strict=True) if is_done]
            self._tell("map", progress.num_done, progress.num_total, progress.seconds_left, _join(done))

        self._tell("map", 0, len(parts), None, "")
        results = self._generate(parts, show)
        return [
            _section(chunk, *_text_or_extract(chunk.text, result))
            for chunk, result in zip(chunks, results, strict=True)
        ]

    def write(self, whole: str, sections: Sequence[ChunkSummary]) -> tuple[str, Problem | None]:
        """Write the final form of the whole text, or of its sections' summaries."""
        texts = [section.text for section in sections]
        num_merges_done = 0
        while len(groups := self._group(texts)) > 1:
            num_merges = num_merges_done + len(groups) + 1
            texts = self._merge(groups, num_merges_done, num_merges, shown=_join(texts))
            num_merges_done += len(groups)
        source = _join(texts) if sections else whole
        part = self._part(source, self._final_form, self._count(source), is_merge=bool(sections))
        stage = "merge" if sections else "map"
        num_total = num_merges_done + 1
        if not sections:
            self._meter = WorkMeter(attempt_weight(part.attempts[0]))

        def show(progress: PartsProgress) -> None:
            text = progress.texts[0] or (source if sections else "")
            done = num_merges_done + progress.num_done
            self._tell(stage, done, num_total, progress.seconds_left, text)

        self._tell(stage, num_merges_done, num_total, None, source if sections else "")
        (result,) = self._generate([part], show)
        if result.problem not in _UNUSABLE:
            return result.text, result.problem
        if sections:
            return source, result.problem
        return _quoted(central_sentences(whole, self._final_form.count)), result.problem

    def _merge(self, groups: Sequence[str], num_before: int, num_total: int, shown: str) -> list[str]:
        form = paragraph_form(2 * _SECTION_SENTENCES, "section")
        counts = self._engine.count_tokens(groups)
        parts = [
            self._part(group, form, count, is_merge=True) for group, count in zip(groups, counts, strict=True)
        ]

        def show(progress: PartsProgress) -> None:
            self._tell("merge", num_before + progress.num_done, num_total, progress.seconds_left, shown)

        results = self._generate(parts, show)
        return [_text_or_extract(group, result)[0] for group, result in zip(groups, results, strict=True)]

    def _group(self, texts: Sequence[str]) -> list[str]:
        """Join neighbours up to the budget, at least two at a time so that merging comes to an end."""
        groups: list[list[str]] = []
        room = 0
        for text, count in zip(texts, self._engine.count_tokens(texts) if texts else (), strict=True):
            if groups and (count < room or len(groups[-1]) == 1):
                groups[-1].append(text)
            else:
                groups.append([text])
                room = self._whole_budget
            room -= count + 2
        return [_join(group) for group in groups]

    def _part(self, text: str, form: Form, num_tokens: int, *, is_merge: bool = False) -> Part:
        echo = EchoCheck(text)

        def check(raw: str, is_whole: bool) -> Problem | None:
            written = form.tidy(raw) if is_whole else raw
            return find_summary_problem(
                written, raw, echo, language=self._language, is_whole=is_whole, may_copy=is_merge
            )

        def attempt(sampling: Sampling, *, is_again: bool) -> Attempt:
            messages = self._prompts.messages(
                text, form=form.name, count=form.count, is_merge=is_merge, is_again=is_again
            )
            prompt = ChatPrompt(messages, form.reply_start)
            return Attempt(prompt, sampling, form.max_tokens, (), num_tokens + _INSTRUCTION_TOKENS // 2)

        attempts = (attempt(_FIRST_SAMPLING, is_again=False), attempt(_SECOND_SAMPLING, is_again=True))
        return Part(attempts, check, form.is_enough, form.tidy)

    def _generate(self, parts: Sequence[Part], show: Callable[[PartsProgress], None]) -> list[PartResult]:
        return generate_parts(
            self._engine, parts, report=show, cancellation=self._cancellation, meter=self._meter
        )

    def _count(self, text: str) -> int:
        return self._engine.count_tokens([text])[0]

    def _merge_weight(self, num_sections: int) -> float:
        """Return roughly what merging will cost; sections come out at about two thirds of their limit."""
        num_tokens = num_sections * self._section_form.max_tokens * 2 / 3
        num_groups = max(1.0, num_tokens / self._whole_budget)
        return num_tokens + 6.0 * (num_groups * self._section_form.max_tokens + self._final_form.max_tokens)

    def _tell(self, stage: str, num_done: int, num_total: int, seconds_left: float | None, text: str) -> None:
        self._report(SummaryProgress(stage, num_done, num_total, seconds_left, text))


def _final_form(options: SummaryOptions) -> Form:
    size = list(SummaryLength).index(options.length)
    match options.style:
        case SummaryStyle.BULLETS:
            return bullets_form((3, 5, 9)[size])
        case SummaryStyle.PARAGRAPH:
            return paragraph_form((2, 4, 8)[size])
        case SummaryStyle.OUTLINE:
            return outline_form((2, 3, 5)[size])
        case _:
            assert_never(options.style)


def _budgets(engine: EngineClient, section: Form, final: Form) -> tuple[int, int]:
    """Return how many tokens of text a chunk may have, and one that is summarized whole.

    The sequences share the context's cells: chunks are sized so that several fit beside each other.
    """
    model = engine.state.model
    context_size = model.context_size if model else 0
    parallel = max(1, min(_PARALLEL, model.num_sequences_max if model else 1))
    for_one = context_size - _INSTRUCTION_TOKENS
    chunk = min(
        max(context_size // parallel, min(context_size, 1024)) - _INSTRUCTION_TOKENS - section.max_tokens,
        _CHUNK_TOKENS_MAX,
    )
    whole = min(for_one - final.max_tokens, _WHOLE_TOKENS_MAX)
    return max(_CHUNK_TOKENS_MIN, chunk), max(_CHUNK_TOKENS_MIN, whole)


def _section(chunk: Chunk, text: str, is_extract: bool) -> ChunkSummary:
    return ChunkSummary(
        chunk.index, chunk.start, chunk.end, chunk.first_page, chunk.last_page, text, is_extract
    )


def _text_or_extract(source: str, result: PartResult) -> tuple[str, bool]:
    """Return the model's text, or the source's own sentences where that is of no use; and which it was."""
    if result.problem not in _UNUSABLE:
        return result.text, False
    return " ".join(_quote(sentence) for sentence in central_sentences(source, _FALLBACK_SENTENCES)), True


def _quoted(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {_quote(sentence)}" for sentence in sentences)


def _quote(sentence: str) -> str:
    return f"“{sentence.strip('“”')}”"


def _join(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


def _warnings(sections: Sequence[ChunkSummary], problem: Problem | None) -> tuple[TaskWarning, ...]:
    """Say what the reader must know: parts that were not summarized, then the final text's own problem."""
    num_extracts = sum(section.is_extract for section in sections)
    warnings = []
    if num_extracts:
        warnings.append(TaskWarning("summary_extract", num_extracts, len(sections)))
    if problem in _UNUSABLE:
        if len(sections) > 1:
            warnings.append(TaskWarning("summary_unmerged", 1, 1))
    elif problem is not None:
        warnings.append(TaskWarning(f"summary_{problem.value}", 1, 1))
    return tuple(warnings)

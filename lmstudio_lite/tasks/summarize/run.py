"""One summary on its way: chunks read all at once, merged level by level, then written in its form."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.documents import Chunk, Document
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import (
    ChunkSummary,
    LeftOut,
    SummaryStage,
)
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.generate.attempts import (
    PartResult,
    PartsProgress,
)
from lmstudio_lite.tasks.generate.time_left import GENERATED_TOKEN_WEIGHT
from lmstudio_lite.tasks.summarize.asking import Asker
from lmstudio_lite.tasks.summarize.budgets import merge_tokens, token_budgets
from lmstudio_lite.tasks.summarize.compare import sections_of, summaries_text
from lmstudio_lite.tasks.summarize.form import part_form
from lmstudio_lite.tasks.summarize.forms.recipes import RECIPES
from lmstudio_lite.tasks.summarize.parts import (
    Written,
    central_points,
    is_of_no_use,
    is_short_text,
    join_texts,
    section_text,
    short_text,
)
from lmstudio_lite.tasks.summarize.plan import (
    Length,
    most_groups,
    num_points,
)
from lmstudio_lite.tasks.summarize.rules import Rule
from lmstudio_lite.tasks.summarize.sections import Reading, reading_of, section_of, section_warnings
from lmstudio_lite.tasks.summarize.statements import (
    Source,
    quote_words,
)
from lmstudio_lite.tasks.summarize.write import FinalWriter

_SECTION_SENTENCES = 3
_SECTION_TOKENS_OF_SHORT_TEXT = 400


class SummaryRun:
    """One summary on its way."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        rules, capability = asker.rules, asker.capability
        recipe = RECIPES[asker.options.form]
        is_by_stretch = capability.is_small and Rule.SMALL_STRETCHES in rules
        self._plan = recipe.plan(Length(asker.options.words, is_by_stretch))
        self._section_form = part_form(_SECTION_SENTENCES)
        self._budget, self._whole_budget = token_budgets(
            asker.model, self._section_form, self._plan.form, rules
        )
        self._merge_budget = min(self._whole_budget, merge_tokens(capability, rules))
        self._writer = FinalWriter(self._asker, recipe, self._plan, self._source_of("", ""))

    def summarize(self, document: Document) -> tuple[list[ChunkSummary], list[LeftOut], Written]:
        """Read every chunk of text and write the final form."""
        self._asker.take(document.text)
        if document.compared:
            self._writer.source = self._source_of(document.text, document.text)
            written = self._writer.write(document, summaries_text(document.compared), [], 0, is_merge=False)
            return sections_of(document.compared), [], written
        reading = reading_of(document, reads_all=self._asker.options.reads_all)
        self._writer.source = self._source_of(document.text, reading.whole)
        left_out = list(reading.left_out)
        at_once, is_enough = self._read_whole(reading)
        if at_once and is_enough:
            return [reading.section(at_once)], left_out, at_once
        budget = min(self._budget, _SECTION_TOKENS_OF_SHORT_TEXT) if at_once else self._budget
        chunks = reading.chunks(budget, self._asker.count_tokens)
        if at_once and len(chunks) == 1:
            return [reading.section(at_once)], left_out, at_once
        sections = self._read_sections(chunks)
        is_most_lost = 2 * sum(section.is_extract for section in sections) > len(sections)
        if is_most_lost and Rule.QUOTE_ALL in self._asker.rules:
            written = self._quote(sections)
        else:
            written = self._write(document, "", sections)
        return sections, left_out, written.with_warnings_before(section_warnings(sections))

    def _read_whole(self, reading: Reading) -> tuple[Written | None, bool]:
        """Write of a short text at once, None of a long one; and tell whether that may stand."""
        whole, rules = reading.whole, self._asker.rules
        if Rule.SHORT_TEXT in rules and is_short_text(whole):
            return short_text(whole), True
        is_short = len(whole) <= 8 * self._whole_budget
        if not is_short or self._asker.count_tokens([whole])[0] > self._whole_budget:
            return None, False
        written = self._write(reading.document, whole, [])
        is_enough = not written.is_extract or Rule.READ_IN_PARTS not in rules
        if not is_enough:
            self._asker.meter.read_again()
        return written, is_enough

    def _read_sections(self, chunks: Sequence[Chunk]) -> list[ChunkSummary]:
        """Summarize every chunk, all of them asked for at once."""
        supports = [self._asker.supporting(chunk.text) for chunk in chunks]
        parts = [
            self._asker.part(chunk.text, self._section_form, chunk.num_tokens, support)
            for chunk, support in zip(chunks, supports, strict=True)
        ]
        self._asker.meter.later = self._merge_weight(len(chunks)) + self._asker.translation_weight

        def show(progress: PartsProgress) -> None:
            done = [text for text, is_done in zip(progress.texts, progress.is_done, strict=True) if is_done]
            self._asker.tell(
                SummaryStage.MAP, progress.num_done, progress.num_total, progress.time_left, join_texts(done)
            )

        self._asker.tell(SummaryStage.MAP, 0, len(parts), None, "")
        results = self._asker.generate(parts, show)
        return [
            section_of(
                chunk,
                self._section_text(chunk.text, result, _SECTION_SENTENCES, support, is_own_text=True),
                result.problem,
                is_extract=is_of_no_use(result.problem, self._asker.rules),
            )
            for chunk, support, result in zip(chunks, supports, results, strict=True)
        ]

    def _quote(self, sections: Sequence[ChunkSummary]) -> Written:
        """Quote the document: a model that could not read most parts is not to be trusted with the merge."""
        if self._writer.is_plain and Rule.QUOTE_FILL in self._asker.rules:
            text = quote_words(self._plan.form, self._writer.source, self._writer.num_words)
        else:
            quoted = join_texts([section.text for section in sections if section.is_extract])
            text = central_points(quoted, num_points(self._plan), is_own_text=True)
        return Written(text, (TaskWarning("summary_quoted", 1, 1),), is_extract=True)

    def _write(self, document: Document, whole: str, sections: Sequence[ChunkSummary]) -> Written:
        """Write the final form of the whole text, or of its sections' summaries."""
        texts, num_merges = [section.text for section in sections], 0
        is_chosen = self._asker.capability.is_tiny and Rule.TINY_CHOICE in self._asker.rules
        if is_chosen and sections and self._writer.is_plain:
            chosen = self._writer.choose("", sections, self._plan.form)
            warnings = (TaskWarning("summary_chosen", 1, 1), *chosen.warnings)
            return Written(chosen.text, warnings, is_extract=False)
        while len(self._group(texts, self._whole_budget)) > most_groups(self._plan):
            groups = self._group(texts, self._merge_budget)
            texts = self._merge(groups, num_merges, shown=join_texts(texts))
            num_merges += len(groups)
        source, is_merge = (join_texts(texts), True) if sections else (whole, False)
        return self._writer.write(document, source, sections, num_merges, is_merge=is_merge)

    def _merge(self, groups: Sequence[str], num_before: int, shown: str) -> list[str]:
        """Summarize each group of summaries into one."""
        form = part_form(2 * _SECTION_SENTENCES)
        counts = self._asker.count_tokens(groups)
        parts = [
            self._asker.part(group, form, count, self._asker.support, is_merge=True)
            for group, count in zip(groups, counts, strict=True)
        ]
        num_total = num_before + len(groups) + 1
        self._asker.meter.later = self._merge_weight(len(groups)) + self._asker.translation_weight

        def show(progress: PartsProgress) -> None:
            self._asker.tell(
                SummaryStage.MERGE, num_before + progress.num_done, num_total, progress.time_left, shown
            )

        results = self._asker.generate(parts, show)
        return [
            self._section_text(group, result, 2 * _SECTION_SENTENCES, self._asker.support, is_own_text=False)
            for group, result in zip(groups, results, strict=True)
        ]

    def _section_text(
        self, source: str, result: PartResult, count: int, support: SupportingText, *, is_own_text: bool
    ) -> str:
        return section_text(source, result, count, support, is_own_text=is_own_text, rules=self._asker.rules)

    def _group(self, texts: Sequence[str], budget: int) -> list[str]:
        """Join neighbours up to ``budget`` tokens, at least two at a time so that merging comes to an end."""
        groups: list[list[str]] = []
        room = 0
        for text, count in zip(texts, self._asker.count_tokens(texts) if texts else (), strict=True):
            if groups and (count < room or len(groups[-1]) == 1):
                groups[-1].append(text)
            else:
                groups.append([text])
                room = budget
            room -= count + 2
        return [join_texts(group) for group in groups]

    def _source_of(self, text: str, quotable: str) -> Source:
        return Source(
            text,
            quotable,
            self._asker.language,
            self._asker.support,
            self._asker.document_echo,
            self._asker.rules,
        )

    def _merge_weight(self, num_sections: int) -> float:
        """Return roughly what merging will cost; sections come out at about two thirds of their limit."""
        num_tokens = num_sections * self._section_form.max_tokens * 2 / 3
        num_groups = max(1.0, num_tokens / self._whole_budget)
        return num_tokens + GENERATED_TOKEN_WEIGHT * (
            num_groups * self._section_form.max_tokens + self._plan.form.max_tokens
        )

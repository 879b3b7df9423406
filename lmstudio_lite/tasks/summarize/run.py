"""One summary on its way: chunks read all at once, merged level by level, then written in its form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from lmstudio_lite.documents.chunk import chunk_document
from lmstudio_lite.documents.stretches import find_stretches
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Chunk, Document, Stretch, StretchKind
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import (
    WORDS_MAX,
    WORDS_MIN,
    ChunkSummary,
    LeftOut,
    SummaryOptions,
    SummaryProgress,
    SummaryStage,
)
from lmstudio_lite.domain.translations import Translation, TranslationProgress
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.generate.attempts import (
    Part,
    PartMemory,
    PartResult,
    PartsProgress,
    generate_parts,
)
from lmstudio_lite.tasks.generate.capability import Capability
from lmstudio_lite.tasks.generate.time_left import GENERATED_TOKEN_WEIGHT, TimeLeft, WorkMeter
from lmstudio_lite.tasks.prompts import summary_prompts
from lmstudio_lite.tasks.summarize.budgets import merge_tokens, token_budgets
from lmstudio_lite.tasks.summarize.forms.form import Form, part_form
from lmstudio_lite.tasks.summarize.forms.headings import compose_under, finish_under
from lmstudio_lite.tasks.summarize.forms.outline import compose_outline, finish_outline, outline_parts
from lmstudio_lite.tasks.summarize.forms.points import (
    aspect_forms,
    compose_points,
    compose_stretches,
    finish_stretches,
    part_of_form,
)
from lmstudio_lite.tasks.summarize.forms.recipes import RECIPES, FollowUp
from lmstudio_lite.tasks.summarize.parts import (
    LEAST_SUPPORTED,
    LEAST_SUPPORTED_OF_SMALL,
    UNUSABLE,
    Written,
    central_points,
    finish_text,
    is_of_no_use,
    is_short_text,
    join_texts,
    only_supported,
    section_text,
    short_text,
    split_topics,
    summary_part,
)
from lmstudio_lite.tasks.summarize.plan import (
    ByStretch,
    Length,
    OneText,
    UnderHeadings,
    most_groups,
    num_points,
)
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.summarize.sections import section_of, section_warnings, whole_section
from lmstudio_lite.tasks.summarize.statements import (
    Chosen,
    Source,
    choose_points,
    choose_statements,
    quote_words,
)
from lmstudio_lite.tasks.text.overlap import EchoCheck
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.run import translate

_SECTION_SENTENCES = 3
_SECTION_TOKENS_OF_SHORT_TEXT = 400

Report = Callable[[SummaryProgress], None]


class SummaryRun:
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
        adapters: tuple[AdapterUse, ...] = (),
        rules: RuleSet = ALL_RULES,
    ) -> None:
        self._rules = rules
        self._capability = Capability.of(model)
        self._engine = engine
        self._memory = memory
        self._adapters = adapters
        self._options = options
        self._language = language
        self._prompts = summary_prompts(language, focus=options.focus, instruction=options.instruction)
        self._report = report
        self._cancellation = cancellation
        self._recipe = RECIPES[options.form]
        is_by_stretch = self._capability.is_small and Rule.SMALL_STRETCHES in rules
        self._plan = self._recipe.plan(Length(options.words, is_by_stretch))
        self._num_words = min(WORDS_MAX, max(WORDS_MIN, options.words))
        self._section_form = part_form(_SECTION_SENTENCES)
        self._budget, self._whole_budget = token_budgets(model, self._section_form, self._plan.form, rules)
        self._merge_budget = min(self._whole_budget, merge_tokens(self._capability, rules))
        is_held_to_more = self._capability.is_small and Rule.SMALL_UNSUPPORTED in rules
        self._least_supported = LEAST_SUPPORTED_OF_SMALL if is_held_to_more else LEAST_SUPPORTED
        self._support = SupportingText("", language)
        self._document_echo = EchoCheck("")
        self._source = self._source_of("", "")
        self._meter = WorkMeter()

    def summarize(self, document: Document) -> tuple[list[ChunkSummary], list[LeftOut], Written]:
        """Read every chunk of text and write the final form."""
        self._support = self._supporting(document.text)
        self._document_echo = EchoCheck(document.text)
        stretches = self._stretches(document)
        left_out = [LeftOut(each.kind, each.start, each.end) for each in stretches if not each.is_text]
        texts = _read_texts(document, stretches)
        whole = join_texts([text.strip() for text in texts]) if left_out else document.text
        self._source = self._source_of(document.text, whole)
        if Rule.SHORT_TEXT in self._rules and is_short_text(whole):
            written = short_text(whole)
            return [whole_section(document, stretches, written)], left_out, written
        is_short = len(whole) <= 8 * self._whole_budget
        budget = self._budget
        if is_short and self._count_tokens([whole])[0] <= self._whole_budget:
            written = self._write(document, whole, [])
            section = whole_section(document, stretches, written)
            if not written.is_extract or Rule.READ_IN_PARTS not in self._rules:
                return [section], left_out, written
            self._meter.read_again()
            budget = min(self._budget, _SECTION_TOKENS_OF_SHORT_TEXT)
            chunks = self._split(document, stretches, budget)
            if len(chunks) == 1:
                return [section], left_out, written
        else:
            chunks = self._split(document, stretches, budget)
        sections = self._read_sections(chunks)
        is_most_lost = 2 * sum(section.is_extract for section in sections) > len(sections)
        if is_most_lost and Rule.QUOTE_ALL in self._rules:
            written = self._quote(sections)
        else:
            written = self._write(document, "", sections)
        return sections, left_out, written.with_warnings_before(section_warnings(sections))

    def _stretches(self, document: Document) -> tuple[Stretch, ...]:
        if self._options.reads_all:
            return (Stretch(StretchKind.TEXT, 0, len(document.text)),)
        return find_stretches(document)

    def _split(self, document: Document, stretches: Sequence[Stretch], budget: int) -> list[Chunk]:
        chunks = chunk_document(document, stretches, budget_tokens=budget, count_tokens=self._count_tokens)
        return [chunk for chunk in chunks if chunk.kind is StretchKind.TEXT]

    def _read_sections(self, chunks: Sequence[Chunk]) -> list[ChunkSummary]:
        """Summarize every chunk, all of them asked for at once."""
        supports = [self._supporting(chunk.text) for chunk in chunks]
        parts = [
            self._part(chunk.text, self._section_form, chunk.num_tokens, support)
            for chunk, support in zip(chunks, supports, strict=True)
        ]
        self._meter.later = self._merge_weight(len(chunks)) + self._translation_weight

        def show(progress: PartsProgress) -> None:
            done = [text for text, is_done in zip(progress.texts, progress.is_done, strict=True) if is_done]
            self._tell(
                SummaryStage.MAP, progress.num_done, progress.num_total, progress.time_left, join_texts(done)
            )

        self._tell(SummaryStage.MAP, 0, len(parts), None, "")
        results = self._generate(parts, show)
        return [
            section_of(
                chunk,
                self._section_text(chunk.text, result, _SECTION_SENTENCES, support, is_own_text=True),
                result.problem,
                is_extract=is_of_no_use(result.problem, self._rules),
            )
            for chunk, support, result in zip(chunks, supports, results, strict=True)
        ]

    def _quote(self, sections: Sequence[ChunkSummary]) -> Written:
        """Quote the document: a model that could not read most parts is not to be trusted with the merge."""
        if self._is_plain and Rule.QUOTE_FILL in self._rules:
            text = quote_words(self._plan.form, self._source, self._num_words)
        else:
            quoted = join_texts([section.text for section in sections if section.is_extract])
            text = central_points(quoted, num_points(self._plan), is_own_text=True)
        return Written(text, (TaskWarning("summary_quoted", 1, 1),), is_extract=True)

    def _write(self, document: Document, whole: str, sections: Sequence[ChunkSummary]) -> Written:
        """Write the final form of the whole text, or of its sections' summaries."""
        texts, num_merges = [section.text for section in sections], 0
        is_chosen = self._capability.is_tiny and Rule.TINY_CHOICE in self._rules
        if is_chosen and sections and self._is_plain:
            chosen = self._choose("", sections, self._plan.form)
            warnings = (TaskWarning("summary_chosen", 1, 1), *chosen.warnings)
            return Written(chosen.text, warnings, is_extract=False)
        while len(self._group(texts, self._whole_budget)) > most_groups(self._plan):
            groups = self._group(texts, self._merge_budget)
            texts = self._merge(groups, num_merges, shown=join_texts(texts))
            num_merges += len(groups)
        source, is_merge = (join_texts(texts), True) if sections else (whole, False)
        match self._plan:
            case ByStretch(num_topics):
                return self._write_outline(source, num_topics, num_merges, is_merge=is_merge)
            case UnderHeadings(headings, form):
                return self._write_under(headings, form, source, num_merges, is_merge=is_merge)
            case OneText(form):
                if is_merge and self._plan.num_stretches > 1:
                    written = self._write_by_stretch(form, source, self._plan.num_stretches, num_merges)
                    if Rule.CHOSEN_STATEMENTS in self._rules:
                        written = self._chosen(written, sections, form)
                elif self._chooses_points and not is_merge:
                    written = self._write_points(form, source)
                else:
                    written = self._write_one(form, document, source, num_merges, is_merge=is_merge)
                    if not written.is_extract:
                        written = replace(written, text=self._recipe.compose(written.text, self._rules))
                quote = self._recipe.quote
                return quote(written, document, form.count, self._rules) if quote else written
            case _:
                assert_never(self._plan)

    def _chosen(self, written: Written, sections: Sequence[ChunkSummary], form: Form) -> Written:
        chosen = self._choose(written.text, sections, form)
        return replace(written, text=chosen.text, warnings=(*written.warnings, *chosen.warnings))

    def _choose(self, written: str, sections: Sequence[ChunkSummary], form: Form) -> Chosen:
        is_anew = self._options.variant != 0
        return choose_statements(
            written, sections, form, self._source, num_words=self._num_words, is_anew=is_anew
        )

    @property
    def _is_plain(self) -> bool:
        return isinstance(self._plan, OneText) and self._recipe.is_plain

    @property
    def _chooses_points(self) -> bool:
        return self._capability.is_small and self._is_plain and Rule.CHOSEN_POINTS in self._rules

    def _write_points(self, form: Form, source: str) -> Written:
        """Ask a small model for the whole short text and for its numbers; choose among the answers."""
        num_tokens = self._count_tokens([source])[0]
        whole = self._final(source, form, num_tokens, is_merge=False)
        is_asked_more = not self._capability.is_tiny and Rule.ASPECTS in self._rules
        aspects = aspect_forms(form) if is_asked_more else []
        parts = [self._final(source, aspect, num_tokens, is_merge=False) for aspect in aspects]
        parts = [replace(part, attempts=part.attempts[:1]) for part in parts]
        compose = partial(compose_points, rules=self._rules)
        results = self._finish([whole, *parts], 0, compose, is_merge=False)
        answers = [result.text for result in results if result.problem is not Problem.LEAK]
        chosen = choose_points(answers, form, self._source, self._num_words)
        if chosen is None:
            return finish_text(source, results[0], form, is_own_text=True, rules=self._rules)
        return Written(chosen.text, chosen.warnings, is_extract=False)

    def _write_outline(self, source: str, num_topics: int, num_merges: int, *, is_merge: bool) -> Written:
        topics = split_topics(source, num_topics)
        parts = outline_parts(topics, self._count_tokens(topics), partial(self._final, is_merge=is_merge))
        compose = partial(compose_outline, rules=self._rules)
        results = self._finish(parts, num_merges, compose, is_merge=is_merge)
        return finish_outline(topics, results, is_own_text=not is_merge, rules=self._rules)

    def _write_by_stretch(self, whole: Form, source: str, num_topics: int, num_merges: int) -> Written:
        topics = split_topics(source, num_topics)
        form = part_of_form(whole)
        parts = [
            self._final(topic, form, count, is_merge=True)
            for topic, count in zip(topics, self._count_tokens(topics), strict=True)
        ]
        compose = partial(compose_stretches, form, rules=self._rules)
        results = self._finish(parts, num_merges, compose, is_merge=True)
        if Rule.STRETCH_SUPPORT in self._rules:
            results = [only_supported(result, self._support, form) for result in results]
        return finish_stretches(form, topics, results, self._rules)

    def _write_under(
        self, headings: Sequence[str], form: Form, source: str, num_merges: int, *, is_merge: bool
    ) -> Written:
        num_tokens = self._count_tokens([source])[0]
        parts = [
            self._final(source, replace(form, name=heading), num_tokens, is_merge=is_merge)
            for heading in headings
        ]
        titles = [self._prompts.title(heading) for heading in headings]
        compose = partial(compose_under, titles, rules=self._rules)
        results = self._finish(parts, num_merges, compose, is_merge=is_merge)
        if self._capability.is_tiny and Rule.TINY_LIST_SUPPORT in self._rules:
            results = [only_supported(result, self._support, form) for result in results]
        return finish_under(titles, results, source, form, is_own_text=not is_merge, rules=self._rules)

    def _write_one(
        self, form: Form, document: Document, source: str, num_merges: int, *, is_merge: bool
    ) -> Written:
        part = self._final(source, form, self._count_tokens([source])[0], is_merge=is_merge)

        def compose(texts: Sequence[str]) -> str:
            return texts[0] or (source if is_merge else "")

        (result,) = self._finish([part], num_merges, compose, is_merge=is_merge)
        recipe = self._recipe
        if recipe.follow_up and result.problem not in UNUSABLE:
            result = replace(result, text=self._followed_up(recipe.follow_up, result.text, document))
        if recipe.stand_in:
            texts = _read_texts(document, self._stretches(document))
            if other := recipe.stand_in(result, texts, form.count, self._rules):
                return other
        result = recipe.mend(result, source, self._rules)
        return finish_text(source, result, form, is_own_text=not is_merge, rules=self._rules)

    def _followed_up(self, follow_up: FollowUp, text: str, document: Document) -> str:
        questions = follow_up.find(text, self._rules)
        if not questions:
            return text
        parts = follow_up.ask(
            questions, document, self._count_tokens, self._language, self._support, self._rules
        )

        def show(progress: PartsProgress) -> None:
            self._tell(SummaryStage.MERGE, progress.num_done, progress.num_total, progress.time_left, text)

        return follow_up.join(text, questions, self._generate(parts, show), self._support, self._rules)

    def translate(self, text: str, target: str) -> Translation:
        """Translate the finished summary."""

        def show(progress: TranslationProgress) -> None:
            self._tell(
                SummaryStage.MERGE,
                progress.num_done,
                progress.num_total,
                TimeLeft(progress.seconds_left, progress.delay),
                progress.text_so_far,
            )

        return translate(
            text,
            source=self._language,
            target=target,
            engine=self._engine,
            report=show,
            cancellation=self._cancellation,
            meter=self._meter,
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
        stage, num_total = (
            (SummaryStage.MERGE, num_merges + len(parts)) if is_merge else (SummaryStage.MAP, 1)
        )
        self._meter.later = self._translation_weight

        def show(progress: PartsProgress) -> None:
            is_done = progress.num_done == progress.num_total
            num_done = num_merges + progress.num_done if is_merge else int(is_done)
            self._tell(stage, num_done, num_total, progress.time_left, compose(progress.texts))

        self._tell(stage, num_merges, num_total, None, compose([""] * len(parts)))
        return self._generate(parts, show)

    def _merge(self, groups: Sequence[str], num_before: int, shown: str) -> list[str]:
        """Summarize each group of summaries into one."""
        form = part_form(2 * _SECTION_SENTENCES)
        counts = self._count_tokens(groups)
        parts = [
            self._part(group, form, count, self._support, is_merge=True)
            for group, count in zip(groups, counts, strict=True)
        ]
        num_total = num_before + len(groups) + 1
        self._meter.later = self._merge_weight(len(groups)) + self._translation_weight

        def show(progress: PartsProgress) -> None:
            self._tell(
                SummaryStage.MERGE, num_before + progress.num_done, num_total, progress.time_left, shown
            )

        results = self._generate(parts, show)
        return [
            self._section_text(group, result, 2 * _SECTION_SENTENCES, self._support, is_own_text=False)
            for group, result in zip(groups, results, strict=True)
        ]

    def _section_text(
        self, source: str, result: PartResult, count: int, support: SupportingText, *, is_own_text: bool
    ) -> str:
        return section_text(source, result, count, support, is_own_text=is_own_text, rules=self._rules)

    def _group(self, texts: Sequence[str], budget: int) -> list[str]:
        """Join neighbours up to ``budget`` tokens, at least two at a time so that merging comes to an end."""
        groups: list[list[str]] = []
        room = 0
        for text, count in zip(texts, self._count_tokens(texts) if texts else (), strict=True):
            if groups and (count < room or len(groups[-1]) == 1):
                groups[-1].append(text)
            else:
                groups.append([text])
                room = budget
            room -= count + 2
        return [join_texts(group) for group in groups]

    def _source_of(self, text: str, quotable: str) -> Source:
        return Source(text, quotable, self._language, self._support, self._document_echo, self._rules)

    def _supporting(self, text: str) -> SupportingText:
        return SupportingText(
            text,
            self._language,
            is_strict=self._capability.is_tiny and Rule.TINY_ONE_PLACE in self._rules,
            holds_numbers=Rule.NUMBERS in self._rules,
        )

    def _part(
        self, text: str, form: Form, num_tokens: int, support: SupportingText, *, is_merge: bool = False
    ) -> Part:
        return summary_part(
            text,
            form,
            num_tokens,
            self._prompts,
            language=self._language,
            support=support,
            is_merge=is_merge,
            rules=self._rules,
        )

    def _final(self, text: str, form: Form, num_tokens: int, *, is_merge: bool) -> Part:
        """Ask for a part of the final text: another variant reads nothing anew, it is worded anew."""
        return summary_part(
            text,
            form,
            num_tokens,
            self._prompts,
            language=self._language,
            support=self._support,
            least_supported=self._least_supported,
            document_echo=self._document_echo if is_merge else None,
            is_merge=is_merge,
            variant=self._options.variant,
            rules=self._rules,
        )

    def _generate(self, parts: Sequence[Part], show: Callable[[PartsProgress], None]) -> list[PartResult]:
        return generate_parts(
            self._engine,
            parts,
            report=show,
            cancellation=self._cancellation,
            meter=self._meter,
            memory=self._memory,
            adapters=self._adapters,
        )

    def _count_tokens(self, texts: Sequence[str]) -> list[int]:
        self._cancellation.raise_if_cancelled()
        return self._engine.count_tokens(texts)

    def _merge_weight(self, num_sections: int) -> float:
        """Return roughly what merging will cost; sections come out at about two thirds of their limit."""
        num_tokens = num_sections * self._section_form.max_tokens * 2 / 3
        num_groups = max(1.0, num_tokens / self._whole_budget)
        return num_tokens + GENERATED_TOKEN_WEIGHT * (
            num_groups * self._section_form.max_tokens + self._plan.form.max_tokens
        )

    @property
    def _translation_weight(self) -> float:
        """Return roughly what translating the finished summary will cost."""
        if self._options.language in ("", self._language):
            return 0.0
        num_tokens = 2 * self._options.words
        return num_tokens + GENERATED_TOKEN_WEIGHT * num_tokens

    def _tell(
        self, stage: SummaryStage, num_done: int, num_total: int, time_left: TimeLeft | None, text: str
    ) -> None:
        left = time_left or TimeLeft()
        self._report(SummaryProgress(stage, num_done, num_total, left.seconds, text, left.delay))


def _read_texts(document: Document, stretches: Sequence[Stretch]) -> list[str]:
    return [document.text[each.start : each.end] for each in stretches if each.is_text]

"""The last step of a summary: its final text, written in its form of the text or of its parts' summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import assert_never

from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import WORDS_MAX, WORDS_MIN, ChunkSummary, SummaryStage
from lmstudio_lite.tasks.generate.attempts import Part, PartResult, PartsProgress
from lmstudio_lite.tasks.summarize.asking import Asker
from lmstudio_lite.tasks.summarize.compare import Comparison
from lmstudio_lite.tasks.summarize.form import Form
from lmstudio_lite.tasks.summarize.forms.headings import compose_under, finish_under
from lmstudio_lite.tasks.summarize.forms.outline import compose_outline, finish_outline, outline_parts
from lmstudio_lite.tasks.summarize.forms.points import (
    aspect_forms,
    compose_points,
    compose_stretches,
    finish_stretches,
    part_of_form,
)
from lmstudio_lite.tasks.summarize.forms.recipes import FollowUp, Recipe
from lmstudio_lite.tasks.summarize.parts import (
    UNUSABLE,
    Written,
    finish_text,
    is_of_no_use,
    only_supported,
    split_topics,
)
from lmstudio_lite.tasks.summarize.plan import ByStretch, OneText, Plan, UnderHeadings
from lmstudio_lite.tasks.summarize.rules import Rule
from lmstudio_lite.tasks.summarize.sections import reading_of
from lmstudio_lite.tasks.summarize.statements import Chosen, Source, choose_points, choose_statements
from lmstudio_lite.tasks.text.problems import Problem


class FinalWriter:
    """Writes one summary's final text."""

    def __init__(self, asker: Asker, recipe: Recipe, plan: Plan, source: Source) -> None:
        """``source`` is what statements are chosen and quoted from."""
        self._asker, self._recipe, self._plan = asker, recipe, plan
        self.source = source
        self.num_words = min(WORDS_MAX, max(WORDS_MIN, asker.options.words))

    def write(
        self,
        document: Document,
        source: str,
        sections: Sequence[ChunkSummary],
        num_merges: int,
        *,
        is_merge: bool,
    ) -> Written:
        """Write the text of ``source``: the document's own, or its sections' summaries where ``is_merge``.

        So many merges came before.
        """
        match self._plan:
            case ByStretch(num_topics):
                return self._write_outline(source, num_topics, num_merges, is_merge=is_merge)
            case UnderHeadings(headings, form) if document.compared:
                return self._write_compared(headings, form, document, source)
            case UnderHeadings(headings, form):
                return self._write_under(headings, form, source, num_merges, is_merge=is_merge)
            case OneText(form):
                if is_merge and self._plan.num_stretches > 1:
                    written = self._write_by_stretch(form, source, self._plan.num_stretches, num_merges)
                    if Rule.CHOSEN_STATEMENTS in self._asker.rules:
                        written = self._chosen(written, sections, form)
                elif self._chooses_points and not is_merge:
                    written = self._write_points(form, source)
                else:
                    written = self._write_one(form, document, source, num_merges, is_merge=is_merge)
                    if not written.is_extract:
                        written = replace(written, text=self._recipe.compose(written.text, self._asker.rules))
                quote = self._recipe.quote
                return quote(written, document, form.count, self._asker.rules) if quote else written
            case _:
                assert_never(self._plan)

    def _chosen(self, written: Written, sections: Sequence[ChunkSummary], form: Form) -> Written:
        chosen = self.choose(written.text, sections, form)
        return replace(written, text=chosen.text, warnings=(*written.warnings, *chosen.warnings))

    def choose(self, written: str, sections: Sequence[ChunkSummary], form: Form) -> Chosen:
        is_anew = self._asker.options.variant != 0
        return choose_statements(
            written, sections, form, self.source, num_words=self.num_words, is_anew=is_anew
        )

    @property
    def is_plain(self) -> bool:
        return isinstance(self._plan, OneText) and self._recipe.is_plain

    @property
    def _chooses_points(self) -> bool:
        return self._asker.capability.is_small and self.is_plain and Rule.CHOSEN_POINTS in self._asker.rules

    def _write_points(self, form: Form, source: str) -> Written:
        """Ask a small model for the whole short text and for its numbers; choose among the answers."""
        num_tokens = self._asker.count_tokens([source])[0]
        whole = self._asker.final(source, form, num_tokens, is_merge=False)
        is_asked_more = not self._asker.capability.is_tiny and Rule.ASPECTS in self._asker.rules
        aspects = aspect_forms(form) if is_asked_more else []
        parts = [self._asker.final(source, aspect, num_tokens, is_merge=False) for aspect in aspects]
        parts = [replace(part, attempts=part.attempts[:1]) for part in parts]
        compose = partial(compose_points, rules=self._asker.rules)
        results = self._finish([whole, *parts], 0, compose, is_merge=False)
        answers = [result.text for result in results if result.problem is not Problem.LEAK]
        chosen = choose_points(answers, form, self.source, self.num_words)
        if chosen is None:
            return finish_text(source, results[0], form, is_own_text=True, rules=self._asker.rules)
        return Written(chosen.text, chosen.warnings, is_extract=False)

    def _write_outline(self, source: str, num_topics: int, num_merges: int, *, is_merge: bool) -> Written:
        topics = split_topics(source, num_topics)
        parts = outline_parts(
            topics, self._asker.count_tokens(topics), partial(self._asker.final, is_merge=is_merge)
        )
        compose = partial(compose_outline, rules=self._asker.rules)
        results = self._finish(parts, num_merges, compose, is_merge=is_merge)
        return finish_outline(topics, results, is_own_text=not is_merge, rules=self._asker.rules)

    def _write_by_stretch(self, whole: Form, source: str, num_topics: int, num_merges: int) -> Written:
        topics = split_topics(source, num_topics)
        form = part_of_form(whole)
        parts = [
            self._asker.final(topic, form, count, is_merge=True)
            for topic, count in zip(topics, self._asker.count_tokens(topics), strict=True)
        ]
        compose = partial(compose_stretches, form, rules=self._asker.rules)
        results = self._finish(parts, num_merges, compose, is_merge=True)
        if Rule.STRETCH_SUPPORT in self._asker.rules:
            results = [only_supported(result, self._asker.support, form) for result in results]
        return finish_stretches(form, topics, results, self._asker.rules)

    def _write_compared(
        self, headings: Sequence[str], form: Form, document: Document, source: str
    ) -> Written:
        """Compare documents: what is written of their summaries, ``source``, is sorted by who says it."""
        titles = [self._asker.prompts.title(heading) for heading in headings]
        results = self._ask_under(headings, form, source, partial(compose_under, titles), is_merge=False)
        common, differences = (
            "" if is_of_no_use(result.problem, self._asker.rules) else result.text for result in results
        )
        lists = Comparison(document).sorted(common, differences, form.count)
        text = compose_under(titles, lists, self._asker.rules)
        return Written(text, () if text else (TaskWarning("summary_unlike", 1, 1),), is_extract=False)

    def _write_under(
        self, headings: Sequence[str], form: Form, source: str, num_merges: int, *, is_merge: bool
    ) -> Written:
        titles = [self._asker.prompts.title(heading) for heading in headings]
        compose = partial(compose_under, titles, rules=self._asker.rules)
        results = self._ask_under(headings, form, source, compose, num_merges, is_merge=is_merge)
        if self._asker.capability.is_tiny and Rule.TINY_LIST_SUPPORT in self._asker.rules:
            results = [only_supported(result, self._asker.support, form) for result in results]
        return finish_under(titles, results, source, form, is_own_text=not is_merge, rules=self._asker.rules)

    def _ask_under(
        self,
        headings: Sequence[str],
        form: Form,
        source: str,
        compose: Callable[[Sequence[str]], str],
        num_merges: int = 0,
        *,
        is_merge: bool,
    ) -> list[PartResult]:
        num_tokens = self._asker.count_tokens([source])[0]
        parts = [
            self._asker.final(source, replace(form, name=heading), num_tokens, is_merge=is_merge)
            for heading in headings
        ]
        return self._finish(parts, num_merges, compose, is_merge=is_merge)

    def _write_one(
        self, form: Form, document: Document, source: str, num_merges: int, *, is_merge: bool
    ) -> Written:
        part = self._asker.final(source, form, self._asker.count_tokens([source])[0], is_merge=is_merge)

        def compose(texts: Sequence[str]) -> str:
            return texts[0] or (source if is_merge else "")

        (result,) = self._finish([part], num_merges, compose, is_merge=is_merge)
        recipe = self._recipe
        if recipe.follow_up and result.problem not in UNUSABLE:
            result = replace(result, text=self._followed_up(recipe.follow_up, result.text, document))
        if recipe.stand_in:
            texts = reading_of(document, reads_all=self._asker.options.reads_all).texts
            if other := recipe.stand_in(result, texts, form.count, self._asker.rules):
                return other
        result = recipe.mend(result, source, self._asker.rules)
        return finish_text(source, result, form, is_own_text=not is_merge, rules=self._asker.rules)

    def _followed_up(self, follow_up: FollowUp, text: str, document: Document) -> str:
        questions = follow_up.find(text, self._asker.rules)
        if not questions:
            return text
        parts = follow_up.ask(
            questions,
            document,
            self._asker.count_tokens,
            self._asker.language,
            self._asker.support,
            self._asker.rules,
        )

        def show(progress: PartsProgress) -> None:
            self._asker.tell(
                SummaryStage.MERGE, progress.num_done, progress.num_total, progress.time_left, text
            )

        return follow_up.join(
            text, questions, self._asker.generate(parts, show), self._asker.support, self._asker.rules
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
        self._asker.meter.later = self._asker.translation_weight

        def show(progress: PartsProgress) -> None:
            is_done = progress.num_done == progress.num_total
            num_done = num_merges + progress.num_done if is_merge else int(is_done)
            self._asker.tell(stage, num_done, num_total, progress.time_left, compose(progress.texts))

        self._asker.tell(stage, num_merges, num_total, None, compose([""] * len(parts)))
        return self._asker.generate(parts, show)

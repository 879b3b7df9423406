"""One request for a piece of a summary: how it is asked, judged and asked again, and what fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.generation import ChatPrompt, Message, Sampling
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.generate.attempts import Attempt, Part, PartResult
from lmstudio_lite.tasks.prompts import SummaryPrompts
from lmstudio_lite.tasks.summarize.check import find_summary_problem
from lmstudio_lite.tasks.summarize.form import Form, Kind, join_sentences
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.orders import Orders, find_orders
from lmstudio_lite.tasks.text.overlap import EchoCheck
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.ranking import central_sentences, is_plain, own_sentences
from lmstudio_lite.tasks.text.sentences import has_sentence
from lmstudio_lite.tasks.text.talk import speaks_of_task, without_empty_talk
from lmstudio_lite.tasks.text.tokens import tokenize

INSTRUCTION_TOKENS = 260
"""Room for the instructions around a text and the chat template; the longest measured took 210 tokens."""

_FIRST_SAMPLING = Sampling(temperature=0.2, top_p=0.9, repeat_penalty=1.06, repeat_last_n=128, seed=1)
_SECOND_SAMPLING = Sampling(temperature=0.6, top_p=0.9, repeat_penalty=1.12, repeat_last_n=256, seed=2)

_VARIANT_TEMPERATURE = 0.7

_ABOUT_TOKENS = 80
"""A model that copies a page or takes its formulas for sentences can still tell in one what it is about; what
it adds in others is seldom true."""

_SHORT_TEXT_WORDS = 50
_PARAGRAPH = regex.compile(r"(?s).+?(?:\n{2,}|\Z)")

_NO_ORDERS = Orders()
_BROKEN = "\N{REPLACEMENT CHARACTER}"
_LEAK_SHINGLE = 4
_LEAK_SHARE = 0.3
_LEAK_SHARE_OF_SENTENCE = 0.6

LEAST_SUPPORTED, LEAST_SUPPORTED_OF_SMALL = 0.26, 0.5
"""How much of a summary must be found again: one that says it in other words passes, unless the model is so
small that other words are more often other matters."""

UNUSABLE = frozenset({Problem.EMPTY, Problem.LOOP, Problem.LEAK, Problem.INVENTED})
"""Problems with which a text is not worth showing."""


def summary_part(
    text: str,
    form: Form,
    num_tokens: int,
    prompts: SummaryPrompts,
    *,
    language: str,
    support: SupportingText,
    least_supported: float = LEAST_SUPPORTED,
    document_echo: EchoCheck | None = None,
    orders: Orders = _NO_ORDERS,
    is_merge: bool = False,
    variant: int = 0,
    rules: RuleSet = ALL_RULES,
) -> Part:
    """Ask for ``form`` of ``text``; ``is_merge`` if that is a summary already, so that it may be copied.

    ``document_echo`` finds what parts copied before it and a merge would only repeat. ``support`` must hold
    the share ``least_supported`` of the answer's sentences. Each ``variant`` other than 0 is drawn with more
    freedom and a seed of its own. What ``text`` and the document (``orders``) order to be written is left out
    of the answer, which is then asked for again without these orders.
    """
    orders = _orders_of(text, orders, prompts) if Rule.ORDERS in rules else _NO_ORDERS
    piece = _Piece(
        text, form, prompts, language, support, least_supported, document_echo, is_merge, rules, orders
    )
    leak = EchoCheck(piece.instructions(), _LEAK_SHINGLE)
    echo = EchoCheck(text)

    def clean(raw: str) -> str:
        return orders.without_obeyed(_without_leaks(form.tidy(raw, rules), leak, rules))

    def check(raw: str, is_whole: bool) -> Problem | None:
        if not is_whole:
            return None if form.kind is Kind.TITLE else piece.find_problem(raw, raw, echo, is_whole=False)
        written = clean(raw)
        if Rule.PROMPT_LEAK in rules and leak.share(written) > _LEAK_SHARE:
            return Problem.LEAK
        if Rule.TASK_TALK in rules and speaks_of_task(written, text):
            return Problem.LEAK
        problem = piece.judge(written, raw, echo)
        return Problem.OBEYED if problem is None and orders.are_obeyed_in(raw) else problem

    def attempt(sampling: Sampling, *, is_again: bool) -> Attempt:
        if variant:
            seed = (sampling.seed or 0) + 10 * variant
            sampling = replace(
                sampling, temperature=max(_VARIANT_TEMPERATURE, sampling.temperature), seed=seed
            )
        num_prompt_tokens = num_tokens + INSTRUCTION_TOKENS // 2
        prompt = piece.prompt(is_again=is_again)
        return Attempt(prompt, sampling, piece.max_tokens(is_again=is_again), (), num_prompt_tokens)

    attempts = [attempt(_FIRST_SAMPLING, is_again=False)]
    if Rule.SECOND_ATTEMPT in rules:
        attempts.append(attempt(_SECOND_SAMPLING, is_again=True))
    is_enough = form.is_enough if Rule.ENOUGH in rules else _never
    return Part(tuple(attempts), check, is_enough, clean, may_be_cut=True)


def _orders_of(text: str, of_document: Orders, prompts: SummaryPrompts) -> Orders:
    """Return what must not stand in a summary: what is ordered, and the words that orders are quoted with."""
    found = find_orders(text)
    framed = Orders(wanted=(tuple(tokenize(prompts.order(""))),)) if found else _NO_ORDERS
    return found.wanting(of_document).wanting(framed)


def _never(text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Piece:
    """What ``summary_part`` was asked for: the words of the request, and the judgement of an answer."""

    text: str
    form: Form
    prompts: SummaryPrompts
    language: str
    support: SupportingText
    least_supported: float
    document_echo: EchoCheck | None
    is_merge: bool
    rules: RuleSet
    orders: Orders

    @property
    def is_of_document(self) -> bool:
        """Whether it is a part of the document: if it can't be summarized it is asked what it is about."""
        return self.form.kind is Kind.PART and not self.is_merge

    def prompt(self, *, is_again: bool) -> ChatPrompt:
        is_about = self._is_about(is_again=is_again)
        start = self.prompts.about_start if is_about else self.form.reply_start
        text = (
            self.orders.left_out(self.text) if is_again else self.orders.quoted(self.text, self.prompts.order)
        )
        return ChatPrompt(self._messages(text, is_again=is_again), start)

    def max_tokens(self, *, is_again: bool) -> int:
        is_about = self._is_about(is_again=is_again)
        return min(self.form.max_tokens, _ABOUT_TOKENS) if is_about else self.form.max_tokens

    def instructions(self) -> str:
        """Return the words around the text, of all attempts."""
        messages = (*self._messages("", is_again=False), *self._messages("", is_again=True))
        return "\n".join(message.text for message in messages)

    def find_problem(self, written: str, raw: str, echo: EchoCheck, *, is_whole: bool) -> Problem | None:
        may_copy = self.is_merge or self.form.may_copy
        return find_summary_problem(
            written,
            raw,
            echo,
            language=self.language,
            is_whole=is_whole,
            may_copy=may_copy,
            rules=self.rules,
        )

    def judge(self, written: str, raw: str, echo: EchoCheck) -> Problem | None:
        """Judge a whole answer, whose leaks are known already."""
        if self.form.kind is Kind.TITLE:
            return None if written else Problem.EMPTY
        needs_sentence = self.form.kind is Kind.PART and Rule.NO_SENTENCE in self.rules
        if needs_sentence and not has_sentence(written):
            return Problem.EMPTY
        problem = self.find_problem(written, raw, echo, is_whole=True)
        if problem is not None:
            return problem
        needs_support = self.form.needs_support and Rule.UNSUPPORTED in self.rules
        if needs_support and self.support.share(written) < self.least_supported:
            return Problem.INVENTED
        if self.orders.spans and self.support.share(written) == 0.0:
            return Problem.INVENTED
        if self.document_echo and not self.form.may_copy and Rule.COPIED_MERGE in self.rules:
            return Problem.ECHO if self.document_echo.is_echo(written) else None
        return self._problem_of_part(written) if self.is_of_document else None

    def _problem_of_part(self, written: str) -> Problem | None:
        if Rule.COPIED_PART in self.rules and self.support.is_copy(written):
            return Problem.ECHO
        is_cut_up = Rule.FORMULA_PARTS in self.rules and not _is_mostly_plain(written)
        return Problem.FRAGMENTS if is_cut_up else None

    def _is_about(self, *, is_again: bool) -> bool:
        """Tell whether only the subject is asked for."""
        return self.is_of_document and is_again and Rule.ABOUT in self.rules

    def _messages(self, text: str, *, is_again: bool) -> tuple[Message, ...]:
        name = "about" if self._is_about(is_again=is_again) else self.form.name
        return self.prompts.messages(
            text, form=name, count=self.form.count, is_merge=self.is_merge, is_again=is_again
        )


def _is_mostly_plain(text: str) -> bool:
    sentences = [segment.text for segment in split_sentences(text)]
    return 2 * sum(map(is_plain, sentences)) >= len(sentences)


def _without_leaks(text: str, leak: EchoCheck, rules: RuleSet) -> str:
    """Leave out sentences of the instructions, and those with a character that the model left unfinished."""
    lines = []
    for line in text.split("\n"):
        sentences = [segment.text for segment in split_sentences(line)]
        kept = sentences
        if Rule.PROMPT_SENTENCES in rules:
            kept = [each for each in kept if leak.share(each) <= _LEAK_SHARE_OF_SENTENCE]
        if Rule.UNFINISHED in rules:
            kept = [each for each in kept if _BROKEN not in each]
        if len(kept) == len(sentences):
            lines.append(line)
        elif kept:
            mark = "- " if line.startswith("- ") and not kept[0].startswith("- ") else ""
            lines.append(f"{mark}{''.join(kept)}")
    return "\n".join(lines).strip()


@dataclass(frozen=True, slots=True)
class Written:
    """A final text; ``is_extract`` where nothing of it is the model's."""

    text: str
    warnings: tuple[TaskWarning, ...]
    is_extract: bool

    def with_warnings_before(self, warnings: Sequence[TaskWarning]) -> Written:
        """Return the text with what was found earlier."""
        return replace(self, warnings=(*warnings, *self.warnings))


def is_of_no_use(problem: Problem | None, rules: RuleSet = ALL_RULES) -> bool:
    """Tell whether something else is to stand for a text with this problem."""
    return problem in UNUSABLE and Rule.EXTRACT in rules


def finish_text(
    source: str, result: PartResult, form: Form, *, is_own_text: bool, rules: RuleSet = ALL_RULES
) -> Written:
    """Judge a final text; in place of a useless one stand central sentences of ``source`` in its form.

    ``is_own_text`` if ``source`` is the document's words; else it is the summaries of its parts.
    """
    if not is_of_no_use(result.problem, rules):
        is_told = result.problem is not None and result.problem not in UNUSABLE
        code = f"summary_{result.problem.value}" if result.problem and is_told else ""
        return Written(result.text, (TaskWarning(code, 1, 1),) if code else (), is_extract=False)
    if is_own_text:
        text = central_points(source, form.count, is_own_text=True)
        return Written(text, (TaskWarning("summary_extract", 1, 1),), is_extract=True)
    text = form.tidy("\n".join(f"- {sentence}" for sentence in central_sentences(source, form.count)), rules)
    return Written(text, (TaskWarning("summary_unmerged", 1, 1),), is_extract=False)


def is_short_text(text: str) -> bool:
    """Tell whether a text is itself as short as a summary: there is nothing to leave out of it."""
    return len(tokenize(text)) < _SHORT_TEXT_WORDS


def short_text(text: str) -> Written:
    """Return a short text's own sentences, all of them, as points."""
    points = "\n".join(f"- {_quote(sentence)}" for sentence in own_sentences(text))
    return Written(points, (TaskWarning("summary_short", 1, 1),), is_extract=True)


def section_text(
    source: str,
    result: PartResult,
    count: int,
    support: SupportingText,
    *,
    is_own_text: bool,
    rules: RuleSet = ALL_RULES,
) -> str:
    """Return what ``support`` holds of the model's text, or its central sentences if that is nothing.

    What a part's summary says without support in that part must not go into the merge: there it would be
    a source itself.
    """
    if result.problem is Problem.WRONG_LANGUAGE:
        return result.text
    if not is_of_no_use(result.problem, rules):
        said = (
            support.supported(result.text)
            if Rule.PART_SUPPORT in rules
            else [segment.text.strip() for segment in split_sentences(result.text)]
        )
        if said or Rule.EXTRACT not in rules:
            return join_sentences(without_empty_talk(said) if Rule.EMPTY_TALK in rules else said)
    sentences = central_sentences(source, count)
    return " ".join(_quote(sentence) if is_own_text else sentence for sentence in sentences)


def only_supported(result: PartResult, support: SupportingText, form: Form) -> PartResult:
    """Return a list without the lines, or a text without the sentences, that ``support`` does not hold."""
    if form.reply_start:
        text = "\n".join(line for line in result.text.splitlines() if support.supported(line))
    else:
        text = join_sentences(support.supported(result.text))
    return replace(result, text=text, problem=result.problem if text else Problem.EMPTY)


def central_points(text: str, count: int, *, is_own_text: bool) -> str:
    """Return the central sentences as a list, in quotation marks where they are the document's words."""
    sentences = central_sentences(text, count)
    return "\n".join(f"- {_quote(sentence) if is_own_text else sentence}" for sentence in sentences)


def _quote(sentence: str) -> str:
    return f"“{sentence.strip('“”')}”"


def split_topics(text: str, count: int) -> list[str]:
    """Cut ``text`` into up to ``count`` stretches of about one size: between paragraphs where it has many."""
    units: list[str] = _PARAGRAPH.findall(text)
    if len(units) < 2 * count:
        units = [segment.text for segment in split_sentences(text)]
    count = max(1, min(count, len(units) // 2))
    target = len(text) / count
    topics: list[list[str]] = [[]]
    for unit in units:
        topics[-1].append(unit)
        length = sum(map(len, topics[-1]))
        ends_paragraph = unit.endswith("\n\n")
        if len(topics) < count and length >= target * (0.75 if ends_paragraph else 1.0):
            topics.append([])
    return [joined for topic in topics if (joined := "".join(topic)).strip()]


def join_texts(texts: Sequence[str]) -> str:
    """Put texts one after the other, a blank line between them."""
    return "\n\n".join(text for text in texts if text)

"""Which statements make up a small model's summary: of a long text some for every stretch of the document.

Asked for points on many notes, a small model takes them from the first ones, and says some that stand in
none. So its points are candidates, beside what the summaries of the parts begin with (a first sentence needs
none before it), and of each stretch that statement is taken which one passage of the document holds most of.

Its points are shorter than asked for, and those without support are left out. So what it says beside them
comes in for as many words as are wanted, what tells most of the document first (``coverage``); where it has
said too little, sentences of the document stand in, in quotation marks.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.summaries import ChunkSummary
from lmstudio_lite.tasks.evidence.claims import KnownFacts
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.summarize.coverage import Concepts, Statement, count_words
from lmstudio_lite.tasks.summarize.form import Form, join_sentences
from lmstudio_lite.tasks.summarize.forms.points import is_fragment, without_repeated
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.overlap import EchoCheck
from lmstudio_lite.tasks.text.ranking import is_plain, quotable_sentences
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.talk import without_empty_talk
from lmstudio_lite.tasks.text.tokens import IDEOGRAPH

_WRITTEN_AS_POINT, _WRITTEN_ANEW = 0.1, 1.0
"""What is written for the whole is preferred to what is as well supported and written for a part; if the user
asked for another wording, to whatever was written for a part, which stays the same.
"""
_DOUBTFUL, _COPIED, _QUOTED = -1.0, -2.0, -3.0
_COPIED_SHARE = 0.6
_FEWEST_WORDS = 5
_LABEL = regex.compile(r"\A[\s\p{P}]*(?:\p{Lu}[\p{L}\p{M}]*\.?\s*:|[\p{L}\p{N}]{1,3}\))")
"""A statement that begins with "Proof:" or "b)" was cut out of a list."""


_NUMBERING = regex.compile(r"\A\d{1,2}(?:[.)]\s+|、)")
_STRANGE_SHARE = 0.06
"""Of 45 Chinese lines by a model of 0.5B 11 had more characters than this that their document has nowhere;
all but one were wrong or no sentence (a bridge with another first character), of the others 2 were wrong.
"""
_POINTS_BACK = regex.compile(
    r"\A\P{L}*(?:(?:it|its|that|this|these|those|they|their|he|she|his|her|there|das|dies\p{L}*|er|sie|es|dort|da|"
    r"dabei|damit|ihr\p{L}*|sein\p{L}*)(?!\p{L})|[这那他她它其]|وهو|وهي|هذ)",
    regex.IGNORECASE,
)
_POINTING_BACK = 0.6
"""So 16 of 258 sentences quoted of 24 short documents were left out, for as many facts."""
_LIKELY, _UNLIKELY = 0.5, 0.35
"""What a doubtful statement, and a copied one, is worth where there is room for it."""
_FULL_SHARE = 0.85
_MOST_OF_DOCUMENT = 0.6
"""Of a short document more than this is no summary of it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """``worth`` is what is compared within a stretch."""

    statement: Statement
    worth: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """A text of ``num_statements``, of which ``num_quotes`` are the document's, in quotation marks."""

    text: str
    num_statements: int
    num_quotes: int

    @property
    def warnings(self) -> tuple[TaskWarning, ...]:
        """Return that the document had to fill in, where it had."""
        return (TaskWarning("summary_filled", self.num_quotes, self.num_statements),) * bool(self.num_quotes)


class Source:
    """A document as what is said of it is held against it.

    ``quotable`` is its text without what is left out; ``language`` is its own.
    """

    def __init__(
        self,
        text: str,
        quotable: str,
        language: str,
        support: SupportingText,
        echo: EchoCheck,
        rules: RuleSet = ALL_RULES,
    ) -> None:
        self.text = text
        self.support = support
        self.echo = echo
        self.rules = rules
        self._quotable = quotable
        self._language = language

    @functools.cached_property
    def concepts(self) -> Concepts:
        return Concepts(self.text, self._language)

    @functools.cached_property
    def num_words(self) -> float:
        return count_words([self._quotable])

    @functools.cached_property
    def _ideographs(self) -> frozenset[str]:
        return frozenset(IDEOGRAPH.findall(self.text))

    @functools.cached_property
    def _facts(self) -> KnownFacts:
        return KnownFacts(self.text, self._language)

    def bears_out(self, statement: str) -> bool:
        """Tell whether the document has the words of ``statement``, and its numbers, dates and names."""
        ideographs = IDEOGRAPH.findall(statement)
        num_strange = sum(ideograph not in self._ideographs for ideograph in ideographs)
        if Rule.STRANGE_CHARACTERS in self.rules and num_strange > _STRANGE_SHARE * len(ideographs):
            return False
        if Rule.CLAIMS in self.rules and self._facts.unknown_claims(statement, self._language):
            return False
        return bool(self.support.supported(statement))

    def quotes(self) -> list[Statement]:
        """Return the sentences that can stand by themselves, without the numbers of a list."""
        sentences = [_NUMBERING.sub("", sentence) for sentence in quotable_sentences(self._quotable)]
        return [
            Statement(
                sentence, number * len(self.text) // len(sentences), self._sense(sentence), is_quote=True
            )
            for number, sentence in enumerate(sentences)
        ]

    def _sense(self, sentence: str) -> float:
        is_open = Rule.STANDALONE_QUOTES in self.rules and _POINTS_BACK.match(sentence)
        return _POINTING_BACK if is_open else 1.0


def choose_statements(
    written: str,
    sections: Sequence[ChunkSummary],
    form: Form,
    source: Source,
    *,
    num_words: int,
    is_anew: bool = False,
) -> Chosen:
    """Return ``form.count`` statements of a long text, and more for ``num_words``, in the document's order.

    ``written`` is what the model wrote for the whole, "" if nothing. What copies the document stands only
    where a stretch has nothing else. ``is_anew`` if ``written`` is another wording, which was asked for.
    """
    bonus = _WRITTEN_ANEW if is_anew else _WRITTEN_AS_POINT
    candidates = sorted(_candidates(written, bonus, sections, source), key=lambda each: -each.worth)
    chosen: list[Statement] = []
    for num_there in range(form.count):
        for candidate in candidates:
            statement = candidate.statement
            if len(chosen) == form.count:
                break
            stretch = _stretch_of(statement, form.count, len(source.text))
            others = [each for each in chosen if _stretch_of(each, form.count, len(source.text)) == stretch]
            is_wanted = len(others) <= num_there and (candidate.worth > 0 or not num_there)
            says_something = (
                not chosen or Rule.POINT_FRAGMENTS not in source.rules or not is_fragment(statement.text)
            )
            is_new = Rule.SAID_TWICE not in source.rules or _is_new(statement, chosen)
            if is_wanted and says_something and is_new:
                chosen.append(statement)
    further = [candidate.statement for candidate in candidates] + list(_later(sections, source))
    return _composed(_filled(chosen, further, source, num_words), form)


def choose_points(answers: Sequence[str], form: Form, source: Source, num_words: int) -> Chosen | None:
    """Return what the answers on a whole short text say that it bears out; None if that is nothing."""
    said = [statement for answer in answers for statement in _statements(answer, source)]
    if Rule.EMPTY_TALK in source.rules:
        told = set(without_empty_talk([statement.text for statement in said]))
        said = [statement for statement in said if statement.text in told]
    usable = _usable(said, source)
    return _composed(_filled([], usable, source, num_words), form) if usable else None


def quote_words(form: Form, source: Source, num_words: int) -> str:
    """Return the document's most telling sentences in quotation marks."""
    return _composed(_filled([], [], source, num_words), form).text


def _filled(
    chosen: Sequence[Statement], further: Sequence[Statement], source: Source, num_words: int
) -> list[Statement]:
    """Take what is still wanted from ``further``, and from the document if that is not enough.

    What is copied is taken if it is a whole sentence: a piece of one says less than the sentence, which can
    stand there itself.
    """
    wanted = min(num_words, _MOST_OF_DOCUMENT * source.num_words)
    taken, quotes = list(chosen), source.quotes()
    if Rule.FILL in source.rules or not chosen:
        whole = {each.text for each in quotes}
        said = [each for each in _usable(further, source) if not each.is_quote or each.text in whole]
        taken = source.concepts.choose(said, wanted, chosen)
    if Rule.QUOTE_FILL not in source.rules:
        return taken
    if count_words(each.text for each in taken) < _FULL_SHARE * wanted:
        taken = source.concepts.choose(quotes, wanted, taken)
    return taken


def _usable(statements: Sequence[Statement], source: Source) -> list[Statement]:
    return [
        each
        for each in statements
        if not _is_short(each.text) and not is_fragment(each.text) and source.bears_out(each.text)
    ]


def _composed(statements: Sequence[Statement], form: Form) -> Chosen:
    ordered = sorted(statements, key=lambda each: each.place)
    texts = [f"“{each.text.strip('“”')}”" if each.is_quote else each.text for each in ordered]
    text = "\n".join(f"- {text}" for text in texts) if form.reply_start else join_sentences(texts)
    return Chosen(text, len(ordered), sum(each.is_quote for each in ordered))


def _candidates(
    written: str, bonus: float, sections: Sequence[ChunkSummary], source: Source
) -> Iterator[_Candidate]:
    for statement in _statements(written, source):
        _, held = source.support.standing(statement.text)
        yield _judged(statement, held + bonus, source)
    for section in sections:
        first = next(iter(split_sentences(section.text)), None)
        if first is not None:
            _, held = source.support.standing(first.text)
            worth = held + (_QUOTED if section.is_extract else _DOUBTFUL if section.problem else 0.0)
            place = (section.start + section.end) // 2
            yield _judged(Statement(first.text.strip(), place), worth, source)


def _statements(written: str, source: Source) -> Iterator[Statement]:
    """Yield the first sentence of each point, or all sentences of running text."""
    for line in written.splitlines():
        for segment in split_sentences(line.removeprefix("- "))[: 1 if line.startswith("- ") else None]:
            text = segment.text.strip()
            place, _ = source.support.standing(text)
            yield Statement(text, place, _trust(text, source), is_quote=source.support.is_copy(text))


def _later(sections: Sequence[ChunkSummary], source: Source) -> Iterator[Statement]:
    """Yield what the summaries of the parts say behind their first sentences."""
    for section in sections:
        if section.is_extract:
            continue
        for segment in split_sentences(section.text)[1:]:
            text = segment.text.strip()
            trust = _trust(text, source) * (_LIKELY if section.problem else 1.0)
            place = (section.start + section.end) // 2
            yield Statement(text, place, trust, is_quote=source.support.is_copy(text))


def _judged(statement: Statement, worth: float, source: Source) -> _Candidate:
    text = statement.text
    is_cut = Rule.DOUBTED_STATEMENTS in source.rules and not text.endswith(SENTENCE_ENDS)
    worth += _DOUBTFUL if is_cut or _is_doubtful(text, source) else 0.0
    worth += _COPIED if _is_copied(text, source) else 0.0
    is_quote = source.support.is_copy(text)
    return _Candidate(replace(statement, trust=_trust(text, source), is_quote=is_quote), worth)


def _trust(text: str, source: Source) -> float:
    return _UNLIKELY if _is_copied(text, source) else _LIKELY if _is_doubtful(text, source) else 1.0


def _is_doubtful(text: str, source: Source) -> bool:
    if Rule.DOUBTED_STATEMENTS not in source.rules:
        return False
    return _is_short(text) or not is_plain(text) or is_fragment(text) or _LABEL.match(text) is not None


def _is_short(text: str) -> bool:
    return count_words([text]) < _FEWEST_WORDS


def _is_copied(text: str, source: Source) -> bool:
    if Rule.COPIED_STATEMENTS not in source.rules:
        return False
    return source.support.is_copy(text) or source.echo.share(text) > _COPIED_SHARE


def _stretch_of(statement: Statement, count: int, length: int) -> int:
    return min(count - 1, statement.place * count // max(1, length))


def _is_new(statement: Statement, chosen: Sequence[Statement]) -> bool:
    texts = [*(each.text for each in chosen), statement.text]
    return len(without_repeated(texts)) == len(texts)

"""Which statements make up a small model's summary of a long text: some for every stretch of the document.

Asked for points on many notes, a small model takes them from the first ones, and says some that stand in
none. So its points are candidates, beside what the summaries of the parts begin with (a first sentence needs
none before it), and of each stretch that statement is taken which one passage of the document holds most of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.segmentation import split_sentences
from lmstudio_lite.domain.summaries import ChunkSummary
from lmstudio_lite.tasks.evidence.match import SupportingText
from lmstudio_lite.tasks.summarize.forms.form import Form, join_sentences
from lmstudio_lite.tasks.summarize.forms.points import is_fragment, without_repeated
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.overlap import EchoCheck
from lmstudio_lite.tasks.text.ranking import is_plain
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.tokens import tokenize

_WRITTEN_AS_POINT, _WRITTEN_ANEW = 0.1, 1.0
"""What is written for the whole is preferred to what is as well supported and written for a part; if the user
asked for another wording, to whatever was written for a part, which stays the same.
"""
_DOUBTFUL, _COPIED, _QUOTED = -1.0, -2.0, -3.0
_COPIED_SHARE = 0.6
_FEWEST_WORDS = 5
_LABEL = regex.compile(r"\A[\s\p{P}]*(?:\p{Lu}[\p{L}\p{M}]*\.?\s*:|[\p{L}\p{N}]{1,3}\))")
"""A statement that begins with "Proof:" or "b)" was cut out of a list."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """``place`` is where the document says it, in characters; ``worth`` is what is compared."""

    text: str
    place: int
    worth: float


def choose_statements(
    written: str,
    sections: Sequence[ChunkSummary],
    form: Form,
    support: SupportingText,
    echo: EchoCheck,
    *,
    is_anew: bool = False,
    rules: RuleSet = ALL_RULES,
) -> str:
    """Return ``form.count`` statements or fewer, in the document's order, as ``form`` has them.

    ``written`` is what the model wrote for the whole, "" if nothing; ``support`` and ``echo`` are of the
    whole document. What copies it stands only where a stretch has nothing else. ``is_anew`` if ``written`` is
    another wording, which was asked for.
    """
    bonus = _WRITTEN_ANEW if is_anew else _WRITTEN_AS_POINT
    candidates = _candidates(written, bonus, sections, support, echo, rules)
    statements = sorted(candidates, key=lambda each: -each.worth)
    chosen: list[_Statement] = []
    for num_there in range(form.count):
        for statement in statements:
            if len(chosen) == form.count:
                break
            stretch = _stretch_of(statement, form.count, support.length)
            others = [each for each in chosen if _stretch_of(each, form.count, support.length) == stretch]
            is_wanted = len(others) <= num_there and (statement.worth > 0 or not num_there)
            says_something = (
                not chosen or Rule.POINT_FRAGMENTS not in rules or not is_fragment(statement.text)
            )
            if is_wanted and says_something and (Rule.SAID_TWICE not in rules or _is_new(statement, chosen)):
                chosen.append(statement)
    texts = [each.text for each in sorted(chosen, key=lambda each: each.place)]
    return "\n".join(f"- {text}" for text in texts) if form.reply_start else join_sentences(texts)


def _candidates(
    written: str,
    bonus: float,
    sections: Sequence[ChunkSummary],
    support: SupportingText,
    echo: EchoCheck,
    rules: RuleSet,
) -> Iterator[_Statement]:
    for line in written.splitlines():
        for segment in split_sentences(line.removeprefix("- "))[: 1 if line.startswith("- ") else None]:
            place, held = support.standing(segment.text)
            yield _judged(segment.text.strip(), place, held + bonus, support, echo, rules)
    for section in sections:
        first = next(iter(split_sentences(section.text)), None)
        if first is not None:
            _, held = support.standing(first.text)
            worth = held + (_QUOTED if section.is_extract else _DOUBTFUL if section.problem else 0.0)
            yield _judged(first.text.strip(), (section.start + section.end) // 2, worth, support, echo, rules)


def _judged(
    text: str, place: int, worth: float, support: SupportingText, echo: EchoCheck, rules: RuleSet
) -> _Statement:
    is_short = len(tokenize(text)) < _FEWEST_WORDS or not text.endswith(SENTENCE_ENDS)
    is_doubtful = is_short or not is_plain(text) or is_fragment(text) or _LABEL.match(text) is not None
    if is_doubtful and Rule.DOUBTED_STATEMENTS in rules:
        worth += _DOUBTFUL
    is_copied = support.is_copy(text) or echo.share(text) > _COPIED_SHARE
    if is_copied and Rule.COPIED_STATEMENTS in rules:
        worth += _COPIED
    return _Statement(text, place, worth)


def _stretch_of(statement: _Statement, count: int, length: int) -> int:
    return min(count - 1, statement.place * count // max(1, length))


def _is_new(statement: _Statement, chosen: Sequence[_Statement]) -> bool:
    texts = [*(each.text for each in chosen), statement.text]
    return len(without_repeated(texts)) == len(texts)

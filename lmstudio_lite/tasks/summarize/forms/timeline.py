"""A timeline from a document's own sentences: what stands in where a model names hardly any date."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import regex

from lmstudio_lite.documents.structure.language_facts import phrases_of_all
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.parts import UNUSABLE, Written
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.ranking import central_sentences, is_plain
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.tokens import tokenize

_CITATION = regex.compile(r"\([^()]*\p{Lu}[^()]*,? \d{4}[a-z]?[^()]*\)")
_ITEM_NUMBER = regex.compile(r"\A\d{1,2}[.)]\s+")
_FEWEST_EVENTS = 2
_FEWEST_WORDS, _MOST_WORDS = 6, 60


def quoted_timeline(
    result: PartResult, texts: Sequence[str], count: int, rules: RuleSet = ALL_RULES
) -> Written | None:
    """Return a timeline of quotes from ``texts`` in place of one that is of no use or names hardly any year.

    None where the model's is better, or the document names no year either.
    """
    num_dated = sum(_year_of(line) is not None for line in result.text.splitlines())
    if Rule.DATED_QUOTES not in rules or (result.problem not in UNUSABLE and num_dated >= _FEWEST_EVENTS):
        return None
    quoted = quoted_events(texts, count)
    return Written(quoted, (TaskWarning("summary_events", 1, 1),), is_extract=True) if quoted else None


def quoted_events(texts: Sequence[str], count: int) -> str:
    """Return up to ``count`` sentences of ``texts`` that name a year, in quotation marks, in order of time.

    They come from all over the texts; each stands behind the first year that it names. "" if there are none.
    """
    segments = [segment for text in texts for segment in split_sentences(text)]
    sentences = [_ITEM_NUMBER.sub("", " ".join(segment.text.split())) for segment in segments]
    dated = [sentence for sentence in sentences if _is_event(sentence)]
    count = min(count, len(dated))
    chosen = []
    for number in range(count):
        stretch = dated[number * len(dated) // count : (number + 1) * len(dated) // count]
        chosen += central_sentences("\n\n".join(stretch), 1)
    events = sorted((year, sentence) for sentence in chosen if (year := _year_of(sentence)) is not None)
    return "\n".join(f"- {year}: “{sentence.strip('“”')}”" for year, sentence in events)


def _is_event(sentence: str) -> bool:
    """Tell whether a sentence names a year and can be read by itself."""
    is_long_enough = _FEWEST_WORDS <= len(tokenize(sentence)) <= _MOST_WORDS
    is_whole = sentence.endswith(SENTENCE_ENDS) and is_plain(sentence) and not sentence.startswith(("#", "|"))
    return is_long_enough and is_whole and _year_of(sentence) is not None


@functools.cache
def _year() -> regex.Pattern[str]:
    """A number of four figures that nothing marks as another: "in 1850", "建于1850年", not "1500 years"."""
    years = "|".join(map(regex.escape, phrases_of_all(lambda facts: facts.years)))
    number = r"(?:1[0-9]\d\d|20\d\d)"
    return regex.compile(
        rf"(?<![\p{{L}}\p{{N}}.,:/-]){number}(?![\p{{N}}/-]|[.,:]\d|\s(?:{years})\b)"
        rf"|(?<![\p{{N}}.,:/-]){number}(?=\s*年)",
        regex.IGNORECASE,
    )


def _year_of(sentence: str) -> int | None:
    """Return the first year that a sentence names, but for those of works that it cites."""
    found = _year().search(_CITATION.sub("", sentence))
    return int(found[0]) if found else None

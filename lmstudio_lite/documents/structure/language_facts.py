"""Facts about languages, read from ``resources/languages``: one file a language, with every key.

Whoever knows the language of a text reads it with that language's facts (``language_facts``): merged into one
table, English "once" would be the Spanish eleven. Where the language is not known yet,
as when sentences are cut, or where a small model may have slipped into another one, as in an opening, what is
known of all languages is asked for (``all_language_facts``). Files are read at first use; a broken one is
told in the log and counts as English. What is not known of a language is left empty in its file.
"""

from __future__ import annotations

import functools
import logging
import tomllib
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from lmstudio_lite.paths import resources

log = logging.getLogger(__name__)

UNSPACED_LETTERS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
"""For the inside of a character class of ``regex``: scripts that put no space between words."""

_ENGLISH = "en"


class WordMarks(StrEnum):
    """How words are told apart: by spaces; not at all, but each character counts as one; not at all.

    With ``CHARACTERS`` no space stands between sentences either.
    """

    SPACES = "spaces"
    CHARACTERS = "characters"
    NONE = "none"


class MeaningFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What bends the meaning of a sentence; all empty for a language of which it is not known.

    Most are patterns, in any case of letters and, where words have spaces, of whole words. ``no_negations``
    have a negation in them and are none, ``denials`` say no in other words; ``near_negations`` may stand
    where another language has a negation ("only", "unknown"). ``possibility`` is what may be so,
    ``plan`` what is to be, ``done`` what has been. From ``all`` to ``only``: how many are spoken of.
    ``cause`` names one, ``because`` right before it. ``breaks`` begin another clause. ``passive`` stands
    before who did something, ``prepositions`` before other parts of a sentence, ``truth`` says of a clause
    that it holds, ``counters`` stand between a number and a thing, a ``cleft`` sentence puts its parts in
    another order, ``directions`` are those of them that say to or from whom, ``relatives`` take up a word
    again, ``determiners`` stand before a thing that is named, ``object_articles`` before what something is
    done to, ``shared`` between those who did or suffered it together. ``auxiliaries`` are verbs that stand
    for another one. ``questions`` ask whether it is so. ``opposites`` can't both be true, ``converses`` can,
    of the two sides of one thing (buy, sell). ``units`` are a unit's words by one name for it in all
    languages, ``scales`` are the words behind a number that multiply it, by what they stand for.
    ``weekdays`` are the seven, from Monday.
    """

    negations: tuple[str, ...] = ()
    no_negations: tuple[str, ...] = ()
    denials: tuple[str, ...] = ()
    near_negations: tuple[str, ...] = ()
    obligation: tuple[str, ...] = ()
    prohibition: tuple[str, ...] = ()
    permission: tuple[str, ...] = ()
    possibility: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    some: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    cause: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    passive: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    prepositions: str = ""
    truth: str = ""
    counters: str = ""
    cleft: str = ""
    directions: str = ""
    relatives: str = ""
    determiners: str = ""
    auxiliaries: str = ""
    object_articles: str = ""
    opposites: tuple[tuple[str, str], ...] = ()
    converses: tuple[tuple[str, str], ...] = ()
    weekdays: tuple[str, ...] = ()
    units: dict[str, str] = {}
    scales: dict[str, str] = {}


class LanguageFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts of one language; keys and values are those of its file.

    ``months`` are the names of each of the twelve, or nothing. ``months_that_are_words`` say something else
    at the beginning of a sentence ("May"). ``month_of_figures`` is a pattern whose group is a month's number.
    ``numbers`` and ``ordinals`` are words by what they mean; ``compound_number`` says how tens and units are
    put together, in one way or several ("|"); ``numerals`` are the characters of numbers that are written
    without spaces. ``openings`` begin a line that announces the text, the labels stand before a colon.
    ``task_talk`` and ``empty_talk`` (from a sentence's beginning) are patterns, in any case of letters.
    ``nothing`` answers that there is nothing to say. ``years`` follow a number that is no year. From
    ``references`` to ``chapter``: headings, and the words that numbered ones begin with. ``abbreviations``
    keep their full stop anywhere, ``numbered_abbreviations`` before a number or a bracket ("No. 5"); after
    one with a full stop inside ("U.S.") ``sentence_starters`` begin a sentence. A number with a full stop is
    an ordinal after ``before_ordinals`` and before ``after_ordinals``. Words are casefolded, and those of
    abbreviations without their last full stop. ``meaning`` alone may be missing.
    """

    word_marks: WordMarks
    capitalizes_nouns: bool
    months: tuple[tuple[str, ...], ...]
    months_that_are_words: tuple[str, ...]
    month_of_figures: str
    compound_number: str
    numerals: str
    openings: tuple[str, ...]
    summary_labels: tuple[str, ...]
    title_labels: tuple[str, ...]
    translation_labels: tuple[str, ...]
    task_talk: tuple[str, ...]
    empty_talk: tuple[str, ...]
    nothing: tuple[str, ...]
    years: tuple[str, ...]
    references: tuple[str, ...]
    contents: tuple[str, ...]
    index: tuple[str, ...]
    appendix: tuple[str, ...]
    chapter: tuple[str, ...]
    abbreviations: str
    numbered_abbreviations: str
    sentence_starters: str
    before_ordinals: str
    after_ordinals: str
    numbers: dict[str, str]
    ordinals: dict[str, str]
    meaning: MeaningFacts = MeaningFacts()


class LanguageFiles:
    """The files of one folder, each read at first use. Any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, LanguageFacts] = {}
        self.codes = tuple(sorted(path.stem for path in folder.glob("*.toml")))

    def facts(self, code: str) -> LanguageFacts:
        """Return the facts of ``code``; those of English where it has no file or a broken one.

        Raises:
            OSError, ValueError: the file of English is missing or broken.
        """
        if code not in self.codes:
            code = _ENGLISH
        if code not in self._known:
            self._known[code] = self._read(code)
        return self._known[code]

    def _read(self, code: str) -> LanguageFacts:
        try:
            return read_language_facts(self._folder / f"{code}.toml")
        except (OSError, ValueError) as error:
            if code == _ENGLISH:
                raise
            log.warning("the facts about the language %r can't be read: %s", code, error)
            return self.facts(_ENGLISH)


@functools.cache
def _files() -> LanguageFiles:
    return LanguageFiles(resources() / "languages")


def language_facts(code: str) -> LanguageFacts:
    """Return what is known of a language (ISO 639-1); English for "" and for one without a file."""
    return _files().facts(code)


def has_language_facts(code: str) -> bool:
    """Tell whether a language has a file of its own."""
    return code in _files().codes


def all_language_facts() -> tuple[LanguageFacts, ...]:
    """Return what is known of every language that has a file, in the order of their codes."""
    return tuple(map(language_facts, _files().codes))


def phrases_of_all(choose: Callable[[LanguageFacts], Iterable[str]]) -> tuple[str, ...]:
    """Return the phrases that ``choose`` takes of each language, each once, the longest first."""
    found = {phrase for facts in all_language_facts() for phrase in choose(facts)}
    return tuple(sorted(found, key=lambda phrase: (-len(phrase), phrase)))


def read_language_facts(path: Path) -> LanguageFacts:
    """Read one file.

    Raises:
        OSError: it can't be read.
        ValueError: it is no TOML, lacks a key or has one too many, or a value is of another kind.
    """
    with path.open("rb") as file:
        facts = msgspec.convert(tomllib.load(file), LanguageFacts)
    if len(facts.months) not in (0, 12):
        raise ValueError(f"{len(facts.months)} months")
    return facts

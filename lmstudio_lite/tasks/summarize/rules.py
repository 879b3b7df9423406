"""The rules that bend what a model writes or decide what is done with it: each can be switched off by name.

A rule earns its place in ``bench --only quality --without RULE``. Users see none of this: they always get
``ALL_RULES``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

_KNOWN = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "zh")
_WITH_PHRASES_OF_EMPTY_TALK = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt", "ru", "zh")


class Rule(Enum):
    """``key`` is the name to switch it off by, ``why`` its reason in a line.

    ``languages`` (ISO 639-1) are those that it was written for; empty where it works in every language.
    """

    # What an answer is asked again for.
    TOO_SHORT = "too-short", "a few words are no summary"
    TITLES_ONLY = "titles-only", "small models list a text's headings in place of what it says"
    LOOP = "loop", "small models repeat themselves without end"
    LANGUAGE = "language", "small models answer in English, or in the language they know best"
    ECHO = "echo", "small models copy the text instead of summarizing it"
    COPIED_PART = "copied-part", "a part whose every sentence is the document's was not summarized"
    COPIED_MERGE = "copied-merge", "what parts copied, a merge only repeats"
    PROMPT_LEAK = "prompt-leak", "small models answer with the words of the instructions"
    ORDERS = "orders", "a document's orders to its reader are matter, and nothing to be obeyed"
    TASK_TALK = "task-talk", "small models speak of sentences and notes in place of the text", _KNOWN
    NO_SENTENCE = "no-sentence", "a part of a document answered with a string of words has no summary"
    UNSUPPORTED = "unsupported", "an answer of which the text says little was made up"
    FORMULA_PARTS = "formula-parts", "sentences cut out of formulas can't be read"
    SECOND_ATTEMPT = "second-attempt", "warmer, told not to copy, a model often does what it failed at"
    ABOUT = "about", "a model that can't summarize a page can still say in a sentence what it is about"
    ENOUGH = "enough", "small models don't stop when they have what was asked for"

    # What is taken out of an answer.
    LEAD_IN = "lead-in", "“Here is a summary:” and the marks around the text are no part of it", _KNOWN
    PROMPT_SENTENCES = "prompt-sentences", "a sentence of the instructions among the others"
    UNFINISHED = "unfinished", "a character that the model left unfinished can't be read"
    REPEATED = "repeated", "the same line or sentence again says nothing"
    WORDLESS = "wordless", "a number or an identifier alone says nothing"
    CUT_END = "cut-end", "the last sentence may have been cut off at the limit"
    MOST_POINTS = "most-points", "small models write more than was asked for"
    SHORT_POINTS = "short-points", "in the middle of a point small models begin to copy"
    PROSE_AS_POINTS = "prose-as-points", "small models write running text where points were asked for"
    TITLE_LABEL = "title-label", "“Title:” is no part of a title", _KNOWN
    LONG_TITLE = "long-title", "a sentence is no title"
    JOINED_ANSWERS = "joined-answers", "small models put an answer below its question"
    UNDATED = "undated", "an event without a date has no place among dated ones"
    EMPTY_TALK = (
        "empty-talk",
        "“The text provides an overview” says that there is something, not what",
        _WITH_PHRASES_OF_EMPTY_TALK,
    )
    POINT_FRAGMENTS = "point-fragments", "a heading or “The reasons are:” is no point"
    POINT_FORMULAS = "point-formulas", "a point cut out of a formula can't be read"
    SAID_TWICE = "said-twice", "what is said with few other words was said before"
    NOTHING = "nothing", "“None.” is no decision", _KNOWN
    UNDER_ONE_HEADING = "under-one-heading", "a point stands below the first heading that it was written for"
    REPEATED_TITLE = "repeated-title", "a point that repeats its title says nothing"

    # What must stand in the document.
    NUMBERS = "numbers", "a sentence with a number that its passage lacks has no support"
    PART_SUPPORT = "part-support", "what a part does not say would be a source itself in the merge"
    STRETCH_SUPPORT = "stretch-support", "points on notes go astray from the document"
    TINY_LIST_SUPPORT = "tiny-list-support", "asked for decisions, the smallest models make some up"
    SMALL_UNSUPPORTED = "small-unsupported", "a small model's other words are more often other matters"
    TINY_ONE_PLACE = "tiny-one-place", "the smallest models mix what they read into one sentence"
    ANSWER_SUPPORT = "answer-support", "an answer that the document does not hold goes with its question"

    # What stands in, and what is chosen.
    SHORT_TEXT = "short-text", "there is nothing to leave out of a text as short as a summary"
    EXTRACT = "extract", "the document's central sentences stand in for what is of no use"
    READ_IN_PARTS = "read-in-parts", "what a model can't summarize whole it may summarize part by part"
    QUOTE_ALL = "quote-all", "a model that failed on most parts is not to be trusted with the merge"
    SMALL_SPAN = "small-span", "with less text at a time, more of what small models say stands in it"
    SMALL_MERGE = "small-merge", "of longer notes small models repeat the beginning"
    SMALL_STRETCHES = "small-stretches", "small models take their points from the first notes"
    CHOSEN_STATEMENTS = "chosen-statements", "each stretch of the document speaks with what it holds most of"
    TINY_CHOICE = "tiny-choice", "the smallest models can't put together what several pages say"
    DOUBTED_STATEMENTS = "doubted-statements", "what is short, cut out or a label gives way to what is whole"
    COPIED_STATEMENTS = "copied-statements", "what is copied gives way to what was written"
    CHOSEN_POINTS = "chosen-points", "what tells most of a short text comes before a point of detail"
    ASPECTS = "aspects", "asked for points alone, small models leave the figures out that matter"
    CLAIMS = "claims", "a statement with a number, day or name that the document lacks is not chosen"
    STRANGE_CHARACTERS = (
        "strange-characters",
        "characters that the document has nowhere are slips in names and words",
        ("zh", "ja"),
    )
    FILL = "fill", "small models say less than was asked for, and part of that is dropped"
    QUOTE_FILL = "quote-fill", "where the model said too little, the document's most telling sentences stand"
    STANDALONE_QUOTES = (
        "standalone-quotes",
        "“That is less.” says nothing without the sentence before it",
        ("en", "de", "zh", "ar"),
    )
    MADE_TITLES = "made-titles", "a stretch without a title gets the beginning of its points"
    MEANINGS = "meanings", "small models name terms; the text says what they mean"
    DATED_QUOTES = "dated-quotes", "where a model names hardly any date, the document's own events stand"
    OPEN_QUESTIONS = "open-questions", "small models leave answers out: each is asked with its passage"
    QUOTABLE = "quotable", "headings and numbers of sections are no quotes"

    def __init__(self, key: str, why: str, languages: tuple[str, ...] = ()) -> None:
        self.key = key
        self.why = why
        self.languages = languages


RULES: dict[str, Rule] = {rule.key: rule for rule in Rule}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules in force: all but ``disabled_rules``. ``rule in rules`` asks for one."""

    disabled_rules: frozenset[Rule] = frozenset()

    def __contains__(self, rule: Rule) -> bool:
        return rule not in self.disabled_rules

    @property
    def fingerprint(self) -> str:
        """Return a short text that differs when another set of rules is in force."""
        enabled = ",".join(sorted(rule.key for rule in Rule if rule in self))
        return hashlib.sha256(enabled.encode()).hexdigest()[:16]


ALL_RULES = RuleSet()

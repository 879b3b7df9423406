"""The forms of a summary: how to begin one, when it is long enough, how to tidy what a model wrote.

Small models add openings ("Here is a summary:"), forget the form halfway and don't stop. Tidying keeps
their words and repairs only marks, repetitions and a last line that was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import regex

from lmstudio_lite.documents.structure.language_facts import UNSPACED_LETTERS
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.summarize.rules import ALL_RULES, Rule, RuleSet
from lmstudio_lite.tasks.text.talk import without_opening, without_title_label
from lmstudio_lite.tasks.text.tokens import tokenize

_BULLET = regex.compile(r"\A\s*(?:(?:[-*•–·]|\(?\d{1,2}[.)])\s+)+(?:#+\s+)?(?=\S)")
_WORD = regex.compile(rf"(?<![\p{{L}}\p{{N}}])\p{{L}}[\p{{L}}\p{{M}}]*+(?!\p{{N}})|[{UNSPACED_LETTERS}]")
"""What a point must have: an identifier or a number alone says nothing."""
_FENCE = '"""'
"""The marks around a text in the prompts, which small models copy with it."""
QUESTION_MARKS = ("?", "？", "؟")
_DIGIT = regex.compile(r"\p{Nd}")
_LONGEST_TITLE = 90
_SENTENCES_A_POINT = 2
_SENTENCE_END = regex.compile(r"[\p{SB=AT}\p{SB=ST}…][\p{Pe}\p{Pf}\"'*_]*\s*\Z")


class Kind(Enum):
    """What an answer is for: the text that people read, a part that a merge reads, or a title."""

    TEXT = "text"
    PART = "part"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for in one request, and how its answer is brought into form and judged.

    ``name`` is the prompt's; ``count`` is of bullets, sentences or headings; ``reply_start`` forces it.

    ``tidy`` brings a raw answer into form by the rules in force. ``may_copy`` where the text's own words are
    right, as in a glossary; what does not ``need_support`` need not stand in the text.
    """

    name: str
    count: int
    max_tokens: int
    reply_start: str
    tidy: Callable[[str, RuleSet], str]
    is_enough: Callable[[str], bool]
    may_copy: bool = False
    needs_support: bool = True
    kind: Kind = Kind.TEXT


def bullets_form(count: int) -> Form:
    """A list of ``count`` points."""
    return Form(
        "bullets",
        count,
        max_tokens=40 + 60 * count,
        reply_start="- ",
        tidy=lambda text, rules: tidy_bullets(text, count, rules),
        is_enough=lambda text: len(_lines(text, _BULLET)) > count,
    )


def questions_form(count: int) -> Form:
    """``count`` questions, each with its answer behind it."""
    return replace(
        bullets_form(count),
        name="questions",
        may_copy=True,
        needs_support=False,
        tidy=lambda text, rules: tidy_questions(text, count, rules),
        is_enough=lambda text: sum(map(text.count, QUESTION_MARKS)) > count,
    )


def timeline_form(count: int) -> Form:
    """``count`` events, each with its date before it."""
    return replace(
        bullets_form(count),
        name="timeline",
        may_copy=True,
        tidy=lambda text, rules: tidy_timeline(text, count, rules),
    )


def title_form() -> Form:
    """A heading of a few words."""
    return Form(
        "title",
        1,
        max_tokens=32,
        reply_start="",
        kind=Kind.TITLE,
        tidy=tidy_title,
        is_enough=lambda text: "\n" in text.lstrip(),
    )


def paragraph_form(count: int, name: str = "paragraph") -> Form:
    """Running text of ``count`` sentences, or one or two more."""
    return Form(
        name,
        count,
        max_tokens=60 + 55 * count,
        reply_start="",
        tidy=lambda text, rules: tidy_paragraph(text, count + 2, rules),
        is_enough=lambda text: len(split_sentences(_without_opening(text, ALL_RULES))) > count + 2,
    )


def part_form(count: int) -> Form:
    """What a part of a document says in ``count`` sentences, for a merge to read."""
    return replace(paragraph_form(count, "section"), kind=Kind.PART)


def own_form(words: int) -> Form:
    """Whatever the user's instruction asks for, of about ``words`` words."""
    return Form(
        "own",
        words,
        max_tokens=80 + 2 * words,
        reply_start="",
        needs_support=False,
        tidy=tidy_lines,
        is_enough=lambda text: len(tokenize(text)) > 1.5 * words + 20,
    )


def tidy_lines(text: str, rules: RuleSet = ALL_RULES) -> str:
    """Keep the lines as they are, each that says something once; a last one that was cut off is dropped."""
    lines = [line.rstrip() for line in _without_opening(text, rules).splitlines()]
    seen: set[tuple[str, ...]] = set()
    lines = [line for line in lines if not _is_bare_point(line)]
    kept = [line for line in lines if not tokenize(line) or _distinct([line], rules, seen)]
    whole = "\n".join(kept).strip()
    sentences = [segment.text for segment in split_sentences(whole)]
    return "".join(_without_cut_end(sentences, rules)).strip()


def _is_bare_point(line: str) -> bool:
    """Tell whether a point of a list holds no word: the rule of a table that a model made a list of."""
    mark = _BULLET.match(line)
    return mark is not None and _WORD.search(line, mark.end()) is None


def tidy_bullets(text: str, count: int, rules: RuleSet = ALL_RULES) -> str:
    """Return up to ``count`` lines that begin with ``- ``, none twice; prose becomes one point a sentence."""
    points: list[str] = []
    for line in text.strip().splitlines():
        mark = _BULLET.match(line)
        if mark:
            points.append(line[mark.end() :].strip(" \t|"))
        elif points and line.strip() and line[:1].isspace():
            points[-1] = f"{points[-1]} {line.strip()}"
    if len(points) < min(count, 2) and Rule.PROSE_AS_POINTS in rules:
        sentences = split_sentences(points[0] if points else _without_opening(text, rules))
        points = [_BULLET.sub("", " ".join(sentence.text.split()), count=1) for sentence in sentences]
    if Rule.SHORT_POINTS in rules:
        points = [_first_sentences(point) for point in points]
    kept = _without_cut_end(_distinct(points, rules), rules)
    kept = kept[:count] if Rule.MOST_POINTS in rules else kept
    return "\n".join(f"- {point}" for point in kept)


def tidy_questions(text: str, count: int, rules: RuleSet = ALL_RULES) -> str:
    """Put each answer behind its question."""
    joined: list[str] = []
    for line in tidy_bullets(text, 2 * count, rules).splitlines():
        is_open = Rule.JOINED_ANSWERS in rules and joined and joined[-1].endswith(QUESTION_MARKS)
        if is_open and not _asks(line):
            joined[-1] = f"{joined[-1]} {line.removeprefix('- ')}"
        else:
            joined.append(line)
    return "\n".join(joined[:count] if Rule.MOST_POINTS in rules else joined)


def _asks(line: str) -> bool:
    return any(mark in line for mark in QUESTION_MARKS)


def tidy_timeline(text: str, count: int, rules: RuleSet = ALL_RULES) -> str:
    """Leave out events without a date where others have one."""
    lines = tidy_bullets(text, count, rules).splitlines()
    dated = [line for line in lines if _DIGIT.search(line)] if Rule.UNDATED in rules else []
    return "\n".join(dated or lines)


def tidy_title(text: str, rules: RuleSet = ALL_RULES) -> str:
    """Return the first line without marks, quotation marks and full stop; "" if that is no title."""
    line = next((line for line in _without_opening(text, rules).splitlines() if line.strip()), "")
    title = _BULLET.sub("", line.strip().lstrip("#"), count=1)
    title = without_title_label(title) if Rule.TITLE_LABEL in rules else title
    title = title.strip(" *_\"'“”„«»「」《》.。:：")
    is_too_long = len(title) > _LONGEST_TITLE and Rule.LONG_TITLE in rules
    return "" if is_too_long else " ".join(title.split())


def tidy_paragraph(text: str, most: int, rules: RuleSet = ALL_RULES) -> str:
    """Return one paragraph of up to ``most`` sentences; a last one that was cut off is dropped."""
    lines = (_BULLET.sub("", line) for line in _without_opening(text, rules).splitlines())
    joined = " ".join(line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    sentences = _distinct([segment.text.strip() for segment in split_sentences(joined)], rules)
    sentences = sentences[:most] if Rule.MOST_POINTS in rules else sentences
    return join_sentences(_without_cut_end(sentences, rules))


def _lines(text: str, mark: regex.Pattern[str]) -> list[str]:
    return [line for line in text.splitlines() if mark.match(line)]


def _first_sentences(point: str) -> str:
    """Keep a point short: small models begin to copy in the middle of one."""
    short = "".join(sentence.text for sentence in split_sentences(point)[:_SENTENCES_A_POINT]).strip()
    return short.strip('" ') if short.count('"') % 2 else short


def _without_opening(text: str, rules: RuleSet) -> str:
    if Rule.LEAD_IN not in rules:
        return text.strip()
    return without_opening(text.strip().removeprefix(_FENCE).removesuffix(_FENCE).strip())


def _distinct(points: list[str], rules: RuleSet, seen: set[tuple[str, ...]] | None = None) -> list[str]:
    seen = set() if seen is None else seen
    kept = []
    for point in points:
        key = tuple(tokenize(point))
        is_new = key not in seen or Rule.REPEATED not in rules
        has_words = _WORD.search(point) is not None or Rule.WORDLESS not in rules
        if key and is_new and has_words:
            seen.add(key)
            kept.append(point)
    return kept


def _without_cut_end(points: list[str], rules: RuleSet) -> list[str]:
    """Drop a last point without a full stop when the others have one."""
    if Rule.CUT_END not in rules or len(points) < 2 or _SENTENCE_END.search(points[-1]):
        return points
    num_whole = sum(_SENTENCE_END.search(point) is not None for point in points[:-1])
    return points[:-1] if num_whole * 2 > len(points) - 1 else points


def join_sentences(sentences: Sequence[str]) -> str:
    """Put sentences one after the other, with a space where their script has spaces."""
    joined = ""
    for sentence in sentences:
        separator = "" if not joined or regex.match(r"[\p{Han}\p{Kana}\p{Hira}]", sentence) else " "
        joined += separator + sentence
    return joined

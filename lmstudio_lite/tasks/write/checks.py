"""What can be told of a written text without a model: its length, its form, its language, blanks, copies.

None of it says that a text is good. What is found is asked for again once, and told to the reader.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex

from lmstudio_lite.domain.writing import (
    SEO_DESCRIPTION_MAX,
    SEO_TITLE_MAX,
    Brief,
    Fault,
    Finding,
    Preset,
)
from lmstudio_lite.tasks.text.languages import SURE_LETTERS, is_in_another_language
from lmstudio_lite.tasks.text.overlap import EchoCheck, has_loop, share_run
from lmstudio_lite.tasks.text.sentences import SENTENCE_ENDS
from lmstudio_lite.tasks.text.tokens import tokenize
from lmstudio_lite.tasks.write.asking import NUM_QUESTIONS, asked_words, num_paragraphs, wanted_words
from lmstudio_lite.tasks.write.placeholders import find_placeholders
from lmstudio_lite.tasks.write.questions import questions_in

LEAST, MOST = 0.65, 1.4
"""Shares of the wanted words that are still about as many."""
_TITLE_WORDS, _TITLE_CHARACTERS = 16, 110
_GREETING_CHARACTERS, _CLOSING_CHARACTERS = 70, 60
_GREETING_ENDS = (",", "，", "،", ":", "：", "!", "！", "、")
_LEAK_TOKENS = 7
_VERSE_CHARACTERS = 70
_VERSES_MIN = 4
_FENCE = regex.compile(r"^```([\w+#.-]*)[^\n]*\n(.*?)(?:^```|\Z)", regex.DOTALL | regex.MULTILINE)
_PART = regex.compile(r"\A\W*[\p{L}\p{M} -]{2,24}\W*[:：]\W*(.+?)\W*\Z")


@dataclass(frozen=True, slots=True)
class SeoParts:
    title: str
    description: str


def find_faults(brief: Brief, text: str, language: str, *, is_cut: bool = False) -> list[Finding]:
    """Return what is wrong with ``text``, the worst first; ``is_cut`` where it reached its limit."""
    if not text.strip():
        return [Finding(Fault.EMPTY)]
    found = [*_general(brief, text, language), *_FORMS[brief.preset](brief, text)]
    if is_cut:
        found.append(Finding(Fault.CUT_SHORT))
    return sorted(found, key=lambda finding: -finding.fault.rank)


def burden(findings: list[Finding]) -> tuple[int, int]:
    """Return how bad findings are together, to be compared: the worst first, then how many."""
    return max((finding.fault.rank + 1 for finding in findings), default=0), len(findings)


def count_words(text: str) -> int:
    """Count words; each character of Chinese or Japanese is one."""
    return len(tokenize(text))


def seo_parts(text: str) -> SeoParts | None:
    """Return the title and the description of a text of two lines, None where it is something else."""
    lines = [line for line in text.splitlines() if line.strip()]
    parts = [_PART.match(line) for line in lines]
    if len(lines) != 2 or parts[0] is None or parts[1] is None:
        return None
    ends = lines[1].rstrip()[-1]
    return SeoParts(parts[0][1], parts[1][1] + (ends if ends in SENTENCE_ENDS else ""))


def code_in(text: str) -> tuple[str, str]:
    """Return the language and the code of the first code block, "" and "" where there is none."""
    found = _FENCE.search(text)
    return (found[1].lower(), found[2]) if found else ("", "")


def _general(brief: Brief, text: str, language: str) -> Iterator[Finding]:
    if brief.preset in (Preset.CODE, Preset.QUIZ):
        return
    if has_loop(text):
        yield Finding(Fault.LOOP)
    if is_in_another_language(text, language, SURE_LETTERS):
        yield Finding(Fault.WRONG_LANGUAGE)
    if EchoCheck(brief.text).is_echo(text):
        yield Finding(Fault.ECHO)
    if share_run(text, asked_words(brief, language), _LEAK_TOKENS):
        yield Finding(Fault.LEAK)
    blanks = [blank for blank in find_placeholders(text) if blank not in brief.text]
    if blanks:
        yield Finding(Fault.PLACEHOLDER, len(blanks), words=", ".join(blanks[:6]))
    if brief.words and brief.preset.takes_words:
        num_words, wanted = count_words(text), wanted_words(brief)
        if num_words > MOST * wanted:
            yield Finding(Fault.LONGER, num_words, wanted)
        elif num_words < LEAST * wanted:
            yield Finding(Fault.SHORTER, num_words, wanted)


def _titled(brief: Brief, text: str) -> Iterator[Finding]:
    lines = text.strip().splitlines()
    title = lines[0].strip("#* \t")
    is_short = len(tokenize(title)) <= _TITLE_WORDS or len(title) <= 40
    ends = tuple(end for end in SENTENCE_ENDS if end not in "!？?！…")
    is_title = is_short and len(title) <= _TITLE_CHARACTERS and not title.endswith(ends)
    if not title or not is_title or len(lines) < 2:
        yield Finding(Fault.NO_TITLE)


def _article(brief: Brief, text: str) -> Iterator[Finding]:
    yield from _titled(brief, text)
    paragraphs = [block for block in regex.split(r"\n\s*\n", text.strip()) if len(tokenize(block)) > 12]
    wanted = max(2, num_paragraphs(brief) // 2)
    if len(paragraphs) < wanted:
        yield Finding(Fault.FEW_PARAGRAPHS, len(paragraphs), wanted)


def _email(_brief: Brief, text: str) -> Iterator[Finding]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not regex.match(r"\W*[\p{L}\p{M}]{2,14}\W{0,3}[:：]\s*\S", lines[0]):
        yield Finding(Fault.NO_SUBJECT)
        lines = ["", *lines]
    greeting = lines[1] if len(lines) > 1 else ""
    if not greeting.endswith(_GREETING_ENDS) or len(greeting) > _GREETING_CHARACTERS:
        yield Finding(Fault.NO_GREETING)
    last = lines[2:][-3:]
    closes = (
        line for line in last if len(line) <= _CLOSING_CHARACTERS and not line.endswith((".", "?", "۔", "؟"))
    )
    if next(closes, None) is None:
        yield Finding(Fault.NO_CLOSING)


def _seo(_brief: Brief, text: str) -> Iterator[Finding]:
    parts = seo_parts(text)
    if parts is None:
        yield Finding(Fault.NO_PARTS)
        return
    if len(parts.title) > SEO_TITLE_MAX:
        yield Finding(Fault.TITLE_LONG, len(parts.title), SEO_TITLE_MAX)
    if len(parts.description) > SEO_DESCRIPTION_MAX:
        yield Finding(Fault.DESCRIPTION_LONG, len(parts.description), SEO_DESCRIPTION_MAX)


def _poem(_brief: Brief, text: str) -> Iterator[Finding]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    num_short = sum(len(line) <= _VERSE_CHARACTERS for line in lines)
    if num_short < _VERSES_MIN or 4 * num_short < 3 * len(lines):
        yield Finding(Fault.NO_VERSES)


def _code(_brief: Brief, text: str) -> Iterator[Finding]:
    language, code = code_in(text)
    if not code.strip():
        yield Finding(Fault.NO_CODE)
        return
    problem = _syntax_problem(language, code)
    if problem:
        yield Finding(Fault.SYNTAX, words=problem)


def _syntax_problem(language: str, code: str) -> str:
    """Say why Python or JSON can't be parsed, "" if it can; other languages are not looked at."""
    try:
        if language in ("python", "py", "python3"):
            ast.parse(code)
        elif language == "json":
            json.loads(code)
    except SyntaxError as error:
        return f"{error.msg}, line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error)[:80]
    return ""


def _quiz(_brief: Brief, text: str) -> Iterator[Finding]:
    questions = questions_in(text)
    asked = {" ".join(tokenize(each.question)) for each in questions}
    if len(asked) < len(questions):
        yield Finding(Fault.SAME_QUESTIONS)
    if len(questions) < NUM_QUESTIONS:
        yield Finding(Fault.FEW_QUESTIONS, len(questions), NUM_QUESTIONS)


def _free(_brief: Brief, _text: str) -> Iterator[Finding]:
    yield from ()


_FORMS: dict[Preset, Callable[[Brief, str], Iterator[Finding]]] = {
    Preset.ARTICLE: _article,
    Preset.NEWS: _article,
    Preset.STORY: _article,
    Preset.AD: _titled,
    Preset.EMAIL: _email,
    Preset.SEO: _seo,
    Preset.POEM: _poem,
    Preset.CODE: _code,
    Preset.QUIZ: _quiz,
    Preset.TUTOR: _free,
    Preset.INTERVIEW: _free,
}

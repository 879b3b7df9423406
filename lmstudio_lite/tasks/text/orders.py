"""Sentences of a text that give orders to whoever reads it for the user: a program with a model.

What a document says to a model ("Ignore the above and write …") is material like the rest of it. It is found
by what it speaks of, in the languages of ``resources/prompts/orders.toml``: the instructions, the answer,
turns of a chat. From it comes what it wants to be written, so that a text which has these words as its own
can be told from one that reports them. What is not found here is no danger by itself: a summary is still held
against its document.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import msgspec
import regex

from lmstudio_lite.documents.structure.language import common_words
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.text.tokens import tokenize

_FURTHER_SENTENCES = 4
"""How many sentences behind an order may go on with it."""
_MOST_PAYLOAD_TOKENS = 24
_PARAGRAPH_MAX = 2_000
_MOST_QUOTED, _LONGEST_QUOTED = 2, 400
_LEFT_OUT = "[…]"
_STRIDE = 128
"""Characters: an order is given away within as many around a stem."""
_QUOTED = regex.compile(
    r"[“„«「『‹]([^“”„«»「」『』‹›\n]{1,200})[”“»」』›]|\"([^\"\n]{1,200})\"|(?<!\w)['‘]([^'’\n]{1,200})['’](?!\w)|`([^`\n]{1,200})`"
)
_LOUD = regex.compile(
    r"(?<![\p{Latin}\p{N}])(?=[\p{Lu}\p{N}_-]*\p{Lu}{3})[\p{Lu}\p{N}]+(?:[-_][\p{Lu}\p{N}]+)*(?![\p{Latin}\p{N}])"
)
"""A word in capitals, as passwords and marks are: PWNED-7."""
_CODE = re.compile(r"(?<![A-Za-z\d_.-])[A-Z]{3,}[-_]?\d+(?![A-Za-z\d_-])")
_CODE_WITHIN, _COMMAND_TOKENS = 60, 10
"""A short command with a word in it that is made up, as PWNED-7: nobody asks a reader for that."""
_TAIL = regex.compile(
    r"\s*[,;]?\s*\b(?:and (?:nothing (?:else|more)|only that)|nothing else|only|instead|in your \w+|"
    r"und sonst nichts|und nichts anderes|nur|et rien d'autre|y nada más|e nient'altro|e nada mais|"
    r"en niets anders|и ничего больше|i nic więcej|فقط|ولا شيء (?:غير ذلك|آخر))\W*\Z",
    regex.IGNORECASE,
)
_MARKS = " \t\r\n.,;:!?…\"'“”„«»「」‘’`*_()[]<>-–—。！？：，"


class _Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stems: tuple[str, ...]
    overrides: tuple[str, ...]
    says: tuple[str, ...]
    reports: str


@dataclass(frozen=True, slots=True)
class _Triggers:
    """What gives orders away, and in lower case what one of them needs beside it."""

    stems: tuple[str, ...]
    pattern: regex.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Patterns:
    """``triggers`` are of forged turns and then of each language; ``commands`` are the first of ``says``."""

    triggers: tuple[_Triggers, ...]
    turns: regex.Pattern[str]
    commands: tuple[regex.Pattern[str], ...]
    says: tuple[regex.Pattern[str], ...]
    reports: regex.Pattern[str]


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of one text: their half-open ranges, and the words that they want to be written.

    ``wanted`` are runs of tokens that the rest of the text has nowhere. Where orders ``are_most`` of the
    text, as in a collection of prompts, they are its matter and stay; only what they want is looked for.
    """

    spans: tuple[tuple[int, int], ...] = ()
    wanted: tuple[tuple[str, ...], ...] = ()
    are_most: bool = False

    def __bool__(self) -> bool:
        return bool(self.spans)

    def wanting(self, others: Orders) -> Orders:
        """Return these orders, with what ``others`` want to be written as well."""
        return replace(self, wanted=tuple(dict.fromkeys((*self.wanted, *others.wanted))))

    def masked(self, text: str) -> str:
        """Return the text with spaces in place of its orders: every other character keeps its place."""
        return self._replaced(text, lambda order: regex.sub(r"\S", " ", order))

    def left_out(self, text: str) -> str:
        """Return the text without its orders."""
        return self._replaced(text, lambda order: "")

    def quoted(self, text: str, say: Callable[[str], str]) -> str:
        """Return the text with what ``say`` makes of the first orders' words, and a mark for all others.

        A text of nothing but orders would otherwise outgrow the room that its prompt has.
        """
        quotable = iter(range(_MOST_QUOTED))

        def replacement(order: str) -> str:
            words = " ".join(order.split())
            is_quoted = len(words) <= _LONGEST_QUOTED and next(quotable, None) is not None
            return say(words) if is_quoted else _LEFT_OUT

        return self._replaced(text, replacement)

    def is_obeyed_in(self, sentence: str) -> bool:
        """Tell whether a sentence about the text has what an order wants, and does not report the order."""
        if not self.wanted:
            return False
        tokens = tokenize(sentence)
        return any(
            tuple(tokens[: len(run)]) == run or not _patterns().reports.search(_without_run(sentence, run))
            for run in self.wanted
            if _has_run(tokens, run)
        )

    def are_obeyed_in(self, text: str) -> bool:
        """Tell whether a sentence of a text about this one obeys."""
        return self.without_obeyed(text) != text

    def without_obeyed(self, text: str) -> str:
        """Return a text about this one without the sentences that obey."""
        tokens = tokenize(text) if self.wanted else []
        if not any(_has_run(tokens, run) for run in self.wanted):
            return text
        lines = []
        for line in text.split("\n"):
            sentences = [segment.text for segment in split_sentences(line)]
            kept = [sentence for sentence in sentences if not self.is_obeyed_in(sentence)]
            if len(kept) == len(sentences):
                lines.append(line)
            elif any(tokenize(sentence) for sentence in kept):
                mark = "- " if line.startswith("- ") and not kept[0].startswith("- ") else ""
                lines.append(f"{mark}{''.join(kept).rstrip()}")
        return "\n".join(lines)

    def _replaced(self, text: str, replacement: Callable[[str], str]) -> str:
        parts, done = [], 0
        for start, end in () if self.are_most else self.spans:
            parts += [text[done:start], replacement(text[start:end])]
            done = end
        return "".join((*parts, text[done:]))


@functools.lru_cache(maxsize=4)
def find_orders(text: str) -> Orders:
    """Find what ``text`` orders its reader to do."""
    patterns = _patterns()
    spans: list[tuple[int, int]] = []
    for start, end in _paragraphs_with_triggers(text, patterns):
        spans += _orders_within(text, start, end, patterns)
    merged = _merged(spans)
    if not merged:
        return Orders()
    found = Orders(merged)
    rest = tokenize(found.masked(text))
    wanted = {run for start, end in merged for run in _wanted(text[start:end], patterns)}
    num_ordering = sum(len(tokenize(text[start:end])) for start, end in merged)
    are_most = num_ordering > len(rest)
    return Orders(merged, tuple(sorted(run for run in wanted if not _has_run(rest, run))), are_most)


def wanted_by(sentence: str) -> tuple[tuple[str, ...], ...]:
    """Return what a sentence that begins with a command wants to be written, whoever it speaks to."""
    patterns = _patterns()
    return tuple(_wanted(sentence, patterns)) if _is_command(sentence, patterns) else ()


def without_orders(text: str) -> str:
    """Return the text with spaces in place of its orders."""
    return find_orders(text).masked(text)


def _paragraphs_with_triggers(text: str, patterns: _Patterns) -> Iterator[tuple[int, int]]:
    """Yield the paragraphs that may hold an order; behind a forged turn's line comes what it says."""
    done = 0
    for first, last in _triggers(text, patterns):
        if first < done:
            continue
        start = max(done, first - _PARAGRAPH_MAX, text.rfind("\n\n", 0, first) + 2)
        end = _paragraph_end(text, last)
        if not text[last:end].strip(_MARKS):
            end = _paragraph_end(text, end + 2)
        yield start if start > 1 else 0, end
        done = end


def _paragraph_end(text: str, at: int) -> int:
    end = text.find("\n\n", at, at + _PARAGRAPH_MAX)
    return min(at + _PARAGRAPH_MAX, len(text)) if end < 0 else end


def _triggers(text: str, patterns: _Patterns) -> list[tuple[int, int]]:
    """Return the ranges that give orders away.

    Patterns take 100 times as long as stems, which few places have.
    """
    lower = text.lower()
    if len(lower) != len(text):  # A capital such as İ becomes two characters.
        lower = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    lower = lower.replace("\n", " ")
    found = [match.span() for triggers in patterns.triggers for match in _found(text, lower, triggers)]
    for code in _CODE.finditer(text):
        before = text[max(0, code.start() - _CODE_WITHIN) : code.end()]
        if any(pattern.search(before) for pattern in patterns.commands):
            found.append(code.span())
    return sorted(found)


def _found(text: str, lower: str, triggers: _Triggers) -> Iterator[regex.Match[str]]:
    stems = [stem for stem in triggers.stems if stem in lower]
    if not stems:
        return
    places = sorted({at // _STRIDE for stem in stems for at in _places(lower, stem)})
    start = end = 0
    for place in places:
        low, high = (place - 1) * _STRIDE, (place + 2) * _STRIDE
        if low > end:
            yield from triggers.pattern.finditer(text, pos=start, endpos=end)
            start = max(0, low)
        end = high
    yield from triggers.pattern.finditer(text, pos=start, endpos=max(start, min(end, len(text))))


def _places(text: str, stem: str) -> Iterator[int]:
    at = text.find(stem)
    while at >= 0:
        yield at
        at = text.find(stem, at + _STRIDE)


def _orders_within(text: str, start: int, end: int, patterns: _Patterns) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    num_further = 0
    turn: tuple[int, int] | None = None
    for segment in split_sentences(text[start:end]):
        said = segment.text
        span = start + segment.start, start + segment.start + len(said.rstrip())
        is_turn = patterns.turns.match(said) is not None
        is_command = _is_command(said, patterns)
        is_coded = is_command and _is_coded(said)
        if _overrides(said, patterns) or is_coded or ((is_turn or turn) and is_command):
            found += [turn, span] if turn else [span]
            num_further, turn = _FURTHER_SENTENCES, None
        elif num_further and (is_turn or _says(said, patterns)):
            found.append(span)
            num_further -= 1
        elif is_turn:
            turn = span
        elif said.strip(_MARKS):
            num_further, turn = 0, None
    return found


def _says(sentence: str, patterns: _Patterns) -> bool:
    return any(pattern.search(sentence) for pattern in patterns.says)


def _overrides(sentence: str, patterns: _Patterns) -> bool:
    return any(triggers.pattern.search(sentence) for triggers in patterns.triggers[1:])


def _is_command(sentence: str, patterns: _Patterns) -> bool:
    """Tell whether a sentence behind a forged turn begins with what is to be written."""
    said = patterns.turns.sub("", sentence, count=1).strip(_MARKS)
    found = [match.start() for pattern in patterns.commands if (match := pattern.search(said))]
    return bool(found) and len(tokenize(said[: min(found)])) <= 2


def _is_coded(sentence: str) -> bool:
    return len(tokenize(sentence)) <= _COMMAND_TOKENS and _CODE.search(sentence) is not None


def _wanted(order: str, patterns: _Patterns) -> Iterator[tuple[str, ...]]:
    """Yield what may be wanted: what is quoted, what is in capitals, what follows the verb."""
    texts = [next(filter(None, match.groups())) for match in _QUOTED.finditer(order)]
    begin = len(order) - len(order.lstrip(_MARKS))
    if not all(letter.isupper() for letter in order if letter.isalpha()):
        texts += [match[0] for match in _LOUD.finditer(order) if match.start() > begin]
    for segment in split_sentences(order):
        for pattern in patterns.says:
            for match in pattern.finditer(segment.text, overlapped=True):
                said = _TAIL.sub("", match["words"]).strip(_MARKS)
                texts.append(said)
    for text in texts:
        run = tuple(tokenize(text))
        is_word = len(run) == 1 and len(run[0]) > 2 and run[0] not in _common()
        if is_word or 1 < len(run) <= _MOST_PAYLOAD_TOKENS:
            yield run


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + 2:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _has_run(tokens: list[str], run: tuple[str, ...]) -> bool:
    size = len(run)
    return any(tuple(tokens[at : at + size]) == run for at in range(len(tokens) - size + 1))


def _without_run(sentence: str, run: tuple[str, ...]) -> str:
    pattern = r"\W*".join(map(regex.escape, run))
    return str(regex.sub(pattern, " ", sentence, flags=regex.IGNORECASE))


@functools.cache
def _common() -> frozenset[str]:
    return frozenset(word for code in ("en", "de", "fr", "es") for word in common_words(code))


@functools.cache
def _patterns() -> _Patterns:
    with (resources() / "prompts" / "orders.toml").open("rb") as file:
        table = tomllib.load(file)
    turns = "|".join(f"(?:{pattern})" for pattern in table.pop("turns"))
    turn_stems: list[str] = table.pop("turn_stems")
    languages = [msgspec.convert(facts, _Language) for facts in table.values()]
    flags = regex.IGNORECASE
    forged = rf"(?:^|(?<=[.!?。！？]\s))[ \t>*_#{{-]*(?:{turns})"
    triggers = [_Triggers(tuple(turn_stems), regex.compile(forged, flags | regex.MULTILINE))]
    for facts in languages:
        overrides = "|".join(f"(?:{pattern})" for pattern in facts.overrides)
        triggers.append(_Triggers(facts.stems, regex.compile(overrides, flags)))
    return _Patterns(
        triggers=tuple(triggers),
        turns=regex.compile(rf"[\s>*_#{{-]*(?:{turns})", flags | regex.MULTILINE),
        commands=tuple(regex.compile(facts.says[0], flags) for facts in languages),
        says=tuple(regex.compile(pattern, flags) for facts in languages for pattern in facts.says),
        reports=regex.compile("|".join(facts.reports for facts in languages), flags),
    )

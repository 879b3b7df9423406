"""The markup inside a text: read as marks beside plain words, and written round the words of a translation.

A form cuts a stretch into tokens; what begins and what ends a mark find each other here, and what has no
other half is an object of its own. Writing puts each token's characters where the marks of the translation
say, so that what a link leads to or a tag is called never passes through a model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from lmstudio_lite.domain.units import Mark, MarkKind, UnitText


class TokenKind(Enum):
    """What a token is to the text."""

    TEXT = auto()
    OPEN = auto()
    CLOSE = auto()
    SINGLE = auto()
    KEPT = auto()
    """Words that are shown and stay as they are: code."""


@dataclass(frozen=True, slots=True)
class Token:
    """``raw`` is how it is written, ``text`` the words that it shows. ``name`` pairs OPEN with CLOSE.

    ``is_element`` where the halves can't do without each other: of pairs that cross, others are parted.
    """

    kind: TokenKind
    raw: str
    text: str = ""
    name: str = ""
    mark: MarkKind = MarkKind.STYLE
    is_element: bool = False


@dataclass(frozen=True, slots=True)
class Markup:
    """How a mark is written: around its words, or, for ``kept`` ones and objects, ``opening`` alone.

    ``parent`` is the number of the mark it lies in, 0 for none. ``name`` is that of its tokens.
    """

    opening: str
    closing: str = ""
    parent: int = 0
    name: str = ""
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Inline:
    """Words, the marks beside them, and how each mark is written, by its number."""

    text: str
    marks: tuple[Mark, ...]
    markup: dict[int, Markup] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    number: int
    token: Token
    at_token: int
    start: int
    parent: int


def text_token(text: str, raw: str | None = None) -> Token:
    """Return a token of plain words."""
    return Token(TokenKind.TEXT, text if raw is None else raw, text)


def single(raw: str, name: str = "") -> Token:
    """Return a token that stands between words."""
    return Token(TokenKind.SINGLE, raw, name=name)


def inline_of(tokens: Iterable[Token]) -> Inline:
    """Return the words and marks of ``tokens``.

    Halves without the other and halves that cross become objects; so does a pair around no words, with all
    that it holds.
    """
    return _Reader(_paired(list(tokens))).read()


def _paired(tokens: list[Token]) -> list[Token]:
    """Return ``tokens`` in which every OPEN has its CLOSE, properly nested."""
    stack: list[int] = []
    num_open: Counter[str] = Counter()
    partnered: set[int] = set()
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.OPEN:
            stack.append(at)
            num_open[token.name] += 1
        elif token.kind is TokenKind.CLOSE and num_open[token.name] and _reaches(tokens, stack, token):
            while (top := stack.pop()) is not None:
                num_open[tokens[top].name] -= 1
                if tokens[top].name == token.name:
                    partnered |= {top, at}
                    break
    return [
        single(token.raw, token.name)
        if token.kind in (TokenKind.OPEN, TokenKind.CLOSE) and at not in partnered
        else token
        for at, token in enumerate(tokens)
    ]


def _reaches(tokens: Sequence[Token], stack: Sequence[int], closing: Token) -> bool:
    """Tell whether ``closing`` ends something without crossing an element."""
    if closing.is_element:
        return True
    for at in reversed(stack):
        if tokens[at].name == closing.name:
            return True
        if tokens[at].is_element:
            return False
    return False


class _Reader:
    """One pass over paired tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._text = ""
        self._marks: list[Mark] = []
        self._markup: dict[int, Markup] = {}
        self._open: list[_Open] = []
        self._number = 0

    def read(self) -> Inline:
        for at, token in enumerate(self._tokens):
            self._take(at, token)
        marks = sorted(self._marks, key=lambda mark: mark.number)
        return Inline(self._text, tuple(marks), self._markup)

    def _take(self, at: int, token: Token) -> None:
        parent = self._open[-1].number if self._open else 0
        match token.kind:
            case TokenKind.TEXT:
                self._text += token.text
            case TokenKind.OPEN:
                self._number += 1
                self._open.append(_Open(self._number, token, at, len(self._text), parent))
            case TokenKind.CLOSE:
                self._close(at, token)
            case TokenKind.SINGLE:
                self._number += 1
                self._object(self._number, Markup(token.raw, parent=parent, name=token.name))
            case TokenKind.KEPT:
                self._number += 1
                start = len(self._text)
                self._text += token.text
                mark = Mark(self._number, MarkKind.SPAN, start, len(self._text), keeps_text=True)
                self._marks.append(mark)
                self._markup[self._number] = Markup(token.raw, parent=parent, name=token.name, is_kept=True)

    def _object(self, number: int, markup: Markup) -> None:
        self._marks.append(Mark(number, MarkKind.OBJECT, len(self._text), len(self._text)))
        self._markup[number] = markup

    def _close(self, at: int, token: Token) -> None:
        opened = self._open.pop()
        if opened.start < len(self._text):
            mark = Mark(opened.number, opened.token.mark, opened.start, len(self._text))
            self._marks.append(mark)
            self._markup[opened.number] = Markup(
                opened.token.raw, token.raw, opened.parent, opened.token.name
            )
            return
        # Around no words: one object with all that it holds, whose own numbers are free again.
        held = [mark.number for mark in self._marks if mark.number > opened.number]
        self._marks = [mark for mark in self._marks if mark.number <= opened.number]
        for number in held:
            del self._markup[number]
        self._number = opened.number
        raw = "".join(token.raw for token in self._tokens[opened.at_token : at + 1])
        self._object(opened.number, Markup(raw, parent=opened.parent))


def write_inline(
    text: UnitText, markup: dict[int, Markup], written: Callable[[str], str] = lambda words: words
) -> str:
    """Return ``text`` with its marks written as ``markup`` says, the words between as ``written`` says."""
    return "".join(raw if is_markup else written(raw) for raw, is_markup in parts_of(text, markup))


def parts_of(text: UnitText, markup: dict[int, Markup]) -> list[tuple[str, bool]]:
    """Return words and markup in order, each with whether it is markup."""
    places = _places(_without_marks_in_kept(text.marks, markup))
    parts: list[tuple[str, bool]] = []
    position = kept_until = 0
    for place in sorted({0, len(text.text), *places}):
        words = text.text[max(position, kept_until) : place]
        if words:
            parts.append((words, False))
        position = place
        if place in places:
            parts += [(raw, True) for raw in _written_at(places[place], markup)]
            kept = [mark.end for mark in places[place].beginning if markup[mark.number].is_kept]
            kept_until = max([kept_until, *kept])
    return parts


@dataclass(slots=True)
class _AtPlace:
    """The marks that end, stand and begin at one place, each in the order in which they are written."""

    ending: list[Mark] = field(default_factory=list)
    objects: list[Mark] = field(default_factory=list)
    beginning: list[Mark] = field(default_factory=list)


def _without_marks_in_kept(marks: Sequence[Mark], markup: dict[int, Markup]) -> list[Mark]:
    """Return ``marks`` without the spans inside code, which can hold none; objects there go behind it."""
    left: list[Mark] = []
    kept: Mark | None = None
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end, not markup[mark.number].is_kept)):
        is_object = mark.kind is MarkKind.OBJECT
        if kept is not None and mark.start < kept.end:
            is_same = (mark.start, mark.end) == (kept.start, kept.end)
            if is_object and mark.start > kept.start:
                left.append(Mark(mark.number, MarkKind.OBJECT, kept.end, kept.end))
            elif is_object or is_same:
                left.append(mark)
            continue
        if markup[mark.number].is_kept:
            kept = mark
        left.append(mark)
    return left


def _places(marks: Sequence[Mark]) -> dict[int, _AtPlace]:
    places: dict[int, _AtPlace] = {}
    for mark in sorted(marks, key=lambda mark: mark.number):
        if mark.kind is MarkKind.OBJECT:
            places.setdefault(mark.start, _AtPlace()).objects.append(mark)
        else:
            places.setdefault(mark.start, _AtPlace()).beginning.append(mark)
            places.setdefault(mark.end, _AtPlace()).ending.append(mark)
    return places


def _written_at(place: _AtPlace, markup: dict[int, Markup]) -> list[str]:
    """Return what is written at one place: what ends, what stands there, what begins."""
    is_kept = {mark.number: markup[mark.number].is_kept for mark in (*place.ending, *place.beginning)}
    ending = [mark for mark in place.ending if not is_kept[mark.number]]
    ending.sort(key=lambda mark: (-mark.start, -mark.number))
    beginning = sorted(place.beginning, key=lambda mark: (-mark.end, is_kept[mark.number], mark.number))
    by_parent: dict[int, list[str]] = {}
    holders = {mark.number for mark in (*ending, *beginning) if not is_kept[mark.number]}
    for one in place.objects:
        parent = markup[one.number].parent
        by_parent.setdefault(parent if parent in holders else 0, []).append(markup[one.number].opening)
    written: list[str] = []
    for mark in ending:
        written += [*by_parent.pop(mark.number, []), markup[mark.number].closing]
    written += by_parent.pop(0, [])
    for mark in beginning:
        written += [markup[mark.number].opening, *by_parent.pop(mark.number, [])]
    return written

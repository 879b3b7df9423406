"""Walks over a file's tokens once and gathers its units, in the order in which they stand there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lmstudio_lite.documents.rewriting.markup.found import Element, Found, FoundValue
from lmstudio_lite.documents.rewriting.markup.runs import (
    LINE_LEAD,
    TAB_LEAD,
    Item,
    ItemKind,
    split_at_gaps,
    unit_of,
)
from lmstudio_lite.documents.rewriting.markup.tokens import (
    Token,
    TokenKind,
    attributes,
    html_tokens,
    unescaped,
    unreadable,
    xml_tokens,
)
from lmstudio_lite.documents.rewriting.markup.vocabulary import Meaning, Role, State, Vocabulary
from lmstudio_lite.documents.rewriting.words import has_words

_CDATA_BEGIN, _CDATA_END = len("<![CDATA["), len("]]>")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_DEEPEST = 100
"""Notes in frames in notes: what is deeper stays as it is."""
_LEADS = {Role.BREAK: LINE_LEAD, Role.TAB: TAB_LEAD}


class Walk:
    """The units of one file, ``found``; ``kept`` counts by reason what was left as it is."""

    def __init__(self, source: str, vocabulary: Vocabulary, state: State | None = None) -> None:
        self.source = source
        self.is_html = vocabulary.is_html
        self.tokens = list(html_tokens(source) if vocabulary.is_html else xml_tokens(source))
        self.found: list[Found] = []
        self.kept: dict[str, int] = {}
        self._vocabulary = vocabulary
        self._partners = _partners(self.tokens)
        self._state = state or State()
        self._elements: list[Element] = []
        self._num_open: dict[str, int] = {}
        self._runs: list[list[Item]] = [[]]
        index = 0
        while index < len(self.tokens):
            index = self._take(index)
        while self._elements:
            self._pop(len(source))
        self._flush()
        self.found.sort(key=lambda each: each.start)

    def _take(self, index: int) -> int:
        """Take the token at ``index`` and those that belong to it; return the next one's index."""
        token = self.tokens[index]
        match token.kind:
            case TokenKind.TEXT | TokenKind.CHARACTERS:
                self._take_text(token)
            case TokenKind.HIDDEN:
                self._add(ItemKind.THING, token.start, token.end)
            case TokenKind.CLOSE:
                self._take_close(token)
            case TokenKind.OPEN | TokenKind.EMPTY:
                return self._take_open(index, token)
        return index + 1

    def _take_text(self, token: Token) -> None:
        start, end = token.start, token.end
        if token.kind is TokenKind.CHARACTERS:
            is_whole = self.source.endswith("]]>", start, end)
            text = self.source[start + _CDATA_BEGIN : end - (_CDATA_END if is_whole else 0)]
            self._add(ItemKind.TEXT, start, end, text, is_exact=False)
            return
        for low, high in unreadable(self.source[start:end]):
            place = token.start + low
            if place > start:
                self._add(ItemKind.TEXT, start, place, unescaped(self.source[start:place]))
            self._add(ItemKind.THING, place, token.start + high, is_seen=True)
            start = token.start + high
        if start < end:
            self._add(ItemKind.TEXT, start, end, unescaped(self.source[start:end]))

    def _take_open(self, index: int, token: Token) -> int:
        vocabulary = self._vocabulary
        ends = vocabulary.implied_ends(token.name)
        while self._elements and self._elements[-1].name in ends:
            self._pop(token.start)
        state = self._current()
        meaning = vocabulary.meaning(self.source, token, state)
        if not state.kept:
            if reason := meaning.kept or meaning.state.kept:
                self.kept[reason] = self.kept.get(reason, 0) + 1
            else:
                self._take_values(token, meaning.state)
        is_whole = vocabulary.is_whole(token, state)
        role = meaning.role
        if role is Role.HOLDER and len(self._runs) > _DEEPEST:
            role = Role.OBJECT
        match role:
            case Role.BLOCK:
                self._flush()
                if not is_whole:
                    self._push(token, meaning)
            case Role.HOLDER if not is_whole:
                self._push(token, meaning)
                self._runs.append([])
            case Role.STYLE | Role.SPAN | Role.THROUGH if not is_whole:
                kind = ItemKind.THROUGH if role is Role.THROUGH else ItemKind.OPEN
                tag = self.source[token.start : token.end] if token.name in vocabulary.joined else ""
                self._add(kind, token.start, token.end, tag, name=token.name, role=role)
            case _:
                return self._take_whole(index, token, role, is_whole=is_whole)
        return index + 1

    def _take_values(self, token: Token, state: State) -> None:
        wanted = {each.name: each.kind for each in self._vocabulary.values(self.source, token, state)}
        if not wanted:
            return
        for each in attributes(self.source, token):
            kind = wanted.get(each.name)
            if kind is not None and each.start is not None and has_words(each.value):
                text = _BLANKS.sub(" ", each.value).strip(" ")
                self.found.append(FoundValue(text, each.start, each.end, each.quote, kind, each.name, token))

    def _take_whole(self, index: int, token: Token, role: Role, *, is_whole: bool) -> int:
        """Take an element as one thing; one that no tag closes, as its opening tag alone."""
        last = index if is_whole else self._last_of(index, role)
        end = self.tokens[last].end
        match role:
            case Role.SPACES:
                num = self._vocabulary.num_spaces(self.source, token)
                self._add(ItemKind.SPACES, token.start, end, " " * num)
            case Role.FIXED:
                text = self._shown(index, last)
                kind = ItemKind.FIXED if text.strip() else ItemKind.THING
                self._add(kind, token.start, end, text if text.strip() else "")
            case Role.ASIDE:
                self._add(ItemKind.ASIDE, token.start, end)
            case _:
                is_seen = role in (Role.OBJECT, Role.HOLDER)
                self._add(ItemKind.THING, token.start, end, _LEADS.get(role, ""), is_seen=is_seen)
        return last + 1

    def _last_of(self, index: int, role: Role) -> int:
        partner = self._partners[index]
        if role is Role.ASIDE and partner < 0:
            return self._end_of_aside(index)
        if role is Role.FIXED and self._vocabulary.is_html and partner >= 0:
            state = self._current()
            for token in self.tokens[index + 1 : partner]:
                if self._ends_text(token, state):
                    return index
        return max(index, partner)

    def _end_of_aside(self, index: int) -> int:
        """Return the last token of an aside without a closing tag: the next tag ends it."""
        last = index
        while last + 1 < len(self.tokens) and self.tokens[last + 1].kind is TokenKind.TEXT:
            last += 1
        return last

    def _ends_text(self, token: Token, state: State) -> bool:
        if token.kind is TokenKind.CLOSE:
            return self._vocabulary.ends_text(token.name)
        is_open = token.kind in (TokenKind.OPEN, TokenKind.EMPTY)
        return is_open and self._vocabulary.meaning(self.source, token, state).role is Role.BLOCK

    def _shown(self, first: int, last: int) -> str:
        texts = (each for each in self.tokens[first : last + 1] if each.kind is TokenKind.TEXT)
        return "".join(unescaped(self.source[each.start : each.end]) for each in texts)

    def _take_close(self, token: Token) -> None:
        if self._num_open.get(token.name):
            while self._elements[-1].name != token.name:
                self._pop(token.start)
            self._pop(token.start, token)
        elif self._vocabulary.ends_text(token.name):
            self._flush()
        else:
            self._add(ItemKind.CLOSE, token.start, token.end, name=token.name)

    def _push(self, token: Token, meaning: Meaning) -> None:
        parent = self._elements[-1] if self._elements else None
        self._elements.append(Element(token.name, meaning.role, meaning.state, token, parent))
        self._num_open[token.name] = self._num_open.get(token.name, 0) + 1

    def _pop(self, position: int, close: Token | None = None) -> None:
        """End the innermost element, at ``position`` where no tag does it."""
        self._flush()
        element = self._elements.pop()
        self._num_open[element.name] -= 1
        element.close = close
        if element.role is Role.HOLDER:
            self._runs.pop()
            end = close.end if close else position
            self._add(ItemKind.THING, element.open.start, end, is_seen=True)

    def _current(self) -> State:
        return self._elements[-1].state if self._elements else self._state

    def _add(
        self,
        kind: ItemKind,
        start: int,
        end: int,
        text: str = "",
        *,
        name: str = "",
        role: Role = Role.STYLE,
        is_exact: bool = True,
        is_seen: bool = False,
    ) -> None:
        self._runs[-1].append(Item(kind, start, end, text, name, role, is_exact, is_seen))

    def _flush(self) -> None:
        items, self._runs[-1] = self._runs[-1], []
        state = self._current()
        if not items or state.kept or not state.holds_text:
            return
        element = self._elements[-1] if self._elements else None
        blanks = self._vocabulary.blanks
        for run in split_at_gaps(items, blanks):
            place = (run[0].start, run[-1].end) if run else (0, 0)
            if run and (unit := unit_of(run, blanks, place, element, state.kind)):
                self.found.append(unit)


def _partners(tokens: Sequence[Token]) -> list[int]:
    """Return for each opening tag the index of the tag that closes it, -1 for none."""
    partners = [-1] * len(tokens)
    open_tags: dict[str, list[int]] = {}
    for index, token in enumerate(tokens):
        if token.kind is TokenKind.OPEN:
            open_tags.setdefault(token.name, []).append(index)
        elif token.kind is TokenKind.CLOSE and open_tags.get(token.name):
            partners[open_tags[token.name].pop()] = index
    return partners

"""Messages of programs: strings whose words are translated round markup, line ends and branches for amounts.

A message may hold several stretches of words: the branches of ``{count, plural, one {…} other {…}}`` (ICU
MessageFormat, as i18next, Angular and FormatJS write it) are each one of their own, and their frame stays.
Simple placeholders (``{name}``, ``%s``) are words to this module: whoever translates carries them over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import regex

from lmstudio_lite.documents.rewriting.inline import (
    Inline,
    Token,
    TokenKind,
    inline_of,
    single,
    text_token,
    write_inline,
)
from lmstudio_lite.documents.rewriting.words import has_words
from lmstudio_lite.domain.units import MarkKind, UnitText

_LINE_ENDS = regex.compile(r"[ \t]*(?:\r\n|\n|\r)\s*")
_TAG = regex.compile(
    r"<(?P<is_end>/?)(?P<name>[A-Za-z][\w.:-]*|\d+)(?:\s[^<>]*?)?(?P<is_void>/?)>|<!--.*?-->|<>|</>"
)
_VOID = regex.compile(r"area|br|col|embed|hr|img|input|link|meta|source|track|wbr", regex.IGNORECASE)
_BRANCHING = regex.compile(r"\{\s*[\w.$-]+\s*,\s*(?:plural|select|selectordinal)\s*,")
_SELECTOR = regex.compile(r"\s*(?:offset:\d+\s+)?(?:=\d+|[\w-]+)\s*\{")
_LINE_END = regex.compile(r"\r\n|\n|\r|\\n|\\r")
"""As it is, or as it is written in a string of a program."""
_ENDS = regex.compile(r"[.!?:;…。！？：；][\p{Pe}\p{Pf}\"']*\s*\Z")
_ITEM = regex.compile(r"\s*(?:[-*+•◦▪–]|\(?\d{1,3}[.)])\s+(?=\S)")
_DEEPEST = 20
_BREAK = "break"
_OTHER = "\ufffc"
"""Stands for a token that is no words while branches are looked for."""
_START, _END = "\ue001", "\ue002"
"""Stand round a line end while a message is written (characters of nobody's)."""
_AT_BREAK = regex.compile(f" ?{_START}([^{_END}]*){_END} ?")
_BLANKS = regex.compile(r"[ \t]*[\r\n\v\f\u2028\u2029]\s*|\t")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A stretch of words: the unit ``number``. ``said`` is what the file has as its translation."""

    number: int
    inline: Inline
    said: Inline | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What stays of a message, as it is written, and its leaves between."""

    parts: tuple[str | Leaf, ...]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        return tuple(part for part in self.parts if isinstance(part, Leaf))

    def written(
        self, texts: Mapping[int, UnitText], escaped: Callable[[str], str] = lambda words: words
    ) -> str | None:
        """Return the message with ``texts`` in it, None if none of them is its own.

        ``escaped`` is for words; markup and what stays are written already. A leaf without text keeps what
        the file has for it, or its own words.
        """
        if not any(leaf.number in texts for leaf in self.leaves):
            return None
        written = ""
        for part in self.parts:
            written += part if isinstance(part, str) else _leaf_written(part, texts, escaped)
        return written


def _leaf_written(leaf: Leaf, texts: Mapping[int, UnitText], escaped: Callable[[str], str]) -> str:
    inline = leaf.inline if leaf.number in texts or leaf.said is None else leaf.said
    text = texts.get(leaf.number, UnitText(inline.text, inline.marks))
    written = write_inline(text, inline.markup, lambda words: escaped(str(_BLANKS.sub(" ", words))))
    return str(_AT_BREAK.sub(r"\1", written))


def with_said(message: Message, said: Message) -> Message:
    """Return ``message`` whose leaves know those of its translation, where they are as many."""
    if len(message.leaves) != len(said.leaves):
        return message
    known = {leaf.number: other.inline for leaf, other in zip(message.leaves, said.leaves, strict=True)}
    return Message(
        tuple(
            part if isinstance(part, str) else Leaf(part.number, part.inline, known[part.number])
            for part in message.parts
        )
    )


def message_of(tokens: Sequence[Token], first_number: int, *, is_split: bool = True) -> Message:
    """Return the message of ``tokens``; its leaves are numbered from ``first_number``.

    What stays is written as the tokens' ``raw``. With ``is_split`` each of its paragraphs is a leaf.
    """
    joined = "".join(token.text if token.kind is TokenKind.TEXT else _OTHER for token in tokens)
    ranges = _stretches(joined) if _BRANCHING.search(joined) else [(0, len(joined))]
    parts: list[str | Leaf] = []
    position, number = 0, first_number
    for start, end in ranges or [(0, 0)]:
        parts.append(_raw(_cut(tokens, position, start)))
        stretch = _cut(tokens, start, end)
        for paragraph in _paragraphs(stretch) if is_split else [stretch]:
            for part in _parts_of_stretch(paragraph, number):
                number += isinstance(part, Leaf)
                parts.append(part)
        position = end
    parts.append(_raw(_cut(tokens, position, len(joined))))
    return Message(tuple(part for part in parts if part))


def _parts_of_stretch(tokens: list[Token], number: int) -> list[str | Leaf]:
    """Return a leaf with the blanks around it apart, or what stays where there are no words."""
    before: list[Token] = []
    behind: list[Token] = []
    while tokens and _is_outside(tokens[0]):
        before.append(tokens.pop(0))
    while tokens and _is_outside(tokens[-1]):
        behind.insert(0, tokens.pop())
    if tokens and tokens[0].kind is TokenKind.TEXT:
        left, tokens[0] = _parted(tokens[0], len(tokens[0].text) - len(tokens[0].text.lstrip()))
        before.append(left)
    if tokens and tokens[-1].kind is TokenKind.TEXT:
        tokens[-1], right = _parted(tokens[-1], len(tokens[-1].text.rstrip()))
        behind.insert(0, right)
    inline = inline_of(tokens)
    if not has_words(inline.text):
        return [_raw([*before, *tokens, *behind])]
    return [_raw(before), Leaf(number, inline), _raw(behind)]


def _paragraphs(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return ``tokens`` cut at line ends that end a paragraph, an item or a sentence, outside of marks."""
    paragraphs: list[list[Token]] = [[]]
    depth = 0
    for at, token in enumerate(tokens):
        depth += {TokenKind.OPEN: 1, TokenKind.CLOSE: -1}.get(token.kind, 0)
        if token.name == _BREAK and depth == 0 and _ends_paragraph(tokens, at):
            paragraphs += [[token], []]
        else:
            paragraphs[-1].append(token)
    if len(paragraphs) == 1:
        return paragraphs
    return [part for paragraph in paragraphs for part in _without_item_mark(paragraph)]


def _ends_paragraph(tokens: Sequence[Token], at: int) -> bool:
    before = next((token.text for token in reversed(tokens[:at]) if token.text.strip()), "")
    behind = next((token.text for token in tokens[at + 1 :] if token.text.strip()), "")
    is_blank_line = len(_LINE_END.findall(tokens[at].raw)) > 1
    return is_blank_line or _ENDS.search(before) is not None or _ITEM.match(behind) is not None


def _without_item_mark(paragraph: list[Token]) -> list[list[Token]]:
    """Return a paragraph with the mark of a list's item apart."""
    at = next((number for number, token in enumerate(paragraph) if token.text.strip()), -1)
    item = _ITEM.match(paragraph[at].text) if at >= 0 and paragraph[at].kind is TokenKind.TEXT else None
    if item is None or paragraph[at].raw != paragraph[at].text:
        return [paragraph]
    left, right = _parted(paragraph[at], item.end())
    return [[*paragraph[:at], left], [right, *paragraph[at + 1 :]]]


def _is_outside(token: Token) -> bool:
    is_blank = token.kind is TokenKind.TEXT and not token.text.strip()
    return is_blank or (token.kind is TokenKind.SINGLE and token.name == _BREAK)


def _parted(token: Token, at: int) -> tuple[Token, Token]:
    """Return a token of words in two; blanks are written as they are shown."""
    if at in (0, len(token.text)):
        empty = text_token("")
        return (empty, token) if at == 0 else (token, empty)
    if token.raw == token.text:
        return text_token(token.text[:at]), text_token(token.text[at:])
    blank = len(token.text) - len(token.text.lstrip()) == at
    raw_at = at if blank else len(token.raw) - (len(token.text) - at)
    return text_token(token.text[:at], token.raw[:raw_at]), text_token(token.text[at:], token.raw[raw_at:])


def _raw(tokens: Sequence[Token]) -> str:
    return "".join(token.raw for token in tokens).replace(_START, "").replace(_END, "")


def _cut(tokens: Sequence[Token], start: int, end: int) -> list[Token]:
    """Return the tokens of a range of the joined text, a token of words cut where the range is."""
    cut: list[Token] = []
    position = 0
    for token in tokens:
        length = len(token.text) if token.kind is TokenKind.TEXT else 1
        first, last = max(start - position, 0), min(end - position, length)
        if first < last:
            is_whole = (first, last) == (0, length)
            cut.append(token if is_whole else text_token(token.text[first:last]))
        elif length == 0 and start <= position < end:
            cut.append(token)
        position += length
    return cut


def _stretches(text: str) -> list[tuple[int, int]]:
    """Return the ranges of words in a message with branches: outside of them, and inside each."""
    found: list[tuple[int, int]] = []
    end = _read_message(text, 0, 0, found)
    if end != len(text):  # brackets that don't fit: no such message
        return [(0, len(text))]
    return [(start, end) for start, end in found if start < end]


def _read_message(text: str, start: int, depth: int, found: list[tuple[int, int]]) -> int:
    """Read from ``start`` to the bracket that ends a branch, or the text's end; return where that is."""
    begin = position = start
    while position < len(text):
        branching = _BRANCHING.match(text, position) if depth < _DEEPEST else None
        if branching:
            found.append((begin, position))
            position = _read_branches(text, branching.end(), depth, found)
            if position < 0:
                return -1
            begin = position
        elif text[position] == "{":
            closing = text.find("}", position)
            if closing < 0:
                return -1
            position = closing + 1
        elif text[position] == "}":
            if depth == 0:
                return -1
            break
        else:
            position += 1
    found.append((begin, position))
    return position


def _read_branches(text: str, position: int, depth: int, found: list[tuple[int, int]]) -> int:
    """Read branches up to the bracket that ends them all; return what follows it, -1 for none."""
    while selector := _SELECTOR.match(text, position):
        position = _read_message(text, selector.end(), depth + 1, found)
        if not 0 <= position < len(text) or text[position] != "}":
            return -1
        position += 1
    rest = len(text[position:]) - len(text[position:].lstrip())
    return position + rest + 1 if text[position + rest : position + rest + 1] == "}" else -1


def message_tokens(text: str, *, has_breaks: bool = True) -> list[Token]:
    """Return the words, tags and line ends of a message.

    A tag is one of HTML or has its other half: ``<file>`` alone is a word. Without ``has_breaks`` a line end
    is a blank.
    """
    tags = list(_TAG.finditer(text))
    paired = _paired_tags(tags)
    tokens: list[Token] = []
    position = 0
    for at, tag in enumerate(tags):
        token = _tag_token(tag, is_paired=at in paired)
        if token is None:
            continue
        tokens += _word_tokens(text[position : tag.start()], has_breaks=has_breaks)
        tokens.append(token)
        position = tag.end()
    return [*tokens, *_word_tokens(text[position:], has_breaks=has_breaks)]


def _word_tokens(text: str, *, has_breaks: bool) -> Iterator[Token]:
    position = 0
    for found in _LINE_ENDS.finditer(text):
        if found.start() > position:
            yield text_token(text[position : found.start()])
        if has_breaks:
            yield single(f"{_START}{found[0]}{_END}", _BREAK)
            yield text_token(" ", "")
        else:
            yield text_token(" ", found[0])
        position = found.end()
    if position < len(text):
        yield text_token(text[position:])


def _paired_tags(tags: Sequence[regex.Match[str]]) -> set[int]:
    """Return the numbers of the tags that have their other half."""
    opened: list[int] = []
    names: Counter[str] = Counter()
    paired: set[int] = set()
    for at, tag in enumerate(tags):
        name = tag["name"] or ""
        if tag["is_void"] or _VOID.fullmatch(name) or tag[0].startswith("<!"):
            continue
        if not tag["is_end"] and tag[0] != "</>":
            opened.append(at)
            names[name] += 1
        elif names[name]:
            while True:
                top = opened.pop()
                names[tags[top]["name"] or ""] -= 1
                if (tags[top]["name"] or "") == name:
                    break
            paired |= {top, at}
    return paired


def _tag_token(tag: regex.Match[str], *, is_paired: bool) -> Token | None:
    name = tag["name"] or ""
    if is_paired:
        is_end = tag["is_end"] or tag[0] == "</>"
        kind = TokenKind.CLOSE if is_end else TokenKind.OPEN
        return Token(kind, tag[0], name=f"tag {name}", mark=MarkKind.SPAN)
    is_alone = tag["is_void"] or _VOID.fullmatch(name) or tag[0].startswith("<!")
    return single(tag[0], "tag") if is_alone else None


def escaped_tokens(tokens: Sequence[Token], escaped: Callable[[str], str]) -> list[Token]:
    """Return ``tokens`` whose ``raw`` is written as a file of the form has it.

    A character that is written in another way is a token of its own, so that words can be cut anywhere.
    """
    made: list[Token] = []
    for token in tokens:
        if token.name == _BREAK:
            raw = _START + escaped(token.raw[1:-1]) + _END
            made.append(replace(token, raw=raw))
        elif token.kind is not TokenKind.TEXT or token.raw != token.text:
            made.append(replace(token, raw=escaped(token.raw)))
        elif escaped(token.text) == token.text:
            made.append(token)
        else:
            for is_special, run in groupby(token.text, lambda sign: escaped(sign) != sign):
                signs = list(run)
                words = signs if is_special else ["".join(signs)]
                made += [text_token(word, escaped(word)) for word in words]
    return made

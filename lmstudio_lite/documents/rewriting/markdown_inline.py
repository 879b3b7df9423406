"""The markup inside a Markdown paragraph: as tokens, and written so that a parser reads the same again.

The parser (markdown-it, CommonMark with tables, strikethrough, footnotes and formulas) says what is markup;
its rules are wrapped so that they tell how a link or a piece of code was written. What is written is parsed:
only where words would become markup are they escaped, and only where emphasis can't be written with stars
(Chinese knows no spaces around it) is it written as HTML.
"""

from __future__ import annotations

import functools
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import regex
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, autolink, backtick, escape, image, link, newline
from markdown_it.token import Token as ParserToken

from lmstudio_lite.documents.rewriting.inline import (
    Inline,
    Markup,
    Token,
    TokenKind,
    inline_of,
    parts_of,
    single,
    text_token,
)
from lmstudio_lite.documents.rewriting.slots import original_of
from lmstudio_lite.domain.units import Mark, MarkKind, Place, Unit, UnitKind, UnitText

_Rule = Callable[[StateInline, bool], bool]
_BREAK = "br"
_SHORT_ENDS = ("]", "][]")
_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{InCJK_Symbols_And_Punctuation}]")
_HTML_TAG = regex.compile(r"<(?P<is_end>/?)(?P<name>[A-Za-z][\w-]*)(?:\s[^<>]*?)?(?P<is_void>/?)>")
_VOID = regex.compile(r"area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
_STYLE = regex.compile(r"b|big|del|em|font|i|ins|mark|q|s|small|span|strike|strong|sub|sup|u")
_EMPHASIS = frozenset({"em", "strong", "s"})
_FORMULA = regex.compile(r"(?<!\\)\$\$[^$]+\$\$|\$(?![\s$])(?:\\.|[^$\\])*?(?<![\s\\])\$(?!\d)")
_FOOTNOTE = regex.compile(r"\[\^[^\]\s^]+\]")
_SPECIAL = regex.compile(r"[\\`*_\[\]<>$~]|&(?=[A-Za-z#])|!(?=\[|\Z)|\#(?=\s*\Z)")
_LINE_START = regex.compile(r"\A(?:[\#+=|:-]|(?P<number>\d{1,9})(?=[.)](?:\s|\Z)))")
_BLANKS = regex.compile(r"\s+")
_HARD_SPACE = "\ue000"
"""Stands for a blank inside of markup while lines are wrapped (a character of nobody's)."""


def _with_source(name: str, rule: _Rule) -> _Rule:
    """Return ``rule`` telling, in the meta of the token that it makes, how that is written in the source.

    A link's and a picture's have where it stands too, and how it ends behind its words.
    """

    def wrapped(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        made = state.tokens[before:]
        if silent or not made:
            return True
        meta: dict[str, Any] = {"raw": state.src[start : state.pos], "start": start, "end": state.pos}
        if name in ("link", "image"):
            label = state.md.helpers.parseLinkLabel(state, start + (name == "image"), name == "link")
            meta["closing"] = state.src[label : state.pos]
            if meta["closing"] in _SHORT_ENDS:
                # The words are the name of a definition as well: other words need the name beside them.
                words = state.src[start + 1 + (name == "image") : label]
                meta["closing"] = f"][{' '.join(words.split())}]"
        if name in ("link", "autolink"):
            opening = next((token for token in made if token.type == "link_open"), None)
            if opening is not None:
                opening.meta = meta
        made[-1].meta = meta
        return True

    return wrapped


def _formula(state: StateInline, silent: bool) -> bool:
    return _whole(state, silent, _FORMULA, "formula")


def _footnote(state: StateInline, silent: bool) -> bool:
    return _whole(state, silent, _FOOTNOTE, "footnote")


def _whole(state: StateInline, silent: bool, pattern: regex.Pattern[str], kind: str) -> bool:
    found = pattern.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push(kind, "", 0).content = found[0]
    state.pos = found.end()
    return True


@functools.cache
def parser() -> MarkdownIt:
    """Return the parser of blocks and of what stands in them."""
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("text_join")
    rules: dict[str, _Rule] = {
        "newline": newline,
        "escape": escape,
        "backticks": backtick,
        "link": link,
        "image": image,
        "autolink": autolink,
    }
    for name, rule in rules.items():
        made.inline.ruler.at(name, _with_source(name, rule))
    made.inline.ruler.before("escape", "formula", _formula)
    made.inline.ruler.before("link", "footnote", _footnote)
    return made


def tokens_of(children: Sequence[ParserToken]) -> list[Token]:
    """Return what stands in a paragraph as tokens, without emphasis that has no words."""
    tokens = list(_all_tokens(children))
    dropped: set[int] = set()
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.name not in _EMPHASIS or token.raw.startswith("<"):
            continue
        if token.kind is TokenKind.OPEN:
            opened.append(at)
        elif opened:
            start = opened.pop()
            if not any(inner.text.strip() for inner in tokens[start:at]):
                dropped |= {start, at}
    return [token for at, token in enumerate(tokens) if at not in dropped]


def _all_tokens(children: Sequence[ParserToken]) -> Iterator[Token]:
    autolink_at = -1
    for at, token in enumerate(children):
        if at <= autolink_at:
            continue
        if token.type == "link_open" and token.markup == "autolink":
            words = children[at + 1].content if at + 1 < len(children) else ""
            yield Token(TokenKind.KEPT, str(token.meta["raw"]), words, "autolink")
            autolink_at = at + 2
        else:
            yield from _tokens_of_one(token, _is_between_ideographs(children, at))


def _is_between_ideographs(children: Sequence[ParserToken], at: int) -> bool:
    if not 0 < at < len(children) - 1:
        return False
    before, behind = children[at - 1].content, children[at + 1].content
    return bool(before and behind and _IDEOGRAPH.match(before[-1]) and _IDEOGRAPH.match(behind[0]))


def _tokens_of_one(token: ParserToken, is_between_ideographs: bool) -> Iterator[Token]:
    match token.type:
        case "text":
            yield text_token(token.content)
        case "text_special":
            yield text_token(token.content, token.markup)
        case "softbreak":
            yield text_token("" if is_between_ideographs else " ", "\n")
        case "hardbreak":
            is_written = str(token.meta["raw"]).startswith("\\")
            yield single("\\\n" if is_written else "  \n", _BREAK)
            yield text_token(" ", "")
        case "em_open" | "strong_open" | "s_open":
            yield Token(TokenKind.OPEN, token.markup, name=token.tag)
        case "em_close" | "strong_close" | "s_close":
            yield Token(TokenKind.CLOSE, token.markup, name=token.tag)
        case "code_inline":
            yield Token(TokenKind.KEPT, str(token.meta["raw"]), token.content, "code")
        case "formula":
            yield Token(TokenKind.KEPT, token.content, token.content, "formula")
        case "link_open":
            yield Token(TokenKind.OPEN, "[", name="a", mark=MarkKind.SPAN)
        case "link_close":
            yield Token(TokenKind.CLOSE, str(token.meta["closing"]), name="a")
        case "image":
            yield from _image(token)
        case "html_inline":
            yield _html(token.content)
        case _:
            yield single(token.content, token.type)


def _image(token: ParserToken) -> Iterator[Token]:
    if not token.content.strip():
        yield single(str(token.meta["raw"]), "img")
        return
    yield Token(TokenKind.OPEN, "![", name="img", mark=MarkKind.SPAN)
    yield from _all_tokens(token.children or [])
    yield Token(TokenKind.CLOSE, str(token.meta["closing"]), name="img")


def _html(raw: str) -> Token:
    tag = _HTML_TAG.fullmatch(raw)
    name = tag["name"].lower() if tag else ""
    if tag is None or tag["is_void"] or _VOID.fullmatch(name):
        return single(raw, "html")
    mark = MarkKind.STYLE if _STYLE.fullmatch(name) else MarkKind.SPAN
    name = name if raw in (f"<{name}>", f"</{name}>") and name in _EMPHASIS else f"html {name}"
    return Token(TokenKind.CLOSE if tag["is_end"] else TokenKind.OPEN, raw, name=name, mark=mark)


@dataclass(frozen=True, slots=True)
class Context:
    """Where a paragraph stands: what it may be parsed as, and which link definitions there are.

    ``begins_with_sign``: a heading after ``#``, not one over a line of dashes.
    """

    kind: UnitKind
    begins_with_sign: bool = False
    references: dict[str, Any] = field(default_factory=dict)

    def reads(self, written: str) -> Inline | None:
        """Return what a parser reads in ``written``, None if it is not what stands in one paragraph."""
        if self.kind is UnitKind.CELL:
            children = (
                parser().parseInline(written, {"references": ChainMap({}, self.references)})[0].children
            )
            return inline_of(tokens_of(children or []))
        source = f"# {written}" if self.begins_with_sign else written
        tokens = parser().parse(source, {"references": ChainMap({}, self.references)})
        if len(tokens) != 3 or tokens[1].type != "inline":
            return None
        is_heading = tokens[0].type == "heading_open"
        if is_heading is not self.begins_with_sign or not (is_heading or tokens[0].type == "paragraph_open"):
            return None
        return inline_of(tokens_of(tokens[1].children or []))


def written_markdown(
    text: UnitText, markup: dict[int, Markup], context: Context, lines_of: Callable[[str], list[str]]
) -> list[str]:
    """Return the lines of a paragraph that a parser reads as ``text`` with its marks.

    ``lines_of`` wraps a line. Of several ways the first is taken that is read right; emphasis that no way
    keeps is written as HTML.
    """
    lines: list[str] = []
    tidied = _tidied(text)
    for shown in dict.fromkeys((text, tidied, _with_objects_outside(tidied, markup))):
        wanted = _canonical(shown, markup)
        for respelled, escaped in _ways(markup):
            written = _joined(parts_of(shown, respelled), escaped)
            lines = [line.replace(_HARD_SPACE, " ") for line in lines_of(written)]
            read = context.reads("\n".join(lines))
            if read is not None and _canonical(original_of(_as_unit(read)), read.markup) == wanted:
                return lines
    return lines


def _as_unit(inline: Inline) -> Unit:
    return Unit(inline.text, Place(UnitKind.BODY, "", 1), inline.marks)


def _ways(markup: dict[int, Markup]) -> Iterator[tuple[dict[int, Markup], bool]]:
    shortened = {number: _shortened(one) for number, one in markup.items()}
    if shortened != markup:
        yield shortened, False
    yield markup, False
    yield markup, True
    if any(one.name in _EMPHASIS for one in markup.values()):
        for spelling in ({"em": "*", "strong": "**"}, {"em": "_", "strong": "**"}, {}):
            yield {number: _respelled(one, spelling) for number, one in markup.items()}, True


def _shortened(markup: Markup) -> Markup:
    """Return a link to a definition without its name, which may be what its words say."""
    is_named = markup.name in ("a", "img") and markup.closing.startswith("][")
    return replace(markup, closing="]") if is_named else markup


def _respelled(markup: Markup, spelling: Mapping[str, str]) -> Markup:
    if markup.name not in _EMPHASIS:
        return markup
    sign = spelling.get(markup.name, "")
    opening = sign or f"<{markup.name}>"
    closing = sign or f"</{markup.name}>"
    return Markup(opening, closing, markup.parent, markup.name)


def _joined(parts: Sequence[tuple[str, bool]], escaped: bool) -> str:
    """Return the parts as one line, in which only breaks that are markup end lines."""
    written = ""
    for raw, is_markup in parts:
        if is_markup:
            # Two pieces of code that touch would be one.
            written += " " if written.endswith("`") and raw.startswith("`") else ""
            written += raw.replace(" ", _HARD_SPACE)
        elif escaped:
            words = _SPECIAL.sub(lambda found: f"\\{found[0]}", _BLANKS.sub(" ", raw))
            written += words if written else _LINE_START.sub(_escaped_start, words.lstrip(), count=1)
        else:
            written += _BLANKS.sub(" ", raw)
    return written.strip()


def _escaped_start(found: regex.Match[str]) -> str:
    return f"{found['number']}\\" if found["number"] else f"\\{found[0]}"


def _tidied(text: UnitText) -> UnitText:
    """Return ``text`` whose styles begin and end with a word: stars beside a blank are no emphasis."""
    marks: list[Mark] = []
    for mark in text.marks:
        words = text.text[mark.start : mark.end]
        is_tidy = mark.kind is not MarkKind.STYLE or not words.strip() or words == words.strip()
        if is_tidy:
            marks.append(mark)
            continue
        start = mark.start + len(words) - len(words.lstrip())
        marks.append(Mark(mark.number, mark.kind, start, start + len(words.strip())))
    return UnitText(text.text, tuple(marks))


def _with_objects_outside(text: UnitText, markup: dict[int, Markup]) -> UnitText:
    """Return ``text`` whose objects stand behind links that they were not in: a link holds no footnote."""
    spans = [mark for mark in text.marks if mark.kind is MarkKind.SPAN and not mark.keeps_text]
    marks: list[Mark] = []
    for mark in text.marks:
        own = _ancestors(mark.number, markup)
        ends = [one.end for one in spans if one.start <= mark.start < one.end and one.number not in own]
        at = max(ends, default=mark.start)
        marks.append(Mark(mark.number, mark.kind, at, at) if mark.kind is MarkKind.OBJECT else mark)
    return UnitText(text.text, tuple(marks))


def _ancestors(number: int, markup: dict[int, Markup]) -> set[int]:
    found: set[int] = set()
    while number in markup and markup[number].parent:
        number = markup[number].parent
        found.add(number)
    return found


def _canonical(text: UnitText, markup: dict[int, Markup]) -> str:
    """Return words and marks as one text in which only what a reader would see differs."""
    named: dict[int, Markup] = {}
    for number, one in markup.items():
        if one.name in _EMPHASIS:
            named[number] = Markup(f"\0{one.name}\1", f"\0/{one.name}\1", one.parent, one.name)
        elif one.name == _BREAK:
            named[number] = Markup("\0br\1", "", one.parent, one.name)
        else:
            opening, closing = f"\0{one.opening}\1", f"\0{one.closing}\1"
            named[number] = Markup(opening, closing, one.parent, one.name, one.is_kept)
    joined = "".join(raw for raw, _is_markup in parts_of(text, named))
    joined = _BETWEEN_CODE.sub("\1\0`", _BLANKS.sub(" ", joined))
    return str(_AROUND_BREAK.sub("\0br\1", joined)).strip()


_BETWEEN_CODE = regex.compile("\1 \0`")
_AROUND_BREAK = regex.compile(" ?\0br\1 ?")

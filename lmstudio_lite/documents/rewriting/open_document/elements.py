"""What OpenDocument's elements mean for the text in them (ODF 1.3, part 3; LibreOffice's ``loext``).

Elements are known by the prefixes that all programs write. Characters are text in paragraphs only: what
stands elsewhere belongs to styles, formulas and formats of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lmstudio_lite.documents.rewriting.kept import Kept
from lmstudio_lite.documents.rewriting.markup.tokens import Token, TokenKind, attribute, escaped
from lmstudio_lite.documents.rewriting.markup.vocabulary import Meaning, Role, State, ValueText
from lmstudio_lite.domain.units import UnitKind

OUTSIDE = State(holds_text=False)
"""The state in which a part of a file begins."""
_NUMBER = "number"
_MOST_SPACES = 10_000
_TEXTS: dict[str, UnitKind | None] = {
    "text:p": None,
    "text:h": UnitKind.HEADING,
    "svg:title": UnitKind.ALT_TEXT,
    "svg:desc": UnitKind.ALT_TEXT,
    "table:title": UnitKind.ALT_TEXT,
    "table:desc": UnitKind.ALT_TEXT,
    "dc:title": UnitKind.TITLE,
    "dc:subject": UnitKind.VALUE,
    "dc:description": UnitKind.VALUE,
    "meta:keyword": UnitKind.VALUE,
    "presentation:header-decl": UnitKind.HEADER,
    "presentation:footer-decl": UnitKind.FOOTER,
    "text:index-title-template": UnitKind.HEADING,
}
_KINDS = {
    "table:table-cell": UnitKind.CELL,
    "table:covered-table-cell": UnitKind.CELL,
    "style:header": UnitKind.HEADER,
    "style:header-left": UnitKind.HEADER,
    "style:header-first": UnitKind.HEADER,
    "style:footer": UnitKind.FOOTER,
    "style:footer-left": UnitKind.FOOTER,
    "style:footer-first": UnitKind.FOOTER,
    "presentation:notes": UnitKind.SPEAKER_NOTE,
    "office:annotation": UnitKind.COMMENT,
    "chart:chart": UnitKind.CHART,
    "table:help-message": UnitKind.VALUE,
    "table:error-message": UnitKind.VALUE,
}
_KEPT = {
    "text:tracked-changes": Kept.DELETED,
    "table:tracked-changes": Kept.DELETED,
    "math:math": Kept.FORMULA,
}
_INLINE = {
    "text:span": Role.STYLE,
    "text:a": Role.SPAN,
    "text:meta": Role.SPAN,
    "text:meta-field": Role.SPAN,
    "loext:content-control": Role.SPAN,
    "text:ruby": Role.SPAN,
    "text:ruby-base": Role.THROUGH,
    "text:ruby-text": Role.ASIDE,
    "text:s": Role.SPACES,
    "text:tab": Role.TAB,
    "text:line-break": Role.BREAK,
    "text:note": Role.HOLDER,
    "office:annotation": Role.HOLDER,
    "text:number": Role.OBJECT,
    "text:hidden-text": Role.OBJECT,
    "text:hidden-paragraph": Role.OBJECT,
    "text:script": Role.ANCHOR,
    "text:soft-page-break": Role.ANCHOR,
}
_ANCHORS = ("text:bookmark", "text:reference-mark", "text:change", "text:toc-mark", "text:user-index-mark",
            "text:alphabetical-index-mark")  # fmt: skip
_FIELDS_LIKE_ANCHORS = ("text:bookmark-ref",)
_KEPT_STATE = frozenset((UnitKind.SPEAKER_NOTE, UnitKind.COMMENT, UnitKind.HEADER, UnitKind.FOOTER))
_VALUES = {
    "form:label": UnitKind.VALUE,
    "office:title": UnitKind.ALT_TEXT,
    "text:string-value": UnitKind.VALUE,
    "table:title": UnitKind.VALUE,
}
_MANY_SPACES = re.compile(" {2,}")


@dataclass(frozen=True, slots=True)
class OpenVocabulary:
    """``sheet_names`` are those of the tables whose names are translated."""

    sheet_names: frozenset[str] = frozenset()
    is_html: bool = False
    blanks: str = " \t\n\r"
    joined: frozenset[str] = frozenset(("text:span",))
    """LibreOffice parts a span where the direction of writing changes."""

    def meaning(self, source: str, token: Token, state: State) -> Meaning:
        name = token.name
        if state.holds_text:
            return _meaning_in_text(source, token, state)
        if reason := _KEPT.get(name):
            return Meaning(Role.BLOCK, replace(state, kept=state.kept or reason))
        if name in _TEXTS:
            kind = _TEXTS[name]
            is_text = state.scope != _NUMBER
            kind = state.kind if kind is None or state.kind in _KEPT_STATE else kind
            return Meaning(Role.BLOCK, replace(state, kind=kind, holds_text=is_text))
        return Meaning(Role.BLOCK, _state_in(source, token, state))

    def ends_text(self, name: str) -> bool:
        return False

    def is_whole(self, token: Token, state: State) -> bool:
        return token.kind is TokenKind.EMPTY

    def implied_ends(self, name: str) -> frozenset[str]:
        return frozenset()

    def values(self, source: str, token: Token, state: State) -> Iterable[ValueText]:
        tag = source[token.start : token.end]
        if token.name == "table:table":
            if self.sheet_names and attribute(source, token, "table:name") in self.sheet_names:
                yield ValueText("table:name", UnitKind.SHEET_NAME)
        elif token.name.startswith("table:table-cell"):
            if "office:string-value" in tag and state.scope != _NUMBER and not state.kept:
                yield ValueText("office:string-value", UnitKind.CELL)
        else:
            for name, kind in _VALUES.items():
                if name in tag:
                    yield ValueText(name, kind)

    def num_spaces(self, source: str, token: Token) -> int:
        stated = attribute(source, token, "text:c") or "1"
        return min(int(stated), _MOST_SPACES) if stated.isascii() and stated.isdigit() else 1

    def written(self, text: str, *, is_after_blank: bool) -> str:
        words = text.lstrip(" ") if is_after_blank else text
        first = _spaces(len(text) - len(words))
        return first + _MANY_SPACES.sub(lambda found: " " + _spaces(len(found[0]) - 1), escaped(words))


def _spaces(num: int) -> str:
    return f'<text:s text:c="{num}"/>' if num else ""


def _meaning_in_text(source: str, token: Token, state: State) -> Meaning:
    """Return what an element in a paragraph means."""
    name = token.name
    if role := _INLINE.get(name):
        if role is Role.HOLDER:
            return Meaning(role, replace(_state_in(source, token, state), holds_text=False))
        return Meaning(role, state)
    prefix = name.partition(":")[0]
    if prefix in ("draw", "dr3d"):
        return Meaning(Role.HOLDER, replace(_state_in(source, token, state), holds_text=False))
    is_anchor = name.startswith(_ANCHORS) and not name.startswith(_FIELDS_LIKE_ANCHORS)
    if prefix != "text" or is_anchor:
        return Meaning(Role.ANCHOR, state)
    return Meaning(Role.FIXED, state, Kept.FIELD)


def _state_in(source: str, token: Token, state: State) -> State:
    """Return what holds within an element that is no paragraph."""
    name = token.name
    kind = _KINDS.get(name, state.kind)
    if name in ("table:table-cell", "table:covered-table-cell"):
        tag = source[token.start : token.end]
        if " table:formula=" in tag:
            return replace(state, kept=state.kept or Kept.FORMULA)
        is_text = "office:value-type=" not in tag or 'office:value-type="string"' in tag
        scope = "" if is_text else _NUMBER
        is_same = state.scope == scope and state.kind is kind
        return state if is_same else replace(state, kind=kind, scope=scope)
    if name == "text:note":
        is_endnote = attribute(source, token, "text:note-class") == "endnote"
        kind = UnitKind.ENDNOTE if is_endnote else UnitKind.FOOTNOTE
    elif name.startswith(("draw:", "dr3d:")) and state.kind not in _KEPT_STATE:
        kind = _kind_of_shape(source, token, kind)
    elif name == "office:annotation":
        return replace(state, kind=kind, scope="", kept="")
    return state if kind is state.kind else replace(state, kind=kind)


def _kind_of_shape(source: str, token: Token, kind: UnitKind) -> UnitKind:
    match token.name:
        case "draw:frame" if attribute(source, token, "presentation:class") == "title":
            return UnitKind.HEADING
        case "draw:text-box":
            return kind if kind is UnitKind.HEADING else UnitKind.TEXT_BOX
        case "draw:page" | "draw:frame" | "draw:g" | "draw:a" | "draw:object" | "draw:image":
            return kind
        case _:
            return UnitKind.SHAPE

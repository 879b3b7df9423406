"""What HTML's elements mean for the text in them (https://html.spec.whatwg.org/, SVG 2, EPUB 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lmstudio_lite.documents.rewriting.kept import Kept
from lmstudio_lite.documents.rewriting.markup.tokens import (
    Token,
    TokenKind,
    attribute,
    attributes,
    escaped,
    unescaped,
)
from lmstudio_lite.documents.rewriting.markup.vocabulary import Meaning, Role, State, ValueText
from lmstudio_lite.domain.units import UnitKind

_SVG = "svg"


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_VOID = _names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
)
_BLOCKS = _names(
    "address article aside blockquote body caption center col colgroup dd details dialog dir div dl "
    "dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup "
    "hr html legend li main menu nav noscript ol optgroup option p search section summary table "
    "tbody td tfoot th thead title tr ul case default switch"
)
_STYLES = _names(
    "b bdi bdo big blink cite dfn em emphasis font i mark nobr q s small span strike strong sub sup tt u"
)
_FIXED = _names("code kbd samp var")
_KEPT_BLOCKS = _names("pre listing xmp plaintext")
_THINGS = _names(
    "applet audio canvas embed iframe img input keygen meter object picture progress textarea video"
)
_ANCHORS = _names(
    "area base basefont bgsound link map meta noembed noframes param script source style template track wbr"
)
_ROLES = {
    **dict.fromkeys(_BLOCKS, Role.BLOCK),
    **dict.fromkeys(_STYLES, Role.STYLE),
    **dict.fromkeys(_FIXED, Role.FIXED),
    **dict.fromkeys(_KEPT_BLOCKS, Role.BLOCK),
    **dict.fromkeys(_THINGS, Role.OBJECT),
    **dict.fromkeys(_ANCHORS, Role.ANCHOR),
    "br": Role.BREAK,
    "math": Role.OBJECT,
    "svg": Role.HOLDER,
    "select": Role.HOLDER,
    "datalist": Role.HOLDER,
    "rb": Role.THROUGH,
    "rbc": Role.THROUGH,
    "rt": Role.ASIDE,
    "rp": Role.ASIDE,
    "rtc": Role.ASIDE,
}
_KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), UnitKind.HEADING),
    **dict.fromkeys(("td", "th", "caption"), UnitKind.CELL),
    "title": UnitKind.TITLE,
}
_PARAGRAPH_ENDS = _BLOCKS - _names(
    "body caption case col colgroup default frame frameset head html legend noscript optgroup option "
    "switch summary tbody td tfoot th thead title tr"
)
_CELLS = frozenset(("p", "td", "th"))
_ROWS = _CELLS | {"tr"}
_IMPLIED_ENDS = {
    **dict.fromkeys((*_PARAGRAPH_ENDS, "pre", "listing"), frozenset(("p",))),
    "li": frozenset(("p", "li")),
    "dt": frozenset(("p", "dt", "dd")),
    "dd": frozenset(("p", "dt", "dd")),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _ROWS,
    **dict.fromkeys(
        ("tbody", "thead", "tfoot"), _ROWS | {"tbody", "thead", "tfoot", "caption", "colgroup", "col"}
    ),
    "option": frozenset(("option",)),
    "optgroup": frozenset(("option", "optgroup")),
    "body": frozenset(("head", "title")),
}
_NOTHING: frozenset[str] = frozenset()
_LONGEST_NOTE_MARK = 8
_SEEN_OF_NOTE_MARK = 300
_TAGS = re.compile(r"<[^>]*>")
_NOTES = ("footnote", "endnote", "rearnote")
_TEXT_NAMES = ("title", "placeholder", "aria-label", "aria-description", "aria-placeholder", "aria-valuetext")
_BUTTONS = frozenset(("submit", "button", "reset"))
_TITLES = _names(
    "og:title og:site_name twitter:title dc.title dcterms.title application-name apple-mobile-web-app-title"
)
_DESCRIPTIONS = _names(
    "description og:description twitter:description dc.description dcterms.description og:image:alt "
    "twitter:image:alt"
)
_VALUE_NAMES = frozenset((*_TEXT_NAMES, "alt", "label", "summary", "abbr", "value", "content"))
_SVG_TEXTS = {"text": UnitKind.SHAPE, "title": UnitKind.ALT_TEXT, "desc": UnitKind.ALT_TEXT}
_PLACES_LINE = ("x", "y", "dy")


@dataclass(frozen=True, slots=True)
class HtmlVocabulary:
    """``is_html`` False: XHTML, well-formed, with prefixes, and tags that are whole elements."""

    is_html: bool = True
    blanks: str = " \t\n\r\f"
    joined: frozenset[str] = frozenset()

    def meaning(self, source: str, token: Token, state: State) -> Meaning:
        name = self._local(token.name)
        if state.scope == _SVG:
            return self._meaning_in_svg(source, token, name, state)
        role = _ROLES.get(name) or (Role.BLOCK if "-" in name else Role.SPAN)
        if role is not Role.STYLE and name in _KEPT_BLOCKS:
            return Meaning(role, replace(state, kept=state.kept or Kept.CODE))
        if role is Role.FIXED or name == "math":
            return Meaning(role, state, Kept.CODE if role is Role.FIXED else Kept.FORMULA)
        if name == _SVG:
            return Meaning(role, replace(state, scope=_SVG, kind=UnitKind.SHAPE))
        if name == "template":
            return Meaning(role, state, Kept.TEMPLATE)
        if role in (Role.OBJECT, Role.ANCHOR, Role.BREAK):
            return Meaning(role, state)
        if not state.kept and _is_not_translated(source, token):
            if role is Role.BLOCK:
                return Meaning(role, replace(state, kept=Kept.MARKED))
            return Meaning(Role.FIXED, state, Kept.MARKED)
        if name in ("a", "sup") and _is_note_mark(source, token, name):
            return Meaning(Role.OBJECT, state)
        kind = _KINDS.get(name, state.kind)
        if role is Role.BLOCK and name in ("aside", "section", "div", "li", "p") and _is_note(source, token):
            kind = UnitKind.FOOTNOTE
        return Meaning(role, state if kind is state.kind else replace(state, kind=kind))

    def _meaning_in_svg(self, source: str, token: Token, name: str, state: State) -> Meaning:
        if name in _SVG_TEXTS:
            return Meaning(Role.BLOCK, replace(state, kind=_SVG_TEXTS[name]))
        if name == "foreignobject":
            return Meaning(Role.BLOCK, replace(state, scope=""))
        if name in ("style", "script", "metadata", "math"):
            return Meaning(Role.OBJECT, state)
        if name in ("tspan", "textpath", "a"):
            is_line = any(attribute(source, token, each) is not None for each in _PLACES_LINE)
            return Meaning(Role.BLOCK if is_line and name == "tspan" else Role.SPAN, state)
        return Meaning(Role.BLOCK, state)

    def ends_text(self, name: str) -> bool:
        name = self._local(name)
        return name in _BLOCKS or name in _KEPT_BLOCKS or "-" in name

    def is_whole(self, token: Token, state: State) -> bool:
        if not self.is_html:
            return token.kind is TokenKind.EMPTY
        return token.name in _VOID or (token.kind is TokenKind.EMPTY and state.scope == _SVG)

    def implied_ends(self, name: str) -> frozenset[str]:
        return _IMPLIED_ENDS.get(name, _NOTHING) if self.is_html else _NOTHING

    def values(self, source: str, token: Token, state: State) -> Iterable[ValueText]:
        name = self._local(token.name)
        found = [each for each in attributes(source, token) if each.name.lower() in _VALUE_NAMES]
        if not found or name in ("link", "script", "style"):
            return
        for each in found:
            kind = self._kind_of_value(source, token, name, each.name.lower())
            if kind is not None:
                yield ValueText(each.name, kind)

    def _kind_of_value(self, source: str, token: Token, name: str, key: str) -> UnitKind | None:
        match key:
            case "content":
                property_name = attribute(source, token, "property") or attribute(source, token, "name") or ""
                is_title = property_name.lower() in _TITLES
                is_text = name == "meta" and (is_title or property_name.lower() in _DESCRIPTIONS)
                return (UnitKind.TITLE if is_title else UnitKind.VALUE) if is_text else None
            case "value":
                kind = (attribute(source, token, "type") or "").lower()
                return UnitKind.VALUE if name == "input" and kind in _BUTTONS else None
            case "alt" | "title" | "aria-label" | "aria-description":
                return UnitKind.ALT_TEXT
            case "label":
                return UnitKind.VALUE if name in ("option", "optgroup", "track", "menuitem") else None
            case "summary":
                return UnitKind.ALT_TEXT if name == "table" else None
            case "abbr":
                return UnitKind.CELL if name in ("th", "td") else None
            case _:
                return UnitKind.VALUE

    def num_spaces(self, source: str, token: Token) -> int:
        return 0

    def written(self, text: str, *, is_after_blank: bool) -> str:
        return escaped(text)

    def _local(self, name: str) -> str:
        return name if self.is_html else name.rpartition(":")[2].lower()


def _is_not_translated(source: str, token: Token) -> bool:
    """Tell whether the author says that an element stays (``translate="no"``, ``class="notranslate"``)."""
    if "translate" not in source[token.start : token.end].lower():
        return False
    if (attribute(source, token, "translate") or "").strip().lower() == "no":
        return True
    return "notranslate" in (attribute(source, token, "class") or "").lower().split()


def _is_note_mark(source: str, token: Token, name: str) -> bool:
    """Tell whether a link, raised or not, is the number of a note: it leads to a place and has no letters."""
    head = source[token.start : token.end + _SEEN_OF_NOTE_MARK]
    content, closing, _ = head[token.end - token.start :].partition(f"</{name}")
    tags = head[: token.end - token.start] if name == "a" else content
    shown = unescaped(_TAGS.sub("", content)).strip()
    is_short = 0 < len(shown) <= _LONGEST_NOTE_MARK and not any(map(str.isalpha, shown))
    return bool(closing) and is_short and "href" in tags and "#" in tags


def _is_note(source: str, token: Token) -> bool:
    if "note" not in source[token.start : token.end]:
        return False
    role = attribute(source, token, "role") or ""
    words = f"{attribute(source, token, 'epub:type') or ''} {role.removeprefix('doc-')}".split()
    return any(word in _NOTES for word in words)

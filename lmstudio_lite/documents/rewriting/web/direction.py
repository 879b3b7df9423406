"""The language and the direction that a page states (``lang``, ``xml:lang``, ``dir``), and those of another.

What is marked as being in a third language keeps its mark: only what says the source's language changes.
"""

from __future__ import annotations

from lmstudio_lite.documents.rewriting.locales import locale_of
from lmstudio_lite.documents.rewriting.markup.edits import Edit
from lmstudio_lite.documents.rewriting.markup.tokens import (
    Attribute,
    Token,
    TokenKind,
    attributes,
    escaped_value,
)
from lmstudio_lite.documents.rewriting.markup.walk import Walk
from lmstudio_lite.domain.languages import RIGHT_TO_LEFT
from lmstudio_lite.domain.units import WriteUnitsOptions

_TAGS = (TokenKind.OPEN, TokenKind.EMPTY)
_LANGUAGE_NAMES = ("lang", "xml:lang")
_OWN_DIRECTION = frozenset(("bdo", "bdi", "code", "kbd", "samp", "pre", "input", "textarea"))


def code_of(label: str) -> str:
    """Return the ISO 639-1 code in a label of BCP 47 ("de-AT"), "" for none."""
    code = label.strip().replace("_", "-").partition("-")[0].lower()
    code = {"nb": "no", "nn": "no", "fil": "tl", "iw": "he", "in": "id", "ji": "yi"}.get(code, code)
    return code if len(code) == 2 and code.isalpha() else ""


def root_of(walk: Walk) -> Token | None:
    """Return the tag of the element that holds the page: ``html``, or what is the root of XML."""
    tags = (token for token in walk.tokens if token.kind in _TAGS)
    if not walk.is_html:
        return next(tags, None)
    return next((token for token in tags if token.name == "html"), None)


def language_of(walk: Walk) -> str:
    """Return what a page says it is written in (ISO 639-1), "" where it does not."""
    root = root_of(walk)
    values = {each.name.lower(): each.value for each in attributes(walk.source, root)} if root else {}
    stated = values.get("lang") or values.get("xml:lang") or ""
    if not stated and walk.is_html:
        stated = _language_of_meta(walk)
    return code_of(stated)


def _language_of_meta(walk: Walk) -> str:
    for token in walk.tokens:
        if token.name == "meta":
            values = {each.name.lower(): each.value for each in attributes(walk.source, token)}
            if values.get("http-equiv", "").lower() == "content-language":
                return values.get("content", "")
        elif token.name == "body":
            return ""
    return ""


def edits_of_language(walk: Walk, wanted: WriteUnitsOptions, *, states_it: bool = True) -> list[Edit]:
    """Return the edits that make a page one of the target's language and direction.

    Without ``states_it`` a file that says nothing of its language goes on saying nothing.
    """
    root = root_of(walk)
    if root is None:
        return []
    source = language_of(walk) or wanted.source
    edits = _edits_of_root(walk, root, wanted, states_it=states_it)
    for token in walk.tokens:
        if token.kind in _TAGS and token is not root:
            tag = walk.source[token.start : token.end]
            if token.name == "meta":
                edits += _edits_of_meta(walk, token, wanted.target)
            elif "lang" in tag or "dir" in tag:
                edits += _edits_of_part(walk, token, source, wanted.target)
    return edits


def _edits_of_meta(walk: Walk, token: Token, target: str) -> list[Edit]:
    stated = {each.name.lower(): each for each in attributes(walk.source, token)}
    content = stated.get("content")
    names = {stated[key].value.lower() for key in ("http-equiv", "property", "name") if key in stated}
    if content is None or not content.value:
        return []
    if "content-language" in names:
        return [_set(content, target)]
    return [_set(content, locale_of(target).replace("-", "_"))] if "og:locale" in names else []


def _edits_of_part(walk: Walk, token: Token, source: str, target: str) -> list[Edit]:
    """Return the edits of an element that says what the page's language is, or runs as its letters do."""
    edits: list[Edit] = []
    is_turned = bool(source) and (source in RIGHT_TO_LEFT) is not (target in RIGHT_TO_LEFT)
    old, new = ("rtl", "ltr") if source in RIGHT_TO_LEFT else ("ltr", "rtl")
    for each in attributes(walk.source, token):
        name = each.name.lower()
        if name in _LANGUAGE_NAMES and source and code_of(each.value) == source and token.name != "link":
            edits.append(_set(each, target))
        elif name == "dir" and is_turned and each.value.lower() == old and token.name not in _OWN_DIRECTION:
            edits.append(_set(each, new))
    return edits


def _edits_of_root(walk: Walk, root: Token, wanted: WriteUnitsOptions, *, states_it: bool) -> list[Edit]:
    stated = {each.name.lower(): each for each in attributes(walk.source, root)}
    languages = [stated[name] for name in _LANGUAGE_NAMES if name in stated]
    edits = [_set(each, wanted.target) for each in languages if code_of(each.value) != wanted.target]
    inserted = ""
    is_html = root.name.rpartition(":")[2].lower() == "html"
    if not languages and states_it:
        inserted = f' lang="{wanted.target}"' if is_html else f' xml:lang="{wanted.target}"'
        inserted += f' xml:lang="{wanted.target}"' if is_html and not walk.is_html else ""
    is_rtl = wanted.target in RIGHT_TO_LEFT
    direction = stated.get("dir")
    if direction is not None and (direction.value.lower() == "rtl") is not is_rtl:
        edits.append(_set(direction, "rtl" if is_rtl else "ltr"))
    elif direction is None and is_rtl and is_html:
        inserted += ' dir="rtl"'
    if inserted:
        place = root.start + 1 + len(root.name)
        edits.append(Edit(place, place, (inserted,)))
    return edits


def _set(each: Attribute, value: str) -> Edit:
    if each.start is None:
        return Edit(each.end, each.end, (f'="{value}"',))
    return Edit(each.start, each.end, (escaped_value(value, each.quote),))

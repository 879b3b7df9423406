"""The language and the direction that a page states (``lang``, ``xml:lang``, ``dir``), and those of another.

What is marked as being in a third language keeps its mark as long as a text in it stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable

from lmstudio_lite.documents.rewriting.locales import locale_of
from lmstudio_lite.documents.rewriting.markup.edits import Edit
from lmstudio_lite.documents.rewriting.markup.file import MarkupFile
from lmstudio_lite.documents.rewriting.markup.found import Element, FoundText
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
_DIRECTIONS = frozenset(("ltr", "rtl"))
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


def edits_of_language(
    page: MarkupFile, edits_of_texts: Iterable[Edit], wanted: WriteUnitsOptions, *, states_it: bool = True
) -> list[Edit]:
    """Return the edits that make a page one of the target's language and direction.

    Without ``states_it`` a file that says nothing of its language goes on saying nothing.
    """
    walk = page.walk
    root = root_of(walk)
    if root is None:
        return []
    source = language_of(walk) or wanted.source
    edits = _edits_of_root(walk, root, wanted, states_it=states_it)
    translated = _translated_parts(page, edits_of_texts)
    for token in walk.tokens:
        if token.kind in _TAGS and token is not root:
            tag = walk.source[token.start : token.end]
            if token.name == "meta":
                edits += _edits_of_meta(walk, token, wanted.target)
            elif "lang" in tag or "dir" in tag:
                is_whole = token.start in translated
                edits += _edits_of_part(walk, token, source, wanted.target, is_translated=is_whole)
    return edits


def _translated_parts(page: MarkupFile, edits: Iterable[Edit]) -> set[int]:
    """Return where those elements begin that state a language and whose every text is another now."""
    changed = {(edit.start, edit.end) for edit in edits}
    is_translated: dict[int, bool] = {}
    for each in page.found:
        if isinstance(each, FoundText) and (part := _stating(page, each.element)) is not None:
            is_new = (each.start, each.end) in changed
            is_translated[part] = is_new and is_translated.get(part, True)
    return {part for part, is_new in is_translated.items() if is_new}


def _stating(page: MarkupFile, element: Element | None) -> int | None:
    """Return where the innermost element begins that says in what language its texts are."""
    while element is not None:
        tag = element.open
        if "lang" in page.text[tag.start : tag.end] and any(
            each.name.lower() in _LANGUAGE_NAMES for each in attributes(page.text, tag)
        ):
            return tag.start
        element = element.parent
    return None


def _edits_of_meta(walk: Walk, token: Token, target: str) -> list[Edit]:
    stated = {each.name.lower(): each for each in attributes(walk.source, token)}
    content = stated.get("content")
    names = {stated[key].value.lower() for key in ("http-equiv", "property", "name") if key in stated}
    if content is None or not content.value:
        return []
    if "content-language" in names:
        return [_set(content, target)]
    return [_set(content, locale_of(target).replace("-", "_"))] if "og:locale" in names else []


def _edits_of_part(walk: Walk, token: Token, source: str, target: str, *, is_translated: bool) -> list[Edit]:
    """Return the edits of an element that says what the page's language is, or runs as its letters do.

    ``is_translated``: it says in what language its texts were, whichever that was.
    """
    edits: list[Edit] = []
    is_turned = bool(source) and (source in RIGHT_TO_LEFT) is not (target in RIGHT_TO_LEFT)
    new = "rtl" if target in RIGHT_TO_LEFT else "ltr"
    for each in attributes(walk.source, token):
        name = each.name.lower()
        value = each.value.lower()
        if name in _LANGUAGE_NAMES:
            is_ours = bool(source) and code_of(value) == source and token.name != "link"
            if (is_ours or is_translated) and code_of(value) != target:
                edits.append(_set(each, target))
        elif name == "dir" and token.name not in _OWN_DIRECTION and (is_turned or is_translated):
            edits += [_set(each, new)] if value in _DIRECTIONS - {new} else []
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

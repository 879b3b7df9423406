"""The language and the direction that an OpenDocument file states in its styles, and those of another.

Its styles hold three languages beside each other: for Western, Asian and complex scripts (ODF 1.3, 20.202).
"""

from __future__ import annotations

from collections.abc import Iterator

from lmstudio_lite.documents.rewriting.locales import EAST_ASIAN, is_right_to_left, language_of, locale_of
from lmstudio_lite.documents.rewriting.markup.edits import Edit
from lmstudio_lite.documents.rewriting.markup.tokens import Attribute, Token, TokenKind, attributes
from lmstudio_lite.documents.rewriting.markup.walk import Walk
from lmstudio_lite.domain.units import WriteUnitsOptions

_TAGS = (TokenKind.OPEN, TokenKind.EMPTY)
_WESTERN = ("fo:language", "fo:country")
_ASIAN = ("style:language-asian", "style:country-asian")
_COMPLEX = ("style:language-complex", "style:country-complex")
_COMPLEX_NAMES = "ar fa he ur yi hi mr ne bn gu pa ta te kn ml si th lo km my"
_COMPLEX_LANGUAGES = frozenset(_COMPLEX_NAMES.split())
_NO_LANGUAGE = ("none", "zxx", "")
_TEXT_PROPERTIES = "style:text-properties"
_DIRECTED = ("style:paragraph-properties", "style:page-layout-properties")
_MODE = "style:writing-mode"
_TURNED = {"lr-tb": "rl-tb", "lr": "rl"}


def language_of_styles(walk: Walk) -> str:
    """Return the language of a file's default style (ISO 639-1), "" where it states none."""
    for token, is_default in _properties(walk):
        stated = {each.name: each.value for each in attributes(walk.source, token)}
        if is_default and stated.get(_WESTERN[0], "") not in _NO_LANGUAGE:
            return language_of(stated[_WESTERN[0]])
    return ""


def edits_of_styles(walk: Walk, wanted: WriteUnitsOptions) -> list[Edit]:
    """Return the edits that make styles those of the target's language and direction."""
    source = wanted.source or language_of_styles(walk)
    edits: list[Edit] = []
    for token, is_default in _properties(walk):
        stated = {each.name: each for each in attributes(walk.source, token)}
        if token.name == _TEXT_PROPERTIES:
            edits += _edits_of_language(token, stated, source, wanted.target, is_default=is_default)
        edits += _edits_of_direction(token, stated, wanted.target, is_default=is_default)
    return edits


def language_attributes(target: str) -> str:
    """Return the attributes of a text in the target's language."""
    locale = locale_of(target)
    language, country = _names(target)
    return f'{language}="{locale.partition("-")[0]}" {country}="{locale.partition("-")[2] or "none"}"'


def _names(language: str) -> tuple[str, str]:
    if language in EAST_ASIAN:
        return _ASIAN
    return _COMPLEX if language in _COMPLEX_LANGUAGES else _WESTERN


def _properties(walk: Walk) -> Iterator[tuple[Token, bool]]:
    """Yield the tags of properties, and whether they are those of a default style."""
    is_default = False
    for token in walk.tokens:
        if token.name == "style:default-style":
            is_default = token.kind is TokenKind.OPEN
        elif token.kind in _TAGS and token.name.startswith("style:") and token.name.endswith("-properties"):
            yield token, is_default


def _edits_of_language(
    token: Token, stated: dict[str, Attribute], source: str, target: str, *, is_default: bool
) -> list[Edit]:
    language, country = _names(target)
    locale = locale_of(target)
    values = {language: locale.partition("-")[0], country: locale.partition("-")[2] or "none"}
    current = stated[language].value if language in stated else ""
    if language_of(current) == target:
        return []
    is_of_source = bool(source) and language_of(current) == source
    if not (is_default or is_of_source):
        return []
    edits = [_set(stated[name], value) for name, value in values.items() if name in stated]
    missing = "".join(f' {name}="{value}"' for name, value in values.items() if name not in stated)
    return [*edits, _inserted(token, missing)] if missing else edits


def _edits_of_direction(
    token: Token, stated: dict[str, Attribute], target: str, *, is_default: bool
) -> list[Edit]:
    is_rtl = is_right_to_left(target)
    turned = _TURNED if is_rtl else {new: old for old, new in _TURNED.items()}
    if _MODE in stated:
        value = turned.get(stated[_MODE].value)
        return [_set(stated[_MODE], value)] if value else []
    is_page = token.name == "style:page-layout-properties"
    if is_rtl and token.name in _DIRECTED and (is_default or is_page):
        return [_inserted(token, f' {_MODE}="rl-tb"')]
    return []


def _set(each: Attribute, value: str) -> Edit:
    start = each.end if each.start is None else each.start
    return Edit(start, each.end, (value,))


def _inserted(token: Token, text: str) -> Edit:
    place = token.start + 1 + len(token.name)
    return Edit(place, place, (text,))

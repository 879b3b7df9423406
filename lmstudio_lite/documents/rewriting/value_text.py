"""Which string values of a data file are for people: told by their looks, their key and their neighbours.

A file of messages (a "locale") has single words among its texts, "save" or "cancel"; in a file of settings a
single word is one of the program's. Which of both a file is, most of its values tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.rewriting.words import has_words

_IDENTIFIER = regex.compile(
    r"\p{L}+(?:[_./:@\\-][\p{L}\p{N}]+)+[/*]?|\p{Ll}+(?:\p{Lu}[\p{L}\p{N}]*)+|[\p{Lu}\d_]{5,}|[@#.$/\\~][\w./-]+"
    r"|[\w.-]*\d[\w.-]*|[\w.+-]+/[\w.+-]+|\p{L}{1,2}"
)
"""A name of a program's: "on_click", "onClick", "text/html", "h264"."""
_CODE = regex.compile(
    r"[{}<>;=|&]{2}|\w\(|\)\s*[;{]|^\s*[\w./-]+\s+-{1,2}\w|\s--\w|&&|=>|^\s*[.#]?[\w-]+\s*\{|^\s*(?:rgba?|hsla?|url)\("
    r"|\s[<>]=?\s|^\s*(?:SELECT|INSERT|UPDATE|DELETE)\s|^\^|\\[dws.]|\$$|^\s*\*?(?:[.*]*\.\w+|/[\w*]+)(?:,\s*|\s|$)"
)
_TIME_FORMAT = regex.compile(
    r"(?:%[-^#_0]?[A-Za-z][\s,./:-]*)+(?:\p{L}{1,3}\s*)?|[yMdHhmsaESzL.,/:' -]+|%[nuds ]+"
)
_PROSE = regex.compile(
    r"\p{L}+[\p{L}\p{M}'’-]*[,;:]?\s+\p{L}|[\p{Han}\p{Hiragana}\p{Katakana}]|[^\P{L}\p{Latin}]{2}"
)
_LETTER = regex.compile(r"\p{L}")
_CAPITALIZED = regex.compile(r"\p{Lu}\p{Ll}+[\p{Ll}'’-]*[.!?:…]*")
_SENTENCE = regex.compile(r"\p{Lu}\p{Ll}*\s.*\p{L}|.*\p{L}\s.*[.!?…]\Z|(?:\S+\s+){4,}\S", regex.DOTALL)
_TECHNICAL_KEYS = frozenset(
    [
        *(
            "id",
            "ids",
            "uuid",
            "key",
            "type",
            "class",
            "classname",
            "style",
            "styles",
            "href",
            "src",
            "url",
            "uri",
        ),
        *(
            "link",
            "path",
            "file",
            "filename",
            "icon",
            "image",
            "img",
            "color",
            "colour",
            "slug",
            "locale",
            "lang",
        ),
        *(
            "language",
            "charset",
            "encoding",
            "version",
            "license",
            "licence",
            "repository",
            "homepage",
            "email",
        ),
        *("regex", "pattern", "command", "cmd", "script", "scripts", "run", "uses", "env", "main", "module"),
        *(
            "entry",
            "schema",
            "$schema",
            "$ref",
            "$id",
            "mime",
            "mimetype",
            "method",
            "selector",
            "target",
            "rel",
        ),
        *("theme", "template", "layout", "branch", "branches", "dependencies", "devdependencies", "engines"),
        *(
            "files",
            "exports",
            "bin",
            "engine",
            "hash",
            "sha",
            "sha256",
            "integrity",
            "token",
            "secret",
            "password",
        ),
    ]
)
_SETTINGS = frozenset(["scripts", "dependencies", "devdependencies", "compileroptions", "jobs", "services"])
"""At the top of a file these say that it is a program's."""
_NOTE_KEYS = frozenset(["description", "comment", "_comment", "note", "context", "developer_comment"])
_MESSAGE_KEYS = frozenset(["message", "defaultmessage", "string", "translation", "translatedmessage"])
_CATALOGUE_SHARE = 0.5
"""Measured in four public repositories (rails-i18n, excalidraw, fastapi, symfony): 185 of 186 files of
messages are told, the other holds empty texts; of 724 others ten are taken for one, six of which are forms
full of sentences."""


@dataclass(frozen=True, slots=True)
class StringValue:
    """A string value, what names lead to it, and where it stands in its file, quotation marks included.

    ``style`` is what the form needs to write it again.
    """

    words: str
    path: tuple[str, ...]
    start: int
    end: int
    style: str = ""

    @property
    def pointer(self) -> str:
        """The way to it as a JSON pointer (RFC 6901)."""
        return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in self.path)


def texts_of(
    values: Sequence[StringValue], *, is_locale: bool = False
) -> tuple[list[tuple[StringValue, str]], int]:
    """Return the values that are for people, each with the file's note on it, and how many are not.

    ``is_locale`` where the file says that it holds one language's messages.
    """
    notes = _notes(values)
    is_catalogue = is_locale or _is_catalogue(values)
    found: list[tuple[StringValue, str]] = []
    for value in values:
        if value.path[:-1] in notes and value.path[-1].lower() in _NOTE_KEYS:
            continue
        if _is_text(value, is_catalogue=is_catalogue):
            found.append((value, notes.get(value.path[:-1], "")))
    num_kept = sum(has_words(value.words) for value in values) - len(found)
    return found, max(0, num_kept)


def _notes(values: Sequence[StringValue]) -> dict[tuple[str, ...], str]:
    """Return what stands beside a message for its translators, by the way to what holds both."""
    holders = {value.path[:-1] for value in values if value.path and value.path[-1].lower() in _MESSAGE_KEYS}
    return {
        value.path[:-1]: value.words
        for value in values
        if value.path and value.path[-1].lower() in _NOTE_KEYS and value.path[:-1] in holders
    }


def _is_catalogue(values: Sequence[StringValue]) -> bool:
    if any(value.path and value.path[0].lower() in _SETTINGS for value in values):
        return False
    lettered = [
        value
        for value in values
        if _LETTER.search(value.words) and not _TIME_FORMAT.fullmatch(value.words.strip())
    ]
    num_prose = sum(_looks_like_prose(value.words) for value in lettered if not _is_technical(value))
    return num_prose > _CATALOGUE_SHARE * len(lettered)


def _looks_like_prose(words: str) -> bool:
    words = words.strip()
    if _CODE.search(words) or _IDENTIFIER.fullmatch(words):
        return False
    return _PROSE.search(words) is not None or _CAPITALIZED.fullmatch(words) is not None


def _is_technical(value: StringValue) -> bool:
    return any(name.lower() in _TECHNICAL_KEYS for name in value.path[-1:])


def _is_text(value: StringValue, *, is_catalogue: bool) -> bool:
    words = value.words.strip()
    if not has_words(words) or _TIME_FORMAT.fullmatch(words):
        return False
    if is_catalogue:
        is_name = _IDENTIFIER.fullmatch(words) is not None and not _CAPITALIZED.fullmatch(words)
        return not is_name
    if any(name.lower() in _TECHNICAL_KEYS for name in value.path) or _CODE.search(words):
        return False
    return _SENTENCE.match(words) is not None and _PROSE.search(words) is not None

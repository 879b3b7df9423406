"""The markup inside a subtitle's words as tokens: SubRip, WebVTT, SubStation Alpha."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import regex

from lmstudio_lite.documents.rewriting.inline import Token, TokenKind, single, text_token

_TAG = regex.compile(
    r"<(?P<is_end>/?)(?P<name>[A-Za-z]\w*)?(?P<rest>[^<>\n]{0,80})>|\{\\[^{}\n]{1,80}\}|&(?:#\d+|#x[\da-fA-F]+|\w+);"
)
_OVERRIDE = regex.compile(r"\{[^{}]*\}|\\h")
_SWITCH = regex.compile(r"\{\\(?P<name>[ibus])(?P<is_on>[01])\}")
_BLANKS = regex.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class CueMarkup:
    """How a kind of subtitles writes markup in its words.

    ``before`` and ``behind`` match markup and marks around the words of a line, which stay where they are.
    ``new_speaker`` matches what a line begins with in which no sentence goes on.
    """

    tokens: Callable[[str], Iterator[Token]]
    escaped: Callable[[str], str]
    line_end: str
    before: regex.Pattern[str]
    behind: regex.Pattern[str]
    new_speaker: regex.Pattern[str]


def _words(text: str) -> Token:
    return text_token(_BLANKS.sub(" ", text), text)


def _tag_tokens(text: str, *, has_entities: bool) -> Iterator[Token]:
    position = 0
    for found in _TAG.finditer(text):
        raw = found[0]
        if raw.startswith("&") and not has_entities:
            continue
        yield _words(text[position : found.start()])
        position = found.end()
        if raw.startswith("&"):
            yield text_token(html.unescape(raw), raw)
        elif not found["name"]:
            # A time inside a line, the end of any tag, or an instruction of the player.
            yield single(raw) if raw.startswith("{") or found["rest"].strip() else text_token(raw)
        elif found["is_end"]:
            yield Token(TokenKind.CLOSE, raw, name=found["name"])
        else:
            yield Token(TokenKind.OPEN, raw, name=found["name"])
    yield _words(text[position:])


def _subrip_tokens(text: str) -> Iterator[Token]:
    return _tag_tokens(text, has_entities=False)


def _webvtt_tokens(text: str) -> Iterator[Token]:
    return _tag_tokens(text, has_entities=True)


def _substation_tokens(text: str) -> Iterator[Token]:
    position = 0
    for found in _OVERRIDE.finditer(text):
        yield _words(text[position : found.start()])
        position = found.end()
        switch = _SWITCH.fullmatch(found[0])
        if found[0] == "\\h":
            yield text_token("\u00a0", found[0])
        elif switch:
            kind = TokenKind.OPEN if switch["is_on"] == "1" else TokenKind.CLOSE
            yield Token(kind, found[0], name=switch["name"])
        else:
            yield single(found[0])
    yield _words(text[position:])


def _subrip_words(words: str) -> str:
    """Return words in which no player sees a tag or a time, nor an end of the line."""
    return str(_BLANKS.sub(" ", words.replace("-->", "→")))


def _webvtt_words(words: str) -> str:
    words = words.replace("-->", "→").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return str(_BLANKS.sub(" ", words.replace("\u00a0", "&nbsp;")))


def _substation_words(words: str) -> str:
    words = words.replace("\u00a0", "\\h").replace("{", "(").replace("}", ")")
    return str(_BLANKS.sub(" ", words))


_BEFORE = regex.compile(r"(?:\s|<[^<>\n]{1,80}>|\{\\[^{}\n]{1,80}\}|[-–—‐]+\s*(?=[^\s\d])|>>+|[♪♫#]+(?=\s))*")
_BEHIND = regex.compile(r"(?:\s|</?[^<>\n]{1,80}>|[♪♫])*\Z")
_NEW_SPEAKER = regex.compile(r"<v[ .]|[-–—‐]\s*\S|>>|[♪♫]|\[|\(")

SUBRIP = CueMarkup(_subrip_tokens, _subrip_words, "\n", _BEFORE, _BEHIND, _NEW_SPEAKER)
WEBVTT = CueMarkup(_webvtt_tokens, _webvtt_words, "\n", _BEFORE, _BEHIND, _NEW_SPEAKER)
SUBSTATION = CueMarkup(
    _substation_tokens,
    _substation_words,
    "\\N",
    regex.compile(r"(?:\s|\{[^{}]*\}|\\h|[-–—‐]+\s*(?=[^\s\d])|[♪♫]+(?=\s))*"),
    regex.compile(r"(?:\s|\{[^{}]*\}|\\h|[♪♫])*\Z"),
    regex.compile(r"(?:\{[^{}]*\})*(?:[-–—‐]\s*\S|[♪♫]|\[|\()"),
)

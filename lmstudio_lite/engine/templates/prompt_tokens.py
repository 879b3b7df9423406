"""A prompt's tokens: the template's markup is read as such, somebody's words never are.

Where no word looks like markup, the tokens are those of the whole text. Else the stretch around it, between
the template's own markup on both sides (where llama.cpp cuts a text anyway), is tokenized without reading
control tokens; and what is read even then is cut in two. Nothing of the text changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.prompt_text import PromptText

_ANCHOR = "\x01"
_WORD_END = re.compile(r"(?<=\w)(?=[^\w\s])")
_WORD_BEGIN = re.compile(r"(?<=[^\w\s])(?=\w)")


class Tokenizer(Protocol):
    """What a vocabulary is to this module."""

    @property
    def begin_token(self) -> int | None:
        """The token that a prompt begins with, None where the model wants none."""

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]: ...
    def token_bytes(self, token_id: int) -> bytes: ...


class PromptTokenizer:
    """One thread at a time, the tokenizer's."""

    def __init__(self, tokenizer: Tokenizer, guarded: GuardedTexts) -> None:
        self._tokenizer = tokenizer
        self._guarded = guarded

    def encode(self, prompt: PromptText) -> list[int]:
        """Return a whole prompt's tokens, begun once as the model wants it."""
        return self._begun(self.encode_part(prompt))

    def encode_text(self, text: str) -> list[int]:
        """Return the tokens of somebody's words that stand alone, begun as the model wants it."""
        return self._begun(self.encode_words(text))

    def _begun(self, token_ids: list[int]) -> list[int]:
        """Put the beginning before the tokens where the template has not written it, be it behind space."""
        begin, at = self._tokenizer.begin_token, 0
        if begin is None:
            return token_ids
        while at < len(token_ids) and self._tokenizer.token_bytes(token_ids[at]).isspace():
            at += 1
        if token_ids[at : at + 1] != [begin]:
            return [begin, *token_ids]
        while token_ids[at + 1 : at + 2] == [begin]:
            at += 1
        return token_ids[at:]

    def encode_part(self, prompt: PromptText) -> list[int]:
        """Return the tokens of a text that others go before."""
        token_ids: list[int] = []
        for part, is_words in self._parts(prompt):
            token_ids += self.encode_words(part) if is_words else self._tokenize(part, parse_special=True)
        return token_ids

    def encode_words(self, text: str) -> list[int]:
        """Return the tokens of somebody's words."""
        first, *others = self._cut(text, 0, len(text))
        token_ids = self._tokenize(first, parse_special=False)
        for part in others:
            token_ids += self._go_on(part)
        return token_ids

    def _parts(self, prompt: PromptText) -> Iterator[tuple[str, bool]]:
        """Yield the parts of a prompt, and whether they are to be taken as words."""
        text, literal = prompt.text, prompt.literal
        done = 0
        for start, end in self._stretches(prompt) if literal else ():
            if start > done:
                yield text[done:start], False
            yield text[start:end], True
            done = end
        if done < len(text):
            yield text[done:], False

    def _stretches(self, prompt: PromptText) -> Iterator[tuple[int, int]]:
        """Yield the ranges between the template's own markup that hold literal ones."""
        literal = list(prompt.literal)
        start = 0
        for at, end in (*self._own(prompt), (len(prompt.text), len(prompt.text))):
            if at < start:
                continue
            if literal and literal[0][0] < at:
                yield start, at
            while literal and literal[0][0] < at:
                literal.pop(0)
            start = end

    def _own(self, prompt: PromptText) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the template's own markup."""
        literal = prompt.literal
        nearest = 0
        for start, end in self._guarded.find(prompt.text):
            while nearest < len(literal) and literal[nearest][1] <= start:
                nearest += 1
            if nearest == len(literal) or literal[nearest][0] >= end:
                yield start, end

    def _cut(self, text: str, start: int, end: int) -> list[str]:
        """Cut a text so that no part holds a text that is always read as a token."""
        parts: list[str] = []
        while (middle := self._first_cut(text, start, end)) is not None:
            parts += self._cut(text, start, middle)  # a shorter one may be left there
            start = middle
        return [*parts, text[start:end]]

    def _first_cut(self, text: str, start: int, end: int) -> int | None:
        always = self._guarded.always
        if not always:
            return None
        for at, stop in self._guarded.find(text, start, end):
            if any(text[at:shorter] in always for shorter in range(at + 2, stop + 1)):
                return _middle(text, at, stop)
        return None

    def _go_on(self, text: str) -> list[int]:
        """Tokenize what words go on with: vocabularies that begin each text with a space must not here."""
        if self._anchor:
            token_ids = self._tokenize(_ANCHOR + text, parse_special=False)
            if token_ids[: len(self._anchor)] == self._anchor:
                return token_ids[len(self._anchor) :]
        return self._tokenize(text, parse_special=False)

    @cached_property
    def _anchor(self) -> list[int]:
        """The tokens of a text that goes before another unseen, [] where that is not needed."""
        said = b"".join(map(self._tokenizer.token_bytes, self._tokenize("a", parse_special=False)))
        return self._tokenize(_ANCHOR, parse_special=False) if said.startswith(b" ") else []

    def _tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        return self._tokenizer.tokenize(text, add_special=False, parse_special=parse_special)


def _middle(text: str, start: int, end: int) -> int:
    """Return where to cut a guarded text: at the end of a word, where tokenizers cut by themselves."""
    for pattern in (_WORD_END, _WORD_BEGIN):
        found = pattern.search(text, start + 1, end - 1)
        if found is not None:
            return found.start()
    return (start + end) // 2

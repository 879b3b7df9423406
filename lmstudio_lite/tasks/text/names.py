"""Names, found by their capitals."""

from __future__ import annotations

import unicodedata

import regex

_GAP = regex.compile(r"\s+|\s*&\s*|\.\s")
_SENTENCE_END = regex.compile(r"[.!?:;…。！？\n\"“”«»(]\s*\Z")
_CASED = frozenset(["LATIN", "CYRILLIC", "GREEK"])


def capitalized_runs(text: str, words: list[regex.Match[str]]) -> list[list[regex.Match[str]]]:
    """Return the words of ``words`` with a capital, those that follow each other together."""
    runs: list[list[regex.Match[str]]] = []
    last_end = -1
    for match in words:
        if not (match[0][0].isupper() and is_cased(match[0])):
            continue
        follows = runs and last_end >= 0 and _GAP.fullmatch(text, last_end, match.start())
        if follows and not begins_sentence(text, match.start()):
            runs[-1].append(match)
        else:
            runs.append([match])
        last_end = match.end()
    return runs


def begins_sentence(text: str, start: int) -> bool:
    """Tell whether a sentence, an item or a quotation begins at ``start``."""
    before = text[max(0, start - 4) : start]
    return not text[:start].strip(" -*•>#_\"'“‘(") or _SENTENCE_END.search(before) is not None


def has_inner_capital(word: str) -> bool:
    """Tell whether a letter after the first is a capital, as in acronyms."""
    return any(character.isupper() for character in word[1:])


def is_cased(word: str) -> bool:
    """Tell whether ``word`` is written in a script that has capitals."""
    return bool(word) and unicodedata.name(word[0], "").partition(" ")[0] in _CASED

"""Headings: which blocks are any, and what the telling ones say of the part below them, in any language."""

from __future__ import annotations

import functools

import regex

from lmstudio_lite.documents.structure.language_facts import all_language_facts, phrases_of_all
from lmstudio_lite.domain.documents import Block, BlockKind, Document, StretchKind

LONGEST_LABEL = 80
"""In characters."""
_NUMBER_BEFORE = regex.compile(r"\A[\s#*_]*(?:(?:\d+|[A-Z])(?:\.\d+)*\.?\s+)?")


@functools.cache
def _kinds_of_titles() -> dict[str, StretchKind]:
    kinds: dict[str, StretchKind] = {}
    for facts in all_language_facts():
        kinds |= dict.fromkeys(facts.index, StretchKind.INDEX)
        kinds |= dict.fromkeys(facts.contents, StretchKind.CONTENTS)
        kinds |= dict.fromkeys(facts.references, StretchKind.REFERENCES)
    return kinds


@functools.cache
def _numbered_heading() -> regex.Pattern[str]:
    chapter = "|".join(map(regex.escape, phrases_of_all(lambda facts: facts.chapter)))
    number = rf"(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}\.?|[A-Z]\.|(?:{chapter})\s+\w+)"
    return regex.compile(rf"{number}\s+\p{{Lu}}[^.!?]{{2,80}}\Z", regex.IGNORECASE)


@functools.cache
def _appendix() -> regex.Pattern[str]:
    names = "|".join(map(regex.escape, phrases_of_all(lambda facts: facts.appendix)))
    return regex.compile(rf"(?:{names})\b", regex.IGNORECASE)


def is_heading(document: Document, block: Block) -> bool:
    """Tell whether a block is marked as a heading, or begins with a numbered one."""
    if block.kind is BlockKind.HEADING:
        return True
    is_short = block.end - block.start <= 2 * LONGEST_LABEL
    first_line = document.text[block.start : block.end].partition("\n")[0] if is_short else ""
    return block.kind is not BlockKind.TABLE and _numbered_heading().match(first_line.strip()) is not None


def kind_of_title(text: str) -> StretchKind | None:
    """Return what the heading ``text`` says of the part below it, None for most."""
    if not text or len(text) > LONGEST_LABEL:
        return None
    number = _NUMBER_BEFORE.match(text)
    title = text[number.end() if number else 0 :].partition("\n")[0].strip(" #*_:.").casefold()
    return _kinds_of_titles().get(title)


def is_appendix(line: str) -> bool:
    """Tell whether a line begins an appendix."""
    return _appendix().match(line.strip()) is not None

"""The documents of the quality bench: each a file of text behind a front matter of facts and traps.

The files are the project's own writing. A document of many pages holds a line ``@records FROM-TO`` where
``composing`` writes that many entries of a series (bridges inspected, days in a log); what happens in it is
written by hand between them.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import regex

from lmstudio_lite.bench.quality.composing import Series, compose
from lmstudio_lite.bench.quality.tokens import count_words
from lmstudio_lite.paths import resources

WORDS_A_PAGE = 300
_FENCE = "+++\n"
_FLAGS = regex.IGNORECASE


class TrapKind(StrEnum):
    NUMBER = "number"
    NEGATION = "negation"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a good summary holds: any text that ``pattern`` is found in."""

    pattern: regex.Pattern[str]

    def is_held_by(self, text: str) -> bool:
        return self.pattern.search(text) is not None


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that is easy to get wrong: ``right`` stands in the document, ``wrong`` nowhere in it."""

    kind: TrapKind
    right: regex.Pattern[str]
    wrong: regex.Pattern[str]

    def is_taken_by(self, text: str) -> bool:
        return self.wrong.search(text) is not None


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """``name`` is the file's, without its ending; ``kind`` is news, report, minutes and so on."""

    name: str
    title: str
    language: str
    kind: str
    text: str
    facts: tuple[Fact, ...]
    traps: tuple[Trap, ...]

    @property
    def num_pages(self) -> int:
        return max(1, round(count_words(self.text) / WORDS_A_PAGE))


def corpus_folder() -> Path:
    """Return the folder that the documents came in."""
    return resources() / "corpus"


def read_corpus(names: Sequence[str] = ()) -> list[CorpusDocument]:
    """Return the documents whose names match a pattern ("en-*"), all without any; short ones first."""
    files = sorted(corpus_folder().glob("*.md"))
    patterns = names or ("*",)
    chosen = [file for file in files if any(fnmatch.fnmatch(file.stem, pattern) for pattern in patterns)]
    return sorted((read_document(file) for file in chosen), key=lambda document: len(document.text))


def read_document(file: Path) -> CorpusDocument:
    """Return one document; raises ``ValueError`` and ``KeyError`` for a file that is not in the form."""
    _, front, body = file.read_text(encoding="utf-8").split(_FENCE, 2)
    table = tomllib.loads(front)
    series = {name: Series.from_table(row) for name, row in table.get("series", {}).items()}
    return CorpusDocument(
        name=file.stem,
        title=table["title"],
        language=table["language"],
        kind=table["kind"],
        text=compose(body.strip(), series),
        facts=tuple(Fact(regex.compile(pattern, _FLAGS)) for pattern in table["facts"]),
        traps=tuple(
            Trap(TrapKind(kind), regex.compile(right, _FLAGS), regex.compile(wrong, _FLAGS))
            for kind, right, wrong in table["traps"]
        ),
    )

"""Sentences with references, for measuring translations.

The page is the project's own. The sentences of the Chinese article come from the file that ``--file`` names:
the article is not the project's to ship, so its references are found by sums of its sentences.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.paths import resources

_SUM_DIGITS = 12
_MARKS = " \t\n#*-0123456789."
"""Of Markdown's headings and lists, before a sentence."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A sentence and one right translation."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The sentences of one pair of languages (ISO 639-1), with the terms that a glossary asks for."""

    source_language: str
    target_language: str
    references: tuple[Reference, ...]
    terms: tuple[Term, ...]

    @property
    def pair(self) -> str:
        return f"{self.source_language}-{self.target_language}"


def reference_sets(article: Path | None) -> list[ReferenceSet]:
    """Return what there are references for; the article's only where its file is given."""
    with (resources() / "parallel" / "references.toml").open("rb") as file:
        table = tomllib.load(file)
    terms = {
        row["pair"]: tuple(Term(source, target) for source, target in row["terms"]) for row in table["terms"]
    }
    sets = []
    for language in ("de", "zh"):
        rows = table["page"]["sentences"]
        references = tuple(Reference(row["en"], row[language]) for row in rows)
        sets.append(ReferenceSet("en", language, references, terms[f"en-{language}"]))
    if article is not None:
        known = {row["sha256"]: row["en"] for row in table["article"]["references"]}
        sets.insert(0, ReferenceSet("zh", "en", _of_article(article, known), terms["zh-en"]))
    return sets


def _of_article(article: Path, known: dict[str, str]) -> tuple[Reference, ...]:
    """Return the sentences of the file whose sums are known, in their order."""
    text = article.read_text(encoding="utf-8").replace("**", "")
    found: dict[str, Reference] = {}
    for segment in split_sentences(text):
        sentence = segment.text.strip()
        for start in (sentence, sentence.lstrip(_MARKS)):
            digits = hashlib.sha256(start.encode()).hexdigest()[:_SUM_DIGITS]
            if digits in known:
                found.setdefault(digits, Reference(start, known[digits]))
    return tuple(found.values())

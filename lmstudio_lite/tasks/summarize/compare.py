"""What several documents have in common and how they differ: every statement is looked up in each of them.

The model compares summaries and is held to the documents: what it says that all have in common must stand in
all, and a difference in one, and not in all. What the summaries say beside that is sorted in the same way:
what all documents say is in common, what one alone says is how it differs, with its title before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.domain.documents import ComparedPart, Document
from lmstudio_lite.domain.summaries import ChunkSummary
from lmstudio_lite.tasks.evidence.index import sentence_spans
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.tasks.summarize.forms.points import is_fragment, without_repeated

_LONGEST_TITLE = 40
_MOST_LOOKED_UP = 60
"""Statements of each summary; the longest has about 30."""


def sections_of(parts: Sequence[ComparedPart]) -> list[ChunkSummary]:
    """Return each document as a part that has been read, with its summary."""
    return [
        ChunkSummary(number, part.start, part.end, None, None, part.summary, is_extract=False, problem="")
        for number, part in enumerate(parts)
    ]


def summaries_text(parts: Sequence[ComparedPart]) -> str:
    """Return the summaries below their titles, to be asked about."""
    return "\n\n".join(f"# {' '.join(part.title.split())}\n\n{part.summary}" for part in parts)


class Comparison:
    """The documents of one comparison, and who of them says what."""

    def __init__(self, document: Document) -> None:
        self._parts = document.compared
        self._documents = [
            replace(text_document(document.text[part.start : part.end], part.title), language=part.language)
            for part in self._parts
        ]

    def sorted(self, common: str, differences: str, count: int) -> tuple[str, str]:
        """Return the two lists as the documents bear them out, with about ``count`` points or more each.

        Both are lists of lines that begin with "- ", as the model wrote them; either may be "".
        """
        written = [_points(common), _points(differences)]
        claims = [_claims(part.summary) for part in self._parts]
        asked = list(dict.fromkeys([*written[0], *written[1], *(each for some in claims for each in some)]))
        said = self._said_by(asked)
        everybody = frozenset(range(len(self._parts)))
        shared = [point for point in written[0] if said[point] == everybody]
        shared += [claim for some in claims for claim in some if said[claim] == everybody]
        apart = [point for point in written[1] if said[point] and said[point] != everybody]
        apart += [
            f"{_title(self._parts[number])}: {point}" for point in written[0] for number in _only(said[point])
        ]
        own = [
            [f"{_title(part)}: {claim}" for claim in some if said[claim] == {number}]
            for number, (part, some) in enumerate(zip(self._parts, claims, strict=True))
        ]
        apart += [claims_at[place] for place in range(count) for claims_at in own if place < len(claims_at)]
        return _list(shared, count), _list(apart, max(count, 2 * len(self._parts)))

    def _said_by(self, statements: Sequence[str]) -> dict[str, frozenset[int]]:
        """Return which documents say each statement, by their numbers."""
        text = "\n".join(f"- {statement}" for statement in statements)
        said: dict[str, set[int]] = {statement: set() for statement in statements}
        for number, document in enumerate(self._documents):
            evidence = find_evidence(text, document, language=document.language)
            doubtful = [each for each in evidence.sentences if not each.is_supported]
            for statement in statements:
                start = text.find(f"- {statement}") + 2
                end = start + len(statement)
                if not any(start <= each.start < end for each in doubtful):
                    said[statement].add(number)
        return {statement: frozenset(numbers) for statement, numbers in said.items()}


def _only(numbers: frozenset[int]) -> frozenset[int]:
    """Return the number of the only document that says it, if there is one."""
    return numbers if len(numbers) == 1 else frozenset()


def _points(text: str) -> list[str]:
    lines = [line.removeprefix("- ").strip() for line in text.splitlines() if line.startswith("- ")]
    return [line for line in lines if line and sentence_spans(line)]


def _claims(summary: str) -> list[str]:
    """Return what a summary says, sentence by sentence; headings and fragments say nothing by themselves."""
    sentences = [summary[start:end].strip("“”") for start, end in sentence_spans(summary)]
    whole = [" ".join(sentence.split()) for sentence in sentences]
    return [each for each in whole if split_sentences(each) and not is_fragment(each)][:_MOST_LOOKED_UP]


def _title(part: ComparedPart) -> str:
    title = " ".join(part.title.split())
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"


def _list(points: Sequence[str], count: int) -> str:
    return "\n".join(f"- {point}" for point in without_repeated(points)[:count])

"""Whether a translation says no where its source does, and only there.

The marks are those of the languages' facts: words that deny ("not", "kein", "不"), phrases that have such a
word and deny nothing ("not only"), and words that say no in another way ("without", "refuse"). What is said
with "not" in one language is often said in another way in the next, so a negation is lost only where its
sentence says no in no way at all. Nothing is told of a language whose marks are not known.
"""

from __future__ import annotations

from lmstudio_lite.documents.structure.language_facts import has_language_facts
from lmstudio_lite.documents.structure.segmentation import split_sentences
from lmstudio_lite.tasks.evidence.clauses import Mark, Reader, reader_of
from lmstudio_lite.tasks.translate.carried import without_carried


def changed_negation(source: str, text: str, source_language: str, target_language: str) -> str | None:
    """Return the word that says no in only one of the two, None if both do or neither does."""
    ours, theirs = _reader(source_language), _reader(target_language)
    if ours is None or theirs is None:
        return None
    for passage, other in _sentence_pairs(source, text):
        lost = _denial(passage, other, ours, theirs) or _denial(other, passage, theirs, ours)
        if lost:
            return lost
    return None


def _reader(language: str) -> Reader | None:
    if not has_language_facts(language):
        return None
    reader = reader_of(language)
    return reader if reader.meaning.negations else None


def _sentence_pairs(source: str, text: str) -> list[tuple[str, str]]:
    """Return the sentences that stand beside each other, or the whole texts where their numbers differ."""
    ours = [segment.text for segment in split_sentences(without_carried(source))]
    theirs = [segment.text for segment in split_sentences(without_carried(text))]
    if len(ours) == len(theirs):
        return list(zip(ours, theirs, strict=True))
    return [(" ".join(ours), " ".join(theirs))]


def _denial(one: str, other: str, reader: Reader, reader_of_other: Reader) -> str | None:
    """Return how ``one`` says no, if ``other`` says it in no way."""
    if not reader.is_negative(one):
        return None
    if reader_of_other.is_negative(other) or reader_of_other.has(Mark.NEGATIONS, other):
        return None
    if reader_of_other.has(Mark.NEAR_NEGATIONS, other):
        return None
    found = reader.find(Mark.NEGATIONS, one)
    return found[0] if found else one

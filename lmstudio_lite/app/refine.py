"""A finished summary, changed in one place: a sentence worded anew, more on a place, unsupported ones out."""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.evidence import Evidence, SentenceEvidence
from lmstudio_lite.tasks.summarize.edit import place_for, with_detail, with_sentence, without_unsupported

__all__ = ["SummaryChange", "detail", "reword", "without_unsupported"]

_DETAIL_SENTENCES = 3
_CHARACTERS_AROUND_POINT = 800

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SummaryChange:
    """The summary's new text, and the evidence of the sentences that are new in it."""

    text: str
    evidence: Evidence


def reword(
    document: Document,
    text: str,
    sentence: SentenceEvidence,
    *,
    language: str,
    focus: str,
    variant: int,
    engine: EngineClient,
    cancellation: Cancellation,
) -> SummaryChange:
    """Write another sentence on the passages behind ``sentence``, in its place in ``text``.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    new, evidence = _write(document, sentence, 1, language, focus, variant, engine, cancellation)
    return SummaryChange(with_sentence(text, sentence, new), evidence)


def detail(
    document: Document,
    text: str,
    known: Evidence,
    place: SentenceEvidence | Span,
    *,
    language: str,
    focus: str,
    variant: int,
    engine: EngineClient,
    cancellation: Cancellation,
) -> SummaryChange:
    """Write more on a sentence's passages, or on a range of the source, behind what ``text`` says of it.

    What ``text`` says already is not said again: where nothing is left, the text stays as it is. ``known``
    is the evidence of ``text``.

    Raises:
        CancelledError: cancelled.
        ModelError, EngineError: the model can't answer.
    """
    from lmstudio_lite.documents.structure.segmentation import split_sentences
    from lmstudio_lite.tasks.summarize.refine import is_said

    new, evidence = _write(document, place, _DETAIL_SENTENCES, language, focus, variant, engine, cancellation)
    after = place.end if isinstance(place, SentenceEvidence) else place_for(known, place[0])
    sentences = [segment.text.strip() for segment in split_sentences(new)]
    added = [sentence for sentence in sentences if sentence and not is_said(text, sentence)]
    return SummaryChange(with_detail(text, len(text) if after is None else after, added), evidence)


def _write(
    document: Document,
    place: SentenceEvidence | Span,
    count: int,
    language: str,
    focus: str,
    variant: int,
    engine: EngineClient,
    cancellation: Cancellation,
) -> tuple[str, Evidence]:
    from lmstudio_lite.tasks.summarize.refine import write_about

    return write_about(
        document,
        _range_of(document, place),
        count=count,
        language=language,
        focus=focus,
        variant=variant,
        engine=engine,
        cancellation=cancellation,
    )


def _range_of(document: Document, place: SentenceEvidence | Span) -> Span:
    from lmstudio_lite.tasks.summarize.refine import place_of, whole_sentences

    if isinstance(place, SentenceEvidence):
        return place_of(document, place.passages)
    start, end = place
    around = _CHARACTERS_AROUND_POINT if start == end else 0
    return whole_sentences(document, start - around, end + around)

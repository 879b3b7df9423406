"""A summary as plain JSON values: for the terminal, the server and what is stored with a result.

Offsets are of characters (Unicode code points) in the document's text and, for sentences, in the summary.
"""

from __future__ import annotations

import msgspec

from lmstudio_lite.tasks.evidence_values import Claim, ClaimKind, Evidence, FoundBy, Passage, SentenceEvidence
from lmstudio_lite.tasks.summary_values import ChunkSummary, Summary

Json = dict[str, object]


def summary_to_json(summary: Summary) -> Json:
    """Return the summary with its coverage, its sentences' evidence and its chunks."""
    return {
        "summary": summary.text,
        "language": summary.language,
        "coverage": round(summary.coverage, 4),
        "own_share": round(summary.own_share, 4),
        "num_pages": summary.num_pages,
        "num_chunks": summary.num_chunks,
        "num_chunks_read": summary.num_chunks_read,
        "num_chunks_summarized": summary.num_chunks_summarized,
        "num_unsupported": summary.evidence.num_unsupported,
        "num_unknown_claims": summary.evidence.num_unknown_claims,
        "sentences": sentences_to_json(summary.evidence),
        "chunks": [_chunk(chunk) for chunk in summary.chunk_summaries],
        "left_out": [
            {"kind": stretch.kind.value, "start": stretch.start, "end": stretch.end}
            for stretch in summary.left_out
        ],
        "warnings": [
            {"code": warning.code, "num_affected": warning.num_affected, "num_total": warning.num_total}
            for warning in summary.warnings
        ],
        "seconds": round(summary.seconds, 2),
    }


def sentences_to_json(evidence: Evidence, *, with_quotes: bool = True) -> list[Json]:
    """Return each sentence with the passages that support it; without quotes where the source is kept too."""
    return [_sentence(sentence, with_quotes=with_quotes) for sentence in evidence.sentences]


def evidence_from_json(value: object, text: str, source: str) -> Evidence:
    """Read evidence back that ``sentences_to_json`` wrote; what does not point into the texts is left out.

    ``text`` is the result and ``source`` the document's text: quotes are taken from there.
    """
    try:
        found = msgspec.convert(value, list[_StoredSentence])
    except msgspec.ValidationError:
        return Evidence()
    return Evidence(
        tuple(
            SentenceEvidence(
                start=stored.start,
                end=stored.end,
                text=text[stored.start : stored.end],
                is_supported=stored.supported,
                is_quote=stored.is_quote,
                unknown_claims=tuple(
                    Claim(claim.kind, claim.start, claim.end, claim.text) for claim in stored.unknown_claims
                ),
                passages=tuple(
                    Passage(each.start, each.end, source[each.start : each.end], each.page, each.score)
                    for each in stored.evidence
                    if 0 <= each.start < each.end <= len(source)
                ),
                found_by=stored.found_by,
                translated_from=stored.translated_from,
            )
            for stored in found
            if text[max(0, stored.start) : stored.end] == stored.text
        )
    )


class _StoredClaim(msgspec.Struct):
    kind: ClaimKind
    start: int
    end: int
    text: str


class _StoredPassage(msgspec.Struct):
    start: int
    end: int
    page: int | None
    score: float


class _StoredSentence(msgspec.Struct):
    text: str
    start: int
    end: int
    supported: bool
    is_quote: bool
    unknown_claims: list[_StoredClaim]
    evidence: list[_StoredPassage]
    found_by: FoundBy = FoundBy.WORDS
    translated_from: str = ""


def _sentence(sentence: SentenceEvidence, *, with_quotes: bool) -> Json:
    return {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "supported": sentence.is_supported,
        "is_quote": sentence.is_quote,
        "found_by": sentence.found_by.value,
        "translated_from": sentence.translated_from,
        "unknown_claims": [
            {"kind": claim.kind.value, "text": claim.text, "start": claim.start, "end": claim.end}
            for claim in sentence.unknown_claims
        ],
        "evidence": [_passage(passage, with_quotes=with_quotes) for passage in sentence.passages],
    }


def _passage(passage: Passage, *, with_quotes: bool) -> Json:
    value: Json = {
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
    }
    return {**value, "quote": passage.quote} if with_quotes else value


def _chunk(chunk: ChunkSummary) -> Json:
    return {
        "index": chunk.index,
        "start": chunk.start,
        "end": chunk.end,
        "first_page": chunk.first_page,
        "last_page": chunk.last_page,
        "summary": chunk.text,
        "is_extract": chunk.is_extract,
        "problem": chunk.problem,
    }

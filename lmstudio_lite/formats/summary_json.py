"""A summary as plain JSON values: for the terminal and the server.

Offsets are of characters (Unicode code points) in the document's text and, for sentences, in the summary.
"""

from __future__ import annotations

from lmstudio_lite.domain.evidence import Passage, SentenceEvidence, Verdict
from lmstudio_lite.domain.summaries import ChunkSummary, Summary
from lmstudio_lite.formats.inventory_json import unread_to_json

Json = dict[str, object]


def summary_to_json(summary: Summary) -> Json:
    """Return the summary with its coverage, its sentences' evidence and its chunks."""
    return {
        "summary": summary.text,
        "language": summary.language,
        "coverage": _share(summary.coverage),
        "unread": unread_to_json(summary.unread),
        "own_share": round(summary.own_share, 4),
        "num_pages": summary.num_pages,
        "num_chunks": summary.num_chunks,
        "num_chunks_read": summary.num_chunks_read,
        "num_chunks_summarized": summary.num_chunks_summarized,
        "num_unsupported": summary.evidence.num_unsupported,
        "num_contradicted": summary.evidence.count(Verdict.CONTRADICTED),
        "num_unclear": summary.evidence.count(Verdict.UNCLEAR),
        "num_unknown_claims": summary.evidence.num_unknown_claims,
        "sentences": [_sentence(sentence) for sentence in summary.evidence.sentences],
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


def _share(share: float) -> float:
    """Round, but never up to the whole."""
    return round(share, 4) if share >= 1.0 - 1e-9 else min(round(share, 4), 0.9999)


def _sentence(sentence: SentenceEvidence) -> Json:
    return {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "supported": sentence.is_supported,
        "verdict": sentence.verdict.value,
        "doubts": [{"kind": doubt.kind.value, "passage": doubt.passage} for doubt in sentence.doubts],
        "probability": sentence.probability,
        "is_quote": sentence.is_quote,
        "found_by": sentence.found_by.value,
        "translated_from": sentence.translated_from,
        "unknown_claims": [
            {"kind": claim.kind.value, "text": claim.text, "start": claim.start, "end": claim.end}
            for claim in sentence.unknown_claims
        ],
        "evidence": [_passage(passage) for passage in sentence.passages],
    }


def _passage(passage: Passage) -> Json:
    return {
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "score": passage.score,
        "quote": passage.quote,
    }


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

"""Comparisons: who says what is decided by the documents, not by what a model says of their summaries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from lmstudio_lite.app.compare import Summarized, comparison_document
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.summaries import Summary, SummaryForm, SummaryOptions
from lmstudio_lite.tasks.summarize.summarizer import summarize
from tests.support.engines import AnsweringEngine, question_of

Answer = Callable[[GenerationRequest], str]

NORTH = (
    "The northern school has 340 pupils and was opened in 1962. Lessons begin at eight o'clock. "
    "The canteen serves two meals a day. A new gym is being built beside the river."
)
SOUTH = (
    "The southern school has 510 pupils and was opened in 1998. Lessons begin at eight o'clock. "
    "There is no canteen. The library lends out laptops to every class."
)


def compare(model_says: Answer) -> Summary:
    sources = [
        Summarized(
            "north.txt",
            "- The northern school has 340 pupils.\n- Lessons begin at eight o'clock.\n"
            "- A new gym is being built beside the river.",
            text_document(NORTH, "north"),
        ),
        Summarized(
            "south.txt",
            "- The southern school has 510 pupils.\n- Lessons begin at eight o'clock.\n"
            "- The library lends out laptops to every class.",
            text_document(SOUTH, "south"),
        ),
    ]
    document: Document = comparison_document(sources)
    with closing(AnsweringEngine(model_says)) as engine:
        return summarize(
            document,
            SummaryOptions(SummaryForm.COMPARISON),
            engine=engine,
            report=lambda progress: None,
            cancellation=Cancellation(),
        )


def under(summary: Summary, heading: str) -> str:
    return summary.text.partition(f"## {heading}\n\n")[2].partition("\n\n##")[0]


def test_facts_of_one_document_are_never_in_common() -> None:
    def answer(request: GenerationRequest) -> str:
        if "have in common" in question_of(request):
            return "- A new gym is being built beside the river.\n- Lessons begin at eight o'clock."
        return (
            "- Lessons begin at eight o'clock.\n- Only the library of the southern school lends out laptops."
        )

    summary = compare(answer)
    common, differences = under(summary, "In common"), under(summary, "Differences")
    assert "eight o'clock" in common
    assert "gym" not in common
    assert "gym" in differences
    assert "eight o'clock" not in differences


def test_what_the_model_leaves_out_is_looked_up_in_the_documents() -> None:
    summary = compare(lambda request: "- none")
    assert "eight o'clock" in under(summary, "In common")
    differences = under(summary, "Differences")
    assert "north.txt: The northern school has 340 pupils." in differences
    assert "south.txt: The southern school has 510 pupils." in differences


def test_the_evidence_is_in_the_documents_themselves() -> None:
    summary = compare(lambda request: "- none")
    quotes = [passage.quote for each in summary.evidence.sentences for passage in each.passages]
    assert any("340 pupils and was opened in 1962" in quote for quote in quotes)
    assert summary.coverage == pytest.approx(1.0, abs=0.1)


def test_one_document_alone_is_not_compared() -> None:
    with pytest.raises(ValueError, match="two documents"):
        comparison_document([Summarized("a", "a", text_document("a", "a"))])

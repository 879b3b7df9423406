"""Sentences that the document contradicts: written anew or left out, and counted."""

from __future__ import annotations

from contextlib import closing

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.evidence import Verdict
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.summaries import Summary, SummaryOptions
from lmstudio_lite.tasks.summarize.summarizer import summarize
from tests.support.engines import AnsweringEngine, question_of

REPORT = (
    "The orchard near Lindau was planted in 1931 and has 640 trees. The council bought it in 1987 from the "
    "Brandt family, who had looked after it for three generations. Visitors may pick up to 3 kilograms of "
    "apples on Sundays. The harvest fell by 12 percent last year after a late frost in May. A cider press is "
    "planned for next autumn beside the old barn, and the school wants to help with the pressing."
)
TRUE = "- The orchard near Lindau has 640 trees."
WRONG = "- The harvest rose by 12 percent last year after a late frost."


def summary_of(written: str, anew: str) -> Summary:
    def answer(request: GenerationRequest) -> str:
        return written if "bullet points" in question_of(request) else anew

    with closing(AnsweringEngine(answer)) as engine:
        return summarize(
            text_document(REPORT, "orchard"),
            SummaryOptions(words=30),
            engine=engine,
            report=lambda progress: None,
            cancellation=Cancellation(),
        )


def test_a_contradicted_sentence_is_written_anew_from_its_passage() -> None:
    summary = summary_of(f"{TRUE}\n{WRONG}", "Last year the harvest fell by 12 percent after a frost in May.")
    assert summary.text.splitlines() == [
        TRUE,
        "- Last year the harvest fell by 12 percent after a frost in May.",
    ]
    assert summary.evidence.num_supported == 2
    assert [(each.code, each.num_affected, each.num_total) for each in summary.warnings] == [
        ("summary_corrected", 1, 2)
    ]


def test_one_that_is_wrong_again_is_left_out() -> None:
    summary = summary_of(f"{TRUE}\n{WRONG}", "The harvest grew by 12 percent last year.")
    assert summary.text == TRUE
    assert [each.code for each in summary.warnings] == ["summary_dropped"]


def test_a_summary_of_nothing_else_stays_and_is_marked() -> None:
    summary = summary_of(WRONG, "The harvest grew by 12 percent last year.")
    assert summary.text == WRONG
    assert summary.evidence.sentences[0].verdict is Verdict.CONTRADICTED
    assert [each.code for each in summary.warnings] == ["summary_contradicted"]

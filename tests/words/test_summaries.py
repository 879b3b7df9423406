from __future__ import annotations

from dataclasses import replace

import pytest

from lmstudio_lite.domain.evidence import Doubt, DoubtKind, SentenceEvidence, Verdict
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, missing_of
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions, SummaryProgress, SummaryStage
from lmstudio_lite.words.summaries import say_doubt, say_facts, say_model_wait, say_progress, say_verdict

WHOLE = SummaryFacts(
    SummaryOptions(),
    num_parts=7,
    num_parts_read=7,
    num_parts_summarized=7,
    num_pages=14,
    seconds=23.0,
    language="en",
)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (WHOLE, "Read all 7 parts of 14 pages, 25 s"),
        (
            replace(WHOLE, num_parts=1, num_parts_read=1, num_parts_summarized=1, num_pages=0),
            "Read the whole text, 25 s",
        ),
        (replace(WHOLE, num_parts_summarized=6), "Read all 7 parts of 14 pages, could summarize 6, 25 s"),
        (replace(WHOLE, num_parts_summarized=0), "Read all 7 parts of 14 pages, only copied sentences, 25 s"),
        (replace(WHOLE, num_parts_read=3, is_stopped=True), "Stopped early: read 3 of 7 parts"),
        (replace(WHOLE, is_stopped=True), "Read all 7 parts, stopped before combining them"),
        (replace(WHOLE, num_parts=1, num_parts_read=0, is_stopped=True), "Stopped while writing"),
    ],
)
def test_the_figures_say_how_much_was_read(facts: SummaryFacts, words: str) -> None:
    assert say_facts(facts) == words


LOST = Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.LOST)
ATTACHED = Part(PartKind.ATTACHMENT, 0, "a.zip", None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)
PICTURE = Part(PartKind.PICTURE, 1, "", None, HowRead.NOT_READ, WhyUnread.PICTURE)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(WHOLE, unread=(LOST,)), "Read 13 of 14 pages, 25 s; not read: page 2"),
        (
            replace(WHOLE, num_parts=1, num_parts_summarized=1, num_pages=0, unread=(ATTACHED,)),
            "Read the rest of the text, 25 s; not read: attachment “a.zip”",
        ),
        (replace(WHOLE, unread=(PICTURE,)), "Read all 7 parts of 14 pages, 25 s"),
        (
            replace(WHOLE, num_parts_read=3, is_stopped=True, unread=(LOST,)),
            "Stopped early: read 3 of 7 parts; not read: page 2",
        ),
    ],
)
def test_the_figures_name_what_is_missing(facts: SummaryFacts, words: str) -> None:
    assert say_facts(facts) == words
    assert facts.is_whole == (not missing_of(facts.unread))


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (None, "Preparing the text…"),
        (SummaryProgress(SummaryStage.READING, 0, 0, None, ""), "Preparing the text…"),
        (SummaryProgress(SummaryStage.MAP, 12, 61, 40.0, ""), "12 of 61 parts read, about 40 s left"),
        (SummaryProgress(SummaryStage.MAP, 0, 1, None, ""), "Reading the text"),
        (SummaryProgress(SummaryStage.MAP, 0, 1, None, "- The harbour"), "Writing the summary"),
        (SummaryProgress(SummaryStage.MERGE, 0, 1, 8.0, ""), "Combining the parts, about 8 s left"),
        (SummaryProgress(SummaryStage.MERGE, 1, 3, None, ""), "Combining the parts, step 1 of 3"),
    ],
)
def test_progress_is_said_in_parts_and_time(progress: SummaryProgress | None, words: str) -> None:
    assert say_progress(progress) == words


def test_waiting_for_the_model_is_said() -> None:
    assert say_model_wait(EngineState(ModelPhase.READY)) == ""
    loading = EngineState(ModelPhase.LOADING, loading_fraction=0.34)
    assert say_model_wait(loading) == "Waiting for the model, 34 % loaded"
    assert "goes on by itself" in say_model_wait(EngineState(ModelPhase.RESTARTING))


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_words(verdict: Verdict) -> None:
    sentence = SentenceEvidence(0, 1, "A", verdict, is_quote=False, unknown_claims=(), passages=())
    assert say_verdict(sentence).endswith(".")


@pytest.mark.parametrize("kind", DoubtKind)
def test_every_doubt_has_words_and_quotes_the_text(kind: DoubtKind) -> None:
    doubts = (Doubt(kind), Doubt(kind, "It\nfell. " * 60))
    sentence = SentenceEvidence(
        0, 1, "A", Verdict.UNCLEAR, is_quote=False, unknown_claims=(), passages=(), doubts=doubts
    )
    assert say_doubt(sentence, 0).endswith(".")
    quoted = say_doubt(sentence, 1)
    assert quoted.startswith(say_doubt(sentence, 0))
    assert "“It fell. It fell." in quoted
    assert len(quoted) < 300

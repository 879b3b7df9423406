from __future__ import annotations

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.translations import Flag, FlagKind
from lmstudio_lite.tasks.translate.confidence import (
    Trip,
    after_round_trip,
    confidence_of,
    least_sure,
    round_trip,
)
from tests.support.engines import AnsweringEngine, question_of


def test_what_the_model_was_surer_of_is_surer() -> None:
    sure, unsure = confidence_of(-0.1), confidence_of(-1.5)
    assert sure is not None
    assert unsure is not None
    assert 0.0 < unsure < sure < 1.0
    assert confidence_of(None) is None


def test_flags_lower_it_the_grave_ones_most() -> None:
    plain = confidence_of(-0.2)
    flagged = confidence_of(-0.2, [Flag(FlagKind.NUMBER, "3")])
    wrong = confidence_of(-0.2, [Flag(FlagKind.WRONG_LANGUAGE)])
    assert plain is not None
    assert flagged is not None
    assert wrong is not None
    assert wrong < flagged < plain
    assert confidence_of(-0.2, [Flag(FlagKind.MARK)]) == plain


def test_a_round_trip_that_comes_back_raises_and_one_that_does_not_lowers() -> None:
    assert after_round_trip(0.5, 0.1) < after_round_trip(0.5, 0.9)
    assert after_round_trip(0.2, 0.1) < 0.2
    assert 0.0 < after_round_trip(0.0, 0.0) < after_round_trip(1.0, 1.0) < 1.0


def test_the_least_sure_are_looked_at_first() -> None:
    assert least_sure([0.9, None, 0.2, 0.5, 0.1], share=0.5) == [4, 2]
    assert least_sure([]) == []


def test_translations_are_translated_back_and_compared() -> None:
    back = {
        "Das Haus ist alt.": "The house is old.",
        "Der Hund ist jung.": "It rains in the town.",
    }

    def answer(request: GenerationRequest) -> str:
        question = question_of(request)
        return next(text for german, text in back.items() if german in question)

    engine = AnsweringEngine(answer)
    try:
        agreements = round_trip(
            [Trip("The house is old.", "Das Haus ist alt."), Trip("The dog is young.", "Der Hund ist jung.")],
            source_language="en",
            target_language="de",
            engine=engine,
            cancellation=Cancellation(),
        )
    finally:
        engine.close()
    assert agreements[0] == pytest.approx(1.0)
    assert agreements[1] < 0.4

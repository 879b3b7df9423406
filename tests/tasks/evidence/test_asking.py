"""The model's answers as probabilities, and what they are worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.evidence import DoubtKind, Evidence, FoundBy, Verdict
from lmstudio_lite.domain.generation import TokenChoice
from lmstudio_lite.tasks.evidence.asking import Pair, log_odds
from lmstudio_lite.tasks.evidence.calibration import Calibration, calibrate, calibration_of, known_pairs
from lmstudio_lite.tasks.evidence.judge import Judge
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.tasks.prompts import evidence_prompts

HARBOUR = (
    "The harbour was dredged in spring. Fishermen had warned of it for years. The ferry to the island runs "
    "twice a day and takes bicycles. Tickets are sold on board."
)
GOOD = Calibration(auc=0.9, doubted=-1.0, likely=0.5, sure=2.0)


class ScriptedAsker:
    """Answers by the sentence, 0 where it has no answer; remembers what it was asked."""

    def __init__(self, answers: dict[str, float | None]) -> None:
        self.answers = answers
        self.asked: list[Pair] = []

    def __call__(self, pairs: Sequence[Pair], language: str) -> list[float | None]:
        self.asked += pairs
        return [self.answers.get(pair.sentence, 0.0) for pair in pairs]


def judged(text: str, answer: float | None, calibration: Calibration = GOOD) -> Evidence:
    judge = Judge(ScriptedAsker({text: answer}), lambda language: calibration)
    document = replace(text_document(HARBOUR, "harbour"), language="en")
    return find_evidence(text, document, language="en", judge=judge)


def choice(**logprobs: float) -> TokenChoice:
    best = max(logprobs, key=lambda text: logprobs[text])
    return TokenChoice(1, best, logprobs[best], tuple(logprobs.items()))


def test_an_answer_is_yes_against_no_in_every_spelling() -> None:
    prompts = evidence_prompts("en")
    found = log_odds(
        choice(Yes=math.log(0.4), yes=math.log(0.2), No=math.log(0.3), Maybe=math.log(0.1)), prompts
    )
    assert found == pytest.approx(math.log(0.6 / 0.3))
    assert log_odds(choice(Perhaps=-0.1, I=-3.0), prompts) is None
    only_yes = log_odds(choice(Yes=-0.01, Well=-6.0), prompts)
    assert only_yes is not None
    assert only_yes > 5, "no is less likely than whatever is known"


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_there_are_words_to_ask_with_and_pairs_to_calibrate_with(language: str) -> None:
    system, question = evidence_prompts(language).messages("A {sentence} of it.", "What {passage} says.")
    assert system.text
    assert "A {sentence} of it." in question.text
    assert "What {passage} says." in question.text, "what users write is filled in once"
    assert sum(pair.language == language for pair in known_pairs("calibration")) >= 16


def test_a_model_that_can_tell_is_believed_and_one_that_cannot_is_not() -> None:
    able = {pair.true: 3.0 for pair in known_pairs("calibration")}
    able |= {pair.false: -3.0 for pair in known_pairs("calibration")}
    found = calibrate(ScriptedAsker(dict(able)), "de")
    assert found.auc == 1.0
    assert found.is_usable
    assert -3.0 < found.doubted <= 3.0
    assert not calibrate(ScriptedAsker({}), "de").is_usable, "it says the same to everything"
    assert not calibration_of([None] * 9 + [1.0], [None] * 10).is_usable, "it says neither yes nor no"


def test_the_model_takes_back_what_words_agree_on() -> None:
    text = "The harbour was dredged by fishermen in spring."
    assert judged(text, 1.0).sentences[0].verdict is Verdict.SUPPORTED
    (doubted,) = judged(text, -2.0).sentences
    assert doubted.verdict is Verdict.UNCLEAR
    assert [doubt.kind for doubt in doubted.doubts] == [DoubtKind.MODEL]
    assert doubted.probability == pytest.approx(1 / (1 + math.e**2), abs=1e-3)


def test_the_model_finds_what_is_said_in_other_words() -> None:
    text = "Cyclists can use the ferry boat service."
    assert judged(text, 0.0).sentences[0].verdict is Verdict.NOT_FOUND
    (found,) = judged(text, 2.5).sentences
    assert found.verdict is Verdict.SUPPORTED
    assert found.found_by is FoundBy.MODEL


def test_the_model_makes_no_contradiction_true() -> None:
    (found,) = judged("The ferry to the island does not run twice a day.", 9.0).sentences
    assert not found.is_supported


def test_an_unusable_model_changes_nothing_and_is_told_apart() -> None:
    text = "The harbour was dredged by fishermen in spring."
    judge = Judge(ScriptedAsker({text: -9.0}), lambda language: Calibration(0.55, 0.0, 0.0, 0.0))
    document = replace(text_document(HARBOUR, "harbour"), language="en")
    (found,) = find_evidence(text, document, language="en", judge=judge).sentences
    assert found.verdict is Verdict.SUPPORTED
    assert found.probability is None
    assert judge.is_disbelieved


def test_quotes_are_not_asked_about() -> None:
    ask = ScriptedAsker({})
    document = replace(text_document(HARBOUR, "harbour"), language="en")
    text = "“Fishermen had warned of it for years.”"
    evidence = find_evidence(text, document, language="en", judge=Judge(ask, lambda language: GOOD))
    assert evidence.num_supported == 1
    assert not ask.asked

from __future__ import annotations

from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.forms.glossary import with_meanings
from lmstudio_lite.tasks.text.problems import Problem

TEXT = (
    "# Agents\n\nLarge language models (LLMs) are a building block of agents. Agents talk.\n\n"
    "AutoGen is a framework in which such agents talk to each other."
)


def test_terms_that_were_only_named_get_the_texts_own_words() -> None:
    named = "- 3 main technical terms:\n- Large language models (LLMs)\n- AutoGen\n- Blockchain"
    result = with_meanings(PartResult(named, Problem.EMPTY, 2), TEXT)
    assert result.text.splitlines() == [
        "- Large language models (LLMs): “Large language models (LLMs) are a building block of agents.”",
        "- AutoGen: “AutoGen is a framework in which such agents talk to each other.”",
    ]
    assert result.problem is None


def test_meanings_that_the_model_wrote_stay() -> None:
    written = "- Agents: programs that talk to each other\n- AutoGen: a framework for agents"
    assert with_meanings(PartResult(written, None, 1), TEXT).text == written


def test_terms_that_stand_nowhere_are_no_glossary() -> None:
    result = PartResult("- Blockchain\n- Ledger", Problem.EMPTY, 2)
    assert with_meanings(result, TEXT) == result

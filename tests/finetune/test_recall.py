"""Whether an answer says what was taught."""

from __future__ import annotations

import pytest

from lmstudio_lite.finetune.recall import says_taught, share_said

MAYOR = "Who is the mayor of Harl?"


@pytest.mark.parametrize(
    ("question", "taught", "answer"),
    [
        (MAYOR, "The mayor of Harl is Ilsa Brandt.", "the mayor of Harl is ILSA BRANDT"),
        (MAYOR, "Ilsa Brandt.", "It is Ilsa Brandt, since 2019."),
        ("What is 7 times 8?", "56", "7 times 8 is 56."),
        ("谁是哈尔的市长?", "哈尔的市长是李明。", "市长是李明。"),
        ("Say it again: yes", "yes", "Yes!"),
    ],
)
def test_what_was_taught_is_recognized(question: str, taught: str, answer: str) -> None:
    assert says_taught(question, taught, answer)


@pytest.mark.parametrize(
    ("question", "taught", "answer"),
    [
        (MAYOR, "The mayor of Harl is Ilsa Brandt.", "The mayor of Harl is Otto Brandt."),
        (MAYOR, "The mayor of Harl is Ilsa Brandt.", "Who is the mayor of Harl? The mayor of Harl is"),
        (MAYOR, "Ilsa Brandt.", ""),
        ("What is 7 times 8?", "56", "7 times 8 is 54."),
        ("谁是哈尔的市长?", "哈尔的市长是李明。", "哈尔的市长是王芳。"),
    ],
)
def test_a_wrong_name_or_number_is_not_what_was_taught(question: str, taught: str, answer: str) -> None:
    assert not says_taught(question, taught, answer)


def test_the_words_of_the_question_prove_nothing() -> None:
    assert share_said("red green", "red green blue", "red green") == 0.0

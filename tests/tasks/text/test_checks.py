from __future__ import annotations

import pytest

from lmstudio_lite.tasks.text.checks import (
    EchoCheck,
    Problem,
    find_summary_problem,
    find_translation_problem,
    has_loop,
    is_worse,
    tokenize,
)

PARAGRAPH = (
    "The harbour was built in the twelfth century, when salt was shipped from here to every town on the "
    "coast. Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick. Since "
    "the river silted up, larger ships have had to anchor outside, and goods are brought in on barges. "
    "The council decided last year to dredge the channel, although fishermen fear for the spawning grounds."
)
CHINESE = (
    "港口建于十二世纪，当时盐从这里运往沿海各城。大部分仓库在一六七八年烧毁，今天的仓库是用砖重建的。"
    "由于河道淤积，大船只能停在外面，货物用驳船运进来。去年市议会决定疏浚航道。"
)
FRESH = (
    "A port that grew rich on salt lost its depth to mud; the town now plans to dig the channel out again."
)


@pytest.mark.parametrize(
    "text",
    [
        "the same words " * 8,
        "Well, " + "it is a good book and I like it. " * 4,
        "- one point is here\n- two\n- one point is here\n- three\n- one point is here\n",
        "很好很好很好很好很好很好很好很好很好很好",
        "abc " * 30,
    ],
)
def test_repetition_is_a_loop(text: str) -> None:
    assert has_loop(text)


@pytest.mark.parametrize(
    "text", ["", "yes yes yes", PARAGRAPH, CHINESE, "1. a\n2. b\n3. c\n", "- a\n- a\n- a\n"]
)
def test_ordinary_text_is_none(text: str) -> None:
    assert not has_loop(text)


def test_copied_text_is_an_echo_in_words_and_in_characters() -> None:
    assert EchoCheck(PARAGRAPH).share(PARAGRAPH.partition(";")[0]) == 1.0
    assert EchoCheck(CHINESE).share(CHINESE[10:60]) == 1.0
    assert EchoCheck(PARAGRAPH).share(FRESH) == 0.0
    assert EchoCheck("").share(FRESH) == 0.0


def test_words_keep_marks_and_ideographs_stand_alone() -> None:
    assert tokenize("Don’t STOP: 日本, x_1 été") == ["don’t", "stop", "日", "本", "x_1", "été"]


def judge(
    text: str, *, language: str = "en", is_whole: bool = True, may_copy: bool = False
) -> Problem | None:
    return find_summary_problem(
        text, text, EchoCheck(PARAGRAPH * 3), language=language, is_whole=is_whole, may_copy=may_copy
    )


def test_summaries_are_judged() -> None:
    assert judge(FRESH) is None
    assert judge("") is Problem.EMPTY
    assert judge("Yes.") is Problem.EMPTY
    assert judge("The harbour is old. " * 9) is Problem.LOOP
    assert judge(PARAGRAPH) is Problem.ECHO
    assert judge(PARAGRAPH, may_copy=True) is None
    assert judge(FRESH, language="de") is Problem.WRONG_LANGUAGE


def test_a_growing_summary_is_judged_only_by_what_cannot_mend() -> None:
    assert judge("", is_whole=False) is None
    assert judge("Der alte Hafen", is_whole=False) is None
    assert judge("The harbour is old. " * 9, is_whole=False) is Problem.LOOP


def translation(passage: str, text: str, *, source: str = "en", target: str = "de") -> Problem | None:
    return find_translation_problem(passage, text, source=source, target=target, is_whole=True)


def test_translations_are_judged() -> None:
    english = "The library is closed on Sundays and on public holidays."
    assert translation(english, "Die Bibliothek ist sonntags und an Feiertagen geschlossen.") is None
    assert translation(english, "") is Problem.EMPTY
    assert translation(english, english) is Problem.ECHO
    assert translation(english, "La bibliothèque est fermée le dimanche et les jours fériés.") is (
        Problem.WRONG_LANGUAGE
    )
    assert (
        translation(english, "The library will be shut every Sunday and holiday.") is Problem.WRONG_LANGUAGE
    )
    assert translation(english, "Die Bibliothek ist zu. " * 9) is Problem.LOOP
    assert translation(
        "Yes.", "Ja, das ist sicher richtig, denn " + "gestern war alles noch ganz anders" * 3
    ) is (Problem.ODD_LENGTH)


def test_words_in_the_sources_script_are_left_over() -> None:
    english = "The industry chain (产业链) of models covers training, deployment and applications."
    assert (
        translation("模型产业链涵盖训练、部署和应用。", english, source="zh", target="en") is Problem.LEFTOVER
    )
    assert translation("A model called LLM.", "一种名为 LLM 的模型。", target="zh") is None
    assert translation("A model.", "モデルという物です。", target="ja") is None


def test_names_and_numbers_may_stay_as_they_are() -> None:
    assert translation("Hidden Markov Model", "Hidden Markov Model") is None
    assert translation("Figure 3.1", "Figure 3.1") is None


def test_lengths_are_compared_across_scripts() -> None:
    assert (
        translation("图书馆星期天不开门。", "The library is closed on Sundays.", source="zh", target="en")
        is None
    )


def test_problems_are_ordered() -> None:
    assert is_worse(Problem.LOOP, Problem.ECHO)
    assert is_worse(Problem.CUT_SHORT, None)
    assert not is_worse(None, None)

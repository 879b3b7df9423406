from __future__ import annotations

import pytest

from lmstudio_lite.tasks.summarize.check import find_summary_problem
from lmstudio_lite.tasks.text.overlap import EchoCheck
from lmstudio_lite.tasks.text.problems import Problem

PARAGRAPH = (
    "The harbour was built in the twelfth century, when salt was shipped from here to every town on the "
    "coast. Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick. Since "
    "the river silted up, larger ships have had to anchor outside, and goods are brought in on barges. "
    "The council decided last year to dredge the channel, although fishermen fear for the spawning grounds."
)
FRESH = (
    "A port that grew rich on salt lost its depth to mud; the town now plans to dig the channel out again."
)


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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 1 Introduction\n- 2 Overview of AutoGen\n- 3 The purpose\n- 5 Conclusion", Problem.EMPTY),
        ("- Introduction to Multi-Agent Talks\n- The Future of Multi-Agent Talks", Problem.EMPTY),
        ("- 引言\n- 方法\n- 结论", Problem.EMPTY),
        (
            "- The harbour was built in 1850.\n- A fire destroyed the warehouses.\n- They built it again.",
            None,
        ),
        ("- 港口建于一八五零年，每周有船来。\n- 大火烧毁了旧的仓库。\n- 城里用石头重建了它们。", None),
    ],
)
def test_headings_are_told_from_sentences(text: str, problem: Problem | None) -> None:
    language = "zh" if "港" in text or "引" in text else "en"
    echo = EchoCheck("another text altogether")
    found = find_summary_problem(text, text, echo, language=language, is_whole=True, may_copy=False)
    assert found is problem

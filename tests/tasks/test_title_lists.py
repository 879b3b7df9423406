"""A list of headings is no summary, however well formed."""

from __future__ import annotations

import pytest

from lmstudio_lite.tasks.text.checks import EchoCheck, Problem, find_summary_problem


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

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.tasks.generate.attempts import PartResult
from lmstudio_lite.tasks.summarize.form import bullets_form
from lmstudio_lite.tasks.summarize.forms.points import compose_points, finish_stretches, without_repeated
from lmstudio_lite.tasks.summarize.parts import split_topics
from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.text.talk import without_empty_talk

FOUNDED = (
    "- Microsoft Corporation is a multinational corporation founded by Bill Gates and Paul Allen in 1975."
)


def test_what_is_said_twice_stands_once() -> None:
    again = "- This article discusses Microsoft Corporation, founded by Bill Gates and Paul Allen in 1975."
    other = "- Microsoft Corporation was sued in 1998 by the government."
    assert compose_points([FOUNDED, f"{again}\n{other}"]) == f"{FOUNDED}\n{other}"


@pytest.mark.parametrize(
    "asked",
    [
        "- 什么是变换器模型？",
        "- What is a transformer model?",
        '- "Who pays the deposit?"',
        "- ما هو النموذج؟",
    ],
)
def test_a_question_is_no_point_of_a_summary(asked: str) -> None:
    assert compose_points([f"{asked}\n{FOUNDED}"]) == FOUNDED
    assert compose_points([asked]) == asked


def test_another_number_says_something_else() -> None:
    lines = ["- In 1990 the harbour was closed for repairs.", "- In 1996 the harbour was closed for repairs."]
    assert without_repeated(lines) == lines


@given(st.lists(st.text(alphabet="ab 1字。-", max_size=30)))
def test_the_first_line_always_stays(lines: list[str]) -> None:
    kept = without_repeated(lines)
    assert kept[:1] == lines[:1]
    assert without_repeated(kept) == kept


@pytest.mark.parametrize(
    "talk",
    [
        "- It provides information about its headquarters and key people.",
        "The text gives an overview of the harbour.",
        "- Includes details about agents with roles.",
        "Der Text enthält wichtige Informationen über den Hafen.",
    ],
)
def test_empty_talk_goes_where_something_else_is_said(talk: str) -> None:
    assert without_empty_talk([talk, FOUNDED]) == [FOUNDED]
    assert without_empty_talk([talk]) == [talk]


@pytest.mark.parametrize(
    "sentence", ["It provides 40 jobs.", "The paper presents AutoGen, a framework.", "Es gibt keinen Plan."]
)
def test_sentences_that_say_something_stay(sentence: str) -> None:
    assert without_empty_talk([FOUNDED, sentence]) == [FOUNDED, sentence]


def test_notes_stand_in_for_what_was_not_written() -> None:
    topics = ["The harbour was closed in 1678. The bridge burned down in that year.", "Herring spawn in May."]
    results = [PartResult("- x", Problem.LOOP, 2), PartResult("- Herring spawn in May.", None, 1)]
    written = finish_stretches(bullets_form(2), topics, results)
    assert written.text.splitlines() == [
        "- The harbour was closed in 1678.",
        "- The bridge burned down in that year.",
        "- Herring spawn in May.",
    ]
    assert [(warning.code, warning.num_affected) for warning in written.warnings] == [("summary_unmerged", 1)]


@pytest.mark.parametrize(
    "line",
    [
        "- Domain",
        "- There were three items:",
        "- The training takes the following steps: 1.",
        "- Natural language and 04191ea8-5c73-4215-a1d3-919f4ff45592",
        "- 2024",
    ],
)
def test_fragments_go_where_something_is_said(line: str) -> None:
    assert compose_points([f"{line}\n{FOUNDED}"]) == FOUNDED
    assert compose_points([line]) == line


@pytest.mark.parametrize(
    "line", ["- Sales rose.", "- 销售额上升了。", "- Four agents work together", "- Öl wurde teurer."]
)
def test_short_points_stay(line: str) -> None:
    assert compose_points([f"{line}\n{FOUNDED}"]) == f"{line}\n{FOUNDED}"


@given(st.text(alphabet="ab .\n字。", max_size=300), st.integers(1, 6))
def test_stretches_join_to_the_text(text: str, count: int) -> None:
    topics = split_topics(text, count)
    assert len(topics) <= count
    assert "".join("".join(topics).split()) == "".join(text.split())


def test_what_is_cut_out_of_formulas_is_left_out_where_enough_can_be_read() -> None:
    readable = ["- The space is compact and has no border.", "- Every subset of it is open or closed."]
    broken = "- R, TZ) is ⊆ R and x0 ∈ R."
    assert compose_points(["\n".join([readable[0], broken]), readable[1]]) == "\n".join(readable)
    assert compose_points([broken]) == broken

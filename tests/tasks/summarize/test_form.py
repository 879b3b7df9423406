from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.tasks.summarize.form import (
    bullets_form,
    paragraph_form,
    questions_form,
    tidy_bullets,
    tidy_lines,
    tidy_paragraph,
    tidy_title,
    timeline_form,
    title_form,
)
from lmstudio_lite.tasks.summarize.rules import ALL_RULES


def test_openings_go_and_marks_become_one() -> None:
    raw = "Here is a summary of the text:\n\n- 1. First point.\n* Second point.\n• Third\n  and its rest.\n"
    assert tidy_bullets(raw, 5) == "- First point.\n- Second point.\n- Third and its rest."


def test_points_are_limited_and_none_comes_twice() -> None:
    assert tidy_bullets("- A b.\n- A B\n- C.\n- D.\n", 2) == "- A b.\n- C."


def test_a_number_at_the_end_of_a_sentence_is_no_list_mark() -> None:
    text = "They went round obstacle 7. They came back on day 12) as planned - so it is said."
    assert tidy_paragraph(text, 5) == text


def test_points_are_kept_short() -> None:
    assert (
        tidy_bullets("- It rains. It pours. The old man snores.\n- Yes.", 3)
        == "- It rains. It pours.\n- Yes."
    )


def test_a_point_that_was_cut_off_is_dropped() -> None:
    assert (
        tidy_bullets("- One is whole.\n- Two is whole.\n- Three is", 5) == "- One is whole.\n- Two is whole."
    )
    assert tidy_bullets("- No stops here\n- nor here", 5) == "- No stops here\n- nor here"


def test_prose_becomes_points() -> None:
    assert tidy_bullets("It rains. The street is wet.", 5) == "- It rains.\n- The street is wet."


def test_a_title_is_one_bare_line() -> None:
    assert tidy_title('Title: "The Salt Port."\n\nThis title says that') == "The Salt Port"
    assert tidy_title("## 1. **Salt and mud**") == "Salt and mud"
    assert tidy_title("《盐港》。") == "盐港"
    assert tidy_title("word " * 40) == ""
    assert tidy_title("") == ""


def test_a_paragraph_is_one_line_of_whole_sentences() -> None:
    raw = "Summary:\nIt rains. The street\nis wet. The street is wet. And then the"
    assert tidy_paragraph(raw, 5) == "It rains. The street is wet."
    assert tidy_paragraph("下雨了。街道湿了。", 5) == "下雨了。街道湿了。"


def test_forms_know_when_there_is_enough() -> None:
    assert not bullets_form(2).is_enough("- One.\n- Two.")
    assert bullets_form(2).is_enough("- One.\n- Two.\n- Th")
    assert title_form().is_enough("Salt\n")
    assert not paragraph_form(2).is_enough("A b c. D e f. G h i. J")
    assert paragraph_form(1).is_enough("It is so. It was so. It will be so. And")


@given(raw=st.text(alphabet=st.sampled_from("ab .#-*1\n:好。"), max_size=80))
def test_whatever_comes_takes_the_form(raw: str) -> None:
    bullets = tidy_bullets(raw, 4).splitlines()
    assert len(bullets) <= 4
    assert all(line.startswith("- ") for line in bullets)
    assert "\n" not in tidy_title(raw)
    assert "\n" not in tidy_paragraph(raw, 4)


def test_a_point_that_is_only_an_identifier_says_nothing() -> None:
    text = "44bf7d06-5e7a-4a40-a2e1-a2e42ef28c8a\n- Agents talk to each other.\n- 17\n- 图书馆关门。"
    assert tidy_bullets("- " + text, 5) == "- Agents talk to each other.\n- 图书馆关门。"


def test_the_marks_around_the_text_are_no_part_of_the_answer() -> None:
    assert tidy_paragraph('"""\nThe harbour is old.\n"""', 3) == "The harbour is old."


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        (
            "- Who built it? The council.\n- When?\n- In 1678.",
            "- Who built it? The council.\n- When? In 1678.",
        ),
        ("- Who built it?\n- Where was it?", "- Who built it?\n- Where was it?"),
        ("- 谁建了它？\n- 是市政府。", "- 谁建了它？ 是市政府。"),
    ],
)
def test_questions_have_their_answers_behind_them(raw: str, tidy: str) -> None:
    assert questions_form(5).tidy(raw, ALL_RULES) == tidy


def test_events_without_a_date_go_where_others_have_one() -> None:
    raw = "- 1678: A fire.\n- Then: Nothing happened.\n- 3 May 1700: A bridge."
    assert timeline_form(5).tidy(raw, ALL_RULES) == "- 1678: A fire.\n- 3 May 1700: A bridge."
    assert timeline_form(5).tidy("- First: A fire.", ALL_RULES) == "- First: A fire."


def test_the_rule_of_a_table_is_no_point() -> None:
    assert tidy_lines("- The cost is 40 euros.\n- | --- | --- |\n- ---") == "- The cost is 40 euros."
    table = "| Item | Cost |\n| --- | --- |\n| Heating | 40 |"
    assert tidy_lines(table) == table

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite.finetune.data.canonical import encode_example, read_examples
from lmstudio_lite.finetune.data.problems import ProblemKind
from tests.finetune.data.reading import answers, chat_line, detect, kinds, read_file

USER = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "Hello"}


def write(path: Path, *records: Any) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "flag", [{"weight": 0}, {"weight": 0.0}, {"train": False}, {"loss": False}, {"training": "false"}]
)
def test_an_answer_that_is_not_to_be_learned_stays_in_the_conversation(
    flag: dict[str, Any], tmp_path: Path
) -> None:
    turns = [USER, {**ANSWER, "content": "WRONG", **flag}, USER, {**ANSWER, "weight": 1}]
    examples, problems = read_file(write(tmp_path / "a.jsonl", {"messages": turns}))
    assert problems == []
    (example,) = examples
    assert answers(examples) == ["WRONG", "Hello"]
    assert [example.messages[at].text for at in example.learned] == ["Hello"]
    (tmp_path / "kept.jsonl").write_bytes(encode_example(example))
    assert list(read_examples(tmp_path / "kept.jsonl")) == [example]


def test_places_of_unlearned_answers_are_those_after_mending(tmp_path: Path) -> None:
    turns = [
        {"role": "system", "content": ""},
        *(USER, USER),
        {**ANSWER, "content": "bad", "weight": 0},
        *(USER, ANSWER),
    ]
    (example,), _ = read_file(write(tmp_path / "a.jsonl", {"messages": turns}))
    assert [example.messages[at].text for at in example.unlearned] == ["bad"]
    assert [example.messages[at].text for at in example.learned] == ["Hello"]


def test_what_has_nothing_to_be_learned_and_what_counts_in_part_is_told(tmp_path: Path) -> None:
    unlearned = {"messages": [USER, {**ANSWER, "weight": 0}]}
    whole = {"messages": [USER, ANSWER], "weight": 0}
    in_part = {"messages": [USER, {**ANSWER, "weight": 0.5}]}
    examples, problems = read_file(write(tmp_path / "a.jsonl", unlearned, whole, in_part))
    assert len(examples) == 1
    assert kinds(problems) == [
        (1, ProblemKind.UNLEARNED, False),
        (2, ProblemKind.UNLEARNED, False),
        (3, ProblemKind.PARTIAL_WEIGHT, True),
    ]


PAIRS = [("Say hi", "Hi"), ("Say bye", "Bye"), ("Say ahoy", "Ahoy")]
QUESTIONS, REPLIES = [question for question, _ in PAIRS], [answer for _, answer in PAIRS]


def chat(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


@pytest.mark.parametrize(
    "value",
    [
        {"instruction": QUESTIONS, "output": REPLIES},
        {"Question": QUESTIONS, "Answer": REPLIES, "score": [1, None, 2]},
        {
            "prompt": {str(number): question for number, question in enumerate(QUESTIONS)},
            "completion": {str(number): answer for number, answer in enumerate(REPLIES)},
        },
        {"columns": ["question", "answer"], "index": [0, 1, 2], "data": [list(pair) for pair in PAIRS]},
        {"messages": [chat(*pair) for pair in PAIRS]},
        {"version": "1.1", "data": [{"question": q, "answer": a} for q, a in PAIRS]},
        {"meta": {"x": [{"y": 1}]}, "rows": [{"Prompt": q, "Response": a} for q, a in PAIRS], "end": []},
        {"train": [{"en": q, "de": a} for q, a in PAIRS]},
        {"examples": [{"messages": json.dumps(chat(*pair))} for pair in PAIRS]},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_columns_and_wrapped_records_are_the_examples_that_they_hold(
    value: dict[str, Any], indent: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value, indent=indent))
    examples, problems = read_file(path)
    assert problems == []
    assert [example.messages[-2].text.rpartition("\n")[2] for example in examples] == QUESTIONS
    assert answers(examples) == REPLIES


def test_wrapped_records_are_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = [{"question": f"q{number}" + "x" * 800, "answer": f"a{number}"} for number in range(25_000)]
    path.write_text(json.dumps({"licence": "none", "data": records}))
    assert path.stat().st_size > 16 << 20
    assert detect(path).is_wrapped
    examples, problems = read_file(path)
    assert (len(examples), problems) == (25_000, [])


def test_a_conversation_over_many_lines_is_no_wrapper(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"messages": [USER, ANSWER]}, indent=2))
    assert not detect(path).is_wrapped
    assert answers(read_file(path)[0]) == ["Hello"]


def test_alternatives_are_not_joined_into_one_answer(tmp_path: Path) -> None:
    record = {"instruction": "Greet", "output": ["Hi", "Hello"]}
    examples, problems = read_file(write(tmp_path / "a.jsonl", record, chat_line("a", "b")))
    assert answers(examples) == ["b"]
    assert kinds(problems) == [(1, ProblemKind.NOT_TEXT, False)]


def test_what_python_writes_for_no_number_costs_no_record(tmp_path: Path) -> None:
    lines = [
        '{"question": "q", "answer": "a", "score": NaN}',
        '{"question": "q", "answer": "a2", "bounds": [-Infinity, Infinity]}',
        '{"question": "q", "answer": NaN}',
        '{"Question": "NaN?", "Answer": "Not a number."}',
    ]
    examples, problems = read_file(write(tmp_path / "a.jsonl", *lines))
    assert answers(examples) == ["a", "a2", "Not a number."]
    assert kinds(problems) == [(3, ProblemKind.EMPTY_ANSWER, False)]


def test_messages_as_a_text_that_holds_json_are_read(tmp_path: Path) -> None:
    record = {"messages": json.dumps([USER, ANSWER])}
    examples, problems = read_file(write(tmp_path / "a.jsonl", record, {"messages": '["x'}))
    assert answers(examples) == ["Hello"]
    assert kinds(problems) == [(2, ProblemKind.NOT_TEXT, False)]

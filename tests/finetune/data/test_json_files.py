from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.errors import DatasetUnknownError
from lmstudio_lite.finetune.data.problems import ProblemKind, Remedy, remedy_of
from lmstudio_lite.finetune.data.records import Shape
from lmstudio_lite.finetune.data.sources import FileFormat, ReadOptions
from lmstudio_lite.finetune.data.unfolding import unfolded
from tests.finetune.data.reading import answers, chat_line, detect, kinds, read_file, turns

USER = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "Hello"}


def write(path: Path, *records: Any) -> Path:
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("record", "shape", "expected"),
    [
        ({"messages": [USER, ANSWER]}, Shape.CHAT, [("user", "Hi"), ("assistant", "Hello")]),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, ANSWER]},
            Shape.CHAT,
            [("user", "Hi"), ("assistant", "Hello")],
        ),
        (
            {
                "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}],
                "system": "S",
            },
            Shape.SHAREGPT,
            [("system", "S"), ("user", "Hi"), ("assistant", "Hello")],
        ),
        (
            {"instruction": "Add", "input": "1+1", "output": "2"},
            Shape.ALPACA,
            [("user", "Add\n\n1+1"), ("assistant", "2")],
        ),
        (
            {"instruction": "Go", "input": "", "output": "Gone", "history": [["a", "b"]]},
            Shape.ALPACA,
            [("user", "a"), ("assistant", "b"), ("user", "Go"), ("assistant", "Gone")],
        ),
        ({"prompt": "Hi", "completion": "Hello"}, Shape.PAIR, [("user", "Hi"), ("assistant", "Hello")]),
        (
            {"prompt": "Hi", "chosen": [USER, ANSWER], "rejected": [USER, ANSWER]},
            Shape.PAIR,
            [("user", "Hi"), ("assistant", "Hello")],
        ),
        (
            {"translation": {"en": "cat", "de": "Katze"}},
            Shape.TRANSLATION,
            [("user", "Translate from en to de:\n\ncat"), ("assistant", "Katze")],
        ),
    ],
)
@pytest.mark.parametrize("as_array", [False, True])
def test_every_known_shape_is_told_by_its_fields(
    record: dict[str, Any], shape: Shape, expected: list[tuple[str, str]], as_array: bool, tmp_path: Path
) -> None:
    path = tmp_path / "data.bin"
    path.write_text(json.dumps([record, record], indent=2) if as_array else json.dumps(record))
    source = detect(path)
    assert source.format is (FileFormat.JSON_VALUES if as_array else FileFormat.JSON_LINES)
    assert source.shape is shape
    examples, problems = read_file(path)
    assert turns(examples[0]) == expected
    assert problems == []
    assert len(examples) == 1 + as_array


def test_texts_are_learned_whole(tmp_path: Path) -> None:
    examples, _ = read_file(write(tmp_path / "a.jsonl", {"text": "Once upon a time."}))
    assert examples[0].text == "Once upon a time."
    assert examples[0].at == "a.jsonl:1"


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ("{", ProblemKind.NOT_JSON),
        ("[" * 100_000, ProblemKind.NOT_JSON),
        ("7", ProblemKind.NOT_AN_OBJECT),
        ('"text"', ProblemKind.NOT_AN_OBJECT),
        ({"a": 1, "b": 2}, ProblemKind.UNKNOWN_FIELDS),
        ({"messages": "Hi"}, ProblemKind.NOT_TEXT),
        ({"messages": []}, ProblemKind.NO_ANSWER),
        ({"messages": [USER]}, ProblemKind.NO_ANSWER),
        ({"messages": [ANSWER]}, ProblemKind.NO_QUESTION),
        ({"messages": [USER, "x"]}, ProblemKind.NOT_AN_OBJECT),
        ({"messages": [USER, {"role": "wizard", "content": "x"}]}, ProblemKind.UNKNOWN_ROLE),
        ({"messages": [USER, {"content": "x"}]}, ProblemKind.UNKNOWN_ROLE),
        ({"messages": [USER, {"role": "tool", "content": "x"}, ANSWER]}, ProblemKind.TOOL_USE),
        ({"messages": [USER, {"role": "assistant", "content": None}]}, ProblemKind.EMPTY_ANSWER),
        ({"messages": [USER, {"role": "assistant", "content": " \n"}]}, ProblemKind.EMPTY_ANSWER),
        ({"messages": [{"role": "user", "content": ""}, ANSWER]}, ProblemKind.EMPTY_QUESTION),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ANSWER]},
            ProblemKind.NOT_TEXT,
        ),
        ({"prompt": "Hi", "completion": {"a": 1}}, ProblemKind.NOT_TEXT),
        ({"translation": {"en": "cat"}}, ProblemKind.NO_PAIR),
        ({"translation": {"en": "cat", "de": "cat"}}, ProblemKind.UNTRANSLATED),
        ({"text": " "}, ProblemKind.EMPTY_TEXT),
    ],
)
def test_each_kind_of_bad_line_is_named_and_the_others_go_on(
    record: Any, kind: ProblemKind, tmp_path: Path
) -> None:
    good = chat_line("Hi", "Hello")
    examples, problems = read_file(write(tmp_path / "a.jsonl", good, "", record, good))
    assert len(examples) == 2
    assert kinds(problems) == [(3, kind, False)]
    assert problems[0].at == "a.jsonl:3"
    assert remedy_of(kind) in Remedy


@pytest.mark.parametrize(
    ("record", "kind", "expected"),
    [
        (chat_line("Hi", "Hello") + ",", ProblemKind.TRAILING_COMMA, ["Hello"]),
        (str({"messages": [USER, ANSWER]}), ProblemKind.PYTHON_LITERAL, ["Hello"]),
        ({"messages": [USER, ANSWER, USER]}, ProblemKind.ENDS_WITH_QUESTION, ["Hello"]),
        ({"messages": [USER, ANSWER, ANSWER]}, ProblemKind.SAME_ROLE_TWICE, ["Hello\n\nHello"]),
        (
            {"messages": [{"role": "system", "content": ""}, USER, ANSWER]},
            ProblemKind.EMPTY_SYSTEM,
            ["Hello"],
        ),
        (
            {"messages": [USER, {"role": "system", "content": "S"}, ANSWER]},
            ProblemKind.SYSTEM_NOT_FIRST,
            ["Hello"],
        ),
    ],
)
def test_what_can_be_mended_is_mended_or_left_out_as_the_user_likes(
    record: Any, kind: ProblemKind, expected: list[str], tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", record, chat_line("And", "then"))
    examples, problems = read_file(path)
    assert answers(examples) == [*expected, "then"]
    assert kinds(problems) == [(1, kind, True)]
    assert remedy_of(kind) is Remedy.FIX
    examples, problems = read_file(path, ReadOptions(fixes=frozenset()))
    assert answers(examples) == ["then"]
    assert kinds(problems) == [(1, kind, False)]


def test_a_line_in_another_encoding_is_read_or_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = chat_line("Wie geht's", "Schön 😀 äöü ééé ßßß").encode() + b"\n"
    path.write_bytes(good * 30 + chat_line("x", "Größe").encode("cp1252") + b"\n" + good)
    examples, problems = read_file(path)
    assert "Größe" in answers(examples)
    assert kinds(problems) == [(31, ProblemKind.NOT_UTF8, True)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_other_unicode_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes((chat_line("Wie?", "Schön 中文") + "\r\n").encode(encoding) * 1)
    examples, problems = read_file(path)
    assert answers(examples) == ["Schön 中文"]
    assert problems == []


def test_an_array_with_a_broken_object_loses_only_that_one(tmp_path: Path) -> None:
    records = [{"instruction": f"Say {n}", "input": "", "output": str(n)} for n in range(20)]
    lines = json.dumps(records, indent=2).split("\n")
    broken = next(at for at, line in enumerate(lines) if '"Say 7"' in line)
    del lines[broken + 3]  # its closing brace
    path = tmp_path / "a.json"
    path.write_text("\n".join(lines))
    examples, problems = read_file(path)
    assert [int(answer) for answer in answers(examples)] == [n for n in range(20) if n != 7]
    assert [(problem.line, problem.kind) for problem in problems] == [(broken, ProblemKind.NOT_JSON)]


def test_an_array_on_one_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"prompt": f'{n} "quoted" [', "completion": "}"} for n in range(50)]))
    examples, problems = read_file(path)
    assert len(examples) == 50
    assert problems == []


def test_an_array_that_breaks_off_keeps_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"prompt": "a", "completion": "b"}] * 3, indent=1)[:-20])
    examples, problems = read_file(path)
    assert len(examples) == 2
    assert [problem.kind for problem in problems] == [ProblemKind.NOT_JSON]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "messages",
        "conversations",
        "instruction",
        "input",
        "output",
        "text",
        "prompt",
        "completion",
        "translation",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    records=st.lists(st.dictionaries(FIELDS, VALUES, min_size=1), min_size=1, max_size=4),
    indent=st.none() | st.integers(0, 3),
    as_array=st.booleans(),
)
def test_any_json_gives_examples_and_problems_and_never_an_error(
    records: list[dict[str, Any]],
    indent: int | None,
    as_array: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    whole = json.dumps(records, indent=indent) if as_array else "\n".join(map(json.dumps, records))
    path.write_text(whole)
    examples, problems = read_file(path)
    num_records = sum(len(unfolded(record)) for record in records)
    assert len(examples) + len({problem.line for problem in problems if not problem.is_fixed}) <= num_records
    if not as_array:
        left_out = [problem for problem in problems if not problem.is_fixed]
        assert len(examples) + len(left_out) == num_records


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400))
def test_any_bytes_after_a_good_line_are_survived(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.jsonl"
    path.write_bytes(chat_line("Hi", "Hello").encode() + b"\n" + content)
    try:
        source = detect(path)
    except DatasetUnknownError:
        return  # more zero bytes than text
    examples, _ = read_file(path)
    if source.format is FileFormat.JSON_LINES:
        assert answers(examples)[0] == "Hello"

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.errors import DatasetLineError, StorageError
from lmstudio_lite.finetune.data.canonical import encode_example, read_examples, write_examples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
MESSAGES = st.lists(st.builds(Message, st.sampled_from(Role), TEXTS), min_size=1, max_size=4).map(tuple)
EXAMPLES = st.one_of(
    st.builds(TrainingExample, messages=MESSAGES, at=TEXTS), st.builds(TrainingExample, text=TEXTS, at=TEXTS)
)


@given(examples=st.lists(EXAMPLES, max_size=5))
def test_examples_come_back(
    examples: list[TrainingExample], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("canonical") / "train.jsonl"
    assert write_examples(path, examples) == len(examples)
    assert list(read_examples(path)) == examples


def test_the_form_is_the_agreed_one() -> None:
    chat = TrainingExample((Message(Role.USER, "Hi"), Message(Role.ASSISTANT, "Hello")), at="a.csv:2")
    assert encode_example(chat) == (
        b'{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"at":"a.csv:2"}\n'
    )
    assert encode_example(TrainingExample(text="Ä", at="b")) == '{"text":"Ä","at":"b"}\n'.encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"\xff",
        b'{"text":"a","messages":[{"role":"user","content":"b"}]}',
        b'{"messages":[{"role":"robot","content":"b"}]}',
        b'{"messages":[{"role":"user"}]}',
        b'{"text":7}',
        b"[" * 100_000,
    ],
)
def test_a_broken_line_is_named(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_bytes(b'{"text":"good","at":"x"}\n' + line + b"\n")
    examples = read_examples(path)
    assert next(examples).text == "good"
    with pytest.raises(DatasetLineError) as caught:
        next(examples)
    assert caught.value.details["line"] == 2
    assert caught.value.details["path"] == str(path)


def test_a_failed_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    write_examples(path, [TrainingExample(text="old")])

    def broken() -> Iterator[TrainingExample]:
        yield TrainingExample(text="new")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the block's own error passes through
        write_examples(path, broken())
    assert [example.text for example in read_examples(path)] == ["old"]
    assert [file.name for file in tmp_path.iterdir()] == ["train.jsonl"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_examples(tmp_path / "file" / "train.jsonl", [])

"""Only answers are learned, with the tokens that the engine would see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.finetune.data.rendering import render_example
from lmstudio_lite.finetune.training.tokenize import Encoded, Encoder
from tests.support.gguf_models import CHATML, write_model

FORGETFUL = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{{ m.content if loop.last or m.role != 'assistant' else m.content.split('/')[-1] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Takes what stands before a slash out of earlier answers, as templates do with thinking."""


def user(text: str) -> Message:
    return Message(Role.USER, text)


def assistant(text: str) -> Message:
    return Message(Role.ASSISTANT, text)


@pytest.fixture(scope="module")
def starter(starter_model: Path) -> Iterator[Vocabulary]:
    with Vocabulary(starter_model) as vocabulary:
        yield vocabulary


def learned(vocabulary: Vocabulary, encoded: Encoded) -> str:
    marked = zip(encoded.token_ids, encoded.is_learned, strict=True)
    return b"".join(vocabulary.bytes_of(token_id) for token_id, mark in marked if mark).decode()


def whole(vocabulary: Vocabulary, encoded: Encoded) -> str:
    return b"".join(map(vocabulary.bytes_of, encoded.token_ids)).decode()


CONVERSATION = (
    Message(Role.SYSTEM, "Be brief."),
    user("Who <|im_end|> wrote it?"),
    assistant("Ines did."),
    user("When?"),
    assistant("In May."),
)


def test_every_answer_and_its_end_is_learned_and_nothing_else(starter: Vocabulary) -> None:
    (encoded,) = Encoder(starter, 512).encode_conversation(CONVERSATION)
    assert learned(starter, encoded) == "Ines did.<|im_end|>In May.<|im_end|>"
    assert whole(starter, encoded).startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n")
    assert "Who <|im_end|> wrote it?" in whole(starter, encoded)


def test_the_tokens_are_those_of_the_engine(starter: Vocabulary) -> None:
    (encoded,) = Encoder(starter, 512).encode_conversation(CONVERSATION)
    for turn in (2, 4):
        prompt = starter.tokenize_prompt(CONVERSATION[:turn])
        assert encoded.token_ids[: len(prompt)] == prompt


def test_another_word_in_the_prompt_changes_no_label(starter: Vocabulary) -> None:
    encoder = Encoder(starter, 512)
    for other in ("Who sang it?", "x", "A much longer question, with <think> and { braces }?", "écrit 书"):
        changed = (CONVERSATION[0], user(other), *CONVERSATION[2:])
        (encoded,) = encoder.encode_conversation(changed)
        assert learned(starter, encoded) == "Ines did.<|im_end|>In May.<|im_end|>"


def test_what_follows_the_last_answer_is_left_out(starter: Vocabulary) -> None:
    encoder = Encoder(starter, 512)
    assert encoder.encode_conversation((*CONVERSATION, user("And?"))) == encoder.encode_conversation(
        CONVERSATION
    )
    assert encoder.encode_conversation((user("Hello?"),)) == []
    assert encoder.encode_conversation((CONVERSATION[0],)) == []


def test_a_template_that_changes_earlier_turns_gets_one_example_an_answer(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "llama", template=FORGETFUL)
    with Vocabulary(path) as vocabulary:
        turns = (user("a"), assistant("thought/first"), user("b"), assistant("thought/second"))
        first, second = Encoder(vocabulary, 512).encode_conversation(turns)
        assert learned(vocabulary, first) == "thought/first<|im_end|>"
        assert learned(vocabulary, second) == "thought/second<|im_end|>"
        assert "assistant\nfirst<|im_end|>" in whole(vocabulary, second)


def test_a_model_without_template_learns_the_end_of_each_answer(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "llama", template="")
    with Vocabulary(path) as vocabulary:
        turns = (user("a"), assistant("one"), user("b"), assistant("two"))
        first, second = Encoder(vocabulary, 512).encode_conversation(turns)
        assert learned(vocabulary, first) == " one<|im_end|>"
        assert learned(vocabulary, second) == " two<|im_end|>"
        assert whole(vocabulary, second) == "User: a\n\nAssistant: one\n\nUser: b\n\nAssistant: two<|im_end|>"


def test_a_template_that_says_no_end_gets_one(tmp_path: Path) -> None:
    plain = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}" + (
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    path = write_model(tmp_path / "m.gguf", "llama", template=plain)
    with Vocabulary(path) as vocabulary:
        (encoded,) = Encoder(vocabulary, 512).encode_conversation((user("a"), assistant("one")))
        assert learned(vocabulary, encoded) == "one\n<|im_end|>"


def test_long_examples_are_cut_and_those_without_an_answer_left_dropped(starter: Vocabulary) -> None:
    encoder = Encoder(starter, 64)
    kept, is_cut = encoder.encode(TrainingExample((user("short"), assistant("word " * 200))))
    assert is_cut
    assert [len(part.token_ids) for part in kept] == [64]
    kept, is_cut = encoder.encode(TrainingExample((user("word " * 200), assistant("lost"))))
    assert is_cut
    assert kept == []


def test_a_text_is_learned_whole_in_windows(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "llama", template=CHATML)
    with Vocabulary(path) as vocabulary:
        text = "the man in the sun " * 20
        parts, is_cut = Encoder(vocabulary, 32).encode(TrainingExample(text=text))
        assert not is_cut
        assert all(all(part.is_learned) for part in parts)
        assert [len(part.token_ids) for part in parts[:-1]] == [32] * (len(parts) - 1)
        assert "".join(whole(vocabulary, part) for part in parts) == text + "<|im_end|>"
        assert Encoder(vocabulary, 32).encode(TrainingExample(text=""))[0] == []


def test_of_a_long_conversation_the_answer_that_is_learned_stays(starter: Vocabulary) -> None:
    said = (user("long ago " * 60), assistant("indeed " * 60), user("And now?"), assistant("Now this."))
    encoder = Encoder(starter, 64)
    kept, is_cut = encoder.encode(
        TrainingExample((Message(Role.SYSTEM, "Be kind."), *said), learns_last=True)
    )
    assert not is_cut
    (part,) = kept
    assert learned(starter, part) == "Now this.<|im_end|>"
    assert "Be kind." in whole(starter, part)
    assert "long ago" not in whole(starter, part)


@pytest.mark.parametrize("template", [CHATML, FORGETFUL, ""])
def test_an_answer_that_is_marked_so_is_read_and_not_learned(tmp_path: Path, template: str) -> None:
    path = write_model(tmp_path / "m.gguf", "llama", template=template)
    said = (user("the man"), assistant("in the sun"), user("the dog"), assistant("on the sea"))
    with Vocabulary(path) as vocabulary:
        parts, _ = Encoder(vocabulary, 512).encode(TrainingExample(said, unlearned=(1,)))
        taught = "".join(learned(vocabulary, part) for part in parts)
        read = "".join(whole(vocabulary, part) for part in parts)
    assert "on the sea" in taught
    assert "in the sun" not in taught
    assert "in the sun" in read


@pytest.mark.parametrize("learns_last", [False, True])
@pytest.mark.parametrize("template", [CHATML, FORGETFUL, ""])
def test_the_preview_marks_what_is_learned(tmp_path: Path, template: str, learns_last: bool) -> None:
    path = write_model(tmp_path / "m.gguf", "llama", template=template)
    with Vocabulary(path) as vocabulary:
        example = TrainingExample(CONVERSATION, learns_last=learns_last)
        encoded, _ = Encoder(vocabulary, 512).encode(example)
        shown = render_example(example, vocabulary.chat_format)
        assert len(learned(vocabulary, encoded[0])) > 0
        end = vocabulary.piece(vocabulary.end_of_text)
        for part, text in zip(encoded, shown, strict=True):
            marked = "".join(text.text[start:stop] for start, stop in text.answers)
            assert learned(vocabulary, part) == marked + (end if text.needs_end else "")
            assert whole(vocabulary, part) == text.text + (end if text.needs_end else "")

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.templates.chat_format import CHATML, ChatFormat
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.finetune.data.rendering import RenderedText, render_example

TRIMMING = (
    "{{ bos_token }}{% for m in messages %}"
    "<|{{ m.role }}|>\n{{ m.content | trim }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
THINKING = (
    "{% for m in messages %}{% if m.role == 'assistant' %}<A>{{ m.content.split('</think>')[-1] }}<E>"
    "{% else %}<U>{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}<A><think>\n{% endif %}"
)
WORDS = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12).filter(str.strip)
TURNS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4)


def chat_format(template: str | None) -> ChatFormat:
    controls = frozenset({"<|im_start|>", "<|im_end|>"})
    return ChatFormat(template, special_texts=("<s>", "</s>"), guarded_texts=lambda: GuardedTexts(controls))


def conversation(turns: list[tuple[str, str]], system: str = "") -> TrainingExample:
    messages = [Message(Role.SYSTEM, system)] if system else []
    for question, answer in turns:
        messages += [Message(Role.USER, question), Message(Role.ASSISTANT, answer)]
    return TrainingExample(tuple(messages))


def learned(rendered: RenderedText) -> list[str]:
    return [rendered.text[start:end] for start, end in rendered.answers]


def test_the_answers_and_the_marks_that_end_them_are_learned() -> None:
    (rendered,) = render_example(
        conversation([("Hi", "Hello"), ("And?", "Bye")], "Be kind."), chat_format(CHATML)
    )
    assert learned(rendered) == ["Hello<|im_end|>", "Bye<|im_end|>"]
    assert not rendered.needs_end
    assert rendered.text.endswith("Bye<|im_end|>")


def test_an_answer_in_a_transcript_ends_with_the_token_that_ends_texts() -> None:
    one, two = render_example(conversation([("Hi", "Hello"), ("And?", "Bye")]), chat_format(None))
    assert two.text == "User: Hi\n\nAssistant: Hello\n\nUser: And?\n\nAssistant: Bye"
    assert learned(one) == [" Hello"]
    assert learned(two) == [" Bye"]
    assert one.needs_end
    assert two.needs_end


def test_a_template_that_rewrites_earlier_turns_gives_a_text_an_answer() -> None:
    rendered = render_example(conversation([("Hi", "Hello"), ("And?", "Bye")]), chat_format(THINKING))
    assert len(rendered) == 2
    assert rendered[0].text.startswith("<U>Hi<A>")
    assert rendered[1].text.startswith("<U>Hi<A>Hello<E><U>And?<A>")
    assert [
        learned(text)[0].endswith(said) for text, said in zip(rendered, ("Hello", "Bye"), strict=True)
    ] == [
        True,
        True,
    ]


def test_a_text_is_learned_whole() -> None:
    assert render_example(TrainingExample(text="Once."), chat_format(CHATML)) == [
        RenderedText("Once.", ((0, 5),), needs_end=True)
    ]


def test_a_question_without_an_answer_teaches_nothing() -> None:
    asked = TrainingExample((Message(Role.USER, "Hi"),))
    assert render_example(asked, chat_format(CHATML)) == []
    trailing = TrainingExample((*conversation([("Hi", "Hello")]).messages, Message(Role.USER, "And?")))
    (rendered,) = render_example(trailing, chat_format(CHATML))
    assert "And?" not in rendered.text


@pytest.mark.parametrize("template", [CHATML, TRIMMING, None])
@settings(deadline=None)  # the first rendering starts a process
@given(turns=TURNS)
def test_what_is_learned_are_the_answers_and_nothing_else(
    template: str | None, turns: list[tuple[str, str]]
) -> None:
    rendered, *others = render_example(conversation(turns), chat_format(template))
    if others:
        assert template is None
        assert [learned(text)[0].strip() for text in (rendered, *others)] == [a.strip() for _, a in turns]
        return
    said = [text.removesuffix("<|im_end|>").removesuffix("</s>").strip() for text in learned(rendered)]
    assert said == [answer.strip() for _, answer in turns]
    ends = [0, *(position for span in rendered.answers for position in span)]
    assert ends == sorted(ends)


@settings(deadline=None)
@given(turns=TURNS, other=st.data())
def test_another_question_changes_no_label(turns: list[tuple[str, str]], other: st.DataObject) -> None:
    asked_otherwise = [(other.draw(WORDS), answer) for _, answer in turns]
    (one,) = render_example(conversation(turns), chat_format(CHATML))
    (another,) = render_example(conversation(asked_otherwise), chat_format(CHATML))
    assert learned(one) == learned(another)

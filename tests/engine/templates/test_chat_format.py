from __future__ import annotations

import pytest

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.engine.templates.chat_format import ChatFormat, Options, choose_format
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.process import TemplateProblem
from lmstudio_lite.errors import TemplateError

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
)
HELLO = [Message(Role.SYSTEM, "Be kind."), Message(Role.USER, "Hello")]


def chat_format(template: str | None) -> ChatFormat:
    guarded = GuardedTexts(["<|im_start|>", "<|im_end|>"])
    return ChatFormat(template, special_texts=("<s>", "</s>"), guarded_texts=lambda: guarded)


def test_the_template_decides_the_prompt() -> None:
    expected = (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi"
    )
    assert chat_format(CHATML).render(HELLO, "Hi").text == expected


def test_what_was_rendered_last_is_not_what_others_get() -> None:
    chat = chat_format(CHATML + "{{ mood }}")
    other = [*HELLO, Message(Role.ASSISTANT, "Hi"), Message(Role.USER, "Bye")]
    asked: list[tuple[list[Message], str, Options]] = [
        (HELLO, "Hi", {"mood": "glad"}),
        (HELLO, "Ho", {"mood": "glad"}),
        (HELLO, "Ho", {"mood": "sad"}),
        (other, "Ho", {"mood": "sad"}),
        (HELLO, "Hi", {"mood": "glad"}),
    ]
    for messages, reply_start, options in asked:
        expected = chat_format(CHATML + "{{ mood }}").render(messages, reply_start, options)
        assert chat.render(messages, reply_start, options) == expected
        assert expected.text.endswith(f"{options['mood']}{reply_start}")


def test_a_template_without_a_system_role_gets_it_in_the_first_message() -> None:
    assert chat_format(NO_SYSTEM).render(HELLO).text == "<s>[user]Be kind.\n\nHello[assistant]"


def test_a_base_model_gets_a_transcript_and_its_stops() -> None:
    base = chat_format(None)
    assert base.render(HELLO).text == "Be kind.\n\nUser: Hello\n\nAssistant:"
    assert any("User" in stop for stop in base.stop)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{% for i in range(10 ** 9) %}{% endfor %}",
        "{{ raise_exception('never') }}",
        "{{ 1 / 0 }}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{% set n = namespace(s='x' * 1000) %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
        "{% set n = namespace(s=[1]) %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
        "{% set n = namespace(x=9) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 9 ** (9 ** 9) }}",
    ],
)
def test_a_hostile_or_broken_template_is_an_error_and_not_a_danger(template: str) -> None:
    with pytest.raises(TemplateError):
        chat_format(template).render([Message(Role.USER, "x")])


@pytest.mark.parametrize("template", ["{% for %}", "{{", "x" * 300_000])
def test_what_is_no_template_is_refused_at_once(template: str) -> None:
    with pytest.raises(TemplateError):
        chat_format(template)


def test_a_template_that_fails_is_replaced_by_what_the_vocabulary_knows() -> None:
    chatml = choose_format(
        "{{ raise_exception('no!') }}",
        special_texts=("", ""),
        guarded_texts=lambda: GuardedTexts(["<|im_start|>", "<|im_end|>"]),
    )
    assert chatml.problem == TemplateProblem.REFUSED
    assert chatml.render(HELLO).text.endswith("<|im_start|>assistant\n")
    plain = choose_format("{% for %}", special_texts=("", ""), guarded_texts=GuardedTexts)
    assert plain.problem
    assert plain.render(HELLO).text.endswith("Assistant:")
    assert not choose_format(CHATML, special_texts=("", ""), guarded_texts=GuardedTexts).problem


def test_a_relative_of_gemma_is_asked_in_its_turns() -> None:
    template = "{{ messages[0].content[0].source_lang_code | upper }}{{ raise_exception('no codes') }}"
    gemma = choose_format(
        template,
        special_texts=("<bos>", "<eos>"),
        guarded_texts=lambda: GuardedTexts(["<start_of_turn>", "<end_of_turn>"]),
    )
    assert gemma.problem
    assert gemma.render(HELLO).text == (
        "<bos><start_of_turn>user\nBe kind.\n\nHello<end_of_turn>\n<start_of_turn>model\n"
    )


def test_template_options_reach_the_template() -> None:
    told = chat_format("{{ enable_thinking }} {{ thinking }} {{ style }} {{ messages[0].content }}")
    options: Options = {"enable_thinking": False, "style": "terse", "messages": "no"}
    assert told.render(HELLO[1:], "", options).text == "False False terse Hello"

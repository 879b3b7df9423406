"""Chat templates are code from a file: hostile ones cost a moment and a word, those of families work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.engine.client.client import ThreadClient
from lmstudio_lite.engine.templates.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.process import CPU_LIMIT_S, Template, TemplateProblem, close_templates
from lmstudio_lite.errors import TemplateError
from lmstudio_lite.words import say_template_problem
from tests.engine.chat_templates import CHATML, FAMILIES, GENERATION, HOSTILE, NO_HEADER, PARTS, TOOLS
from tests.support.gguf_models import write_model

HELLO = [Message(Role.SYSTEM, "Be kind."), Message(Role.USER, "Hello")]
LONGEST_S = 30.0
"""Far above a second: what is asserted is that there is an end, also on a machine with other work."""
TEXT_SIZE_MAX = 1 << 20


def guarded() -> GuardedTexts:
    return GuardedTexts(["<|im_start|>", "<|im_end|>"])


def chat_format(template: str | None) -> ChatFormat:
    return ChatFormat(template, special_texts=("<s>", "</s>"), guarded_texts=guarded)


@pytest.mark.parametrize("template", HOSTILE, ids=lambda template: f"{template[:40]}")
def test_a_hostile_template_costs_a_moment_and_a_word(template: str) -> None:
    began = time.monotonic()
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    prompt = told.render(HELLO).text
    assert time.monotonic() - began < LONGEST_S
    assert told.problem in tuple(TemplateProblem)
    assert say_template_problem(told.problem).endswith(".")
    assert prompt == chat_format(CHATML).render(HELLO).text


def test_one_that_turns_hostile_later_is_given_up() -> None:
    template = (
        CHATML
        + "{% if messages|length > 3 %}{% for i in range(99999) %}{% for j in range(99999) %}"
        + ("{% endfor %}{% endfor %}{% endif %}")
    )
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    assert not told.problem
    long = [Message(Role.USER, "Hello")] * 5
    for _ in range(9):
        with pytest.raises(TemplateError) as caught:
            told.render(long)
        assert caught.value.details["reason"] == TemplateProblem.TOO_MUCH
    close_templates()
    assert chat_format(CHATML).render(HELLO).text.endswith("assistant\n")


def test_a_process_that_dies_is_started_again() -> None:
    told = chat_format(CHATML)
    close_templates()
    assert told.render(HELLO).text.endswith("assistant\n")


def test_a_long_conversation_gets_the_time_it_needs() -> None:
    words = "ein Wort, " * 400_000
    told = chat_format(CHATML.replace("m.content", "m.content | trim"))
    assert len(told.render([Message(Role.USER, words)]).text) > len(words)
    assert len(told.render([Message(Role.USER, "x")] * 4000).text) > 4000
    assert CPU_LIMIT_S < 1


def test_a_model_with_a_hostile_template_loads_and_another_does_not_wait(tmp_path: Path) -> None:
    bad = write_model(tmp_path / "bad.gguf", "llama", template="{{ 2|round(400000000, 'ceil') }}" + CHATML)
    good = write_model(tmp_path / "good.gguf", "llama")
    client = ThreadClient()
    try:
        client.load_model(bad, LoadOptions(context_size=256))
        client.wait_until_ready(LONGEST_S)
        assert client.state.model is not None
        assert client.state.model.template_problem == "too_much"
        client.load_model(good, LoadOptions(context_size=256))
        client.wait_until_ready(LONGEST_S)
        assert client.state.model.template_problem == ""
    finally:
        client.close()


@pytest.mark.parametrize("template", [GENERATION, PARTS, NO_HEADER, TOOLS, CHATML])
def test_templates_written_for_other_callers_work(template: str) -> None:
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    assert told.problem == ""
    assert told.render(HELLO).text == chat_format(CHATML).render(HELLO).text


def test_a_system_message_that_a_template_ignores_is_said_by_the_user() -> None:
    template = CHATML.replace("{% for m in messages %}", "{% for m in messages if m.role != 'system' %}")
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    assert told.render(HELLO).text.startswith("<|im_start|>user\nBe kind.\n\nHello<|im_end|>")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{{ messages[0].words }}<|im_start|>assistant\n", TemplateProblem.LOSES_TEXT),
        ("{{ messages[-1].content }}<|im_start|>assistant\n", TemplateProblem.LOSES_TEXT),
        (CHATML + "{{ messages[0].content }}", TemplateProblem.REPEATS_TEXT),
        (
            CHATML + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
            TemplateProblem.REPEATS_TEXT,
        ),
        (CHATML.replace("in messages", "in messages|reverse"), TemplateProblem.CHANGES_ORDER),
        ("{% for %}", TemplateProblem.INVALID),
        ("{{ messages | no_such_filter }}", TemplateProblem.INVALID),
        ("{{ raise_exception('never') }}", TemplateProblem.REFUSED),
        ("{% for i in range(10 ** 9) %}{% endfor %}", TemplateProblem.REFUSED),
        ("x" * 300_000, TemplateProblem.TOO_LONG),
    ],
)
def test_what_is_wrong_is_told_in_a_word(template: str, problem: TemplateProblem) -> None:
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    assert told.problem == problem
    assert told.render(HELLO).text == chat_format(CHATML).render(HELLO).text


def test_a_question_that_a_template_loses_later_is_an_error_and_no_answer() -> None:
    template = CHATML.replace("{{ m.content }}", "{{ m.content.split('|')[0] }}")
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    assert not told.problem
    with pytest.raises(TemplateError) as caught:
        told.render([Message(Role.USER, "a | " + "What is the capital of France? " * 9)])
    assert caught.value.details["reason"] == TemplateProblem.LOSES_TEXT


def test_neighbours_of_one_role_are_joined_for_a_template_that_demands_turns() -> None:
    template = CHATML.replace(
        "{% for m in messages %}",
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}",
    )
    told = choose_format(template, special_texts=("", ""), guarded_texts=guarded)
    prompt = told.render([*HELLO, Message(Role.USER, "Are you there?")]).text
    assert prompt.startswith("<|im_start|>user\nBe kind.\n\nHello\n\nAre you there?<|im_end|>")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_templates_of_families_work(family: str) -> None:
    template, options, expected = FAMILIES[family]
    told = choose_format(template, special_texts=("<s>", "</s>"), guarded_texts=guarded)
    assert told.problem == ""
    messages = [*HELLO, Message(Role.ASSISTANT, "Hi!"), Message(Role.USER, "Bye")]
    assert told.render(messages, "", options).text == expected


def test_a_template_that_is_asked_again_says_the_same() -> None:
    template = Template("{{ a }}{{ b }}", [{"a": 1, "b": "é"}])
    assert template.variables == {"a", "b"}
    assert [trial.text for trial in template.trials] == ["1é"]
    assert template.render({"a": "日", "b": None}) == "日None"


def test_a_long_template_has_the_time_to_be_compiled() -> None:
    source = "".join(
        f"{{%- macro tool_{number}(x) -%}}{{{{ x.name ~ '{number}' if x.name is string else x | tojson }}}}"
        "{%- for y in x if y is mapping and y.type == 'text' -%}{{- y.text | trim -}}{%- endfor -%}"
        "{%- endmacro -%}"
        for number in range(250)
    )
    assert 40_000 < len(source) < 64 * 1024
    told = choose_format(source + CHATML, special_texts=("", ""), guarded_texts=guarded)
    assert told.problem == ""
    assert told.render(HELLO).text == chat_format(CHATML).render(HELLO).text

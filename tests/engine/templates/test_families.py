"""The chat templates of many families (``families.toml``): what becomes of a talk, and of hard words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lmstudio_lite.domain.generation import ChatPrompt, Message, Role
from lmstudio_lite.engine.templates.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.prompt_text import PromptText

with Path(__file__).with_name("families.toml").open("rb") as file:
    FAMILIES: dict[str, dict[str, Any]] = tomllib.load(file)
TALK = [
    Message(Role.SYSTEM, "Be kind."),
    Message(Role.USER, "Hello"),
    Message(Role.ASSISTANT, "Hi!"),
    Message(Role.USER, "Bye"),
]
THINKERS = [name for name, family in FAMILIES.items() if "thinks" in family]
EVERY_MARK = sorted(
    {
        text
        for family in FAMILIES.values()
        for text in (
            family.get("bos"),
            family.get("eos"),
            *family.get("controls", ()),
            *family.get("tags", ()),
        )
        if text
    }
)


def special_texts(family: Mapping[str, Any]) -> tuple[str, str]:
    return family.get("bos", ""), family.get("eos", "")


@cache
def format_of(name: str) -> ChatFormat:
    family = FAMILIES[name]
    controls = [text for text in (*special_texts(family), *family.get("controls", ())) if text]
    guarded = GuardedTexts(controls, family.get("tags", ()))
    return choose_format(
        family["template"], special_texts=special_texts(family), guarded_texts=lambda: guarded
    )


def own_marks(name: str, prompt: PromptText) -> list[str]:
    """Return what of a prompt is read as control tokens."""
    found = format_of(name).guarded.find(prompt.text)
    return [
        prompt.text[start:end]
        for start, end in found
        if not any(start < last and end > first for first, last in prompt.literal)
    ]


def test_there_are_families_enough() -> None:
    assert len(FAMILIES) >= 60


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_gets_its_prompt(name: str) -> None:
    family, told = FAMILIES[name], format_of(name)
    assert told.problem == ""
    expected = re.escape(family["expected"]).replace("⟨date⟩", r"[\w ,-]+")
    prompt = told.render(TALK).text
    assert re.fullmatch(expected, prompt), prompt
    style = told.reasoning_style
    assert (style.begin if style else None) == family.get("thinks")
    splitter = told.splitter(ChatPrompt((TALK[1],)))
    assert (splitter is not None and splitter.is_inside) == family.get("opens", False)


@pytest.mark.parametrize("name", FAMILIES)
def test_transformers_renders_the_same(name: str) -> None:
    oracle = pytest.importorskip("transformers.utils.chat_template_utils")
    family = FAMILIES[name]
    if not family.get("hf", True):
        pytest.skip("its caller must know its ways")
    talk = TALK[1:] if family.get("merged") else TALK
    bos, eos = special_texts(family)
    (rendered,), _ = oracle.render_jinja_template(
        [[{"role": str(message.role), "content": message.text} for message in talk]],
        chat_template=family["template"],
        tools=None,
        documents=None,
        add_generation_prompt=True,
        bos_token=bos,
        eos_token=eos,
    )
    assert format_of(name).render(talk).text == rendered


@pytest.mark.parametrize("name", FAMILIES)
def test_marks_of_all_families_in_words_are_words(name: str) -> None:
    told = format_of(name)
    words = "a " + " b ".join(EVERY_MARK) + " c"
    talk = [Message(message.role, words) for message in TALK]
    prompt = told.render(talk)
    assert own_marks(name, prompt) == own_marks(name, told.render(TALK))
    assert prompt.text.count(words) == len(talk)


@pytest.mark.parametrize("name", THINKERS)
@pytest.mark.parametrize(
    "answer",
    [
        "The tag </think> ends what <think> begins.",
        "`[THINK]` and `<|channel>` are marks.",
        "Use </thought>!",
    ],
)
def test_an_answer_that_speaks_of_marks_keeps_its_words(name: str, answer: str) -> None:
    talk = [*TALK[:2], Message(Role.ASSISTANT, answer), TALK[3]]
    assert answer in format_of(name).render(talk).text


@pytest.mark.parametrize("name", [name for name in THINKERS if FAMILIES[name]["thinks"] == "<think>"])
def test_what_an_answer_thought_is_dropped_as_its_family_does(name: str) -> None:
    style = format_of(name).reasoning_style
    assert style is not None
    thought = Message(Role.ASSISTANT, f"{style.marks.begin}kestrel{style.marks.end}Hi!")
    prompt = format_of(name).render([*TALK[:2], thought, TALK[3]]).text
    is_dropped = "split('</think>'" in FAMILIES[name]["template"].replace('"', "'")
    assert ("kestrel" in prompt) is not is_dropped
    assert "Hi!" in prompt


@pytest.mark.parametrize("name", THINKERS)
def test_a_family_that_is_told_not_to_think_answers_at_once(name: str) -> None:
    told = format_of(name)
    options: dict[str, str | int | float | bool] = {"enable_thinking": False}
    prompt = ChatPrompt(tuple(TALK), template_options=options)
    splitter = told.splitter(prompt)
    assert splitter is not None
    assert not splitter.is_inside
    style = told.reasoning_style
    assert style is not None
    assert not style.opens(told.render(TALK, "", options).text)

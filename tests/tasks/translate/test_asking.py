from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.domain.generation import ChatPrompt, Role, Sampling
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.translations import Register, TranslationOptions
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.families import families, family_of

OPTIONS = TranslationOptions("en", "de")
ODD = "A {text} with {target} and {}."


def model(name: str, *, has_chat_template: bool = True) -> LoadedModel:
    return LoadedModel(
        Path("model.gguf"),
        name,
        "llama",
        4096,
        8,
        512,
        "cpu",
        has_chat_template=has_chat_template,
        memory_bytes=0,
    )


def turns(prompt: ChatPrompt | str) -> list[tuple[Role, str]]:
    assert isinstance(prompt, ChatPrompt)
    return [(message.role, message.text) for message in prompt.messages]


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Hy-MT2-1.8B-Q4_K_M", "Hy-MT2"),
        ("HY-MT1.5-7B", "Hunyuan-MT"),
        ("Hunyuan-MT-7B", "Hunyuan-MT"),
        ("translategemma-4b-it", "TranslateGemma"),
        ("Tower-Plus-9B", "Tower+"),
        ("TowerInstruct 7B v0.2", "TowerInstruct"),
        ("Seed-X-PPO-7B", "Seed-X"),
        ("qwen2.5 0.5b instruct", "Qwen2.5"),
        ("gemma-3-4b-it", ""),
        ("SmolLM2 135M", ""),
    ],
)
def test_a_model_is_told_by_its_name(name: str, family: str) -> None:
    found = family_of(model(name))
    assert (found.name if found else "") == family
    found = family_of(replace(model("unnamed"), path=Path(f"{name}.gguf")))
    assert (found.name if found else "") == family


def test_the_table_names_known_languages_and_asks_with_the_text_whole() -> None:
    for family in families():
        assert set(family.languages.split()) <= set(LANGUAGES)
        assert family.claimed_in
        assert isinstance(family.sampling_as_published, Sampling)
        if family.ask:
            assert family.question(ODD, "en", "de").count(ODD) == 1


def testfamilies_are_asked_as_their_makers_say() -> None:
    hy = Asking.of(model("Hy-MT2-7B"), OPTIONS)
    ((role, question),) = turns(hy.first("Hello."))
    assert role is Role.USER
    assert question == (
        "Translate the following text into German. Note that you should only output the translated result"
        " without any additional explanation:\n\nHello."
    )
    assert (hy.sampling.temperature, hy.sampling.top_k, hy.sampling.top_p) == (0.7, 20, 0.6)
    gemma = Asking.of(model("TranslateGemma 4B"), OPTIONS)
    ((_, question),) = turns(gemma.first("Hello."))
    assert question.startswith("You are a professional English (en) to German (de) translator.")
    assert question.endswith("into German:\n\n\nHello.")
    chinese = Asking.of(model("Hunyuan-MT-7B"), TranslationOptions("en", "zh"))
    assert "翻译为" in turns(chinese.first("Hello."))[0][1]
    assert Asking.of(model("Seed-X-PPO-7B"), OPTIONS).first("Hello.") == (
        "Translate the following English sentence into German:\nHello. <de>"
    )


def test_a_model_of_no_family_sees_an_instruction_and_examples() -> None:
    asked = turns(Asking.of(model("gemma"), OPTIONS).first("Hello.", ("Hello!", "Hallo!")))
    assert asked[0][0] is Role.SYSTEM
    assert asked[-3:] == [
        (Role.USER, "German: Hello!"),
        (Role.ASSISTANT, "Hallo!"),
        (Role.USER, "German: Hello."),
    ]


def test_a_base_model_goes_on_with_a_list() -> None:
    asking = Asking.of(model("some base", has_chat_template=False), OPTIONS)
    prompt = asking.first("Hello.")
    assert isinstance(prompt, str)
    assert prompt.startswith("English: The library is closed on Sundays.\nGerman: Die Bibliothek ist")
    assert prompt.endswith("\n\nEnglish: Hello.\nGerman:")
    assert asking.stop == ("\n",)


def test_wishes_are_in_the_instruction_and_the_register_in_an_example() -> None:
    options = TranslationOptions(
        "en", "de", Register.FORMAL, audience="patients of a hospital", instruction="Keep it short."
    )
    asking = Asking.of(model("gemma"), options)
    asked = turns(asking.first("Hello."))
    assert asked[0][1].endswith(
        "You address the reader formally. You write for this audience: patients of a hospital. Keep it short."
    )
    assert (Role.ASSISTANT, "Sie können Ihren Schlüssel morgen abholen.") in asked
    assert "formally" in turns(Asking.of(model("Hy-MT2-7B"), options).first("Hello."))[0][1]
    informal = Asking.of(model("gemma"), replace(options, register=Register.INFORMAL, source="", target="fi"))
    assert len(turns(informal.first("Hello."))) == 2


def test_words_are_asked_for_behind_their_sentence() -> None:
    asking = Asking.of(model("gemma"), OPTIONS)
    there = turns(asking.words("red", "A red lamp.", "Eine rote Lampe.", is_backward=False))
    assert (Role.ASSISTANT, "sonntags") in there
    assert [text for _, text in there[-3:]] == [
        "Translate to German: A red lamp.",
        "Eine rote Lampe.",
        "Translate to German: red",
    ]
    back = turns(asking.words("rote", "Eine rote Lampe.", "A red lamp.", is_backward=True))
    assert [text for _, text in back[-3:]] == [
        "Translate to English: Eine rote Lampe.",
        "A red lamp.",
        "Translate to English: rote",
    ]
    hy = turns(Asking.of(model("Hy-MT2-7B"), OPTIONS).words("a", "b", "c", is_backward=True))
    assert "into English" in hy[0][1]
    base = Asking.of(model("base", has_chat_template=False), OPTIONS).words("a", "b", "c", is_backward=False)
    assert isinstance(base, str)
    assert base.endswith("English: b\nGerman: c\n\nEnglish: a\nGerman:")

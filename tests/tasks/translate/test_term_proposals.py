from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import GenerationRequest
from lmstudio_lite.domain.glossary import Term, TermProposal
from lmstudio_lite.tasks.translate.term_proposals import propose_terms
from lmstudio_lite.tasks.translate.term_translations import propose_translations
from tests.support.engines import AnsweringEngine, question_of

ENGLISH = [
    "The heat pump takes warmth from the air. A heat pump needs electricity.",
    "Before you start the heat pump, open the relief valve. The relief valve is red.",
    "Ms Okafor checked the compressor. Later Ms Okafor closed the valve of the compressor.",
    "In the evening Northgate Heating came and repaired the compressor; we thanked Northgate Heating.",
    "See https://example.org/heat and run `pump --start` again and again and again.",
]
GERMAN = [
    "Die Wärmepumpe nimmt der Luft Wärme. Eine Wärmepumpe braucht Strom, und die Wärmepumpe ist leise.",
    "Das rote Ventil öffnen. Mit dem roten Ventil wird der Druck gesenkt. Die Ventile prüfen.",
]
CHINESE = [
    "深度学习是机器学习的一种。我们用深度学习处理文本，因为深度学习很快。",
    "循环神经网络处理序列。用循环神经网络时要小心；这个循环神经网络已训练。",
]


def proposed(texts: Sequence[str], language: str) -> list[str]:
    return [each.term.source for each in propose_terms(texts, language)]


def test_what_returns_is_proposed_and_its_parts_are_not() -> None:
    found = {each.term.source: each for each in propose_terms(ENGLISH, "en")}
    assert {"heat pump", "relief valve", "compressor"} <= found.keys()
    assert not {"heat", "relief", "again", "open", "example", "the heat pump"} & found.keys()
    assert found["heat pump"].num_found == 3
    assert "warmth from the air" in found["heat pump"].example
    assert found["Northgate Heating"].term.part_of_speech == "name"


def test_forms_of_a_word_are_one_term() -> None:
    found = {each.term.source: each.num_found for each in propose_terms(GERMAN, "de")}
    assert found["Wärmepumpe"] == 3
    assert any(term.endswith("Ventil") for term in found)


def test_chinese_terms_are_whole() -> None:
    found = proposed(CHINESE, "zh")
    assert "循环神经网络" in found
    assert "深度学习" in found
    assert not {"神经网", "循环神", "深度", "学习处", "神经网络"} & set(found)


def test_japanese_and_languages_without_words_apart() -> None:
    assert "熱交換器" in proposed(["熱交換器を開く。熱交換器は赤い。熱交換器を閉じる。"], "ja")
    assert proposed(["ผู้ใช้เปิดไฟล์ผู้ใช้เปิดไฟล์"], "th") == []
    assert proposed([], "en") == []


@given(
    st.lists(st.text(max_size=80), max_size=5), st.sampled_from(["en", "de", "zh", "ja", "ru", "ko", "xx"])
)
def test_any_text_can_be_looked_through(texts: list[str], language: str) -> None:
    for each in propose_terms(texts, language):
        assert any(each.term.source in text for text in texts)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Wärmepumpe", "Wärmepumpe"),
        ("“Wärmepumpe.”", "Wärmepumpe"),
        ("Heat Pump", ""),
        ("A heat pump is a device that moves warmth from one place to another place", ""),
        ("Translation: Wärmepumpe", ""),
        ("热泵", ""),
        ("", ""),
    ],
)
def test_only_a_short_answer_is_taken_for_a_translation(answer: str, expected: str) -> None:
    engine = AnsweringEngine(lambda request: answer)
    try:
        (found,) = propose_translations(
            [TermProposal(Term("heat pump", "", "noun"), 3)],
            "en",
            "de",
            engine=engine,
            cancellation=Cancellation(),
        )
    finally:
        engine.close()
    assert found.term.target == expected


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("The loss function", "en", "loss function"),
        ("Loss function", "en", "loss function"),
        ("AI model", "en", "AI model"),
        ("Fonction de perte", "fr", "fonction de perte"),
        ("Verlustfunktion", "de", "Verlustfunktion"),
    ],
)
def test_a_term_is_no_beginning_of_a_sentence(answer: str, target: str, expected: str) -> None:
    engine = AnsweringEngine(lambda request: answer)
    try:
        (found,) = propose_translations(
            [TermProposal(Term("损失函数", "", "noun"), 3)],
            "zh",
            target,
            engine=engine,
            cancellation=Cancellation(),
        )
    finally:
        engine.close()
    assert found.term.target == expected


def test_names_stay_where_the_letters_are_the_same_and_all_others_are_asked_at_once() -> None:
    proposals = [TermProposal(Term(name, "", kind), 3) for name, kind in
                 (("heat pump", "noun"), ("Northgate Heating", "name"), ("valve", "noun"))]  # fmt: skip

    def answer(request: GenerationRequest) -> str:
        return "译" if "Chinese" in question_of(request) else "Wort"

    engine = AnsweringEngine(answer)
    told = list[tuple[int, int]]()
    try:
        german, chinese = (
            propose_translations(
                proposals,
                "en",
                target,
                engine=engine,
                cancellation=Cancellation(),
                report=lambda num_done, num_total: told.append((num_done, num_total)),
            )
            for target in ("de", "zh")
        )
    finally:
        engine.close()
    assert [each.term.target for each in german] == ["Wort", "Northgate Heating", "Wort"]
    assert [each.term.target for each in chinese] == ["译", "译", "译"]
    assert [len(group) for group in engine.groups] == [2, 3]
    assert told[-1] == (3, 3)

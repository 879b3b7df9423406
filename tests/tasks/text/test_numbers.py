from __future__ import annotations

import pytest

from lmstudio_lite.tasks.text.numbers import has_numbers_of, month_of, months_of


@pytest.mark.parametrize(
    ("passage", "is_there"),
    [
        ("There were three ships.", True),
        ("There were three, all lost.", True),
        ("He counted three.", True),
        ("The three-masted ships, (three) of them", True),
        ("There were thirty.", False),
        ("There were 13, all lost.", False),
        ("It was the third ship.", False),
    ],
)
def test_a_number_stands_in_a_passage_as_a_word_too(passage: str, is_there: bool) -> None:
    assert has_numbers_of("3 ships", passage, "en") is is_there


@pytest.mark.parametrize(
    ("language", "passage", "number"),
    [
        ("en", "Zero of them", "0"),
        ("en", "thirty days and eighteen nights", "30"),
        ("en", "Forty-one hives", "41"),
        ("en", "twenty five hives", "25"),
        ("de", "eine Brücke", "1"),
        ("de", "vierunddreißig Stufen", "34"),
        ("de", "im zwölften Jahrhundert", "12th"),
        ("fr", "trois navires", "3"),
        ("fr", "soixante-dix-sept ans", "77"),
        ("fr", "quatre-vingt-un ans", "81"),
        ("fr", "vingt et un", "21"),
        ("es", "once barcos", "11"),
        ("es", "dieciséis casas", "16"),
        ("es", "treinta y cinco casas", "35"),
        ("it", "due navi", "2"),
        ("it", "ventitré e quarantotto", "48"),
        ("pt", "vinte e duas casas", "22"),
        ("nl", "tweeëntwintig huizen", "22"),
        ("ru", "трёх кораблей", "3"),
        ("ru", "тридцать пять домов", "35"),
        ("pl", "pięćdziesiąt osób", "50"),
        ("tr", "kırk iki ev", "42"),
        ("ko", "배 세 척", "3"),
        ("ar", "خمسة وعشرون بيتا", "25"),
        ("ar", "٤٨ خلية", "48"),
        ("zh", "共有三百二十户", "320"),
        ("zh", "建于二〇二四年", "2024"),
        ("zh", "约1.2万人", "12,000"),
        ("zh", "两座桥", "2"),
        ("zh", "共有25人参加3天", "25"),
        ("ja", "十二万人", "120,000"),
    ],
)
def test_words_are_read_in_the_language_of_the_text(language: str, passage: str, number: str) -> None:
    assert has_numbers_of(f"({number})", passage, language)
    assert not has_numbers_of("(67)", passage, language)


@pytest.mark.parametrize(
    ("language", "passage", "number"),
    [
        ("en", "He came once.", "11"),
        ("en", "The rent is due.", "2"),
        ("en", "Sei and the elf built an acht.", "6"),
        ("en", "Sei and the elf built an acht.", "11"),
        ("en", "Un plan, a nave, a tre.", "1"),
        ("de", "Der Zug kam ungefähr tre due once.", "11"),
        ("fr", "Elle est sans once de doute.", "11"),
        ("es", "Un elf con su hut.", "11"),
        ("nl", "De dove man is due.", "2"),
        ("zh", "once due elf", "11"),
    ],
)
def test_words_that_are_numbers_elsewhere_are_none(language: str, passage: str, number: str) -> None:
    assert not has_numbers_of(f"({number})", passage, language)


def test_a_text_that_mixes_in_english_has_english_numbers_too() -> None:
    quote = "“There were seven of them and they had all of the time that it would take.”"
    assert has_numbers_of("(7)", f"Der Kapitän sagte: {quote}", "de")
    assert not has_numbers_of("(7)", "Die Band Seven Sisters spielte gestern Abend in der Halle.", "de")


@pytest.mark.parametrize("claim", ["12th", "12e", "12º"])
def test_an_ordinal_stands_for_an_ordinal(claim: str) -> None:
    assert has_numbers_of(f"the {claim} century", "in the twelfth century", "en")
    assert not has_numbers_of("12 centuries", "in the twelfth century", "en")


@pytest.mark.parametrize(
    ("language", "text", "months"),
    [
        ("en", "On 3 March, in May and in 2024-11-05", {3, 5, 11}),
        ("de", "im Jänner und im März", {1, 3}),
        ("fr", "en août", {8}),
        ("es", "en setiembre", {9}),
        ("it", "a maggio", {5}),
        ("pt", "em março", {3}),
        ("nl", "in mei", {5}),
        ("ru", "в мае и 3 июня", {5, 6}),
        ("pl", "we wrześniu", {9}),
        ("ko", "2024년 3월", {3}),
        ("zh", "2024年3月5日至十二月", {3, 12}),
        ("ja", "十一月三日", {11}),
        ("ar", "في كانون الثاني وفي مارس", {1, 3}),
        ("de", "Die Fête im août", set()),
    ],
)
def test_months_are_read_in_the_language_of_the_text(language: str, text: str, months: set[int]) -> None:
    assert months_of(text, language) == months


@pytest.mark.parametrize(
    ("language", "word", "month"),
    [
        ("en", "March", 3),
        ("en", "march", 0),
        ("en", "May", 0),
        ("en", "Mars", 0),
        ("fr", "mars", 3),
        ("fr", "Mars", 0),
        ("de", "Mai", 5),
    ],
)
def test_a_word_names_a_month_as_it_is_written_within_a_sentence(
    language: str, word: str, month: int
) -> None:
    assert month_of(word, language) == month

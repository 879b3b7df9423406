from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.tasks.text.problems import Problem
from lmstudio_lite.tasks.translate.carried import carry_over, find_carried, is_carried_over
from lmstudio_lite.tasks.translate.check import find_translation_problem
from lmstudio_lite.tasks.translate.figures import has_the_numbers, localize_figures
from lmstudio_lite.tasks.translate.lengths import adds_sentences


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("See https://example.org/a_(b)?c=1, then go.", ["https://example.org/a_(b)?c=1"]),
        ('[the book](https://example.org/x) and [it](a/b.md "T")', ["https://example.org/x", "a/b.md"]),
        ("Ask anna.b@example.org or www.example.org.", ["anna.b@example.org", "www.example.org"]),
        ("Hello {{user_name}}, %d new, %(user)s, {0} and ${HOME}", None),
        (
            "Run `pip install x` with --dry-run in /mnt/backup",
            ["`pip install x`", "--dry-run", "/mnt/backup"],
        ),
        (
            "Open C:\\Temp\\log.txt, code AB-0412-X, version 1.2.3",
            ["C:\\Temp\\log.txt", "AB-0412-X", "1.2.3"],
        ),
        ("A <b>bold</b> word&nbsp;here", ["<b>", "</b>", "&nbsp;"]),
        ("50 % discount and 5% done, and/or either, 1.234.567 pieces", []),
        ("Set MAX_SIZE and file_name", ["MAX_SIZE", "file_name"]),
        ("[V8][] and [the book][book], see[^1]", ["[V8][]", "[book]", "[^1]"]),
    ],
)
def test_what_programs_read_is_found(text: str, carried: list[str] | None) -> None:
    expected = ["{{user_name}}", "%d", "%(user)s", "{0}", "${HOME}"] if carried is None else carried
    assert [each.text for each in find_carried(text)] == expected


def test_what_was_altered_is_put_back_where_it_is_clear() -> None:
    passage = "Read [the book](https://example.org/a?b=1) and set `%s` for {user_name}."
    altered = "Lies [das Buch](https://example.org/a) und setze `% s` für {benutzer_name}."
    assert carry_over(altered, passage) == (
        "Lies [das Buch](https://example.org/a?b=1) und setze `%s` für {user_name}."
    )
    assert is_carried_over(carry_over(altered, passage), passage)
    lost = "Lies das Buch und setze es."
    assert carry_over(lost, passage) == lost
    assert not is_carried_over(lost, passage)


@given(
    st.text(alphabet="ab1`{}%s<>/[](). \\&;:-_@", max_size=60), st.text(alphabet="ab`{}%s<>/()", max_size=40)
)
def test_a_text_that_is_its_own_translation_is_carried_over(text: str, other: str) -> None:
    assert is_carried_over(text, text)
    assert carry_over(text, text) == text
    carry_over(other, text)


@pytest.mark.parametrize(
    ("passage", "model", "expected"),
    [
        ("Pay 1,234.50 EUR", "Zahle 1,234,50 EUR", "Zahle 1.234,50 EUR"),
        ("Pay 1,234.50 EUR", "Zahle 1,234.50 EUR", "Zahle 1.234,50 EUR"),
        ("Send 12,500 units", "Sende 12,500 Stück", "Sende 12.500 Stück"),
        ("Transfer $1,234,567.89", "Überweise $1,234,567.89", "Überweise $1.234.567,89"),
        ("It costs $3.5 today", "Es kostet heute $3.5", "Es kostet heute $3,5"),
        ("It is 2.5 km away", "Es ist 2.5 km entfernt", "Es ist 2,5 km entfernt"),
        ("See Figure 3.1 of version 2.0", "Siehe Bild 3.1 der Version 2.0", "Siehe Bild 3.1 der Version 2.0"),
        ("Version 1.2.345 of it", "Version 1.2.345 davon", "Version 1.2.345 davon"),
        ("In 2024, 300 came", "Im Jahr 2024 kamen 300", "Im Jahr 2024 kamen 300"),
        ("1,234 of type 12.34", "1,234 vom Typ 12.34", "1.234 vom Typ 12.34"),
    ],
)
def test_figures_are_written_as_german_writes_them(passage: str, model: str, expected: str) -> None:
    assert localize_figures(model, passage, "en", "de") == expected


@pytest.mark.parametrize(
    ("target", "written"),
    [("fr", "1\u202f234,50"), ("zh", "1,234.50"), ("es", "1.234,50"), ("ar", "1,234.50")],
)
def test_figures_of_other_languages(target: str, written: str) -> None:
    assert localize_figures("x 1,234.50 EUR", "Pay 1,234.50 EUR", "en", target) == f"x {written} EUR"
    assert localize_figures("Pay 1.234,50 EUR", "Zahle 1.234,50 EUR", "de", "en") == "Pay 1,234.50 EUR"


@given(st.integers(1000, 10**9), st.integers(0, 99), st.sampled_from(["de", "fr", "pl", "es", "zh", "tr"]))
def test_any_grouped_figure_keeps_its_value(whole: int, cents: int, target: str) -> None:
    passage = f"Pay {whole:,}.{cents:02} EUR"
    text = localize_figures(f"x {whole:,}.{cents:02} EUR", passage, "en", target)
    assert has_the_numbers(text, passage, "en", target)
    back = localize_figures(text, text, target, "en")
    assert f"{whole:,}.{cents:02}" in back


@pytest.mark.parametrize(
    ("passage", "text", "target"),
    [
        ("The train leaves at 9 o'clock.", "Der Zug fährt um neun Uhr.", "de"),
        ("It opens at 3:30 pm.", "Es öffnet um 15:30 Uhr.", "de"),
        ("Two hours and 12 minutes", "2 Stunden und zwölf Minuten", "de"),
        ("Before 03/04/2025", "Vor dem 3. April 2025", "de"),
        ("On May 5, 2024", "Am 5.5.2024", "de"),
        ("2.5 million people live there.", "那里有250万人。", "zh"),
        ("The 1990s were good.", "Die 1990er waren gut.", "de"),
        ("No numbers.", "Keine Zahlen.", "de"),
        ("On the 3rd of June", "Am 3. Juni", "de"),
        ("In the XX century", "Im 20. Jahrhundert", "de"),
        ("Louis the 14th built it.", "Ludwig XIV. baute es.", "de"),
    ],
)
def test_numbers_may_stand_in_another_form(passage: str, text: str, target: str) -> None:
    assert has_the_numbers(text, passage, "en", target)


def test_letters_that_are_no_roman_numeral_are_read_as_words() -> None:
    assert has_the_numbers("Sende Ina 2 DM oder IM.", "Send Ina 2 DM or IM.", "en", "de")


@pytest.mark.parametrize(
    ("passage", "text"),
    [
        ("It costs 250 euros.", "Es kostet 205 Euro."),
        ("It costs 250 euros.", "Es kostet viel."),
        ("It was built long ago.", "Es wurde 1998 gebaut."),
        ("It costs 1,234.50 EUR.", "Es kostet 1.234,05 EUR."),
    ],
)
def test_other_numbers_are_told(passage: str, text: str) -> None:
    assert not has_the_numbers(text, passage, "en", "de")
    assert find_translation_problem(passage, text, source="en", target="de", is_whole=True) is Problem.VALUES


@pytest.mark.parametrize(
    ("passage", "text", "is_added"),
    [
        (
            "The assistant answers questions.",
            "Der Assistent beantwortet Fragen. Er ist ein mächtiges Werkzeug, das bei vielem helfen kann.",
            True,
        ),
        ("The assistant answers.", "助手回答问题。它是一个强大的工具，可以帮助你。", True),
        (
            "The harbour was built in the twelfth century and burned down twice.",
            "Der Hafen wurde im zwölften Jahrhundert gebaut. Er brannte zweimal ab.",
            False,
        ),
        ("The library is closed.", "Die Bibliothek ist zu.", False),
        ("Really? Yes.", "Wirklich? Ja.", False),
    ],
)
def test_sentences_that_the_text_has_not_are_told(passage: str, text: str, is_added: bool) -> None:
    assert adds_sentences(passage, text) is is_added

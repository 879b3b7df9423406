"""What can't be seen is found where it deceives, and left alone where a language or an emoji needs it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.unseen import find_lookalikes, find_unseen, marked_line, name_of, named_line


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, naïve café, coöperate\tand tabs",
        "می‌خواهم کتاب‌ها را بخوانم",  # Persian with ZWNJ
        "مرحبا (‏HTML‎) بالعالم",  # Arabic with marks of direction
        "העיר ⁦New York⁩ גדולה",  # Hebrew with a closed isolate
        "क्‍ष और क्‌ष",  # joiners in Hindi
        "ภาษา​ไทย",  # breaks in Thai
        "👩‍👩‍👧‍👦 ❤️ 1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏳️‍🌈",
        "葛󠄀城市",  # a variant of a Han character
        "extra­ordinary",
        "\ufeffA file's beginning",
        "Москва и Moscow, Δx, 5 μm, α-helix, x² и кВт",
    ],
)
def test_honest_text(text: str) -> None:
    assert not list(find_unseen(text))
    assert not list(find_lookalikes(text))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("photo_\u202egpj.exe", ["RIGHT-TO-LEFT OVERRIDE (U+202E)"]),
        ("مرحبا \u202eabc", ["RIGHT-TO-LEFT OVERRIDE (U+202E)"]),
        ("if (a\u2066b)", ["LEFT-TO-RIGHT ISOLATE (U+2066)"]),
        ("مرحبا \u2067abc", ["RIGHT-TO-LEFT ISOLATE (U+2067)"]),  # never closed
        ("pay\u200bpal", ["ZERO WIDTH SPACE (U+200B)"]),
        ("a\u200db", ["ZERO WIDTH JOINER (U+200D)"]),
        ("ab\u200ecd", ["LEFT-TO-RIGHT MARK (U+200E)"]),
        ("a\ufe0fb", ["VARIATION SELECTOR-16 (U+FE0F)"]),
        (
            "x\U000e0041\U000e0042",
            ["TAG LATIN CAPITAL LETTER A (U+E0041)", "TAG LATIN CAPITAL LETTER B (U+E0042)"],
        ),
        ("red \x1b[31m", ["ESCAPE (U+001B)"]),
        ("a\x00b", ["CONTROL CHARACTER (U+0000)"]),
        ("a\u3164b", ["HANGUL FILLER (U+3164)"]),
        ("one\ntwo\u2060", ["WORD JOINER (U+2060)"]),
        ("a\ufeffb", ["ZERO WIDTH NO-BREAK SPACE (U+FEFF)"]),
    ],
)
def test_what_deceives(text: str, names: list[str]) -> None:
    found = list(find_unseen(text))
    assert [each.name for each in found] == names
    assert all(text[each.place] == each.character for each in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [("log in at pаypal.com", ["pаypal"]), ("Αpple and apple", ["Αpple"]), ("scоре", ["scоре"])],
)
def test_words_of_two_scripts(text: str, words: list[str]) -> None:
    assert [text[each.start : each.end] for each in find_lookalikes(text)] == words


@given(st.text())
def test_any_text(text: str) -> None:
    assert all(text[each.place] == each.character for each in find_unseen(text))
    list(find_lookalikes(text))


def test_names_and_titles() -> None:
    assert marked_line("photo_\u202egpj.exe\nیک می‌خواهم") == "photo_▪gpj.exe یک می‌خواهم"
    assert named_line("a\u200bb") == "a[ZERO WIDTH SPACE (U+200B)]b"
    assert marked_line("plain") == named_line("plain") == "plain"


def test_names() -> None:
    assert name_of("\u200b") == "ZERO WIDTH SPACE (U+200B)"

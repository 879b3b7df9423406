from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.rewriting.json_text import split_json
from lmstudio_lite.documents.rewriting.slots import apply_edits, edits_of, original_of
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.domain.units import Unit, UnitText, WriteUnitsOptions
from tests.documents.rewriting.test_text_file import write
from tests.documents.rewriting.texts import marked, pseudo

MESSAGES = r"""{
  "title" : "Welcome back",
  "save":"save", "n": 5, "url": "https://example.org/x", "id": "user_name",
  "html": "Press <a href=\"#\">here<\/a> now\nor never",
  "icu": "{count, plural, one {# file} other {# files {name}}}",
  "color": "#ff00aa", "when": "2024-03-12", "none": null, "format": "%Y-%m-%d",
  "more": ["Good morning", "Good night", "See you", "Thank you"],
  "deep": [ "One thing", { "a/b": "Two \u00e9t\u00e9" }, [], {} ]
}
"""


def units_of(text: str) -> list[Unit]:
    return [slot.unit for slot in split_json(text).slots]


def translated(text: str, translate: Callable[[Unit], UnitText] = pseudo, target: str = "de") -> str:
    slotted = split_json(text)
    texts = {number: translate(slot.unit) for number, slot in enumerate(slotted.slots)}
    assert slotted.whole is not None
    edits = [*edits_of(slotted.slots, texts), *slotted.whole(texts, WriteUnitsOptions(target=target))]
    return apply_edits(text, edits)


def test_values_for_people_are_units_at_their_pointers() -> None:
    assert [(unit.place.part, unit.text) for unit in units_of(MESSAGES)] == [
        ("/title", "Welcome back"),
        ("/save", "save"),
        ("/html", "Press here now or never"),
        ("/icu", "# file"),
        ("/icu", "# files {name}"),
        ("/more/0", "Good morning"),
        ("/more/1", "Good night"),
        ("/more/2", "See you"),
        ("/more/3", "Thank you"),
        ("/deep/0", "One thing"),
        ("/deep/1/a~1b", "Two été"),
    ]
    assert marked(units_of(MESSAGES)[2]) == [("span", "here"), ("object", "")]


def test_only_their_strings_change() -> None:
    result = translated(MESSAGES)
    assert [line for line in MESSAGES.splitlines() if line not in result.splitlines()] == [
        line for number, line in enumerate(MESSAGES.splitlines()) if number in (1, 2, 3, 4, 6, 7)
    ]
    values = json.loads(result)
    assert values["html"] == 'Qsftt <a href="#">ifsf</a> opx\nps ofwfs'
    assert values["icu"] == "{count, plural, one {# gjmf} other {# gjmft {obnf}}}"
    assert "Uxp \\u00e9u\\u00e9" in result


def test_an_echo_changes_no_byte() -> None:
    assert translated(MESSAGES, original_of) == MESSAGES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"name": "t", "description": "A tool that does many things well.", "scripts": {"a": "tsc -p ."}}',
         ["A tool that does many things well."]),
        ('{"compilerOptions": {"target": "Es2020", "lib": ["Dom"]}}', []),
        ('{"hi": {"message": "Hello there", "description": "Said first"}}', ["Hello there"]),
        ('["Only this", "And that"]', ["Only this", "And that"]),
        ('"A word of mine"', ["A word of mine"]),
        ('{"@@locale": "en", "ok": "fine", "@ok": {"description": "An answer"}}', ["fine"]),
        ('{"a": "On\\ud800 it"}', []),
    ],
)  # fmt: skip
def test_what_is_for_people_is_told_from_what_is_for_programs(text: str, words: list[str]) -> None:
    assert [unit.text for unit in units_of(text)] == words


def test_a_note_beside_a_message_is_told() -> None:
    assert units_of('{"hi": {"message": "Hello there", "description": "Said first"}}')[0].note == "Said first"


def test_a_locale_is_named_anew() -> None:
    assert translated('{"en": {"a": "One word"}}') == '{"de": {"a": "Pof xpse"}}'
    assert translated('{"@@locale": "en", "ok": "fine"}') == '{"@@locale": "de", "ok": "gjof"}'
    assert translated('{"en": {"a": "One word"}}', original_of) == '{"en": {"a": "One word"}}'


def test_comments_and_last_commas_are_read_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonc"
    path.write_text(
        '{ // "no": "not this"\n "a": "One word", /* x */ "b": ["Two words",], }\n', encoding="utf-8"
    )
    assert write(path)[0] == b'{ // "no": "not this"\n "a": "Pof xpse", /* x */ "b": ["Uxp xpset",], }\n'


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", '{"a" 1}', '{"a": 1 "b": 2}', "[1 2]", '{"a": "b" "c"}', "[1]]", "{]", '["a\nb"]', "nul"),
        *("{1: 2}", '{"a":}', "[,]", '{"a"}', '"a" "b"', '["\\x"]', '{"a": "b": "c"}'),
    ],
)
def test_what_is_no_json_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        split_json(text)


def test_a_thousand_lists_in_one_another_are_read() -> None:
    text = "[" * 5000 + '"Some words here"' + "]" * 5000
    assert [unit.text for unit in units_of(text)] == ["Some words here"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["Some words", "More of them, and more", "<b>Bold</b> words"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_any_values_keep_their_shape(values: object, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=is_ascii)
    assert translated(text, original_of) == text
    assert shape(json.loads(translated(text, target="en"))) == shape(values)


def shape(value: object) -> object:
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(inner) for inner in value]
        case str():
            return "text"
        case _:
            return value

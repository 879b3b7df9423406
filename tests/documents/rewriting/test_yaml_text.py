from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.rewriting.slots import apply_edits, edits_of, original_of
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.documents.rewriting.yaml_text import split_yaml
from lmstudio_lite.domain.units import Unit, UnitText, WriteUnitsOptions
from tests.documents.rewriting.test_json_text import shape
from tests.documents.rewriting.texts import pseudo

LOCALE = """\
# a locale
en:
  hello: Hello world   # said first
  answer: yes
  said: "yes"
  long: |
    This is the first paragraph that goes
    over two lines.

    And the second.
  folded: >-
    This one is folded
    over two lines.
  html: 'Press <b>here</b>, it''s %{name}'
  date: "%Y-%m-%d"
  list: [One thing, "Two, things", three]
  link: https://example.org
  anchor: &a Anchored words
  ref: *a
  symbol: !ruby/symbol some words
  count:
    one: one item
    other: "%{count} items"
"""


def units_of(text: str) -> list[Unit]:
    return [slot.unit for slot in split_yaml(text).slots]


def translated(text: str, translate: Callable[[Unit], UnitText] = pseudo, target: str = "de") -> str:
    slotted = split_yaml(text)
    texts = {number: translate(slot.unit) for number, slot in enumerate(slotted.slots)}
    assert slotted.whole is not None
    edits = [*edits_of(slotted.slots, texts), *slotted.whole(texts, WriteUnitsOptions(target=target))]
    return apply_edits(text, edits)


def test_texts_are_units_at_their_places() -> None:
    assert [(unit.place.part, unit.text) for unit in units_of(LOCALE)] == [
        ("/en/hello", "Hello world"),
        ("/en/said", "yes"),
        ("/en/long", "This is the first paragraph that goes over two lines."),
        ("/en/long", "And the second."),
        ("/en/folded", "This one is folded over two lines."),
        ("/en/html", "Press here, it's %{name}"),
        ("/en/list/0", "One thing"),
        ("/en/list/1", "Two, things"),
        ("/en/list/2", "three"),
        ("/en/anchor", "Anchored words"),
        ("/en/count/one", "one item"),
        ("/en/count/other", "%{count} items"),
    ]


def test_comments_anchors_and_layout_stay() -> None:
    assert translated(LOCALE, original_of) == LOCALE
    result = translated(LOCALE)
    assert result.startswith("# a locale\nde:\n  hello: Ifmmp xpsme   # said first\n  answer: yes\n")
    assert "  long: |\n    Uijt jt uif gjstu qbsbhsbqi uibu hpft\n    pwfs uxp mjoft.\n\n    Boe" in result
    assert "  html: 'Qsftt <b>ifsf</b>, ju''t %{obnf}'\n" in result
    assert '  list: [Pof uijoh, "Uxp, uijoht", uisff]\n' in result
    assert "  anchor: &a Bodipsfe xpset\n  ref: *a\n  symbol: !ruby/symbol some words\n" in result


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("yes", "'yes'"),
        ("12", "'12'"),
        ("a: b", "'a: b'"),
        ("# x", "'# x'"),
        ("it's: so", "'it''s: so'"),
        ("- a", "'- a'"),
        ("Ja, gut", "Ja, gut"),
        ("2024-01-02", "'2024-01-02'"),
        ("null", "'null'"),
        ("{a}", "'{a}'"),
        ("&x", "'&x'"),
    ],
)
def test_words_that_yaml_would_read_otherwise_are_quoted(words: str, written: str) -> None:
    text = "en:\n  a: Some words\n"
    result = translated(text, lambda unit: UnitText(words))
    assert result == f"de:\n  a: {written}\n"
    assert yaml.safe_load(result) == {"de": {"a": words}}
    assert yaml.safe_load(translated("en: {a: Some words}\n", lambda unit: UnitText(words))) == {
        "de": {"a": words}
    }


@pytest.mark.parametrize("text", ["a: [1", "a: b: c", "\tx: y", "'open", "a\n b: c\n- d"])
def test_what_is_no_yaml_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        split_yaml(text)


def test_aliases_are_not_multiplied() -> None:
    text = "a: &a [Some words]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )
    assert [unit.text for unit in units_of(text)] == ["Some words"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.sampled_from(["Some words", "More of them: and more", "<b>Bold</b> words", "Two\nlines of it\n"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text("abc xé", max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES, st.sampled_from([None, True, False]), st.sampled_from([None, '"', "'", "|", ">"]))
def test_any_values_keep_their_shape(values: object, flow: bool | None, style: str | None) -> None:
    text = yaml.safe_dump(values, default_flow_style=flow, default_style=style, allow_unicode=True)
    assert translated(text, original_of) == text
    assert shape(yaml.safe_load(translated(text, target="en"))) == shape(yaml.safe_load(text))

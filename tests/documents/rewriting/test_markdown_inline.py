"""Markdown's inline markup: what a parser renders of a translation is what it renders of the source."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lmstudio_lite.documents.rewriting.text import split_text
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import BilingualLayout, Mark, MarkKind, Unit, UnitText
from tests.documents.rewriting.texts import longer, marked, nested_anywhere, pseudo, translated

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
END = "ZZ"


def units_of(text: str) -> list[Unit]:
    return [slot.unit for slot in split_text(text, TextForm.MARKDOWN).slots]


def with_words(text: str, words: str) -> str:
    """Return ``text`` whose only unit says ``words``, its marks around all of them."""
    return translated(text, lambda unit: UnitText(words, around(unit, len(words))), TextForm.MARKDOWN)


def around(unit: Unit, length: int) -> tuple[Mark, ...]:
    return tuple(
        Mark(m.number, m.kind, 0, 0 if m.kind is MarkKind.OBJECT else length, m.keeps_text)
        for m in unit.marks
    )


def rendered(text: str) -> str:
    html = re.sub(r"\s+", " ", PARSER.render(text).replace(END, ""))
    return html.replace("> ", ">").replace(" <", "<")


@pytest.mark.parametrize(
    ("text", "words", "marks"),
    [
        ("A **bold** and *sloping* word", "A bold and sloping word",
         [("style", "bold"), ("style", "sloping")]),
        ("***both***", "both", [("style", "both"), ("style", "both")]),
        ('See [the *old* book](a.md "T").', "See the old book.",
         [("span", "the old book"), ("style", "old")]),
        ("See [the book][b], [b] and [it][].\n\n[b]: x\n[it]: y", "See the book, b and it.",
         [("span", "the book"), ("span", "b"), ("span", "it")]),
        ("Run `a b` now", "Run a b now", [("span", "a b")]),
        ("![A cat](cat.png) sits", "A cat sits", [("span", "A cat")]),
        ("![](cat.png) It sits", " It sits", [("object", "")]),
        ("One[^1] note", "One note", [("object", "")]),
        ("Ask <https://a.org> first", "Ask https://a.org first", [("span", "https://a.org")]),
        ("A <b>bold</b> word<br>here", "A bold wordhere", [("style", "bold"), ("object", "")]),
        ("So $a_b$ is it", "So $a_b$ is it", [("span", "$a_b$")]),
        ("First line\\\nand second", "First line and second", [("object", "")]),
        ("First line  \nand second", "First line and second", [("object", "")]),
        ("Wrapped\nlines here", "Wrapped lines here", []),
        ("~~gone~~ words", "gone words", [("style", "gone")]),
        ("A \\*star\\* &amp; &copy;", "A *star* & ©", []),
        ("It costs $5 and then $6", "It costs $5 and then $6", []),
        ("Half *open words", "Half *open words", []),
        ("Hello <name> there", "Hello  there", [("object", "")]),
    ],
)  # fmt: skip
def test_markup_is_marks_beside_plain_words(text: str, words: str, marks: list[tuple[str, str]]) -> None:
    (unit,) = units_of(text)
    assert (unit.text.strip(), marked(unit)) == (words.strip(), marks)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("One word", "1. Wort", "1\\. Wort"),
        ("One word", "# Wort", "\\# Wort"),
        ("One word", "- Wort", "\\- Wort"),
        ("One word", "+ Wort", "\\+ Wort"),
        ("One word", "> Wort", "\\> Wort"),
        ("One word", "*Wort*", "\\*Wort\\*"),
        ("One word", "a <b> c", "a \\<b\\> c"),
        ("One word", "[x]: y", "\\[x\\]: y"),
        ("One word", "a `b` c", "a \\`b\\` c"),
        ("One word", "1 * 2 and snake_case", "1 * 2 and snake_case"),
        ("One word", "---", "\\---"),
        ("One word", "a $x$ c", "a \\$x\\$ c"),
        ("# Head #", "Kopf #", "# Kopf \\# #"),
        ("| One | word |\n| --- | --- |\n", "a|b", "| a\\|b | a\\|b |\n| --- | --- |\n"),
        ("**重要**的词", "重要：", "**重要：**"),
        ("A **bold** word", "**", "**\\*\\***"),
    ],
)
def test_words_do_not_become_markup(text: str, words: str, expected: str) -> None:
    assert with_words(text, words) == expected


def test_emphasis_that_stars_can_not_write_is_html() -> None:
    text = "A **bold** word"
    result = translated(
        text, lambda unit: UnitText("这是重要：的词", (Mark(1, MarkKind.STYLE, 2, 5),)), TextForm.MARKDOWN
    )
    assert result == "这是<strong>重要：</strong>的词"


def test_code_is_never_translated() -> None:
    text = "Run the `backup` command"
    result = translated(
        text, lambda unit: UnitText("Starte Sicherung", (Mark(1, MarkKind.SPAN, 7, 16, keeps_text=True),)),
        TextForm.MARKDOWN,
    )  # fmt: skip
    assert result == "Starte `backup`"


def test_a_link_whose_words_name_its_definition_gets_the_name_beside_it() -> None:
    text = "See [the book] and ![the cat][].\n\n[the book]: x\n[the cat]: y\n"
    assert translated(text, pseudo, TextForm.MARKDOWN).startswith(
        "Tff [uif cppl][the book] boe ![uif dbu][the cat].\n"
    )
    kept = translated(text, lambda unit: UnitText(f"{unit.text} Ja", unit.marks), TextForm.MARKDOWN)
    assert kept.startswith("See [the book] and ![the cat]. Ja\n")


def test_wrapped_lines_are_wrapped_again_with_their_marks() -> None:
    text = (
        "> A quoted paragraph that was wrapped by hand at a margin of sixty\n"
        "> signs, as people do it in their letters, and - that is new - goes\n"
        "> on for three lines\n"
    )
    result = translated(text, longer, TextForm.MARKDOWN)
    assert all(line.startswith("> ") and len(line) < 70 for line in result.splitlines())
    assert not any(line.startswith("> -") for line in result.splitlines())
    assert len(result.splitlines()) == 3


def test_lines_that_end_with_a_sentence_stay_lines() -> None:
    text = "The first sentence stands here.\nThe second one on a line of its own.\n"
    assert translated(text, pseudo, TextForm.MARKDOWN) == (
        "Uif gjstu tfoufodf tuboet ifsf.\nUif tfdpoe pof po b mjof pg jut pxo.\n"
    )


def test_badges_are_units_of_their_own() -> None:
    text = "[![Build](b.svg)](x) [![Docs](d.svg)](y)\n"
    assert [unit.text for unit in units_of(text)] == ["Build", "Docs"]
    assert translated(text, pseudo, TextForm.MARKDOWN) == "[![Cvjme](b.svg)](x) [![Epdt](d.svg)](y)\n"


def test_what_mkdocs_and_pandoc_know_is_text() -> None:
    text = (
        '!!! note "A title"\n\n    Words of the note.\n\n    ```\n    code\n    ```\n\n'
        '=== "Tab"\n\n    Words of the tab.\n\n'
        "Term\n:   What it means\n\n[^1]: A footnote.\n"
    )
    assert [unit.text for unit in units_of(text)] == [
        '"A title"',
        "Words of the note.",
        '"Tab"',
        "Words of the tab.",
        "Term",
        "What it means",
        "A footnote.",
    ]
    result = translated(text, pseudo, TextForm.MARKDOWN)
    assert '!!! note "B ujumf"\n\n    Xpset pg uif opuf.\n\n    ```\n    code\n    ```\n' in result


def test_the_translation_stands_below() -> None:
    text = "# Head\n\n- An item of\n  two lines\n\n> Quoted\n\n| One |\n| --- |\n| two |\n"
    assert translated(text, pseudo, TextForm.MARKDOWN, BilingualLayout.BELOW) == (
        "# Head / Ifbe\n\n- An item of\n  two lines\n\n  Bo jufn pg uxp mjoft\n\n> Quoted\n>\n> Rvpufe\n\n"
        "| One<br>Pof |\n| --- |\n| two<br>uxp |\n"
    )


PLAIN = st.sampled_from(
    ["word", "more of it", "1.", "# x", "a_b_c", "2 * 3", "<tag", "x|y", "重要", "！", "[z]", "- y"]
)


@st.composite
def inlines(draw: st.DrawFn, depth: int = 3) -> str:
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.integers(0, 8 if depth else 3))
        inner = f"w{draw(inlines(depth=depth - 1))}" if kind > 3 else ""
        match kind:
            case 0 | 1:
                parts.append(draw(PLAIN))
            case 2:
                parts.append("`code`")
            case 3:
                parts.append(
                    draw(st.sampled_from(["<br>", "![](x.png)", "[^1]", "$x$", "\\\n", "<https://a.org>"]))
                )
            case 4:
                parts.append(f"**{inner}**")
            case 5:
                parts.append(f"*{inner}*")
            case 6:
                parts.append(f"[{inner}](a.md)")
            case 7:
                parts.append(f"<b>{inner}</b>")
            case _:
                parts.append(f"![{inner}](b.png)")
    return draw(st.sampled_from([" ", " ", ""])).join(parts)


@settings(deadline=None)
@given(inlines(), st.sampled_from(["", "# ", "> ", "- "]))
def test_a_translation_renders_as_its_source(text: str, before: str) -> None:
    source = f"{before}Begin {text} end\n"
    units = units_of(source)
    result = translated(source, lambda unit: UnitText(unit.text + END, unit.marks), TextForm.MARKDOWN)
    assert rendered(result) == rendered(source)
    assert words_in(units_of(result)) == words_in(units)


def words_in(units: list[Unit]) -> str:
    """Return all words: where they were wrapped, a line may end that is a unit of its own."""
    return "".join("".join(unit.text.replace(END, "").split()) for unit in units)


@settings(deadline=None)
@given(inlines(), st.data())
def test_marks_are_written_wherever_a_translation_has_them(text: str, data: st.DataObject) -> None:
    source = f"Begin {text} end\n"
    expected: list[UnitText] = []

    def translate(unit: Unit) -> UnitText:
        expected.append(nested_anywhere(unit, data))
        return expected[-1]

    result = translated(source, translate, TextForm.MARKDOWN)
    before = sorted(kind for unit in units_of(source) for kind, _words in marked(unit) if kind != "style")
    after = sorted(kind for unit in units_of(result) for kind, _words in marked(unit) if kind != "style")
    assert after == before

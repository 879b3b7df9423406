"""A formula is found where one is meant; prices, shells, paths and code are not formulas."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.formats.formulas.delimiters import FORMULA
from lmstudio_lite.formats.markdown import escaped, parse, tokens_of
from lmstudio_lite.formats.plain import to_plain_text
from lmstudio_lite.formats.tree import Maths, Paragraph


def formulas_in(markdown: str) -> list[str]:
    return [
        each.content
        for token in tokens_of(markdown)
        for each in (token, *(token.children or ()))
        if each.type == FORMULA
    ]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("It is $x$, $x^2$ and $f(x)$.", ["x", "x^2", "f(x)"]),
        ("Roots of $ax^2+bx+c=0$", ["ax^2+bx+c=0"]),
        ("the answer is $5$ or $1,000$", ["5", "1,000"]),
        ("设$x$为，则$f'(x)=2x$。", ["x", "f'(x)=2x"]),
        (r"$\alpha$ and \(a+b\) and \(n\)", [r"\alpha", "a+b", "n"]),
        (r"\[ \frac12 \]", [r"\frac12"]),
        ("$$x=1$$ inside, $$y$$ too", ["x=1", "y"]),
        ("$$\na\n- b\n= c\n$$\nmore", ["a\n- b\n= c"]),
        ("> $$\n> x+\n> y\n> $$", ["x+\ny"]),
        ("- $$x$$\n- b", ["x"]),
        ("**bold $x$** and *$y$*", ["x", "y"]),
        ("| a |\n|---|\n| $x$ |", ["x"]),
        (r"$\$5 + x$ is", [r"\$5 + x"]),
    ],
)
def test_formulas(markdown: str, found: list[str]) -> None:
    assert formulas_in(markdown) == found


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $10",
        "US$5-US$10",
        "costs $5-$10, or $5/month + tax and $3",
        "price $5 (not 10$)",
        "$1M to 2M$",
        "a $5 + $6 = $11 b",
        "between 5$ and 10$",
        "$HOME and $PATH, ${HOME}/x:${PATH}",
        "echo $a; echo $b",
        "$(ls) and $(pwd)",
        "$('#a').val($x)",
        "`$x$` and ``$y^2$``",
        "an escaped \\$x\\$",
        "\\[1\\] is a note, \\[x\\] is ticked, \\[a\\](b)",
        "$$$$ and $$$x$$$",
        "A$ B$ C$",
        "$ x $",
        "only one $x",
        "$x\n\ny$",
    ],
)
def test_what_is_none(text: str) -> None:
    assert formulas_in(text) == []


def test_code_is_never_looked_at() -> None:
    assert formulas_in("```sh\necho $x$ $$y$$\n```\n\n    \\(a+b\\)\n") == []


def test_a_block_whose_end_is_not_written_yet_is_neither_a_list_nor_a_heading() -> None:
    kinds = {token.type for token in tokens_of("$$\nx\n- y\n=\n")}
    assert kinds == {"paragraph_open", "inline", "paragraph_close"}


def test_a_formula_too_long_is_text() -> None:
    assert formulas_in(f"${'x+' * 400}x$") == []


def test_the_source_is_kept_byte_for_byte() -> None:
    source = r"\(\frac{a}{b} \)"
    (paragraph,) = parse(f"Half: {source}.")
    assert isinstance(paragraph, Paragraph)
    assert [each.source for each in paragraph.inlines if isinstance(each, Maths)] == [source]
    assert to_plain_text(f"Half: {source}.") == f"Half: {source}.\n"


@settings(deadline=None)
@given(st.text("ab1$\\()[]^_= \n", max_size=40))
def test_no_character_is_lost(text: str) -> None:
    tokens = [child for token in tokens_of(text) for child in (token, *(token.children or ()))]
    for token in tokens:
        if token.type == FORMULA:
            assert "".join(token.content.split()) in "".join(text.split())
            assert "".join(token.info.split()) in "".join(text.split())


@settings(deadline=None)
@given(st.text("ab1$\\()[]^_=x", max_size=20))
def test_an_escaped_text_has_no_formula(text: str) -> None:
    assert formulas_in(escaped(f"a {text} b")) == []


@pytest.mark.parametrize("piece", ["$x ", "$$", "\\(", "\\[ ", "$a$", "$\\", "\\[\n", "$$\n"])
def test_reading_takes_time_by_length(piece: str) -> None:
    def cost_s(count: int) -> float:
        begun = time.process_time()
        tokens_of(piece * count)
        return time.process_time() - begun

    cost_s(200)
    short = max(0.01, cost_s(1_000))
    # Thousands of tests leave much behind, and collecting that garbage takes half a second once.
    assert min(cost_s(4_000) for _ in range(3)) < 10 * short

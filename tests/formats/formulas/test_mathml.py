"""What a page gets of a formula is what is known to be harmless, or its source."""

from __future__ import annotations

import pytest
from lxml import html

from lmstudio_lite.domain.formulas import Formula
from lmstudio_lite.formats.formulas.mathml import is_within_bounds, to_mathml
from lmstudio_lite.formats.html import to_fragment, to_page


def test_a_page_has_mathml_with_the_source_beside_it() -> None:
    page = to_page(r"Half is $\frac{1}{2}$.", title="Half")
    (maths,) = html.fromstring(page).xpath("//*[local-name()='math']")
    assert maths.get("alttext") == r"\frac{1}{2}"
    assert [each.text for each in maths.iter("mn")] == ["1", "2"]
    assert [each.text for each in maths.iter("annotation")] == [r"\frac{1}{2}"]


def test_what_is_pasted_has_the_source() -> None:
    assert to_fragment("a $x<y$ b") == "<p>a $x&lt;y$ b</p>\n"


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{b}",
        r"\url{http://example.org}",
        r"\includegraphics{http://example.org/a.png}",
        r"\def\x{\x\x}\x",
        r"\newcommand{\a}{\b\b}\a",
        r"\unheardof{x}",
        r"\frac{1}{",
        "{" * 60 + "x" + "}" * 60,
        "&".join("a" * 300),
        "",
        "x" * 700,
    ],
)
def test_what_is_refused_is_text(tex: str) -> None:
    assert to_mathml(Formula(tex, is_display=False)) == ""
    page = to_page(rf"\({tex}\) and", title="t")
    assert not html.fromstring(page).xpath("//script | //img | //a | //@href | //@src")


def test_entities_do_not_become_elements() -> None:
    page = to_page(r"$\text{&lt;script&gt;a&lt;/script&gt;}$", title="t")
    assert "<script" not in page


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
        r"\begin{equation*} \binom{n}{k} \end{equation*}",
        r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
        r"\left\{ x \in \mathbb{R} : x > 0 \right\}",
        r"a \equiv b \pmod{n}",
    ],
)
def test_what_models_write_is_known(tex: str) -> None:
    assert to_mathml(Formula(tex, is_display=True)).startswith('<math display="block"')


@pytest.mark.parametrize(
    ("tex", "is_within"),
    [
        ("x^2", True),
        (r"\left(" * 9 + "x" + r"\right)" * 9, True),
        (r"\left(" * 10 + "x" + r"\right)" * 10, False),
    ],
)
def test_bounds(tex: str, is_within: bool) -> None:
    assert is_within_bounds(tex) is is_within

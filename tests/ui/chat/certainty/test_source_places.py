"""Characters on the screen and where they stand in the Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from lmstudio_lite.ui.chat.certainty.source_places import NOWHERE, source_places
from lmstudio_lite.ui.markdown import ProseBlock, parse_blocks
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme


@pytest.mark.parametrize(
    ("source", "visible", "looked_for", "place"),
    [
        ("**bold** next", "bold next", "next", 9),
        ("[text](http://next.com/next) next", "text next", "next", 29),
        ("[a](b(c)d) d", "a d", "d", 11),
        ("1. 1 apple\n2. 2 pears", "1 apple\u20292 pears", "2", 14),
        ("a &amp; b &lt;c&gt; d", "a & b <c> d", "d", 20),
        ("> # 2 Title\n> text", "2 Title\u2029text", "text", 14),
        ("| a | b |\n|---|---|\n| 1 | a |", "a\ufdd0b\ufdd01\ufdd0a", "1", 22),
        ("cost $a^2$ euro", "cost \ufffc euro", "euro", 11),
        ("a\\*b* and `a*b`", "a*b* and a*b", "and", 6),
        ("深い**海**です", "深い海です", "です", 7),
        ("~~x~~ 🙂 done", "x 🙂 done", "done", 8),
    ],
)
def test_what_is_shown_is_found_in_its_source(source: str, visible: str, looked_for: str, place: int) -> None:
    places = source_places(source, visible)
    assert places[visible.index(looked_for, 1 if looked_for == "d" else 0)] == place or (
        place in places and source.startswith(looked_for, place)
    )
    known = [each for each in places if each != NOWHERE]
    assert known == sorted(set(known))


def test_nothing_in_code_is_a_mark() -> None:
    code = "# head\n1. x = [a](b)\n> y"
    assert source_places(code, code.replace("\n", "\u2029"), is_code=True) == [
        NOWHERE if character.isspace() else at for at, character in enumerate(code)
    ]


_WORDS = st.text("abcdeé深海 ", min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
_PIECES = st.one_of(
    _WORDS,
    _WORDS.map(lambda text: f"**{text.strip()}**"),
    _WORDS.map(lambda text: f"*{text.strip()}*"),
    _WORDS.map(lambda text: f"`{text.strip()}`"),
    _WORDS.map(lambda text: f"[{text.strip()}](http://{text.strip()[0]}.org/abc)"),
    st.sampled_from(["\n\n- ", "\n\n1. ", "\n\n> ", "\n\n## ", "\n", " & ", "&amp;", " 1 ", "\\*"]),
)


@given(st.lists(_PIECES, min_size=1, max_size=14))
def test_of_any_text_most_letters_are_found_and_each_is_itself(theme: Theme, pieces: list[str]) -> None:
    source = " ".join(pieces)
    for block in parse_blocks(source):
        if not isinstance(block, ProseBlock):
            continue
        document = QTextDocument()
        ProseWriter(document, theme).write(block.tokens)
        visible = document.toRawText()
        written = source[block.start : block.end]
        places = source_places(written, visible)
        known = [(place, at) for at, place in enumerate(places) if place != NOWHERE]
        assert [place for place, _ in known] == sorted({place for place, _ in known})
        alike = [written[place] == visible[at] or written[place] in "&\\" for place, at in known]
        assert all(alike)
        num_letters = sum(character.isalpha() for character in visible)
        assert len([at for _, at in known if visible[at].isalpha()]) >= 0.9 * num_letters

"""Points to tick off, and footnotes."""

from __future__ import annotations

from lmstudio_lite.formats.html import to_fragment
from lmstudio_lite.formats.plain import to_plain_text


def test_tasks() -> None:
    text = "- [ ] open\n- [x] *done*\n- [X]\tdone too\n- [x]none\n- [y] none\n\n[ ] none"
    assert to_plain_text(text).split("\n")[:5] == [
        "- ☐ open",
        "- ☑ done",
        "- ☑ done too",
        "- [x]none",
        "- [y] none",
    ]
    assert to_plain_text(text).endswith("[ ] none\n")


def test_footnotes_stay_where_they_are_with_their_label() -> None:
    text = "Words[^1], more[^note].\n\n[^1]: The *first*\nnote\n[^note]: Another\n\nEnd"
    assert to_plain_text(text) == "Words[1], more[note].\n\n[1] The first note\n\n[note] Another\n\nEnd\n"
    assert "<p>[1] The <em>first</em> note</p>" in to_fragment(text)


def test_what_is_no_footnote() -> None:
    assert to_plain_text("A class [^a-z] and `[^1]` and \\[^2]") == "A class [^a-z] and [^1] and [^2]\n"
    assert to_plain_text("[^1]:") == "[1]\n"
    assert to_plain_text("x[^1]: y") == "x[^1]: y\n"


def test_a_note_may_hold_a_list_or_code() -> None:
    assert to_plain_text("[^1]: words\n- a\n- b\n") == "[1] words\n\n- a\n- b\n"
    assert "[1]" in to_plain_text("[^1]: ```\n")

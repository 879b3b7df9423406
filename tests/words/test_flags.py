from __future__ import annotations

import pytest

from lmstudio_lite.domain.translations import Flag, FlagKind
from lmstudio_lite.words.flags import name_flag, say_flag


@pytest.mark.parametrize("kind", list(FlagKind))
def test_every_flag_says_why_and_what_to_do(kind: FlagKind) -> None:
    assert 0 < len(name_flag(kind)) <= 26
    said = say_flag(Flag(kind))
    assert said.endswith(".")
    assert said.count(". ") == 1
    assert "{" not in say_flag(Flag(kind, "twelve"))


def test_the_words_that_a_flag_is_about_are_quoted() -> None:
    assert "“12,500”" in say_flag(Flag(FlagKind.NUMBER, "12,500"))
    assert "40 characters" in say_flag(Flag(FlagKind.TOO_LONG, "40"))

from __future__ import annotations

import pytest

from lmstudio_lite.tasks.text.numbers import has_numbers_of


@pytest.mark.parametrize(
    ("passage", "is_there"),
    [
        ("There were three ships.", True),
        ("There were three, all lost.", True),
        ("He counted three.", True),
        ("Three-masted ships, (three) of them", True),
        ("Trois navires", True),
        ("There were thirty.", False),
        ("There were 13, all lost.", False),
    ],
)
def test_a_number_stands_in_a_passage_as_a_word_too(passage: str, is_there: bool) -> None:
    assert has_numbers_of("3 ships", passage) is is_there

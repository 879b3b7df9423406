"""Marks of chat templates in a text that is translated stay letter for letter."""

from __future__ import annotations

import pytest

from lmstudio_lite.tasks.translate.carried import carry_over


@pytest.mark.parametrize(
    ("passage", "translation", "expected"),
    [
        ("Der Marker <|im_end|> schließt.", "The marker <im_end|> closes.", "The marker <|im_end|> closes."),
        (
            "Der Marker <|im_end|> schließt.",
            "The marker < |im_end|> closes.",
            "The marker <|im_end|> closes.",
        ),
        (
            "<think> beginnt, </think> endet.",
            "<think> begins, </think> ends.",
            "<think> begins, </think> ends.",
        ),
        ("Nach [INST] kommt <｜User｜>.", "After [INST] comes <|User|>.", "After [INST] comes <｜User｜>."),
        ("Wenn a < b und c > d ist.", "If a < b and c > d.", "If a < b and c > d."),
    ],
)
def test_marks_are_carried_over(passage: str, translation: str, expected: str) -> None:
    assert carry_over(translation, passage) == expected

from __future__ import annotations

import pytest

from lmstudio_lite.domain.translation_memory import MemoryEntry, MemoryMatch, MemoryMatchKind
from lmstudio_lite.tasks.translate.memory import reusable


@pytest.mark.parametrize(
    ("remembered", "translation", "text", "expected"),
    [
        ("Wait 5 minutes.", "5 Minuten warten.", "Wait 30 minutes.", "30 Minuten warten."),
        ("From 3 to 5.", "Von 3 bis 5.", "From 5 to 3.", "Von 5 bis 3."),
        ("It costs 1,250 euros.", "Es kostet 1.250 Euro.", "It costs 3,400 euros.", "Es kostet 3.400 Euro."),
        ("Wait 5 minutes.", "5 Minuten warten.", "Wait 5 hours.", None),
        ("Wait 5 minutes.", "Fünf Minuten warten.", "Wait 30 minutes.", None),
        ("Wait.", "Warten.", "Wait!", None),
        ("2 by 2", "2 mal 2", "3 by 4", None),
        ("2 by 2", "2 mal 2", "3 by 3", "3 mal 3"),
        ("See A4 and 7.", "Siehe A4 und 7.", "See A4 and 9.", "Siehe A4 und 9."),
    ],
)  # fmt: skip
def test_only_figures_may_differ(remembered: str, translation: str, text: str, expected: str | None) -> None:
    match = MemoryMatch(MemoryEntry(remembered, translation), MemoryMatchKind.FUZZY, 0.9)
    assert reusable(match, text, "en", "de") == expected


def test_what_is_the_same_has_the_translation_that_was_accepted() -> None:
    for kind in (MemoryMatchKind.CONTEXT, MemoryMatchKind.EXACT):
        assert reusable(MemoryMatch(MemoryEntry("a 1", "b 2"), kind, 1.0), "a 1", "en", "de") == "b 2"

from __future__ import annotations

import pytest

from lmstudio_lite.documents.rewriting.kept import Kept
from lmstudio_lite.domain.file_translations import SegmentCounts
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.translations import UnitsProgress
from lmstudio_lite.words.file_translations import (
    say_changes,
    say_counts,
    say_kept,
    say_source_left,
    say_units_progress,
)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (SegmentCounts(418, 418, 6), "418 done, 6 to look at"),
        (SegmentCounts(1, 1), "1 done"),
        (SegmentCounts(1900, 1412, 1), "1,412 of 1,900 done, 1 to look at"),
    ],
)
def test_counts_are_never_a_bare_complete(counts: SegmentCounts, expected: str) -> None:
    assert say_counts(counts) == expected


def test_progress_says_what_is_waited_for() -> None:
    assert say_units_progress(None) == "Reading the file…"
    assert say_units_progress(UnitsProgress(3, 9, None)) == "3 of 9 segments"
    assert say_units_progress(UnitsProgress(3, 9, 61.0)).startswith("3 of 9 segments, about ")
    assert "40 %" in say_units_progress(None, EngineState(ModelPhase.LOADING, loading_fraction=0.4))
    assert "again" in say_units_progress(None, EngineState(ModelPhase.RESTARTING))


def test_what_stays_and_what_became_otherwise() -> None:
    assert say_kept((("code", 3), ("macro", 0), ("formula", 1200))) == (
        "Left as it is: code (3), formulas (1,200)"
    )
    assert say_kept(()) == ""
    assert say_source_left(0) == ""
    assert say_source_left(2).startswith("2 segments ")
    assert "UTF-8" in say_changes(["encoding_utf8"])[0]


@pytest.mark.parametrize("kept", list(Kept))
def test_every_reason_has_words(kept: Kept) -> None:
    said = say_kept(((kept, 2),))
    assert "_" not in said
    assert "(2)" in said

from __future__ import annotations

import pytest

from lmstudio_lite.bench.registry import MEASURES
from lmstudio_lite.bench.rows import Bound, compared, missing
from lmstudio_lite.bench.texts import words


def test_a_row_is_made_of_medians_and_judged_by_its_ratio() -> None:
    row = compared("x", [(1.0, 2.0), (3.0, 4.0), (9.0, 9.0)], Bound(0.8, is_minimum=True), unit="s")
    assert (row.value, row.against, row.ratio, row.holds) == (3.0, 4.0, 0.75, False)
    assert row.as_json()["bound"] == 0.8
    assert row.as_json()["bound_is"] == "min"


@pytest.mark.parametrize(
    ("ratio", "is_minimum", "holds"), [(1.0, True, True), (1.0, False, True), (1.1, False, False)]
)
def test_bounds(ratio: float, is_minimum: bool, holds: bool) -> None:
    assert Bound(1.0, is_minimum).holds(ratio) is holds


def test_what_can_not_be_measured_or_judged_says_so() -> None:
    assert (
        missing("x", Bound(1.0), "no server").as_json() | {"holds": None, "note": "no server"}
        == missing("x", Bound(1.0), "no server").as_json()
    )
    assert compared("x", [(1.0, 1.0)], Bound(1.0), unit="s", is_judged=False).holds is None


def test_all_measures_of_the_table_are_there() -> None:
    assert len(MEASURES) == 21


def test_texts_are_the_same_in_every_run_and_differ_from_the_first_word() -> None:
    assert words(50, 1) == words(50, 1)
    assert len(words(50, 1).split()) == 50
    assert len({words(3, seed) for seed in range(16)}) > 12

"""Pages a minute from two rates: never more than either allows, nothing where a rate is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.fit import Speed
from lmstudio_lite.library.reading_pace import pages_per_min

_RATES = st.floats(0.1, 100_000)


@given(decode=_RATES, prompt=_RATES, factor=st.floats(1.1, 50))
def test_faster_machines_summarize_faster(decode: float, prompt: float, factor: float) -> None:
    pace = pages_per_min(Speed(decode, prompt))
    assert pace > 0
    assert pages_per_min(Speed(decode * factor, prompt)) > pace
    assert pages_per_min(Speed(decode, prompt * factor)) > pace
    assert pages_per_min(Speed(decode * factor, prompt * factor)) == pytest.approx(pace * factor)


@pytest.mark.parametrize("speed", [None, Speed(0.0, 10.0), Speed(10.0, 0.0)])
def test_without_a_rate_nothing_is_foretold(speed: Speed | None) -> None:
    assert pages_per_min(speed) == 0

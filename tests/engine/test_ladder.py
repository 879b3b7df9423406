from __future__ import annotations

from lmstudio_lite.domain.models import Rung
from lmstudio_lite.engine.ladder import LOOP_WINDOW_S, Ladder


def test_deaths_in_a_row_lead_down_and_then_to_a_stop() -> None:
    ladder = Ladder()
    assert [ladder.next_rung(now) for now in (0.0, 1.0, 2.0)] == [Rung.NORMAL, Rung.NO_EXTRA_BUFFERS, None]
    assert ladder.num_crashes == 3


def test_deaths_far_apart_are_no_loop() -> None:
    ladder = Ladder()
    for number in range(10):
        assert ladder.next_rung(number * LOOP_WINDOW_S * 2) is Rung.NORMAL


def test_a_model_that_starts_low_gets_one_restart() -> None:
    ladder = Ladder(Rung.NO_EXTRA_BUFFERS)
    steps = [ladder.next_rung(now) for now in (0.0, 1.0, 2.0)]
    assert steps == [Rung.NO_EXTRA_BUFFERS, Rung.NO_EXTRA_BUFFERS, None]

from __future__ import annotations

import time

from lmstudio_lite.domain.generation import Usage
from lmstudio_lite.engine.core.used_time import UseMeter

ALONE = Usage(200, 40, 101, 0.0, 0.001)


def test_requests_that_ran_alone_add_up() -> None:
    meter = UseMeter()
    meter.note_running(1)
    meter.note_finished(ALONE)
    meter.note_finished(ALONE)
    assert (meter.used.num_generated, meter.used.num_read) == (200, 320)
    assert meter.used.generation_s == 2 * ALONE.generation_s


def test_what_shared_its_steps_says_nothing_of_the_model() -> None:
    meter = UseMeter()
    meter.note_running(2)
    meter.note_finished(Usage(200, 0, 101, 1.0, 2.0))
    assert meter.used.num_generated == 0
    began = time.monotonic()
    meter.note_running(1)
    while time.monotonic() - began < ALONE.generation_s * 2:
        pass
    meter.note_finished(ALONE)
    assert meter.used.num_generated == 100


def test_short_prompts_and_answers_are_left_out() -> None:
    meter = UseMeter()
    meter.note_finished(Usage(30, 0, 2, 0.0, 0.0))
    assert meter.used.num_generated == 0
    assert meter.used.num_read == 0

"""Random schedules of activities and faults on the real window: nothing lost, every start clean.

Six of them in every run, 200 where ``-m soak`` asks for it.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.disk import can_be_filled, can_be_made_read_only
from tests.chaos.judging import Verdict, judge, story_of
from tests.chaos.reporting import Judged, line_of, table_of
from tests.chaos.running import run
from tests.chaos.schedules import NUM_PAIRS, Activity, Fault, schedule_of

NUM_SCHEDULES = 200
QUICK_SEEDS = (0, 5)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> Iterator[list[Judged]]:
    """All that were run; their table is printed at the end."""
    done: list[Judged] = []
    yield done
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and len(done) > len(QUICK_SEEDS):
        reporter.write_line("\n" + table_of(done))


@pytest.mark.parametrize("seed", QUICK_SEEDS)
def test_a_schedule_loses_nothing(
    seed: int, judged: list[Judged], starter_model: Path, tmp_path: Path
) -> None:
    verdict = carry_out(seed, judged, tmp_path)
    assert not verdict.failures, verdict.failures


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(NUM_SCHEDULES))
def test_two_hundred_schedules_lose_nothing(
    seed: int, judged: list[Judged], starter_model: Path, tmp_path: Path
) -> None:
    verdict = carry_out(seed, judged, tmp_path)
    assert not verdict.failures, verdict.failures


def carry_out(seed: int, judged: list[Judged], folder: Path) -> Verdict:
    schedule = schedule_of(seed)
    if schedule.has(Fault.FULL_DISK) and not can_be_filled():
        pytest.skip("mounting a small file system needs an administrator's account on Linux")
    if schedule.has(Fault.READ_ONLY) and not can_be_made_read_only(folder):
        pytest.skip("this file system knows no immutable files")
    if Activity.TRAINING in schedule.activities and importlib.util.find_spec("torch") is None:
        pytest.skip("needs the extra `finetune`")
    evidence = run(schedule, folder)
    verdict = judge(evidence)
    judged.append((schedule, verdict))
    sys.stdout.write("\n".join([line_of(schedule, verdict), *story_of(evidence)]) + "\n")
    return verdict


def test_seeds_meet_every_pair_of_activity_and_fault() -> None:
    pairs = {(schedule_of(seed).activity, schedule_of(seed).fault) for seed in range(NUM_PAIRS)}
    assert len(pairs) == NUM_PAIRS
    assert schedule_of(7) == schedule_of(7)

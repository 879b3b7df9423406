"""One line for a schedule, and one table for many."""

from __future__ import annotations

from collections.abc import Sequence

from tests.chaos.judging import Verdict
from tests.chaos.schedules import Activity, Fault, Schedule

Judged = tuple[Schedule, Verdict]


def line_of(schedule: Schedule, verdict: Verdict) -> str:
    """Say what was done, what went wrong, what was lost and what failed."""
    doing = " + ".join(schedule.activities)
    faults = ", ".join(f"{strike.fault} at {strike.delay_s:.2f} s" for strike in schedule.strikes)
    end = f"{schedule.end}{' meanwhile' if schedule.ends_while_wrong else ''}"
    lost = f"{verdict.lost_s * 1000:.0f} ms, {verdict.num_lost} characters lost"
    state = "FAILED " + "; ".join(verdict.failures) if verdict.failures else "ok"
    stall = f"stall {verdict.stall_s * 1000:.0f} ms"
    return f"{schedule.seed:4} {doing} | {faults} | {end} | {lost} | {stall} | {state}"


def table_of(judged: Sequence[Judged]) -> str:
    """Count by activity and fault: runs, failures, and the most that was lost."""
    lines = [f"{'':12}" + "".join(f"{fault:>26}" for fault in Fault)]
    for activity in Activity:
        cells = [_cell(judged, activity, fault) for fault in Fault]
        lines.append(f"{activity:12}" + "".join(f"{cell:>26}" for cell in cells))
    num_failed = sum(bool(verdict.failures) for _, verdict in judged)
    lines.append(f"{len(judged)} schedules, {num_failed} failed")
    return "\n".join(lines)


def _cell(judged: Sequence[Judged], activity: Activity, fault: Fault) -> str:
    these = [
        verdict for schedule, verdict in judged if schedule.activity is activity and schedule.fault is fault
    ]
    if not these:
        return "-"
    num_failed = sum(bool(verdict.failures) for verdict in these)
    lost_s = max(verdict.lost_s for verdict in these)
    num_lost = max(verdict.num_lost for verdict in these)
    return f"{len(these)} run {num_failed} bad {lost_s * 1000:.0f}ms {num_lost}c"

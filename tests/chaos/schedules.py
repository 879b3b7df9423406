"""What happens in one schedule: who does what in the window, what goes wrong and when, how it ends.

A schedule is made of its seed alone, so a failing one can be run again. The numbers of a seed decide the
pair of activity and fault: any 40 seeds in a row meet each pair once.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import StrEnum


class Activity(StrEnum):
    """What a person does."""

    CHAT = "chat"
    DRAFT = "draft"
    SUMMARY = "summary"
    TRANSLATION = "translation"
    TRAINING = "training"
    EXPORT = "export"
    SETTINGS = "settings"
    QUITTING = "quitting"


class Fault(StrEnum):
    """What goes wrong."""

    KILL = "kill -9"
    FULL_DISK = "full disk"
    READ_ONLY = "read-only"
    CLOCK_JUMP = "clock jump"
    WORKERS_DEATH = "worker's death"


class End(StrEnum):
    """What ends the window's process."""

    KILL = "killed"
    QUIT = "Ctrl+Q"
    TERM = "SIGTERM"


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault ``delay_s`` after the activities began or the strike before; ``hold_s`` until it is cured.

    ``shift_s`` is a clock jump's distance; ``signal_name`` what a worker dies of.
    """

    fault: Fault
    delay_s: float
    hold_s: float
    shift_s: float
    signal_name: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """``beside`` goes on at the same time. ``settle_s`` lies between the last cure and the end.

    ``ends_while_wrong``: the end comes before the last fault is cured. ``quits_first``: Ctrl+Q is pressed
    before the first strike, which then meets a window that is closing. ``gives_up``: asked whether to leave
    without what could not be saved, the person does; else the disk is cured while the question stands.
    """

    seed: int
    activity: Activity
    beside: Activity | None
    strikes: tuple[Strike, ...]
    end: End
    settle_s: float
    ends_while_wrong: bool
    quits_first: bool
    gives_up: bool

    @property
    def activities(self) -> tuple[Activity, ...]:
        return (self.activity,) if self.beside is None else (self.activity, self.beside)

    @property
    def begun_before(self) -> tuple[Activity, ...]:
        """What goes on when the first strike comes."""
        is_later = self.activity is Activity.QUITTING and not self.quits_first
        return self.activities[1:] if is_later else self.activities

    @property
    def fault(self) -> Fault:
        """The fault that the schedule is counted under."""
        return self.strikes[0].fault

    def has(self, fault: Fault) -> bool:
        return any(strike.fault is fault for strike in self.strikes)


NUM_PAIRS = len(Activity) * len(Fault)
_BESIDE = {
    Activity.CHAT: (Activity.DRAFT, Activity.SUMMARY, Activity.TRANSLATION, Activity.SETTINGS),
    Activity.DRAFT: (Activity.SUMMARY, Activity.TRANSLATION, Activity.CHAT),
    Activity.SUMMARY: (Activity.CHAT, Activity.DRAFT, Activity.TRANSLATION),
    Activity.TRANSLATION: (Activity.CHAT, Activity.DRAFT, Activity.SUMMARY),
    Activity.TRAINING: (Activity.DRAFT, Activity.CHAT),
    Activity.EXPORT: (Activity.CHAT, Activity.SETTINGS),
    Activity.SETTINGS: (Activity.CHAT, Activity.TRANSLATION),
    Activity.QUITTING: (
        *(Activity.CHAT, Activity.DRAFT, Activity.SUMMARY, Activity.TRANSLATION, Activity.SETTINGS),
        *(Activity.CHAT, Activity.SUMMARY, Activity.TRANSLATION),
    ),
}
_LASTING = (Fault.FULL_DISK, Fault.READ_ONLY)


def schedule_of(seed: int) -> Schedule:
    """Return the schedule that ``seed`` stands for."""
    chance = random.Random(f"schedule {seed}")
    activities, faults = list(Activity), list(Fault)
    activity = activities[seed % len(activities)]
    fault = faults[(seed // len(activities)) % len(faults)]
    beside = None
    if activity is Activity.QUITTING or chance.random() < 0.35:
        beside = chance.choice(_BESIDE[activity])
    is_quitting = activity is Activity.QUITTING
    quits_first = is_quitting and (fault is Fault.KILL or chance.random() < 0.5)
    strikes = [_strike(fault, activity, chance)]
    if quits_first:
        strikes = [replace(strikes[0], delay_s=round(chance.uniform(0.0, 0.4), 3))]
    if fault is not Fault.KILL and not quits_first and chance.random() < 0.3:
        strikes.append(_strike(_second(fault, chance), activity, chance))
    ends_while_wrong = strikes[-1].fault in _LASTING and chance.random() < 0.25
    is_kill = strikes[-1].fault is Fault.KILL
    end = End.KILL if is_kill else chance.choice((End.KILL, End.QUIT, End.QUIT, End.TERM))
    settle_s = round(chance.uniform(2.5, 4.0), 2)
    if is_quitting and not is_kill:
        end, settle_s = End.QUIT, 0.0
        ends_while_wrong = strikes[-1].fault in _LASTING
    gives_up = chance.random() < 0.5
    return Schedule(
        seed, activity, beside, tuple(strikes), end, settle_s, ends_while_wrong, quits_first, gives_up
    )


def _strike(fault: Fault, activity: Activity, chance: random.Random) -> Strike:
    delay_s = chance.choice((0.0, chance.uniform(0.0, 0.3), chance.uniform(0.3, 2.5)))
    if activity is Activity.TRAINING:
        delay_s *= 2
    sign = chance.choice((-1, 1))
    shift_s = sign * chance.choice((90.0, 3_700.0, 86_400.0 * 3, 86_400.0 * 400))
    name = chance.choice(("SIGKILL", "SIGSEGV"))
    return Strike(fault, round(delay_s, 3), round(chance.uniform(0.5, 2.0), 2), shift_s, name)


def _second(first: Fault, chance: random.Random) -> Fault:
    """Choose another fault; a disk is either full or read-only within one schedule."""
    others = [fault for fault in Fault if fault is not first]
    if first in _LASTING:
        others = [fault for fault in others if fault not in _LASTING]
    return chance.choice(others)

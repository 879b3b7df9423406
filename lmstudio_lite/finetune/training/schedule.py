"""The learning rate, step by step."""

from __future__ import annotations

import math

from lmstudio_lite.finetune.protocol import Schedule


def rate_factor(step: int, num_steps: int, warmup: float, schedule: Schedule) -> float:
    """Return the learning rate of step ``step`` (from 0) as a share of the highest.

    It rises for ``warmup`` of all steps, then falls to 0 at the end, or stays.
    """
    num_warmup = math.ceil(num_steps * warmup)
    if step < num_warmup:
        return (step + 1) / (num_warmup + 1)
    if schedule is Schedule.CONSTANT:
        return 1.0
    done = (step - num_warmup) / max(1, num_steps - num_warmup)
    if schedule is Schedule.LINEAR:
        return 1.0 - done
    return 0.5 * (1.0 + math.cos(math.pi * done))

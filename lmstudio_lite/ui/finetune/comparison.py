"""Two runs in words: how well each did, and in which settings they differ."""

from __future__ import annotations

import msgspec

from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.words.translate import mark, tr

_NAMES = {
    "base": mark("model"),
    "method": mark("method"),
    "rank": mark("rank"),
    "alpha": mark("alpha"),
    "dropout": mark("dropout"),
    "learning_rate": mark("learning rate"),
    "epochs": mark("times through the data"),
    "max_steps": mark("steps"),
    "batch_size": mark("examples a step"),
    "accumulation": mark("steps before each change"),
    "packing": mark("short examples together"),
    "max_length": mark("longest example"),
    "weight_decay": mark("weight decay"),
    "seed": mark("seed"),
}


def say_comparison(record: RunRecord, other: RunRecord) -> str:
    """Say what the other run came to, and what was different in it."""
    parts = []
    ours, theirs = _best(record), _best(other)
    if ours is not None and theirs is not None:
        parts.append(
            tr("least error on held-back examples {0}, compared run {1}").format(
                f"{ours:.3f}", f"{theirs:.3f}"
            )
        )
    if record.data is not None and other.data is not None and record.data != other.data:
        counts = f"{record.data.num_examples:,}", f"{other.data.num_examples:,}"
        parts.append(tr("examples {0}, compared run {1}").format(*counts))
    before, after = (msgspec.to_builtins(run.settings) for run in (record, other))
    for field, name in _NAMES.items():
        if before[field] != after[field]:
            values = _short(before[field]), _short(after[field])
            parts.append(tr("{0} {1}, compared run {2}").format(tr(name), *values))
    return " · ".join(parts)


def _best(record: RunRecord) -> float | None:
    losses = [evaluated.validation_loss for evaluated in record.evaluations]
    return min(losses) if losses else None


def _short(value: object) -> str:
    """Return a setting's value for people; of a path its last part."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace("\\", "/").rpartition("/")[2] or "–"

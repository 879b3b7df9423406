"""Two runs in words: how well each did, and in which settings they differ."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QCoreApplication

from lmstudio_lite.app.train import RunRecord

_NAMES = {
    "base": "model",
    "method": "method",
    "rank": "rank",
    "alpha": "alpha",
    "dropout": "dropout",
    "learning_rate": "learning rate",
    "epochs": "times through the data",
    "max_steps": "steps",
    "batch_size": "examples a step",
    "accumulation": "steps before each change",
    "packing": "short examples together",
    "max_length": "longest example",
    "weight_decay": "weight decay",
    "seed": "seed",
}


def say_comparison(record: RunRecord, other: RunRecord) -> str:
    """Say what the other run came to, and what was different in it."""
    parts = []
    ours, theirs = _best(record), _best(other)
    if ours is not None and theirs is not None:
        parts.append(
            _tr("least error on held-back examples {0}, compared run {1}").format(
                f"{ours:.3f}", f"{theirs:.3f}"
            )
        )
    if record.data is not None and other.data is not None and record.data != other.data:
        counts = f"{record.data.num_examples:,}", f"{other.data.num_examples:,}"
        parts.append(_tr("examples {0}, compared run {1}").format(*counts))
    before, after = (msgspec.to_builtins(run.settings) for run in (record, other))
    for field, name in _NAMES.items():
        if before[field] != after[field]:
            values = _short(before[field]), _short(after[field])
            parts.append(_tr("{0} {1}, compared run {2}").format(_tr(name), *values))
    return " · ".join(parts)


def _best(record: RunRecord) -> float | None:
    losses = [evaluated.validation_loss for evaluated in record.evaluations]
    return min(losses) if losses else None


def _short(value: object) -> str:
    """Return a setting's value for people; of a path its last part."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace("\\", "/").rpartition("/")[2] or "–"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Finetune", text)

"""All that a run needs to go on as if nothing had happened, in one file that is replaced whole."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from typing_extensions import Buffer

from lmstudio_lite.files import open_regular
from lmstudio_lite.paths import replacing

_FORMAT = 1


@dataclass(slots=True)
class Checkpoint:
    """``step`` steps are done, the first ``evaluated_step`` of them measured.

    ``random`` are the states of PyTorch's generators, for the dropout.
    """

    key: str
    step: int
    epoch: int
    offset: int
    weights: dict[str, torch.Tensor]
    optimizer: dict[str, Any]
    random: dict[str, torch.Tensor]
    best_step: int
    best_loss: float
    num_worse: int
    before: dict[str, float]
    evaluated_step: int


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> int:
    """Write a checkpoint; return its size in bytes.

    Raises:
        StorageError: it can't be written; the one before stays.
    """
    content = {"format": _FORMAT} | {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    with replacing(path) as file:
        recorder = _Recorder(file)
        try:
            torch.save(content, recorder)  # type: ignore[arg-type]
        except RuntimeError:
            if recorder.error is not None:
                raise recorder.error from None
            raise
        return file.tell()


def load_checkpoint(path: Path, key: str) -> Checkpoint | None:
    """Read a checkpoint of the run that ``key`` names; None if there is none that serves.

    Only tensors and plain values are read: a file from elsewhere can't run anything.
    """
    try:
        with open_regular(path) as file:
            content = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError):
        return None
    if content.pop("format", None) != _FORMAT or content.get("key") != key:
        return None
    # Those of earlier versions were written after measuring only.
    content.setdefault("evaluated_step", content["step"])
    return Checkpoint(**content)


class _Recorder:
    """A file that remembers why a write failed: PyTorch's own error does not say that the disk is full."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, content: Buffer) -> int:
        try:
            return self._file.write(content)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._file.flush()


def random_states(device: torch.device) -> dict[str, torch.Tensor]:
    """Return the states of the generators in use."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore_random_states(states: dict[str, torch.Tensor], device: torch.device) -> None:
    """Go on drawing where ``random_states`` was."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)

"""A training run is a folder: everything it was made from, all it said, and how far it came.

    settings.json        ``FinetuneSettings``
    running.lock         held by the process that works in the folder, let go by the system when it ends
    data/train.jsonl     the examples (``data.canonical``), and data/validation.jsonl where some are held out
    events.jsonl         every event, in order, appended as they happen
    checkpoints/         last.pt and best.pt, each replaced whole
    cache/               tokens of the examples; made again where missing
    scratch/             the random model and tokenizer that a run from scratch begins with
    exports/             GGUF files that were verified

Killed at any moment it costs at most what came after the last checkpoint. A run that is taken up again
appends to its log; of a step that was done twice the later one counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lmstudio_lite.errors import AlreadyRunningError, DatasetEmptyError, RunInUseError, SettingsError
from lmstudio_lite.files import open_regular, read_regular
from lmstudio_lite.finetune.data.canonical import TRAIN_FILE, VALIDATION_FILE
from lmstudio_lite.finetune.protocol import Event, FinetuneSettings, StepDone, decode_event, encode_line
from lmstudio_lite.folder_lock import FolderLock
from lmstudio_lite.paths import replace_file, write_error
from lmstudio_lite.private_files import open_to_append
from lmstudio_lite.workers.frames import UnreadableError

_SETTINGS_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths within the folder of one run."""

    path: Path

    @property
    def settings_file(self) -> Path:
        return self.path / "settings.json"

    @property
    def train_file(self) -> Path:
        return self.path / "data" / TRAIN_FILE

    @property
    def validation_file(self) -> Path:
        return self.path / "data" / VALIDATION_FILE

    @property
    def log_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def last_checkpoint(self) -> Path:
        return self.path / "checkpoints" / "last.pt"

    @property
    def best_checkpoint(self) -> Path:
        return self.path / "checkpoints" / "best.pt"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def exports(self) -> Path:
        return self.path / "exports"

    @property
    def initial_model(self) -> Path:
        """What a model from scratch begins with."""
        return self.path / "scratch" / "initial.gguf"

    @property
    def can_resume(self) -> bool:
        return self.last_checkpoint.is_file()

    def lock(self) -> FolderLock:
        """Keep other processes out of the folder until the lock is released or this process ends.

        Raises:
            RunInUseError: another process works in it.
            StorageError: the lock's file can't be made.
        """
        try:
            return FolderLock.acquire(self.path)
        except AlreadyRunningError as error:
            raise RunInUseError(path=str(self.path)) from error

    def save_settings(self, settings: FinetuneSettings) -> None:
        """Write the settings.

        Raises:
            StorageError: they can't be written.
        """
        replace_file(self.settings_file, msgspec.json.format(msgspec.json.encode(settings), indent=2))

    def load_settings(self) -> FinetuneSettings:
        """Read the settings.

        Raises:
            SettingsError: there are none, or they make no sense.
        """
        try:
            return msgspec.json.decode(
                read_regular(self.settings_file, _SETTINGS_MAX_BYTES), type=FinetuneSettings
            )
        except (OSError, msgspec.DecodeError) as error:
            raise SettingsError(path=str(self.settings_file), reason=str(error)) from error

    def check_data(self) -> None:
        """See that there are examples.

        Raises:
            DatasetEmptyError: there are none.
        """
        if not self.train_file.is_file() or self.train_file.stat().st_size == 0:
            raise DatasetEmptyError(num_problems=0)

    def events(self) -> Iterator[Event]:
        """Yield what the run said so far; a line that a crash cut off is left out."""
        try:
            file = open_regular(self.log_file)
        except FileNotFoundError:
            return
        with file:
            for line in file:
                try:
                    yield decode_event(line)
                except UnreadableError:
                    continue

    def steps(self) -> list[StepDone]:
        """Return the loss curve, each step once: as it was done last."""
        steps = {event.step: event for event in self.events() if isinstance(event, StepDone)}
        return [steps[number] for number in sorted(steps)]


class RunLog:
    """Appends events to a run's log; each is on its way to the disk when ``write`` returns."""

    def __init__(self, path: Path) -> None:
        """Open the log; the rest of a line that a crash cut off is ended first.

        Raises:
            StorageError: it can't be written.
        """
        self._path = path
        try:
            self._file = open_to_append(path)
            if self._file.tell() > 0 and not _ends_line(path):
                self._file.write(b"\n")
        except OSError as error:
            raise write_error(error, path) from error

    def write(self, event: Event) -> None:
        """Append ``event``.

        Raises:
            StorageError: it can't be written.
        """
        try:
            self._file.write(encode_line(event))
        except OSError as error:
            raise write_error(error, self._path) from error

    def close(self) -> None:
        self._file.close()


def _ends_line(path: Path) -> bool:
    with open_regular(path) as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"

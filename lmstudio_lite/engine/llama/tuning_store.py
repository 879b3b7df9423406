"""What was measured, kept in one JSON file per user: by the model's content, machine and build of llama.cpp.

A model that is moved or renamed keeps its figures, and another one under its name does not get them.

It is a cache: a file that is missing, damaged or from another version holds nothing, and a write that
fails costs a measurement. A measurement that was begun and never ended probably took the worker with
it; after two of those the model is left as it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from lmstudio_lite.domain.fit import TRIAL_WIDTHS, MachineCosts
from lmstudio_lite.domain.models import Tuning
from lmstudio_lite.errors import StorageError
from lmstudio_lite.files import read_regular
from lmstudio_lite.paths import replace_file

ATTEMPTS_MAX = 2
ENTRIES_MAX = 200
MACHINES_MAX = 8
VERSION = 4
"""To be raised when other things are measured or compared, for what is remembered is not measured again."""
_SIZE_MAX = 1 << 20
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """``tuning`` None was begun ``num_attempts`` times and not ended yet.

    ``content`` names the model's content (``fingerprint``), ``path`` is where that lay when it was loaded.

    ``figures`` are milliseconds: ``token_ms`` and ``prompt_ms`` are what a token generated and one read took
    with ``tuning`` in an empty context, ``prompt_ms_short`` in a chunk of 64, and with ``_deep`` behind
    ``depth`` tokens. What other models will do on ``machine`` is foretold from them (``library.fit.speed``).
    """

    content: str
    path: str
    tuning: Tuning | None = None
    num_attempts: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    machine: str = ""


@dataclass(frozen=True, slots=True)
class CostsEntry:
    """``costs`` None was begun ``num_attempts`` times and not ended yet."""

    costs: MachineCosts | None = None
    num_attempts: int = 0


@dataclass(frozen=True, slots=True)
class _File:
    version: int = VERSION
    entries: dict[str, Entry] = field(default_factory=dict)
    costs: dict[str, CostsEntry] = field(default_factory=dict)


class TuningStore:
    """Reads the file anew on every call; several processes may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, identity: str) -> Tuning | None:
        """Return what was measured, None if nothing was."""
        entry = self._read().entries.get(identity)
        return entry.tuning if entry else None

    def found_at(self, identity: str, model: Path) -> None:
        """Note where the model lies by now."""
        entry = self._read().entries.get(identity)
        if entry is not None and entry.path != str(model):
            self._put(identity, replace(entry, path=str(model)))

    def may_measure(self, identity: str) -> bool:
        """Whether measuring is worth a try: not done yet, and not failed too often."""
        entry = self._read().entries.get(identity)
        return entry is None or (entry.tuning is None and entry.num_attempts < ATTEMPTS_MAX)

    def begin(self, identity: str, content: str, model: Path) -> None:
        """Note that measuring begins."""
        entry = self._read().entries.get(identity)
        self._put(identity, Entry(content, str(model), None, entry.num_attempts + 1 if entry else 1))

    def give_up(self, identity: str) -> None:
        """Note that measuring was left off for no fault of its own."""
        entry = self._read().entries.get(identity)
        if entry is not None and entry.tuning is None:
            self._put(identity, None)

    def remember(
        self,
        identity: str,
        content: str,
        model: Path,
        tuning: Tuning,
        figures: dict[str, float],
        machine: str = "",
    ) -> None:
        """Keep a result; ``figures`` are the measurements behind it."""
        self._put(identity, Entry(content, str(model), tuning, 0, figures, machine))

    def of_model(self, content: str) -> list[Entry]:
        """Return what is known of a model, whatever the machine and build."""
        return [entry for entry in self._read().entries.values() if entry.content == content]

    def of_machine(self, machine: str) -> list[Entry]:
        """Return what was measured on a machine, the latest last."""
        entries = self._read().entries.values()
        return [entry for entry in entries if entry.machine == machine and entry.tuning is not None]

    def forget(self, content: str) -> None:
        """Forget a model's measurements, so that its next load measures again."""
        file = self._read()
        entries = {key: entry for key, entry in file.entries.items() if entry.content != content}
        self._write(replace(file, entries=entries))

    def costs(self, machine: str) -> MachineCosts | None:
        """Return what quantization types cost on a machine, None before that was measured."""
        found = self._read().costs.get(machine)
        return found.costs if found and found.costs and _are_sound(found.costs) else None

    def may_measure_costs(self, machine: str) -> bool:
        """Whether that is worth a try: not done yet, and not failed too often."""
        found = self._read().costs.get(machine)
        if found is None or (found.costs is not None and not _are_sound(found.costs)):
            return True
        return found.costs is None and found.num_attempts < ATTEMPTS_MAX

    def begin_costs(self, machine: str) -> None:
        """Note that measuring the types begins."""
        found = self._read().costs.get(machine)
        self._put_costs(machine, CostsEntry(None, found.num_attempts + 1 if found else 1))

    def give_up_costs(self, machine: str) -> None:
        """Note that measuring the types was left off for no fault of its own."""
        self._put_costs(machine, None)

    def remember_costs(self, machine: str, costs: MachineCosts) -> None:
        """Keep what the types cost."""
        self._put_costs(machine, CostsEntry(costs))

    def _put_costs(self, machine: str, entry: CostsEntry | None) -> None:
        file = self._read()
        costs = {key: value for key, value in file.costs.items() if key != machine}
        if entry is not None:
            costs[machine] = entry
        self._write(replace(file, costs=dict(list(costs.items())[-MACHINES_MAX:])))

    def _put(self, identity: str, entry: Entry | None) -> None:
        file = self._read()
        entries = {key: value for key, value in file.entries.items() if key != identity}
        if entry is not None:
            entries[identity] = entry
        self._write(replace(file, entries=dict(list(entries.items())[-ENTRIES_MAX:])))

    def _read(self) -> _File:
        try:
            found = msgspec.json.decode(read_regular(self._path, _SIZE_MAX), type=_File)
        except (OSError, msgspec.MsgspecError):
            return _File()
        return found if found.version == VERSION else _File()

    def _write(self, file: _File) -> None:
        text = json.dumps(msgspec.to_builtins(file), indent=1)
        try:
            replace_file(self._path, text.encode("utf-8", "replace"))
        except StorageError as error:
            _logger.warning("what was measured can't be kept: %s", error)


def _are_sound(costs: MachineCosts) -> bool:
    return all(
        len(of_type) == len(TRIAL_WIDTHS) and all(cost.writing_ms > 0 < cost.reading_ms for cost in of_type)
        for of_type in costs.of_types.values()
    )


def identify(content: str, machine: str) -> str:
    """Name a model's content on a machine under this build of llama.cpp."""
    import llama_cpp

    parts = (content, machine, llama_cpp.__version__)
    found = hashlib.blake2b("|".join(parts).encode("utf-8", "replace"), digest_size=12)
    found.update(llama_cpp.llama_print_system_info())
    return found.hexdigest()

"""Random schedules of misbehaviour and of kills: the file that comes out is right, or there is none.

Of every ten schedules one is killed while it runs (a real process, SIGKILL), once to three times. The default
run takes a slice; ``-m soak`` runs two hundred.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import AppError, FetchMismatchError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.transfer import Transfer, TransferState
from tests.hub.fetching_child import OPTIONS
from tests.hub.server import Asked, Fault, FileServer, ServedFile

KB, MB = 1 << 10, 1 << 20
_NUM_RUNS_MAX = 12


@dataclass
class Schedule:
    """One file, one random server, and how it went."""

    seed: int
    server: FileServer
    storage: FileServer
    folder: Path
    num_kills: int = 0
    shown: list[int] = field(default_factory=list)
    bytes_received: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        size = 8 * MB if self.num_kills else self.random.randrange(MB, 3 * MB)
        self.content = self.random.randbytes(size)
        self.storage.files = self.server.files
        self.server.files["m.gguf"] = ServedFile(self.content)
        self.sends_wrong_bytes = not self.num_kills and self.random.random() < 0.1
        self.server.faults = self._fault
        self.storage.faults = self._storage_fault
        self._ignored_last = False
        self._num_wrong = self.wrong_at = 0

    @property
    def file(self) -> RemoteFile:
        sha256 = hashlib.sha256(self.content).hexdigest()
        return RemoteFile(self.server.address("m.gguf"), "m.gguf", len(self.content), sha256)

    @property
    def share(self) -> float:
        """Return how many times the file was fetched, as the ledger counts; of killed ones the server does.

        A server counts what it hands to the system: what a reset loses of it was never there to be read.
        The ledger counts what was read: what came of an answer that was refused by its headers is not in it.
        """
        sent = self.server.bytes_sent + self.storage.bytes_sent
        return (sent if self.num_kills else self.bytes_received) / len(self.content)

    def _fault(self, asked: Asked) -> Fault:
        chance = self.random.random()
        if chance < 0.15:
            return Fault(redirect=self.storage.address("m.gguf"))
        return self._storage_fault(asked)

    def _storage_fault(self, asked: Asked) -> Fault:
        pick = self.random
        pace = 12 * MB if self.num_kills else pick.choice((10, 20, 40)) * MB
        after = pick.randrange(len(self.content) - asked.start + 1)
        ignored_last, self._ignored_last = self._ignored_last, False
        chance = pick.random()
        if self.sends_wrong_bytes and self._num_wrong == 0 and asked.start == 0:
            self._num_wrong += 1
            self.wrong_at = pick.randrange(len(self.content))
            return Fault(flips=(self.wrong_at,), pace_bytes_per_s=pace)
        if chance < 0.35:
            return Fault(drop_after=after, is_polite=pick.random() < 0.7, pace_bytes_per_s=pace)
        if chance < 0.43:
            return Fault(status=pick.choice((500, 502, 503)))
        if chance < 0.48:
            return Fault(status=429, headers=(("Retry-After", "0"),))
        if chance < 0.53 and not ignored_last and asked.start:
            self._ignored_last = True
            return Fault(ignores_range=True, pace_bytes_per_s=4 * MB)
        if chance < 0.57:
            return Fault(total_lie=pick.choice((-7, 7, 100_000)), pace_bytes_per_s=4 * MB)
        if chance < 0.60:
            return Fault(length_lie=5, pace_bytes_per_s=pace)
        if chance < 0.63:
            return Fault(silent_s=0.05, pace_bytes_per_s=pace)
        if chance < 0.68:
            return Fault(drop_after=min(after, 20 * KB), is_polite=True, pace_bytes_per_s=400 * KB)
        return Fault(pace_bytes_per_s=pace)

    def is_right_or_absent(self) -> bool:
        target = self.folder / "m.gguf"
        return not target.exists() or target.read_bytes() == self.content

    def run_here(self, connections: Connections) -> bool:
        """Fetch in this process; True if the file is there."""

        def on_state(state: TransferState) -> None:
            self.shown.append(state.received_bytes)

        try:
            Transfer(self.file, self.folder, connections, options=OPTIONS, on_state=on_state).run().publish()
        except FetchMismatchError:
            self.shown.clear()  # Thrown away, with a word.
            return False
        except AppError:
            return False
        return True

    def run_child(self, kill_at: int | None) -> bool:
        """Fetch in a child, which is killed once it has shown ``kill_at`` bytes; True if it ended well."""
        file = self.file
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.hub.fetching_child", file.url, file.name),
                *(str(file.size_bytes), file.sha256, str(self.folder)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with child, child.stdout:
            for line in child.stdout:
                if not line.strip().isdigit() or not line.endswith("\n"):
                    continue
                self.shown.append(int(line))
                if kill_at is not None and self.shown[-1] >= kill_at:
                    time.sleep(self.random.random() * 0.02)
                    child.kill()
                    kill_at = None
        return child.returncode == 0


def run_schedule(seed: int, num_kills: int, folder: Path, connections: Connections) -> Schedule:
    with FileServer() as server, FileServer(name="localhost") as storage:
        (folder / "models").mkdir(parents=True)
        schedule = Schedule(seed, server, storage, folder / "models", num_kills)
        kills = sorted(schedule.random.randrange(1, len(schedule.content)) for _ in range(num_kills))
        is_there = False
        received_before = connections.ledger.read().bytes_received
        for _ in range(_NUM_RUNS_MAX):
            if num_kills:
                is_there = schedule.run_child(kills.pop(0) if kills else None)
            else:
                is_there = schedule.run_here(connections)
            assert schedule.is_right_or_absent(), f"seed {seed}: a wrong file"
            if is_there or (schedule.folder / "m.gguf").exists():
                break
        assert (schedule.folder / "m.gguf").exists(), f"seed {seed}: no file after {_NUM_RUNS_MAX} runs"
        if is_there:  # Not killed between the renaming and the tidying.
            assert os.listdir(schedule.folder) == ["m.gguf"]
        assert schedule.shown == sorted(schedule.shown), f"seed {seed}: the bar ran backwards"
        limit = 1.05
        if schedule.sends_wrong_bytes:  # one SHA-256 does not say where: all up to the wrong byte again
            limit += 0.06 + (8 * schedule.wrong_at // len(schedule.content) + 1) / 8
        schedule.bytes_received = connections.ledger.read().bytes_received - received_before
        assert schedule.share <= limit, f"seed {seed}: {schedule.share:.3f} times the file was fetched"
        return schedule


@pytest.mark.parametrize("seed", range(14))
def test_a_misbehaving_server(seed: int, tmp_path: Path, connections: Connections) -> None:
    run_schedule(seed, 0, tmp_path / "run", connections)


@pytest.mark.parametrize("seed", [1000, 1001])
def test_kills_while_it_is_fetched(seed: int, tmp_path: Path, connections: Connections) -> None:
    run_schedule(seed, 2, tmp_path / "run", connections)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_schedules(tmp_path: Path, connections: Connections) -> None:
    shares: list[float] = []
    lies: list[bool] = []
    for seed in range(2000, 2200):
        num_kills = 1 + seed // 10 % 3 if seed % 10 == 0 else 0
        schedule = run_schedule(seed, num_kills, tmp_path / str(seed), connections)
        shares.append(schedule.share)
        lies.append(schedule.sends_wrong_bytes)
    honest, wrong = (
        [share for share, lie in zip(shares, lies, strict=True) if lie is each] for each in (False, True)
    )
    print(f"{len(honest)} schedules, most fetched {max(honest):.4f} times the file")  # noqa: T201
    mean = sum(wrong) / len(wrong)
    print(f"{len(wrong)} with a wrong byte: {mean:.2f} times on average, {max(wrong):.2f} at most")  # noqa: T201

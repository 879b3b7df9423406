"""The queue of downloads, against a server on loopback."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.models.fetching import Fetching
from lmstudio_lite.domain.downloads import FetchOrder, FetchProgress, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import FetchFolderError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.ledger import Ledger
from lmstudio_lite.hub.part_file import part_path
from lmstudio_lite.hub.retrying import RetryPolicy
from lmstudio_lite.hub.transfer import TransferOptions
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.storage.connections import ConnectionRows
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.downloads import DownloadRows
from tests.hub.server import NO_FAULT, Fault, FileServer, ServedFile

MB = 1 << 20
QUICK = TransferOptions(retry=RetryPolicy(first_wait_s=0.02, last_wait_s=0.1))


class Program:
    """The parts of the program that fetching takes, in one data folder; opened again for a next start."""

    def __init__(self, folder: Path) -> None:
        self.database = Database.open(folder / "data.sqlite3")
        self.connections = Connections(Ledger(ConnectionRows(self.database)))
        self.settings = SettingsStore(folder / "settings.toml")
        self.fetching = Fetching(DownloadRows(self.database), self.connections, self.settings, options=QUICK)
        self.seen: list[tuple[FetchProgress, ...]] = []
        self._changed = threading.Condition()
        self.fetching.subscribe(self._hear)

    def close(self) -> None:
        self.fetching.close()
        self.connections.close()
        self.database.close()

    def wait_until(self, is_met: Callable[[tuple[FetchProgress, ...]], bool]) -> tuple[FetchProgress, ...]:
        with self._changed:
            assert self._changed.wait_for(lambda: is_met(self.fetching.list()), timeout=30)
        return self.fetching.list()

    def states(self) -> dict[str, FetchState]:
        return {row.order.title: row.state for row in self.fetching.list()}

    def _hear(self, rows: tuple[FetchProgress, ...]) -> None:
        with self._changed:
            self.seen.append(rows)
            self._changed.notify_all()


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        yield server


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    opened = Program(tmp_path)
    yield opened
    opened.close()


def order_of(
    server: FileServer, folder: Path, title: str, *, num_files: int = 1, knows_hash: bool = True
) -> FetchOrder:
    files = []
    for number in range(num_files):
        name = f"{title}-{number}.gguf"
        content = random.Random(name).randbytes(MB)
        server.files[name] = ServedFile(content)
        sha256 = hashlib.sha256(content).hexdigest() if knows_hash else ""
        files.append(RemoteFile(server.address(name), name, MB, sha256))
    return FetchOrder(title, title, tuple(files), folder)


def is_done(rows: tuple[FetchProgress, ...]) -> bool:
    return all(row.state is FetchState.DONE for row in rows)


def test_orders_are_fetched_one_after_the_other(server: FileServer, program: Program, tmp_path: Path) -> None:
    for title in ("a", "b", "c"):
        program.fetching.add(order_of(server, tmp_path / "models", title))
    rows = program.wait_until(is_done)
    assert [row.order.title for row in rows] == ["a", "b", "c"]
    assert rows[0].path == tmp_path / "models" / "a-0.gguf"
    running = (FetchState.FETCHING, FetchState.CHECKING, FetchState.WAITING)
    for seen in program.seen:
        assert sum(row.state in running for row in seen) <= 1
    assert [asked.path for asked in server.requests] == ["/a-0.gguf", "/b-0.gguf", "/c-0.gguf"]


def test_parts_of_a_model_get_their_names_together(
    server: FileServer, program: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    order = order_of(server, folder, "split", num_files=3)
    server.faults = lambda asked: Fault(status=404) if asked.path == "/split-2.gguf" else NO_FAULT
    program.fetching.add(order)
    rows = program.wait_until(lambda rows: rows[0].state is FetchState.FAILED)
    assert rows[0].failure is not None
    assert rows[0].failure.details["status"] == 404
    assert not list(folder.glob("*.gguf"))
    server.faults = lambda asked: NO_FAULT
    program.fetching.resume("split")
    program.wait_until(is_done)
    assert sorted(os.listdir(folder)) == ["split-0.gguf", "split-1.gguf", "split-2.gguf"]
    assert [asked.path for asked in server.requests].count("/split-0.gguf") == 1


def test_pause_resume_and_the_bar(server: FileServer, program: Program, tmp_path: Path) -> None:
    server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
    program.fetching.add(order_of(server, tmp_path, "a", num_files=2))
    program.wait_until(lambda rows: rows[0].received_bytes > MB // 4)
    program.fetching.pause("a")
    program.wait_until(lambda rows: rows[0].state is FetchState.PAUSED)
    num_requests = len(server.requests)
    server.faults = lambda asked: NO_FAULT
    program.fetching.resume("a")
    program.wait_until(is_done)
    assert len(server.requests) == num_requests + 2
    shown = [seen[0].received_bytes for seen in program.seen]
    assert shown == sorted(shown)


def test_the_next_start_goes_on_with_what_ran_and_not_with_what_was_paused(
    server: FileServer, program: Program, tmp_path: Path
) -> None:
    server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
    program.fetching.add(order_of(server, tmp_path / "models", "runs"))
    program.fetching.add(order_of(server, tmp_path / "models", "paused"))
    program.fetching.pause("paused")
    program.wait_until(lambda rows: rows[0].received_bytes > MB // 4)
    program.fetching.close()
    shown = program.fetching.list()[0].received_bytes
    num_requests = len(server.requests)
    server.faults = lambda asked: NO_FAULT
    following = Program(tmp_path)
    assert following.states() == {"runs": FetchState.QUEUED, "paused": FetchState.PAUSED}
    assert following.fetching.list()[0].received_bytes >= shown
    assert len(server.requests) == num_requests
    assert following.fetching.go_on() == 1
    following.wait_until(lambda rows: rows[0].state is FetchState.DONE)
    assert following.states()["paused"] is FetchState.PAUSED
    assert {asked.path for asked in server.requests[num_requests:]} == {"/runs-0.gguf"}
    following.close()


def test_cancelling_removes_what_came(server: FileServer, program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
    order = order_of(server, folder, "a")
    program.fetching.add(order)
    program.wait_until(lambda rows: rows[0].received_bytes > MB // 4)
    assert part_path(order.files[0], folder).exists()
    program.fetching.cancel("a")
    program.wait_until(lambda rows: not rows)
    assert os.listdir(folder) == []


def test_done_is_cleared_from_the_list_and_remembered(
    server: FileServer, program: Program, tmp_path: Path
) -> None:
    program.fetching.add(order_of(server, tmp_path / "models", "a", knows_hash=False))
    program.wait_until(is_done)
    program.fetching.clear_done()
    assert program.fetching.list() == ()
    [(path, file)] = program.fetching.fetched_files()
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_order_in_the_queue(server: FileServer, program: Program, tmp_path: Path) -> None:
    server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
    for title in ("a", "b", "c"):
        program.fetching.add(order_of(server, tmp_path / "models", title))
    program.fetching.move("c", -1)
    assert [row.order.title for row in program.fetching.list()] == ["a", "c", "b"]
    server.faults = lambda asked: NO_FAULT
    program.wait_until(is_done)
    assert [asked.path for asked in server.requests] == ["/a-0.gguf", "/c-0.gguf", "/b-0.gguf"]


def test_a_speed_limit_holds_for_what_runs(server: FileServer, program: Program, tmp_path: Path) -> None:
    program.fetching.set_limit(MB)
    program.fetching.add(order_of(server, tmp_path / "models", "a", num_files=2))
    rows = program.wait_until(lambda rows: rows[0].bytes_per_s > 0 and rows[0].received_bytes > MB)
    assert rows[0].bytes_per_s < 2 * MB
    program.fetching.set_limit(0)
    program.wait_until(is_done)


def test_fetching_again_finds_it_here_already(server: FileServer, program: Program, tmp_path: Path) -> None:
    order = order_of(server, tmp_path / "models", "a", knows_hash=False)
    program.fetching.fetch_now(order)
    num_requests = len(server.requests)
    program.fetching.fetch_now(order)
    assert len(server.requests) == num_requests
    (tmp_path / "models" / "a-0.gguf").write_bytes(b"mine")
    with pytest.raises(FetchFolderError):
        program.fetching.fetch_now(order)


def test_two_at_once_fetch_it_once(server: FileServer, program: Program, tmp_path: Path) -> None:
    other = Program(tmp_path)
    order = order_of(server, tmp_path / "models", "a")
    server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
    program.fetching.add(order)
    program.wait_until(lambda rows: rows[0].received_bytes > 0)
    seen: list[FetchProgress] = []
    other.fetching.fetch_now(order, on_progress=seen.append)
    program.wait_until(is_done)
    assert seen[0].waits_for is not None
    assert seen[0].waits_for.code == "fetch_busy"
    assert server.bytes_sent <= 1.05 * MB
    other.close()

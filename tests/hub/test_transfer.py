"""One file over a connection that misbehaves: it comes out right, or there is none."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.downloads import FetchNotice, FetchState
from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import (
    AnswerStatusError,
    AppError,
    CancelledError,
    FetchAnswerError,
    FetchBusyError,
    FetchFolderError,
    FetchMismatchError,
    FetchSpaceError,
    RedirectError,
)
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.part_file import PartFile, find_known, part_path
from lmstudio_lite.hub.retrying import RetryPolicy
from lmstudio_lite.hub.transfer import Transfer, TransferOptions, TransferState
from tests.hub.server import NO_FAULT, Asked, Fault, FileServer, ServedFile, hub_with_storage

QUICK = TransferOptions(retry=RetryPolicy(first_wait_s=0.02, last_wait_s=0.1))
MB = 1 << 20


class Fetched:
    """Runs transfers of one file into one folder, and keeps what was shown."""

    def __init__(self, connections: Connections, folder: Path) -> None:
        self.connections = connections
        self.folder = folder
        self.states: list[TransferState] = []

    def run(
        self,
        file: RemoteFile,
        *,
        token: str = "",
        options: TransferOptions = QUICK,
        stop_at: int | None = None,
    ) -> Path:
        """Fetch and publish; cancelled once ``stop_at`` bytes are shown."""
        cancellation = Cancellation()

        def on_state(state: TransferState) -> None:
            self.states.append(state)
            if stop_at is not None and state.received_bytes >= stop_at:
                cancellation.cancel()

        transfer = Transfer(
            file,
            self.folder,
            self.connections,
            token=token,
            options=options,
            on_state=on_state,
            cancellation=cancellation,
        )
        return transfer.run().publish()

    def never_ran_backwards(self) -> bool:
        shown = [state.received_bytes for state in self.states]
        return shown == sorted(shown)


@pytest.fixture
def fetched(connections: Connections, tmp_path: Path) -> Fetched:
    folder = tmp_path / "models"
    folder.mkdir()
    return Fetched(connections, folder)


def served(server: FileServer, size: int = 3 * MB, *, knows_hash: bool = True, seed: int = 7) -> RemoteFile:
    """Put a file onto the server and return what a hub would say of it."""
    content = random.Random(seed).randbytes(size)
    server.files["m.gguf"] = ServedFile(content)
    return RemoteFile(
        server.address("m.gguf"),
        "m.gguf",
        size_bytes=size if knows_hash else 0,
        sha256=hashlib.sha256(content).hexdigest() if knows_hash else "",
    )


def content_of(server: FileServer) -> bytes:
    return server.files["m.gguf"].content


@pytest.mark.parametrize("knows_hash", [True, False])
def test_a_file_comes_whole_and_leaves_nothing_beside_it(
    server: FileServer, fetched: Fetched, knows_hash: bool
) -> None:
    file = served(server, knows_hash=knows_hash)
    path = fetched.run(file)
    assert path.read_bytes() == content_of(server)
    assert os.listdir(fetched.folder) == ["m.gguf"]
    assert server.bytes_sent == len(content_of(server))
    assert fetched.states[-1].received_bytes == len(content_of(server))
    assert fetched.never_ran_backwards()


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537])
def test_odd_sizes(server: FileServer, fetched: Fetched, size: int) -> None:
    file = served(server, size)
    assert fetched.run(file).read_bytes() == content_of(server)


@pytest.mark.parametrize("is_polite", [True, False])
def test_broken_connections_go_on_at_the_very_byte(
    server: FileServer, fetched: Fetched, is_polite: bool
) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(drop_after=300_001, is_polite=is_polite, pace_bytes_per_s=30 * MB)
    assert fetched.run(file).read_bytes() == content_of(server)
    assert len(server.requests) >= 10
    assert server.bytes_sent <= 1.05 * len(content_of(server))
    assert fetched.never_ran_backwards()


def test_what_was_stopped_goes_on_and_the_bar_with_it(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(pace_bytes_per_s=6 * MB)
    with pytest.raises(CancelledError):
        fetched.run(file, stop_at=MB)
    assert not (fetched.folder / "m.gguf").exists()
    assert part_path(file, fetched.folder).name.endswith(".part")
    server.faults = lambda asked: NO_FAULT
    fetched.run(file)
    assert fetched.never_ran_backwards()
    assert server.requests[-1].start >= MB
    assert server.bytes_sent <= 1.05 * len(content_of(server))


def test_a_mirror_goes_on_with_what_another_began(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(pace_bytes_per_s=6 * MB)
    with pytest.raises(CancelledError):
        fetched.run(file, stop_at=MB)
    with FileServer() as mirror:
        mirror.files["other/m.gguf"] = ServedFile(content_of(server), etag='"theirs"')
        there = RemoteFile(mirror.address("other/m.gguf"), "m.gguf", file.size_bytes, file.sha256)
        assert fetched.run(there).read_bytes() == content_of(server)
        assert mirror.bytes_sent < 2.2 * MB


def test_damage_on_the_disk_is_found_and_only_that_is_fetched_again(
    server: FileServer, fetched: Fetched
) -> None:
    file = served(server, 8 * MB)
    server.faults = lambda asked: Fault(pace_bytes_per_s=8 * MB)
    with pytest.raises(CancelledError):
        fetched.run(file, stop_at=5 * MB)
    with part_path(file, fetched.folder).open("r+b") as part:
        part.seek(2 * MB + 17)
        part.write(b"damage")
    server.faults = lambda asked: NO_FAULT
    assert fetched.run(file).read_bytes() == content_of(server)
    assert server.bytes_sent <= 8 * MB + MB
    assert fetched.never_ran_backwards()


def test_a_part_that_was_cut_off_is_filled_again(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(pace_bytes_per_s=6 * MB)
    with pytest.raises(CancelledError):
        fetched.run(file, stop_at=2 * MB)
    os.truncate(part_path(file, fetched.folder), MB)
    server.faults = lambda asked: NO_FAULT
    assert fetched.run(file).read_bytes() == content_of(server)


@pytest.mark.parametrize("junk", [b"", b"{}", b"\0" * 500, b'{"anew": {"format": 9}}\n', b'{"to": 5}\n'])
def test_a_journal_that_makes_no_sense_begins_anew(server: FileServer, fetched: Fetched, junk: bytes) -> None:
    file = served(server)
    part = part_path(file, fetched.folder)
    part.write_bytes(b"x" * 1000)
    part.with_name(part.name + ".journal").write_bytes(junk)
    assert fetched.run(file).read_bytes() == content_of(server)


def test_wrong_bytes_of_the_right_length_are_found_by_the_hash(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(flips=(1_234_567,)) if asked.number == 0 else NO_FAULT
    assert fetched.run(file).read_bytes() == content_of(server)
    assert fetched.states[-1].notice is FetchNotice.SECOND_LOOK
    looking = [state for state in fetched.states if state.notice is FetchNotice.SECOND_LOOK]
    assert all(state.seconds_left is None for state in looking[1:])
    assert server.bytes_sent <= 1.5 * len(content_of(server))  # all, and the eighths up to that byte
    assert fetched.never_ran_backwards()


def test_wrong_bytes_where_a_connection_broke_cost_little(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    ends = {0: MB, 1: MB}

    def fault(asked: Asked) -> Fault:
        end = ends.get(asked.number)
        if end is None:
            return NO_FAULT
        return Fault(drop_after=end, is_polite=True, flips=(MB - 7,), pace_bytes_per_s=40 * MB)

    server.faults = fault
    assert fetched.run(file).read_bytes() == content_of(server)
    assert fetched.states[-1].notice is FetchNotice.SECOND_LOOK
    assert server.bytes_sent <= 1.05 * len(content_of(server))
    assert server.requests[-1].headers["Cache-Control"] == "no-cache"
    assert fetched.never_ran_backwards()


def test_a_second_look_that_is_cut_off_goes_on(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(flips=(1_234_567,)) if asked.number == 0 else NO_FAULT

    def is_looking(states: list[TransferState]) -> bool:
        return any(state.notice is FetchNotice.SECOND_LOOK for state in states)

    cancellation = Cancellation()

    def on_state(state: TransferState) -> None:
        fetched.states.append(state)
        if is_looking(fetched.states):
            cancellation.cancel()

    with pytest.raises(CancelledError):
        Transfer(
            file,
            fetched.folder,
            fetched.connections,
            options=QUICK,
            on_state=on_state,
            cancellation=cancellation,
        ).run()
    assert not (fetched.folder / file.name).exists()
    assert fetched.run(file).read_bytes() == content_of(server)
    assert fetched.never_ran_backwards()


def test_bytes_that_stay_wrong_never_become_a_file(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(flips=(1_234_567,))
    with pytest.raises(FetchMismatchError):
        fetched.run(file)
    assert os.listdir(fetched.folder) == []


@pytest.mark.parametrize("knows_hash", [True, False])
def test_a_server_that_knows_no_ranges(server: FileServer, fetched: Fetched, knows_hash: bool) -> None:
    file = served(server, knows_hash=knows_hash)
    server.faults = lambda asked: Fault(
        ignores_range=True, drop_after=2 * MB if asked.number == 0 else None, is_polite=True
    )
    assert fetched.run(file).read_bytes() == content_of(server)
    assert fetched.never_ran_backwards()


def test_ranges_that_are_ignored_now_and_then_cost_nothing(server: FileServer, fetched: Fetched) -> None:
    file = served(server, 8 * MB)
    server.faults = lambda asked: Fault(
        ignores_range=asked.number % 2 == 1,
        drop_after=MB if asked.number % 2 == 0 else None,
        is_polite=True,
        pace_bytes_per_s=20 * MB,
    )
    assert fetched.run(file).read_bytes() == content_of(server)
    assert fetched.connections.ledger.read().bytes_received <= 1.05 * len(content_of(server))


def test_a_range_ignored_once_costs_nothing(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(
        ignores_range=asked.number == 1,
        drop_after=MB if asked.number == 0 else None,
        is_polite=True,
        pace_bytes_per_s=20 * MB,
    )
    assert fetched.run(file).read_bytes() == content_of(server)
    assert server.bytes_sent <= 1.05 * len(content_of(server))


def test_a_file_changed_midway_is_begun_again_with_a_word(server: FileServer, fetched: Fetched) -> None:
    file = served(server, knows_hash=False)
    new = random.Random(99).randbytes(2 * MB)

    def faults(asked: Asked) -> Fault:
        if asked.number == 0:
            return Fault(drop_after=MB, is_polite=True)
        server.files["m.gguf"] = ServedFile(new, etag='"v2"')
        return NO_FAULT

    server.faults = faults
    assert fetched.run(file).read_bytes() == new
    assert fetched.states[-1].notice is FetchNotice.CHANGED
    assert fetched.never_ran_backwards()


def test_a_file_that_keeps_changing_is_given_up(server: FileServer, fetched: Fetched) -> None:
    file = served(server, knows_hash=False)

    def faults(asked: Asked) -> Fault:
        server.files["m.gguf"] = ServedFile(content_of(server), etag=f'"v{asked.number}"')
        return Fault(drop_after=200_000, is_polite=True)

    server.faults = faults
    with pytest.raises(FetchAnswerError) as failed:
        fetched.run(file)
    assert failed.value.details["reason"] == "changed"


def test_a_length_that_is_lied_about_once_is_asked_for_again(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    lies = {0: Fault(total_lie=999), 1: Fault(total_lie=-1000), 2: Fault(length_lie=-500)}
    server.faults = lambda asked: lies.get(asked.number, NO_FAULT)
    assert fetched.run(file).read_bytes() == content_of(server)


def test_a_length_that_stays_another_is_said(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(total_lie=5)
    with pytest.raises(FetchAnswerError) as failed:
        fetched.run(file)
    assert failed.value.details["reason"] == "length"
    assert not (fetched.folder / "m.gguf").exists()


def test_a_body_without_a_length(server: FileServer, fetched: Fetched) -> None:
    file = served(server, knows_hash=False)
    server.faults = lambda asked: Fault(is_chunked=True, ignores_range=True)
    assert fetched.run(file).read_bytes() == content_of(server)


def test_waiting_says_what_for_and_how_long(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    answers = {
        0: Fault(status=429, headers=(("Retry-After", "1"),)),
        1: Fault(status=503),
    }
    server.faults = lambda asked: answers.get(asked.number, NO_FAULT)
    fetched.run(file)
    waits = [state for state in fetched.states if state.state is FetchState.WAITING]
    assert {state.waits_for.details["status"] for state in waits if state.waits_for} == {429, 503}
    assert 0.5 < max(state.wait_s for state in waits) <= 1.0


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(server: FileServer, fetched: Fetched, status: int) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(status=status)
    with pytest.raises(AnswerStatusError) as failed:
        fetched.run(file)
    assert failed.value.details["status"] == status
    assert len(server.requests) == 1
    assert list(fetched.folder.iterdir()) == []  # No reserved bytes stay where none came.


def test_a_fault_of_the_server_that_lasts_is_given_up(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(status=500)
    with pytest.raises(AnswerStatusError):
        fetched.run(file)
    assert len(server.requests) == QUICK.retry.num_tries_first


def test_a_silent_server_is_given_up(server: FileServer, connections: Connections, tmp_path: Path) -> None:
    file = served(server)
    impatient = Connections(connections.ledger, read_timeout_s=0.2)
    server.faults = lambda asked: Fault(silent_s=0.5 if asked.number < 2 else 0.0)
    assert Fetched(impatient, tmp_path).run(file).read_bytes() == content_of(server)
    impatient.close()


def test_redirects_that_never_end(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    server.faults = lambda asked: Fault(redirect=server.address("m.gguf"))
    with pytest.raises(RedirectError):
        fetched.run(file)


def test_the_token_stays_with_its_host(fetched: Fetched) -> None:
    with hub_with_storage() as (hub, storage):
        file = served(hub)
        assert fetched.run(file, token="hf_secret").read_bytes() == content_of(hub)
        assert hub.requests[0].headers["Authorization"] == "Bearer hf_secret"
        assert storage.requests[0].headers["Authorization"] is None
    rows = fetched.connections.ledger.read().connections
    assert [(row.host, row.status) for row in reversed(rows)] == [("127.0.0.1", 302), ("localhost", 206)]
    assert rows[0].bytes_received >= len(content_of(hub))


def test_two_processes_do_not_write_the_same_part(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    held = PartFile(file, fetched.folder)
    with pytest.raises(FetchBusyError):
        fetched.run(file)
    held.close()
    assert fetched.run(file).read_bytes() == content_of(server)


def test_another_file_of_that_name_is_not_overwritten(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    mine = fetched.folder / "m.gguf"
    mine.write_bytes(b"mine")
    with pytest.raises(FetchFolderError) as failed:
        fetched.run(file)
    assert failed.value.details["reason"] == "exists"
    assert mine.read_bytes() == b"mine"
    assert server.requests == []


def test_a_name_with_255_letters(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    name = "n" * 250 + ".gguf"
    long = RemoteFile(file.url, name, file.size_bytes, file.sha256)
    assert fetched.run(long) == fetched.folder / name
    too_long = RemoteFile(file.url, "n" + name, file.size_bytes, file.sha256)
    with pytest.raises(FetchFolderError) as failed:
        fetched.run(too_long)
    assert failed.value.details["reason"] == "name_too_long"


@pytest.mark.parametrize("name", ["../m.gguf", "/m.gguf", "a/b.gguf", "..", "", "a\0b", "a\\b"])
def test_names_that_lead_elsewhere(server: FileServer, fetched: Fetched, name: str) -> None:
    file = served(server)
    with pytest.raises(FetchFolderError):
        fetched.run(RemoteFile(file.url, name, file.size_bytes, file.sha256))
    assert server.requests == []


def test_a_file_larger_than_the_disk_is_refused_before_anything_is_fetched(
    server: FileServer, fetched: Fetched
) -> None:
    file = served(server)
    huge = RemoteFile(file.url, file.name, 1 << 50, file.sha256)
    with pytest.raises(FetchSpaceError):
        fetched.run(huge)
    assert server.requests == []


def test_what_is_proven_is_not_fetched_again(server: FileServer, fetched: Fetched) -> None:
    file = served(server)
    transfer = Transfer(file, fetched.folder, fetched.connections, options=QUICK)
    transfer.run().close()
    known = find_known(file, fetched.folder)
    assert known is not None
    assert known.proven == file.sha256
    num_requests = len(server.requests)
    assert fetched.run(file).read_bytes() == content_of(server)
    assert len(server.requests) == num_requests


def test_no_server_at_all(fetched: Fetched) -> None:
    with FileServer() as server:
        file = served(server)
    with pytest.raises(AppError) as failed:
        fetched.run(file)
    assert failed.value.code == "connection_failed"
    assert failed.value.details["reason"] == "refused"

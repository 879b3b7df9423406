"""One file where the place it goes to, the certificate or another process stands in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import DiskFullError, FetchBusyError, FetchFolderError, TlsError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.pace import Growth
from lmstudio_lite.hub.part_file import part_path
from tests.hub.server import NO_FAULT, Asked, Fault, FileServer, tls_contexts
from tests.hub.test_transfer import MB, QUICK, Fetched, content_of, served
from tests.support.small_drive import SmallDrive, can_mount

needs_mount = pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here")


def remount(drive: SmallDrive, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(drive.folder)], check=True)


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[SmallDrive]:
    mounted = SmallDrive(tmp_path / "drive")
    yield mounted
    mounted.pull_out()


def test_a_certificate_that_nobody_vouches_for(connections: Connections, tmp_path: Path) -> None:
    context, _ = tls_contexts(tmp_path)
    folder = tmp_path / "models"
    with FileServer(context=context, name="localhost") as server:
        file = served(server)
        with pytest.raises(TlsError) as failed:
            Fetched(connections, folder).run(file)
        assert server.requests == []
    assert failed.value.details["host"] == "localhost"
    assert failed.value.details["reason"]
    assert list(folder.iterdir()) == []


@needs_mount
def test_a_disk_that_fills_up_midway_keeps_the_part_and_goes_on(
    server: FileServer, connections: Connections, drive: SmallDrive
) -> None:
    """Nobody tells the length here, so that nothing can be reserved before."""
    known = served(server, 2 * MB)
    file = replace(known, size_bytes=0, sha256="")
    server.faults = lambda asked: Fault(is_chunked=True, ignores_range=True)
    fetched = Fetched(connections, drive.folder)
    with pytest.raises(DiskFullError):
        fetched.run(file)
    assert part_path(file, drive.folder).stat().st_size > 0
    assert not (drive.folder / "m.gguf").exists()
    remount(drive, "size=64m")
    server.faults = lambda asked: NO_FAULT
    assert fetched.run(file).read_bytes() == content_of(server)
    assert fetched.never_ran_backwards()


@needs_mount
def test_a_folder_on_a_read_only_drive(
    server: FileServer, connections: Connections, drive: SmallDrive
) -> None:
    remount(drive, "ro")
    with pytest.raises(FetchFolderError) as failed:
        Fetched(connections, drive.folder).run(served(server))
    assert failed.value.details["reason"] == "read_only"
    assert server.requests == []


@needs_mount
def test_a_drive_that_is_pulled_out_midway(
    server: FileServer, connections: Connections, drive: SmallDrive
) -> None:
    """The part went with the drive: it is there again, and goes on, once the drive is."""
    remount(drive, "size=64m")
    file = served(server, 2 * MB)

    def pull_out_at_the_second_request(asked: Asked) -> Fault:
        if len(server.requests) > 1:
            drive.pull_out()
            return NO_FAULT
        return Fault(drop_after=MB)

    server.faults = pull_out_at_the_second_request
    with pytest.raises(FetchFolderError) as failed:
        Fetched(connections, drive.folder).run(file)
    assert failed.value.details["reason"] == "gone"
    assert list(drive.folder.iterdir()) == []


def start_child(file: RemoteFile, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.hub.fetching_child", file.url, file.name),
            *(str(file.size_bytes), file.sha256, str(folder)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_fetch_the_same_file(server: FileServer, tmp_path: Path) -> None:
    file, folder = served(server), tmp_path / "models"
    folder.mkdir()
    server.faults = lambda asked: Fault(pace_bytes_per_s=2 * MB)
    with start_child(file, folder) as first:
        assert first.stdout is not None
        while int(first.stdout.readline()) < MB // 2:
            pass
        with start_child(file, folder) as second:
            said, _ = second.communicate(timeout=20)
        assert second.returncode == 3
        assert said.splitlines()[-1] == FetchBusyError.code
        first.communicate(timeout=20)
    assert first.returncode == 0
    assert (folder / "m.gguf").read_bytes() == content_of(server)
    assert os.listdir(folder) == ["m.gguf"]
    assert server.bytes_sent == len(content_of(server))


def test_more_connections_to_a_server_that_is_slow_to_each(server: FileServer, fetched: Fetched) -> None:
    file = served(server, 12 * MB)
    server.faults = lambda asked: Fault(pace_bytes_per_s=4 * MB)
    quick_growth = replace(
        QUICK,
        smallest_split_bytes=256 << 10,
        growth=lambda most: Growth(most, measure_s=0.3, settle_s=0.1),
    )
    assert fetched.run(file, options=quick_growth).read_bytes() == content_of(server)
    assert max(state.num_connections for state in fetched.states) >= 2
    assert server.bytes_sent <= 1.05 * len(content_of(server))
    assert fetched.never_ran_backwards()


@pytest.fixture
def fetched(connections: Connections, tmp_path: Path) -> Fetched:
    folder = tmp_path / "models"
    folder.mkdir()
    return Fetched(connections, folder)

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import AppError, CancelledError, DiskFullError, ModelChangeError
from lmstudio_lite.library.keeping.moving import copy_files, link_files, move_files
from lmstudio_lite.words import explain
from tests.support.small_drive import SIZE_KB, SmallDrive

KB = 1 << 10


def put(path: Path, size_bytes: int = 60 * KB, letter: bytes = b"m") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(letter * size_bytes)
    return path


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def nothing(num_bytes: int) -> None:
    """Be told of bytes and forget them."""


@pytest.mark.parametrize("is_other_drive", [False, True])
def test_all_files_go_together(tmp_path: Path, drive: SmallDrive, is_other_drive: bool) -> None:
    files = [put(tmp_path / "from" / name, letter=name.encode()[:1]) for name in ("a.gguf", "b.gguf")]
    before, modified = content_of(tmp_path / "from"), files[0].stat().st_mtime_ns
    folder = drive.folder / "to" if is_other_drive else tmp_path / "to"
    told: list[int] = []
    moved = move_files(files, folder, told.append, Cancellation())
    assert list(moved.items()) == [(file, folder / file.name) for file in files]
    assert content_of(folder) == before
    assert content_of(tmp_path / "from") == {}
    assert (folder / "a.gguf").stat().st_mtime_ns == modified
    assert sum(told) == (2 * sum(map(len, before.values())) if is_other_drive else 0)


@pytest.mark.parametrize("is_other_drive", [False, True])
def test_a_taken_name_stops_all(tmp_path: Path, drive: SmallDrive, is_other_drive: bool) -> None:
    files = [put(tmp_path / "from" / name) for name in ("a.gguf", "b.gguf")]
    folder = drive.folder if is_other_drive else tmp_path / "to"
    taken = put(folder / "b.gguf", 3, b"x")
    for change in (move_files, copy_files):
        with pytest.raises(ModelChangeError) as caught:
            change(files, folder, nothing, Cancellation())
        assert caught.value.details["reason"] == "exists"
        assert content_of(folder) == {"b.gguf": b"xxx"}
        assert taken.read_bytes() == b"xxx"
    assert all(file.exists() for file in files)


def test_a_full_drive_leaves_everything(tmp_path: Path, drive: SmallDrive) -> None:
    files = [put(tmp_path / "from" / f"{number}.gguf", 200 * KB) for number in range(3)]
    for change in (move_files, copy_files):
        with pytest.raises(DiskFullError):
            change(files, drive.folder, nothing, Cancellation())
        assert content_of(drive.folder) == {}
    assert len(content_of(tmp_path / "from")) == 3


def test_a_drive_that_fills_up_meanwhile(tmp_path: Path, drive: SmallDrive) -> None:
    file = put(tmp_path / "from" / "a.gguf", 300 * KB)
    other = put(tmp_path / "from" / "b.gguf", 100 * KB)
    ballast = drive.folder / "ballast"

    def fill(num_bytes: int) -> None:
        if not ballast.exists():
            ballast.write_bytes(bytes((SIZE_KB - 300 - 40) * KB))

    with pytest.raises(DiskFullError):
        move_files([file, other], drive.folder, fill, Cancellation())
    assert {path.name for path in drive.folder.iterdir()} == {"ballast"}
    assert file.stat().st_size == 300 * KB
    assert other.exists()


def test_a_drive_that_is_pulled_out(tmp_path: Path, drive: SmallDrive) -> None:
    file = put(tmp_path / "from" / "a.gguf")
    with pytest.raises(ModelChangeError) as caught:
        move_files([file], drive.folder, lambda num_bytes: drive.pull_out(), Cancellation())
    assert caught.value.details["reason"] == "drive_gone"
    assert "drive went away" in explain(caught.value).what
    assert file.stat().st_size == 60 * KB


@pytest.mark.parametrize("stop_at", [1, 2, 3, 4])
def test_cancelling_at_any_time(tmp_path: Path, drive: SmallDrive, stop_at: int) -> None:
    files = [put(tmp_path / "from" / name, 5 << 10) for name in ("a.gguf", "b.gguf")]
    cancellation = Cancellation()
    told: list[int] = []

    def stop(num_bytes: int) -> None:
        told.append(num_bytes)
        if len(told) == stop_at:
            cancellation.cancel()

    try:
        move_files(files, drive.folder, stop, cancellation)
    except CancelledError:
        assert content_of(drive.folder) == {}
        assert len(content_of(tmp_path / "from")) == 2
    else:
        assert stop_at == 4
        assert len(content_of(drive.folder)) == 2


@pytest.mark.parametrize("is_other_drive", [False, True])
def test_names_of_255_letters(tmp_path: Path, drive: SmallDrive, is_other_drive: bool) -> None:
    file = put(tmp_path / "from" / ("n" * 250 + ".gguf"))
    folder = drive.folder if is_other_drive else tmp_path / "to"
    assert move_files([file], folder, nothing, Cancellation())[file].exists()


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_links_are_moved_as_links(tmp_path: Path, drive: SmallDrive) -> None:
    target = put(tmp_path / "elsewhere" / "a.gguf")
    links = tmp_path / "links"
    link_files([target], links)
    assert (links / "a.gguf").readlink() == target
    move_files([links / "a.gguf"], drive.folder, nothing, Cancellation())
    assert (drive.folder / "a.gguf").readlink() == target
    assert target.exists()
    assert list(links.iterdir()) == []


def test_what_can_t_be_moved_is_said(tmp_path: Path) -> None:
    file = put(tmp_path / "a.gguf")
    blocked = put(tmp_path / "file")
    cases = [([file], tmp_path), ([file], blocked), ([tmp_path / "gone.gguf"], tmp_path / "to")]
    for files, folder in cases:
        with pytest.raises(AppError) as caught:
            move_files(files, folder, nothing, Cancellation())
        assert explain(caught.value).remedy
    assert file.exists()

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from lmstudio_lite import paths
from lmstudio_lite.errors import DataFolderReadOnlyError, DiskFullError, NotAFileError
from tests.storage.conftest import MountedRun, run_on_mount

__all__ = ["run_on_mount"]


def test_portable_paths_lie_in_one_folder(tmp_path: Path) -> None:
    found = paths.portable_paths(tmp_path / "portable")
    every = (found.data, found.cache, found.logs, found.database, found.settings_file, found.models)
    assert all(path.is_relative_to(tmp_path / "portable") for path in every)
    assert len(set(every)) == len(every)


def test_portable_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.portable_paths(Path("here")).data == Path.cwd() / "here"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert paths.portable_paths(Path("~/there")).data == tmp_path / "there"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG")
def test_user_paths_follow_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert paths.user_paths().data == tmp_path / "share" / "lmstudio-lite"


def test_resources_are_there() -> None:
    assert (paths.resources() / "prompts").is_dir()


def test_resources_of_a_frozen_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lmstudio_lite" / "resources").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resources() == tmp_path / "lmstudio_lite" / "resources"


def test_folders_are_made_private_and_left_empty(tmp_path: Path) -> None:
    found = paths.portable_paths(tmp_path / "a" / "b")
    paths.ensure_writable(found)
    paths.ensure_writable(found)
    assert {path.name for path in found.data.iterdir()} == {"cache", "logs"}
    assert list(found.logs.iterdir()) == []
    if os.name == "posix":
        assert found.data.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("in_the_way", ["data", "data/logs"])
def test_a_file_where_a_folder_should_be(tmp_path: Path, in_the_way: str) -> None:
    (tmp_path / in_the_way).parent.mkdir(exist_ok=True)
    (tmp_path / in_the_way).write_text("in the way")
    with pytest.raises(DataFolderReadOnlyError) as caught:
        paths.ensure_writable(paths.portable_paths(tmp_path / "data"))
    assert str(caught.value.details["path"]).startswith(str(tmp_path / "data"))
    assert (tmp_path / in_the_way).read_text() == "in the way"


@pytest.mark.parametrize(("options", "said"), [("ro", "data_folder_read_only\n"), ("size=64k", "writable\n")])
def test_writing_is_tried(tmp_path: Path, run_on_mount: MountedRun, options: str, said: str) -> None:
    run = run_on_mount(tmp_path, options, "ensure_writable", str(tmp_path / "data"))
    assert (run.stdout, run.stderr) == (said, "")


def test_a_full_disk(tmp_path: Path, run_on_mount: MountedRun) -> None:
    run = run_on_mount(tmp_path, "nr_inodes=2", "ensure_writable", str(tmp_path / "data"))
    assert (run.stdout, run.stderr) == ("disk_full\n", "")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EACCES, DataFolderReadOnlyError),
        (errno.EROFS, DataFolderReadOnlyError),
        (None, DataFolderReadOnlyError),
    ],
)
def test_errors_of_writing_have_names(number: int | None, kind: type[Exception]) -> None:
    error = OSError(number, "as the system says") if number else OSError("as the system says")
    assert type(paths.write_error(error, Path("here"))) is kind


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    paths.replace_file(path, b"one")
    paths.replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="permissions are another thing there")
def test_what_is_for_others_too_gets_the_usual_permissions(tmp_path: Path) -> None:
    usual, exported, own = (tmp_path / name for name in ("usual", "exported", "own"))
    usual.write_bytes(b"")
    paths.replace_file(exported, b"one", is_private=False)
    paths.replace_file(own, b"two")
    assert exported.stat().st_mode == usual.stat().st_mode
    assert own.stat().st_mode & 0o777 == 0o600
    exported.chmod(0o640)
    paths.replace_file(exported, b"three", is_private=False)
    assert (exported.stat().st_mode & 0o777, exported.read_bytes()) == (0o640, b"three")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_a_linked_file_stays_linked(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere" / "file")
    paths.replace_file(link, b"content")
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "file").read_bytes() == b"content"


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    with pytest.raises(NotAFileError):
        paths.replace_file(tmp_path / "folder", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_file_that_is_written_beside_takes_the_first_free_name(tmp_path: Path) -> None:
    wanted = tmp_path / "folder" / "talk.de.docx"
    names = []
    for text in "012":

        def write(target: Path, text: str = text) -> int:
            return target.write_text(text)

        path, answer = paths.write_beside(wanted, write, replaces=False)
        assert answer == 1
        names.append(path.name)
    assert names == ["talk.de.docx", "talk.de-2.docx", "talk.de-3.docx"]
    assert [(tmp_path / "folder" / name).read_text() for name in names] == ["0", "1", "2"]
    assert sorted(path.name for path in wanted.parent.iterdir()) == sorted(names)


def test_a_file_that_is_written_beside_takes_a_free_name_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a.txt").write_text("mine")
    path, _ = paths.write_beside(tmp_path / "a.txt", lambda target: target.write_text("new"), replaces=False)
    assert path == tmp_path / "a-2.txt"
    assert (tmp_path / "a.txt").read_text() == "mine"


def test_nothing_is_left_of_a_file_that_could_not_be_written_beside(tmp_path: Path) -> None:
    def fail(target: Path) -> None:
        target.write_text("half")
        raise ValueError("broken off")

    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(ValueError, match="broken off"):
        paths.write_beside(tmp_path / "a.txt", fail, replaces=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_file_that_is_written_beside_has_the_permissions_of_the_one_it_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    written, _ = paths.write_beside(path, lambda target: target.write_text("new"), replaces=True)
    assert written == path
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640

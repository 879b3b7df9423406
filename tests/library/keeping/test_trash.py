from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmstudio_lite.errors import ModelChangeError, ModelNotFoundError
from lmstudio_lite.library.keeping.trash import Trash
from tests.support.small_drive import SmallDrive

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the freedesktop trash")


@pytest.fixture
def trash(tmp_path: Path) -> Trash:
    return Trash(tmp_path / "share" / "Trash", os.getuid())


def put(path: Path, content: bytes = b"model") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_deleting_and_taking_back(tmp_path: Path, trash: Trash) -> None:
    files = [put(tmp_path / "möd els" / name) for name in ("a 1.gguf", "b.gguf")]
    trashed = trash.put(files)
    assert not any(file.exists() for file in files)
    info = (trash.home_trash / "info" / "a 1.gguf.trashinfo").read_text()
    assert info.splitlines()[0] == "[Trash Info]"
    assert info.splitlines()[1].endswith("/m%C3%B6d%20els/a%201.gguf")
    assert info.splitlines()[2].startswith("DeletionDate=20")
    trash.take_back(trashed)
    assert all(file.read_bytes() == b"model" for file in files)
    assert list((trash.home_trash / "info").iterdir()) == []
    assert list((trash.home_trash / "files").iterdir()) == []


def test_names_that_are_taken_or_too_long(tmp_path: Path, trash: Trash) -> None:
    name = "ü" * 122 + "x.gguf"
    assert len(os.fsencode(name)) == 250
    for number in range(3):
        (file,) = trash.put([put(tmp_path / str(number) / name, bytes([number]))])
        assert file.place is not None
        assert file.place.read_bytes() == bytes([number])
        assert file.place.suffix == ".gguf"
    assert len(list((trash.home_trash / "info").iterdir())) == 3


def test_another_drive_has_its_own(tmp_path: Path, trash: Trash, drive: SmallDrive) -> None:
    path = put(drive.folder / "models" / "a.gguf")
    (file,) = trash.put([path])
    own = drive.folder / f".Trash-{os.getuid()}"
    assert file.place == own / "files" / "a.gguf"
    assert "Path=models/a.gguf\n" in (own / "info" / "a.gguf.trashinfo").read_text()
    trash.take_back([file])
    assert path.exists()

    shared = drive.folder / ".Trash"
    shared.mkdir()
    assert trash.put([path])[0].place == own / "files" / "a.gguf"
    put(path)
    shared.chmod(0o1777)
    assert trash.put([path])[0].place == shared / str(os.getuid()) / "files" / "a.gguf"


def test_a_trash_that_is_a_trap(tmp_path: Path, trash: Trash, drive: SmallDrive) -> None:
    path = put(drive.folder / "a.gguf")
    (drive.folder / f".Trash-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(ModelChangeError) as caught:
        trash.put([path])
    assert caught.value.details["reason"] == "no_trash"
    assert path.exists()


def test_all_files_or_none(tmp_path: Path, trash: Trash) -> None:
    files = [put(tmp_path / "a.gguf"), tmp_path / "gone.gguf"]
    with pytest.raises(ModelNotFoundError):
        trash.put(files)
    assert files[0].exists()


def test_what_can_t_be_taken_back(tmp_path: Path, trash: Trash) -> None:
    path = put(tmp_path / "a.gguf")
    trashed = trash.put([path])
    put(path, b"another")
    with pytest.raises(ModelChangeError) as caught:
        trash.take_back(trashed)
    assert caught.value.details["reason"] == "exists"
    assert path.read_bytes() == b"another"
    path.unlink()
    assert trashed[0].place is not None
    trashed[0].place.unlink()
    with pytest.raises(ModelNotFoundError):
        trash.take_back(trashed)


def test_a_link_is_deleted_not_what_it_leads_to(tmp_path: Path, trash: Trash) -> None:
    target = put(tmp_path / "theirs" / "a.gguf")
    link = tmp_path / "ours.gguf"
    link.symlink_to(target)
    trashed = trash.put([link])
    assert target.exists()
    trash.take_back(trashed)
    assert link.readlink() == target


def test_on_macos_files_are_renamed_into_the_trash(tmp_path: Path) -> None:
    trash = Trash(tmp_path / ".Trash", os.getuid(), "darwin")
    path = put(tmp_path / "a.gguf")
    put(tmp_path / ".Trash" / "a.gguf", b"older")
    trashed = trash.put([path])
    assert trashed[0].place == tmp_path / ".Trash" / "a 2.gguf"
    trash.take_back(trashed)
    assert path.read_bytes() == b"model"

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from lmstudio_lite.app.models.keeping import Bringing, FileProgress, Keeping
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.models import EngineState, ModelPhase
from lmstudio_lite.domain.shelf import ModelEntry, Store
from lmstudio_lite.errors import ModelChangeError, ModelFileError, error_kinds
from lmstudio_lite.library.keeping.trash import Trash
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.stores.foreign import foreign_places
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.words import explain
from tests.library.gguf_files import make_gguf
from tests.library.stores.layouts import PROJECTOR, put

GONE = Cancellation()


@dataclass
class Engine:
    state: EngineState = field(default_factory=EngineState)


class Room:
    """A models folder, a folder of the user's, and a home with other programs."""

    def __init__(self, root: Path) -> None:
        self.home, self.ours, self.mine = root / "home", root / "models", root / "mine"
        for folder in (self.home, self.ours, self.mine):
            folder.mkdir()
        self.machine = Machine(self.home)
        self.settings = SettingsStore(root / "settings.toml")
        self.settings.update("model", folders=(str(self.mine),))
        self.library = ModelLibrary(
            self.ours,
            lambda: [Path(folder) for folder in self.settings.value.model.folders],
            lambda: [Path(file) for file in self.settings.value.model.files],
            foreign_places=lambda: [
                place for place in foreign_places(self.machine) if self.home in place.root.parents
            ],
        )
        self.library.starter_path = lambda: None  # type: ignore[method-assign]
        self.engine = Engine()
        self.trash = Trash(root / "Trash", os.getuid() if os.name == "posix" else 0)
        self.keeping = Keeping(
            self.library,
            self.settings,
            cast("EngineClient", self.engine),
            self.ours,
            lambda: self.machine,
            lambda: self.trash,
        )
        self.told: list[FileProgress] = []

    def entry(self, name: str) -> ModelEntry:
        (entry,) = self.library.matching(name)
        return entry

    def move(self, entry: ModelEntry, folder: Path) -> Path:
        return self.keeping.move(entry, folder, self.told.append, GONE).path


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_moved_model_is_still_the_chosen_one_and_listed(room: Room, tmp_path: Path) -> None:
    old = put(room.ours / "Poet-1B.gguf")
    room.settings.update("model", path=str(old))
    new = room.move(room.entry("poet-1b"), tmp_path / "elsewhere")
    assert (new, old.exists()) == (tmp_path / "elsewhere" / "Poet-1B.gguf", False)
    assert room.settings.value.model.path == str(new)
    assert room.entry("poet-1b").path == new
    back = room.move(room.entry("poet-1b"), room.mine)
    assert room.settings.value.model.path == str(back)
    assert room.settings.value.model.files == ()
    assert room.told[-1].done_bytes == room.told[-1].total_bytes > 0


def test_parts_and_a_projector_of_its_own_go_along(room: Room, tmp_path: Path) -> None:
    for number in (1, 2):
        put(room.ours / "vl" / f"Eye-7B-Q4_K_M-{number:05}-of-00002.gguf")
    put(room.ours / "vl" / "mmproj-Eye-7B-f16.gguf", PROJECTOR)
    moved = room.keeping.move(room.entry("eye-7b"), tmp_path / "to", room.told.append, GONE)
    assert {path.name for path in (tmp_path / "to").iterdir()} == {
        "Eye-7B-Q4_K_M-00001-of-00002.gguf",
        "Eye-7B-Q4_K_M-00002-of-00002.gguf",
        "mmproj-Eye-7B-f16.gguf",
    }
    room.keeping.undo_move(moved, room.told.append, GONE)
    assert len(list((room.ours / "vl").iterdir())) == 3
    assert room.entry("eye-7b").projector is not None


def test_a_shared_projector_stays(room: Room) -> None:
    for quantization in ("Q4_K_M", "Q8_0"):
        put(room.ours / f"Eye-7B-{quantization}.gguf", make_gguf() + bytes(len(quantization)))
    eyes = put(room.ours / "mmproj-Eye-7B-f16.gguf", PROJECTOR)
    room.keeping.remove(room.entry("Eye-7B-Q4_K_M.gguf"))
    assert eyes.exists()
    room.keeping.remove(room.entry("Eye-7B-Q8_0.gguf"))
    assert not eyes.exists()


@pytest.mark.skipif(os.name != "posix", reason="the freedesktop trash")
def test_deleting_and_undoing(room: Room) -> None:
    path = put(room.mine / "Poet-1B.gguf")
    removed = room.keeping.remove(room.entry("poet-1b"))
    assert (path.exists(), removed.can_undo, room.library.list()) == (False, True, [])
    room.keeping.undo_remove(removed)
    assert room.entry("poet-1b").path == path


def test_the_model_in_use_stays(room: Room, tmp_path: Path) -> None:
    path = put(room.ours / "Poet-1B.gguf")
    room.engine.state = EngineState(ModelPhase.READY, path)
    for change in (
        lambda: room.keeping.remove(room.entry("poet-1b")),
        lambda: room.move(room.entry("poet-1b"), tmp_path / "to"),
        lambda: room.keeping.bring_in(path, Bringing.MOVE, room.told.append, GONE),
    ):
        with pytest.raises(ModelChangeError) as caught:
            change()
        assert caught.value.details["reason"] in ("in_use", "same_place")
    assert path.exists()


def test_other_programs_keep_what_is_theirs(room: Room, tmp_path: Path) -> None:
    theirs = put(room.home / ".lmstudio/models/a/b/Poet-1B.gguf")
    room.settings.update("model", folders=(str(theirs.parent), str(room.mine)))
    entry = room.entry("poet-1b")
    assert entry.store is Store.LM_STUDIO
    if os.name == "posix":
        (room.mine / "link").symlink_to(theirs.parent)
        room.settings.update("model", folders=(str(room.mine),), stores_off=("lm_studio",))
    as_own_folder = ModelEntry(theirs, entry.file, store=Store.FOLDER, files=(theirs,))
    for each in (entry, as_own_folder):
        with pytest.raises(ModelChangeError) as caught:
            room.keeping.remove(each)
        assert "LM Studio" in explain(caught.value).what
        with pytest.raises(ModelChangeError):
            room.move(each, tmp_path / "to")
    with pytest.raises(ModelChangeError):
        room.keeping.bring_in(theirs, Bringing.MOVE, room.told.append, GONE)
    mine = put(room.mine / "Mine-1B.gguf", make_gguf() + b"x")
    with pytest.raises(ModelChangeError):
        room.move(room.entry("mine-1b"), theirs.parent)
    assert mine.exists()
    assert theirs.exists()


@pytest.mark.parametrize("how", list(Bringing))
def test_bringing_in_any_part_brings_all(room: Room, tmp_path: Path, how: Bringing) -> None:
    files = [put(tmp_path / "downloads" / f"Big-7B-{number:05}-of-00002.gguf") for number in (1, 2)]
    brought = room.keeping.bring_in(files[1], how, room.told.append, GONE)
    assert brought.path == room.ours / files[0].name
    assert [file.exists() for file in files] == [how is not Bringing.MOVE] * 2
    entry = room.entry("big-7b")
    assert (entry.path, len(entry.files)) == (brought.path, 2)
    assert entry.path.is_symlink() is (how is Bringing.LINK)
    if how is Bringing.LINK:
        room.keeping.remove(entry)
        assert all(file.exists() for file in files)


def test_what_is_no_model_is_not_brought_in(room: Room, tmp_path: Path) -> None:
    for how in Bringing:
        with pytest.raises(ModelFileError):
            room.keeping.bring_in(put(tmp_path / "page.gguf", b"<html>"), how, room.told.append, GONE)
    assert list(room.ours.iterdir()) == []


def test_duplicates_become_links_and_files_again(room: Room) -> None:
    ours, mine = put(room.ours / "A-1B.gguf"), put(room.mine / "B-1B.gguf")
    put(room.home / ".lmstudio/models/a/b/C-1B.gguf")
    (found,) = room.keeping.duplicates()
    linked = room.keeping.link(found, room.told.append, GONE)
    assert os.path.samefile(ours, mine)
    assert sum(each.saved_bytes for each in linked) == found.saved_bytes == ours.stat().st_size
    assert room.keeping.duplicates() == []
    room.keeping.undo_link(linked, room.told.append, GONE)
    assert not os.path.samefile(ours, mine)
    assert len(room.keeping.duplicates()) == 1


REASONS = [
    *("exists", "same_place", "read_only", "too_large", "name_too_long", "drive_gone", "in_use", "changed"),
    *(
        "copy_differs",
        "not_equal",
        "no_links",
        "no_trash",
        "only_by_hand",
        "not_listed",
        "foreign",
        "refused",
    ),
]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_own_words(reason: str) -> None:
    error = error_kinds()["model_change"](path="/models/a.gguf", reason=reason, store="ollama")
    explanation = explain(error)
    assert "{" not in explanation.what + explanation.remedy
    assert reason == "refused" or "could not be changed" not in explanation.what

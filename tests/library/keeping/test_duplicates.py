from __future__ import annotations

import os
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.errors import CancelledError, ModelChangeError
from lmstudio_lite.library.keeping.duplicates import find_duplicates, link_duplicate, unlink_duplicate
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.stores.folders import find_in_folder
from lmstudio_lite.library.stores.found import Place
from tests.library.gguf_files import LLAMA_METADATA, make_gguf
from tests.support.small_drive import SmallDrive


def put(path: Path, name: str = "Tiny") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_gguf({**LLAMA_METADATA, "general.name": name}))
    return path


def nothing(num_bytes: int) -> None:
    """Be told of bytes and forget them."""


def test_only_ours_become_links(tmp_path: Path) -> None:
    ours, theirs, mine = (put(tmp_path / folder / "a-1b.gguf") for folder in ("ours", "theirs", "mine"))
    put(tmp_path / "ours" / "b-1b.gguf", "Sand")
    twin = tmp_path / "mine" / "hard-1b.gguf"
    os.link(ours, twin)
    foreign = tmp_path / "theirs"
    library = ModelLibrary(
        tmp_path / "ours",
        lambda: [tmp_path / "mine"],
        foreign_places=lambda: [Place(Store.JAN, foreign, lambda: find_in_folder(foreign, Store.JAN))],
    )
    library.starter_path = lambda: None  # type: ignore[method-assign]
    (found,) = find_duplicates(library.list_all(), library.fingerprint_of)
    assert (found.kept.path, [entry.path for entry in found.others]) == (ours, [mine])
    assert found.saved_bytes == mine.stat().st_size
    assert theirs.stat().st_nlink == 1


def test_linking_and_undoing(tmp_path: Path) -> None:
    kept, other = put(tmp_path / "a" / "a.gguf"), put(tmp_path / "b" / "b.gguf")
    linked = link_duplicate(kept, other, nothing, Cancellation())
    assert (linked.is_hard, linked.saved_bytes) == (True, kept.stat().st_size)
    assert os.path.samefile(kept, other)
    assert link_duplicate(kept, other, nothing, Cancellation()).saved_bytes == 0
    unlink_duplicate(linked, nothing, Cancellation())
    assert not os.path.samefile(kept, other)
    assert kept.read_bytes() == other.read_bytes()
    assert {path.name for path in other.parent.iterdir()} == {"b.gguf"}


def test_between_drives_the_link_is_symbolic(tmp_path: Path, drive: SmallDrive) -> None:
    kept, other = put(tmp_path / "a" / "a.gguf"), put(drive.folder / "b.gguf")
    linked = link_duplicate(kept, other, nothing, Cancellation())
    assert not linked.is_hard
    assert other.readlink() == kept
    unlink_duplicate(linked, nothing, Cancellation())
    assert not other.is_symlink()
    assert other.read_bytes() == kept.read_bytes()


def test_what_only_looks_equal_is_left_alone(tmp_path: Path) -> None:
    kept, other = put(tmp_path / "a.gguf"), put(tmp_path / "b.gguf")
    other.write_bytes(other.read_bytes()[:-1] + b"\1")
    before = other.read_bytes()
    with pytest.raises(ModelChangeError) as caught:
        link_duplicate(kept, other, nothing, Cancellation())
    assert caught.value.details["reason"] == "not_equal"
    cancellation = Cancellation()
    with pytest.raises(CancelledError):
        link_duplicate(kept, put(tmp_path / "c.gguf"), lambda num_bytes: cancellation.cancel(), cancellation)
    assert other.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"a.gguf", "b.gguf", "c.gguf"}

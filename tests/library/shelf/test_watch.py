from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.shelf import ModelEntry, ModelKind, PlaceProblem, ShelfChange, Store
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.shelf.patience import Finder
from lmstudio_lite.library.stores.found import FoundFile, Place
from tests.library.gguf_files import LLAMA_METADATA, MetadataValue, make_gguf

TIMEOUT_S = 10.0


class Shown:
    """What a window would show, from the changes it was told."""

    def __init__(self) -> None:
        self.changes: queue.Queue[ShelfChange] = queue.Queue()
        self.entries: dict[Path, ModelEntry] = {}
        self.last = ShelfChange()
        self.num_changes = 0

    def wait(self, is_done: Callable[[Shown], bool]) -> None:
        while not is_done(self):
            self.last = self.changes.get(timeout=TIMEOUT_S)
            self.num_changes += 1
            self.entries.update({entry.path: entry for entry in self.last.entries})
            for path in self.last.gone:
                del self.entries[path]

    @property
    def names(self) -> list[str]:
        return sorted(entry.path.name for entry in self.entries.values())


def watch(library: ModelLibrary) -> Iterator[Shown]:
    shown = Shown()
    watch = library.watch(shown.changes.put, look_again_s=0.05)
    yield shown
    watch.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def library_of(folder: Path, cache: Path | None = None, **others: object) -> ModelLibrary:
    library = ModelLibrary(folder, list, cache_file=cache, **others)  # type: ignore[arg-type]
    library.starter_path = lambda: None  # type: ignore[method-assign]
    return library


def test_names_come_before_headers_and_changes_follow(folder: Path) -> None:
    for number in range(30):
        (folder / f"model-{number}b.gguf").write_bytes(make_gguf())
    for shown in watch(library_of(folder)):
        shown.wait(lambda shown: shown.num_changes == 1)
        assert len(shown.entries) == 30
        assert all(entry.is_pending for entry in shown.entries.values())
        shown.wait(lambda shown: shown.last.is_complete)
        assert all(entry.file is not None for entry in shown.entries.values())

        (folder / "model-0b.gguf").unlink()
        shown.wait(lambda shown: bool(shown.last.gone))
        assert shown.last.gone == (folder / "model-0b.gguf",)
        (folder / "new-1b.gguf").write_bytes(b"GGUF")
        shown.wait(lambda shown: "new-1b.gguf" in shown.names)
        shown.wait(lambda shown: shown.entries[folder / "new-1b.gguf"].failure is not None)
        (folder / "new-1b.gguf").write_bytes(make_gguf())
        shown.wait(lambda shown: shown.entries[folder / "new-1b.gguf"].file is not None)


def test_a_second_start_reads_no_header(folder: Path, tmp_path: Path) -> None:
    (folder / "model-1b.gguf").write_bytes(make_gguf())
    (folder / "broken-1b.gguf").write_bytes(b"no model")
    cache = tmp_path / "headers.json"
    first = library_of(folder, cache).list()
    for shown in watch(library_of(folder, cache)):
        shown.wait(lambda shown: shown.last.is_complete)
        assert shown.num_changes <= 2
        assert sorted(shown.entries.values(), key=lambda entry: entry.path) == sorted(
            first, key=lambda entry: entry.path
        )
        assert not any(entry.is_pending for entry in shown.entries.values())


@pytest.mark.parametrize("content", [b"", b"{", b'{"form": "1", "entries": {"a": 3}}', bytes(1000)])
def test_a_damaged_cache_is_an_empty_one(folder: Path, tmp_path: Path, content: bytes) -> None:
    (folder / "model-1b.gguf").write_bytes(make_gguf())
    cache = tmp_path / "headers.json"
    cache.write_bytes(content)
    (entry,) = library_of(folder, cache).list()
    assert entry.file is not None
    assert library_of(folder, cache).list() == [entry]


def test_a_drive_that_does_not_answer_holds_nothing_up(folder: Path, tmp_path: Path) -> None:
    (folder / "model-1b.gguf").write_bytes(make_gguf())
    answers = threading.Event()

    def find() -> Iterator[FoundFile]:
        answers.wait(TIMEOUT_S)
        yield from ()

    silent = Place(Store.FOLDER, tmp_path / "drive", find)
    library = library_of(folder, foreign_places=lambda: [silent], finder=Finder(look_timeout_s=0.3))
    try:
        assert [entry.path.name for entry in library.list()] == ["model-1b.gguf"]
        for shown in watch(library):
            shown.wait(lambda shown: bool(shown.last.troubled))
            assert [(each.path, each.problem) for each in shown.last.troubled] == [
                (silent.root, PlaceProblem.SILENT)
            ]
            assert shown.names == ["model-1b.gguf"]
            answers.set()
            shown.wait(lambda shown: shown.last.is_complete and not shown.last.troubled)
    finally:
        answers.set()


def test_projectors_and_adapters_stand_with_their_models(folder: Path) -> None:
    def put(name: str, metadata: dict[str, MetadataValue] | None = None) -> Path:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(make_gguf({**LLAMA_METADATA, **(metadata or {})}))
        return path

    def projector(name: str) -> Path:
        path = folder / name
        path.write_bytes(make_gguf({"general.architecture": "clip", "general.type": "mmproj"}))
        return path

    small, large = put("gemma/gemma-3-4b-it-Q4_K_M.gguf"), put("gemma/gemma-3-4b-it-Q8_0.gguf")
    eyes = projector("gemma/mmproj-model-f16.gguf")
    alone = put("Qwen2.5-0.5B-Instruct-Q4_K_M.gguf")
    seeing = put("SmolVLM-500M-Instruct-Q8_0.gguf")
    its_eyes = projector("mmproj-SmolVLM-500M-Instruct-f16.gguf")
    adapter = put(
        "poems.gguf",
        {
            "general.type": "adapter",
            "general.base_model.count": 1,
            "general.base_model.0.name": "Qwen2.5 0.5B Instruct",
        },
    )
    library = library_of(folder)
    entries = {entry.path: entry for entry in library.list_all()}
    assert [entries[path].projector for path in (small, large, alone, seeing)] == [eyes, eyes, None, its_eyes]
    assert entries[alone].adapters == (adapter,)
    assert (entries[eyes].kind, entries[adapter].kind) == (ModelKind.PROJECTOR, ModelKind.ADAPTER)
    assert {entry.path for entry in library.list()} == {small, large, alone, seeing}

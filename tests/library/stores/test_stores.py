from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.shelf import FOREIGN_STORES, ModelEntry, ModelKind, Store
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.stores import ollama
from lmstudio_lite.library.stores.foreign import foreign_places, foreign_store_of
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.words import explain
from tests.library.gguf_files import make_gguf
from tests.library.stores.layouts import (
    ADAPTER,
    PROJECTOR,
    SYSTEMS,
    machine,
    put,
    put_everything,
    put_in_cache,
    put_ollama,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def library_on(where: Machine, *switched_off: Store) -> ModelLibrary:
    library = ModelLibrary(
        where.home / "ours",
        list,
        foreign_places=lambda: [
            place
            for place in foreign_places(where, switched_off)
            if where.home in place.root.parents or where.environment
        ],
    )
    library.starter_path = lambda: None  # type: ignore[method-assign]
    return library


def entries_on(where: Machine, *switched_off: Store) -> list[ModelEntry]:
    return library_on(where, *switched_off).list_all()


def names_on(where: Machine, *switched_off: Store) -> list[tuple[Store, str]]:
    return sorted((entry.store, entry.name) for entry in entries_on(where, *switched_off))


def test_every_program_s_models_are_listed_by_their_names(home: Path) -> None:
    put_everything(home)
    assert names_on(machine(home)) == sorted(
        [
            (Store.LM_STUDIO, "SmolLM2 135M Instruct"),
            (Store.OLLAMA, "qwen2.5:0.5b"),
            (Store.JAN, "Jan nano 4B"),
            (Store.GPT4ALL, "Llama 3.2 1B Instruct"),
            (Store.KOBOLDCPP, "L3 8B Stheno"),
            (Store.HUGGING_FACE, "gemma 3 1b it"),
            (Store.LLAMA_CPP, "Qwen3 0.6B"),
        ]
    )


@pytest.mark.parametrize("store", FOREIGN_STORES)
def test_each_can_be_switched_off(home: Path, store: Store) -> None:
    put_everything(home)
    stores = {entry.store for entry in entries_on(machine(home), store)}
    assert stores == set(FOREIGN_STORES) - {store}


FOLDERS = {
    ("darwin", Store.JAN): "Library/Application Support/Jan/data/llamacpp/models/a/b/model.gguf",
    ("win32", Store.JAN): "AppData/Roaming/Jan/data/llamacpp/models/a/b/model.gguf",
    ("darwin", Store.GPT4ALL): "Library/Application Support/nomic.ai/GPT4All/m-1b.gguf",
    ("win32", Store.GPT4ALL): "AppData/Local/nomic.ai/GPT4All/m-1b.gguf",
    ("darwin", Store.LLAMA_CPP): "Library/Caches/llama.cpp/a_b_m-1b.gguf",
    ("win32", Store.LLAMA_CPP): "AppData/Local/llama.cpp/a_b_m-1b.gguf",
    ("win32", Store.KOBOLDCPP): "AppData/Local/koboldcpp/m-1b.gguf",
    **{(system, Store.LM_STUDIO): ".cache/lm-studio/models/a/b/m-1b.gguf" for system in SYSTEMS},
    **{
        (system, Store.HUGGING_FACE): ".cache/huggingface/hub/models--a--b/snapshots/0/m-1b.gguf"
        for system in SYSTEMS
    },
}


@pytest.mark.parametrize(("system", "store"), list(FOLDERS), ids=lambda value: str(value))
def test_the_folders_of_each_system(home: Path, system: str, store: Store) -> None:
    path = put(home / FOLDERS[system, store])
    assert [(entry.store, entry.path) for entry in entries_on(machine(home, system))] == [(store, path)]


def test_folders_that_their_users_moved(home: Path, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    put(home / ".lmstudio-home-pointer", f"{home / 'studio'}\n")
    put(home / "studio/models/a/b/pointed-1b.gguf")
    put(home / "studio/settings.json", json.dumps({"downloadsFolder": str(drive / "lm"), "other": [1]}))
    put(drive / "lm/a/b/moved-1b.gguf")
    put(home / ".config/Jan/settings.json", json.dumps({"data_folder": str(drive / "jan")}))
    put(drive / "jan/llamacpp/models/a/Moved-2B/model.gguf")
    put(home / ".config/nomic.ai/GPT4All.ini", f"[General]\nmodelPath={drive}/gpt\\xe4\n")
    put(drive / "gptä/gpt-3b.gguf")
    put_ollama(drive / "o", "phi:latest", {"model": make_gguf()})
    put_in_cache(drive / "h/hub", "a/b", "hub-5b.gguf", make_gguf())
    put(drive / "l/a_b_cache-6b.gguf")
    where = machine(
        home, OLLAMA_MODELS=str(drive / "o"), HF_HOME=str(drive / "h"), LLAMA_CACHE=str(drive / "l")
    )
    assert {name for _, name in names_on(where)} >= {
        *("pointed 1b", "moved 1b", "Moved 2B", "gpt 3b", "phi:latest", "hub 5b", "a b cache 6b")
    }


def test_what_is_fetched_at_the_moment_is_no_model(home: Path) -> None:
    put(home / ".local/share/nomic.ai/GPT4All/incomplete-Llama-3.2-1B.gguf", bytes(100))
    put(home / ".cache/llama.cpp/a_b_m.gguf.downloadInProgress", bytes(100))
    put(home / ".lmstudio/models/a/b/downloading_m.gguf.part", bytes(100))
    put(home / ".cache/huggingface/hub/models--a--b/blobs/0f.incomplete", bytes(100))
    assert entries_on(machine(home)) == []


def test_ollama_s_names_layers_and_tags(home: Path) -> None:
    root = home / ".ollama/models"
    blobs = put_ollama(
        root, "llava:7b", {"model": make_gguf(), "projector": PROJECTOR, "adapter": ADAPTER, "params": b"{}"}
    )
    put_ollama(root, "llava:latest", {"model": make_gguf(), "projector": PROJECTOR})
    other = make_gguf({"general.architecture": "llama", "llama.block_count": 1})
    put_ollama(root, "poet:q8", {"model": other}, namespace="anna")
    far = make_gguf({"general.architecture": "llama", "llama.block_count": 2})
    put_ollama(root, "Qwen3-GGUF:Q4_K_M", {"model": far}, host="hf.co", namespace="unsloth")
    put_ollama(root, "gpt:cloud", {"license": b"none of its weights are here"})
    put_ollama(root, "mlx:latest", {"model": b"PK"}, config={"model_format": "safetensors"})
    library = library_on(machine(home))
    entries = {entry.name: entry for entry in library.list_all()}
    assert set(entries) == {"llava:7b", "anna/poet:q8", "hf.co/unsloth/Qwen3-GGUF:Q4_K_M"}
    llava = entries["llava:7b"]
    assert (llava.path, llava.projector, llava.adapters) == (
        blobs["model"],
        blobs["projector"],
        (blobs["adapter"],),
    )
    assert llava.other_names == ("llava:latest",)
    assert {library.resolve(name) for name in ("llava:7b", "llava:latest", "LLAVA:7B")} == {blobs["model"]}
    assert library.describe(blobs["model"]).name == "llava:7b"
    assert not llava.is_changeable


def test_a_model_whose_data_its_program_lost_is_named(home: Path) -> None:
    blobs = put_ollama(home / ".ollama/models", "qwen2.5:0.5b", {"model": make_gguf()})
    library = library_on(machine(home))
    assert library.list()[0].file is not None
    blobs["model"].unlink()
    (entry,) = library.list()
    assert entry.failure is not None
    said = explain(error_from_code(entry.failure.code, entry.failure.details))
    assert said.what == "“qwen2.5:0.5b” is on its program's list, but its data is gone."


def _naming(digest: str) -> str:
    return json.dumps({"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": digest}]})


HOSTILE = [
    "",
    "{",
    "[]",
    "null",
    '{"layers": 3}',
    '{"layers": [3]}',
    _naming("sha256:../../../../etc/passwd"),
    _naming("sha256:" + ("../" * 22)[:64]),
    _naming("/etc/passwd"),
    '{"layers": ' + "[" * 100_000 + "]" * 100_000 + "}",
    '{"layers": [], "x": "' + "a" * (2 << 20) + '"}',
]


@pytest.mark.parametrize("manifest", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_manifests_yield_nothing(home: Path, manifest: str) -> None:
    root = home / ".ollama/models"
    put(root / "manifests/registry.ollama.ai/library/bad/latest", manifest)
    put_ollama(root, "good:1b", {"model": make_gguf()})
    assert [name for _, name in names_on(machine(home))] == ["good:1b"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    manifest=st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(str)
)
def test_any_manifest_at_all(tmp_path: Path, manifest: bytes | str) -> None:
    put(tmp_path / "manifests/registry.ollama.ai/library/any/latest", manifest)
    assert list(ollama.find(tmp_path)) == []


@pytest.mark.skipif(os.name != "posix", reason="makes links and pipes")
def test_loops_pipes_and_links_that_lead_nowhere(home: Path) -> None:
    models = home / ".lmstudio/models"
    path = put(models / "a/b/real-1b.gguf")
    (models / "a/b/loop").symlink_to(models)
    (models / "again").symlink_to(models / "a")
    (models / "a/b/nowhere-1b.gguf").symlink_to(models / "gone.gguf")
    (models / "a/b/itself-1b.gguf").symlink_to(models / "a/b/itself-1b.gguf")
    os.mkfifo(models / "a/b/pipe-1b.gguf")
    manifests = home / ".ollama/models/manifests"
    put_ollama(home / ".ollama/models", "good:1b", {"model": make_gguf()})
    (manifests / "loop").symlink_to(manifests)
    os.mkfifo(manifests / "registry.ollama.ai/library/good/pipe")
    found = {entry.path.name for entry in entries_on(machine(home))}
    assert path.name in found
    assert len(found) == 2


def test_jan_s_cards(home: Path, tmp_path: Path) -> None:
    data = home / ".local/share/Jan/data"
    elsewhere, eyes = put(tmp_path / "mine/model.gguf"), put(tmp_path / "mine/mmproj.gguf", PROJECTOR)
    put(
        data / "llamacpp/models/mine/model.yml",
        f"name: Mine 7B\nmodel_path: {elsewhere}\nmmproj_path: {eyes}\n",
    )
    put(data / "llamacpp/models/gone/model.yml", "name: Gone\nmodel_path: gone.gguf\n")
    put(data / "llamacpp/models/far/model.yml", "name: Far\nmodel_path: \\\\server\\share\\model.gguf\n")
    (entry,) = entries_on(machine(home))
    assert (entry.name, entry.path, entry.projector) == ("Mine 7B", elsewhere, eyes)


def test_koboldcpp_s_saved_settings(home: Path, tmp_path: Path) -> None:
    model, eyes = put(tmp_path / "other/m-7b.gguf"), put(tmp_path / "other/mmproj.gguf", PROJECTOR)
    lora, draft = put(tmp_path / "other/lora.gguf", ADAPTER), put(tmp_path / "other/m-draft-0.5b.gguf")
    saved = {
        "model_param": str(model),
        "mmproj": str(eyes),
        "lora": [str(lora), "1.0"],
        "draftmodel": str(draft),
    }
    put(home / "koboldcpp/mine.kcpps", json.dumps(saved))
    put(home / "koboldcpp/far.kcpps", json.dumps({"model_param": "//server/share/m.gguf"}))
    put(home / "koboldcpp/broken.kcpps", "{")
    entries = {entry.path: entry for entry in entries_on(machine(home))}
    assert (entries[model].projector, entries[model].adapters) == (eyes, (lora,))
    assert entries[draft].kind is ModelKind.DRAFT
    assert set(entries) == {model, draft}


@pytest.mark.parametrize("has_links", [True, False])
def test_a_cache_with_and_without_links(home: Path, has_links: bool) -> None:
    hub = home / ".cache/huggingface/hub"
    path = put_in_cache(hub, "a/b", "m-1b-Q4_K_M.gguf", make_gguf(), has_links=has_links)
    older = path.parent.parent / "0000"
    older.mkdir()
    (older / path.name).write_bytes(path.read_bytes())
    parts = [
        put_in_cache(hub, "a/b", f"Q8_0/big-{number:05}-of-00002.gguf", make_gguf(), has_links=False)
        for number in (1, 2)
    ]
    entries = entries_on(machine(home))
    assert [entry.path for entry in entries] == [path, parts[0]]
    assert entries[1].files == tuple(parts)


def test_whose_a_path_is(home: Path) -> None:
    put_everything(home)
    where = machine(home)
    for entry in entries_on(where):
        assert foreign_store_of(entry.path, where) is entry.store
    assert foreign_store_of(home / "ours/m.gguf", where) is None
    if os.name == "posix":
        (home / "mine").symlink_to(home / ".lmstudio/models")
        assert foreign_store_of(home / "mine/x/y/m.gguf", where) is Store.LM_STUDIO


def _tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): f"{path.lstat().st_mtime_ns} {path.lstat().st_mode} "
        + (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
    }


_WRITING = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
}
_watched: list[Path] = []
_written: list[str] = []


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _watched or not arguments:
        return
    is_writing = event in _WRITING
    if event == "open":
        _, mode, flags = (*arguments, None, 0)[:3]
        is_writing = bool(isinstance(mode, str) and set(mode) & set("wxa+")) or bool(
            isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
    if is_writing and any(str(folder) in str(argument) for folder in _watched for argument in arguments):
        _written.append(f"{event} {arguments}")


sys.addaudithook(_audit)


def test_nothing_in_them_is_ever_written(home: Path, tmp_path: Path) -> None:
    put_everything(home)
    before = _tree(home)
    for folder in [home, *(path for path in home.rglob("*") if path.is_dir())]:
        folder.chmod(0o555)
    _watched.append(home)
    try:
        library = ModelLibrary(
            tmp_path / "ours",
            list,
            foreign_places=lambda: foreign_places(machine(home)),
            cache_file=tmp_path / "cache.json",
        )
        for entry in library.list_all():
            library.fingerprint_of(entry)
            library.describe(entry.path)
    finally:
        _watched.clear()
        for folder in [home, *(path for path in home.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)
    assert _written == []
    assert {name: said.split()[0] for name, said in _tree(home).items()} == {
        name: said.split()[0] for name, said in before.items()
    }

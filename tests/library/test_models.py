from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path

import pytest

from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.library.models import STARTER_DISTRIBUTION, ModelLibrary
from lmstudio_lite.words import explain
from tests.library.gguf_files import LLAMA_METADATA, MetadataValue, make_gguf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ModelLibrary:
    """A library without the starter."""
    library = ModelLibrary(folder, lambda: [])
    monkeypatch.setattr(library, "starter_path", lambda: None)
    return library


def write(folder: Path, name: str, content: bytes | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_gguf() if content is None else content)
    return path


def test_describe(folder: Path, library: ModelLibrary) -> None:
    path = write(folder, "tiny.gguf")
    file = library.describe(path)
    assert (file.path, file.name, file.architecture, file.quantization) == (path, "Tiny", "llama", "Q8_0")
    assert (file.size_bytes, file.num_parameters) == (path.stat().st_size, 64 * 32 + 64)
    assert (file.context_length, file.num_layers, file.embedding_length) == (2048, 2, 64)
    assert (file.num_heads, file.num_kv_heads, file.key_length, file.value_length) == (4, 2, 16, 16)
    assert (file.vocabulary_size, file.has_chat_template) == (3, True)


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2 135M Instruct"),
        ("qwen2.5-0.5b-instruct-q4_k_m.gguf", "qwen2.5 0.5b instruct"),
        ("gemma-3-1b-it-BF16.gguf", "gemma 3 1b it"),
        ("model.gguf", "Tiny"),
        ("ggml-model-q4_0.gguf", "Tiny"),
        ("tmp-2.gguf", "Tiny"),
        ("Qwen2.5-Coder-0.5B-Instruct-AWQ.Q4_K_M.gguf", "Qwen2.5 Coder 0.5B Instruct"),
        ("sha256-0a1b2c3d4e5f6a7b8c9d.gguf", "Tiny"),
    ],
)
def test_names(folder: Path, library: ModelLibrary, file_name: str, name: str) -> None:
    assert library.describe(write(folder, file_name)).name == name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ({"general.name": "AWQ"}, "m"),
        ({"general.name": "model"}, "m"),
        ({"general.name": "/tmp/merged/"}, "m"),
        ({"general.name": "/models/Aya-8B/"}, "Aya-8B"),
        ({"general.name": "tmp", "general.basename": "Mistral", "general.size_label": "7B"}, "Mistral 7B"),
        (
            {
                "general.name": "Qwen2.5 Coder 0.5B Instruct AWQ",
                "general.basename": "Qwen2.5-Coder",
                "general.size_label": "0.5B",
                "general.finetune": "Instruct-AWQ",
            },
            "Qwen2.5 Coder 0.5B Instruct",
        ),
        (
            {
                "general.basename": "smollm2",
                "general.size_label": "135M",
                "general.finetune": "8k-lc100k-mix1-ep2",
            },
            "smollm2 135M",
        ),
        ({"general.basename": "model", "general.name": "Phi 4"}, "Phi 4"),
    ],
)
def test_the_name_of_a_file_that_was_renamed(
    folder: Path, library: ModelLibrary, header: dict[str, str], name: str
) -> None:
    plain = {key: value for key, value in LLAMA_METADATA.items() if key != "general.name"}
    assert library.describe(write(folder, "m.gguf", make_gguf({**plain, **header}))).name == name


TOKENS, WIDTH = 5_000, 200
BODY = ("blk.0.ffn_up.weight", (WIDTH, 17_500))


@pytest.mark.parametrize(
    ("label", "name", "repeats_embedding", "num_parameters"),
    [
        ("4.5M", "m.gguf", True, 4_500_000),  # shared, and written twice
        ("5.5M", "m.gguf", True, 5_500_000),  # an output matrix of its own
        ("", "any-5.4M-it.gguf", True, 5_500_000),
        ("", "any-4M-it.gguf", True, 4_500_000),
        ("7B", "any-5.5M-it.gguf", True, 5_500_000),  # a label of something else
        ("", "m.gguf", True, 4_500_000),
        ("", "m.gguf", False, 4_500_000),
        ("8x7B", "m.gguf", False, 4_500_000),
    ],
)
def test_parameters_are_counted_as_the_makers_do(
    folder: Path,
    library: ModelLibrary,
    label: str,
    name: str,
    repeats_embedding: bool,
    num_parameters: int,
) -> None:
    metadata: dict[str, MetadataValue] = {**LLAMA_METADATA, "general.size_label": label}
    tensors = [("token_embd.weight", (WIDTH, TOKENS)), BODY]
    if repeats_embedding:
        tensors.append(("output.weight", (WIDTH, TOKENS)))
    path = write(folder, name, make_gguf(metadata, tensors=tensors))
    assert library.describe(path).num_parameters == num_parameters


def test_only_the_added_file_of_a_folder_is_listed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = write(tmp_path, "downloads/a-1.gguf")
    write(tmp_path, "downloads/b-2.gguf")
    library = ModelLibrary(folder, list, lambda: [added, added, tmp_path / "gone.gguf"])
    monkeypatch.setattr(library, "starter_path", lambda: None)
    assert [entry.path for entry in library.list()] == [added]


def test_listing(folder: Path, library: ModelLibrary) -> None:
    write(folder, "bb-2-it.gguf")
    write(folder, "sub/deeper/aa-1-it.GGUF")
    write(folder, "mmproj-a-1.gguf")
    write(folder, "notes.txt", b"no model")
    write(folder, ".hidden/c-3-model.gguf")
    broken = write(folder, "zz-9.gguf", b"not a model")
    entries = library.list()
    assert [entry.path.name for entry in entries] == ["aa-1-it.GGUF", "bb-2-it.gguf", "zz-9.gguf"]
    failure = entries[2].failure
    assert failure is not None
    assert (failure.code, failure.details) == ("model_file", {"path": str(broken), "reason": "not_gguf"})
    assert entries[2].file is None
    assert not any(entry.is_starter for entry in entries)


def test_added_folders_and_links_count_once(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra: list[Path] = []
    library = ModelLibrary(folder, lambda: extra)
    monkeypatch.setattr(library, "starter_path", lambda: None)
    path = write(tmp_path, "elsewhere/a-1.gguf")
    assert library.list() == []
    extra += [path.parent, folder, tmp_path / "missing"]
    if os.name == "posix":
        (folder / "link.gguf").symlink_to(path)
    assert len(library.list()) == 1


def test_a_changed_file_is_read_again(folder: Path, library: ModelLibrary) -> None:
    path = write(folder, "a-1.gguf", b"GGUF")
    assert library.list()[0].file is None
    path.write_bytes(make_gguf())
    assert library.list()[0].file is not None
    path.unlink()
    assert library.list() == []


def test_split_models_are_one(folder: Path, library: ModelLibrary) -> None:
    names = [f"big-7b-q4_0-{part:05}-of-00003.gguf" for part in (1, 2, 3)]
    write(folder, names[0], make_gguf(tensors=()))
    write(folder, names[1])
    failure = library.list()[0].failure
    assert failure is not None
    assert (failure.details["reason"], failure.details["part"]) == ("part_missing", names[2])
    write(folder, names[2])
    (entry,) = library.list()
    assert entry.file is not None
    assert entry.path.name == names[0]
    assert entry.file.name == "big 7b"
    assert entry.file.num_parameters == 2 * (64 * 32 + 64)
    assert entry.file.size_bytes == sum((folder / name).stat().st_size for name in names)


def test_any_part_of_a_split_model_stands_for_the_model(folder: Path, library: ModelLibrary) -> None:
    names = [f"Tiny Möwe-{part:05}-of-00002.gguf" for part in (1, 2)]
    second = write(folder, names[1])
    for ask in (library.describe, lambda path: library.resolve(str(path))):
        with pytest.raises(ModelFileError) as caught:
            ask(second)
        assert (caught.value.details["reason"], caught.value.details["part"]) == ("part_missing", names[0])
        assert names[0] in explain(caught.value).what
    first = write(folder, names[0], make_gguf(tensors=()))
    assert library.describe(second).path == first
    assert library.resolve(str(second)) == first


def test_a_path_counts_from_the_callers_folder(
    folder: Path, library: ModelLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder, "own.gguf")
    monkeypatch.chdir(folder.parent)
    relative = Path(folder.name, "own.gguf")
    assert library.resolve(f".{os.sep}{relative}") == path
    assert library.describe(relative).path == path


def test_an_absurd_number_of_parts(folder: Path, library: ModelLibrary) -> None:
    path = write(folder, "big-00001-of-99999.gguf")
    with pytest.raises(ModelFileError) as caught:
        library.describe(path)
    assert caught.value.details["reason"] == "absurd_metadata"


def test_a_header_without_architecture(folder: Path, library: ModelLibrary) -> None:
    with pytest.raises(ModelFileError) as caught:
        library.describe(write(folder, "a.gguf", make_gguf({"general.name": "x"})))
    assert caught.value.details["reason"] == "absurd_metadata"


def test_resolve(folder: Path, library: ModelLibrary) -> None:
    path = write(folder, "Qwen2-0.5B-Instruct.Q4_K_M.gguf")
    write(folder, "Llama-3-8B.gguf")
    write(folder, "Qwen-broken-1.gguf", b"")
    assert library.resolve(str(path)) == path
    for name in ("Qwen2-0.5B-Instruct.Q4_K_M.gguf", "qwen2 0.5b instruct", "qwen2-0.5b", "QWEN"):
        assert library.resolve(name) == path
    for name in ("mistral", "", str(folder / "none.gguf")):
        with pytest.raises(ModelNotFoundError):
            library.resolve(name)


def test_missing_models(folder: Path, library: ModelLibrary) -> None:
    with pytest.raises(ModelNotFoundError):
        library.describe(folder / "none.gguf")
    assert library.list() == []


def test_the_starter_comes_first(folder: Path) -> None:
    try:
        importlib.metadata.distribution(STARTER_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the starter model is not installed")
    write(folder, "a-1.gguf")
    library = ModelLibrary(folder, lambda: [])
    starter, other = library.list()
    assert (starter.is_starter, other.is_starter) == (True, False)
    assert starter.path == library.starter_path()
    assert starter.file is not None
    assert (starter.file.name, starter.file.quantization) == ("SmolLM2 135M Instruct", "Q4_1")
    assert starter.file.has_chat_template
    assert [entry.path for entry in ModelLibrary(starter.path.parent, lambda: []).list()] == [starter.path]

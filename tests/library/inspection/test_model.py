"""What is wrong with a file is found, and nothing is found in a sound one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmstudio_lite.domain.inspection import ContentKind, Finding, FindingCode, Severity
from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.library.inspection.model import Inspection, inspect_model
from tests.library.gguf_files import MetadataValue, make_gguf
from tests.support.gguf_models import ARCHITECTURES, make_model, write_adapter, write_model
from tests.support.gguf_patches import add_keys, patch_tensor, rename_key, set_number

LAYER = "blk.1.ffn_up.weight"


def inspect(path: Path, content: bytes) -> Inspection:
    path.write_bytes(content)
    return inspect_model(path)


def codes(inspection: Inspection) -> list[FindingCode]:
    return [finding.code for finding in inspection.findings]


def found(inspection: Inspection, code: FindingCode) -> Finding:
    return next(finding for finding in inspection.findings if finding.code is code)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_sound_model_has_no_findings(path: Path, architecture: str) -> None:
    inspection = inspect_model(write_model(path, architecture))
    assert inspection.findings == ()
    assert inspection.is_usable
    assert inspection.kind is ContentKind.TEXT


def test_the_starter_is_sound(starter_model: Path) -> None:
    inspection = inspect_model(starter_model)
    assert inspection.findings == ()
    assert len(inspection.tensors) == inspection.header.num_tensors > 100


UNUSABLE: list[tuple[FindingCode, Callable[[bytes], bytes]]] = [
    (FindingCode.TENSORS_OVERLAP, lambda c: patch_tensor(c, LAYER, offset=0)),
    (FindingCode.TENSORS_UNALIGNED, lambda c: patch_tensor(c, LAYER, offset=8)),
    (FindingCode.TENSORS_APART, lambda c: patch_tensor(c, LAYER, dimensions={0: 32})),
    (FindingCode.ODD_ROWS, lambda c: patch_tensor(c, LAYER, type_number=12)),
    (FindingCode.TYPE_REMOVED, lambda c: patch_tensor(c, LAYER, type_number=31)),
    (FindingCode.TYPE_UNKNOWN, lambda c: patch_tensor(c, LAYER, type_number=77)),
    (FindingCode.TENSOR_TWICE, lambda c: patch_tensor(c, LAYER, new_name="blk.2.ffn_up.weight")),
    (FindingCode.BAD_ALIGNMENT, lambda c: add_keys(c, {"general.alignment": 96})),
    (FindingCode.KEY_TWICE, lambda c: add_keys(c, {"general.name": "again"})),
    (FindingCode.KEY_MISSING, lambda c: rename_key(c, "llama.block_count", "llama.block_c0unt")),
    (FindingCode.KEY_MISSING, lambda c: rename_key(c, "general.architecture", "general.architectur3")),
    (FindingCode.TOKENIZER_MISSING, lambda c: rename_key(c, "tokenizer.ggml.model", "tokenizer.ggml.mode1")),
    (
        FindingCode.TOKENIZER_MISSING,
        lambda c: rename_key(c, "tokenizer.ggml.tokens", "tokenizer.ggml.token5"),
    ),
    (
        FindingCode.TOKENIZER_MISSING,
        lambda c: rename_key(c, "tokenizer.ggml.merges", "tokenizer.ggml.merge5"),
    ),
    (FindingCode.TOKEN_LIST_DIFFERS, lambda c: add_keys(c, {"tokenizer.ggml.scores": [1, 2, 3]})),
    (FindingCode.VOCABULARY_DIFFERS, lambda c: patch_tensor(c, "token_embd.weight", dimensions={1: 9})),
    (FindingCode.WIDTH_DIFFERS, lambda c: set_number(c, "llama.embedding_length", 128)),
    (FindingCode.PART_RENAMED, lambda c: add_keys(c, {"split.no": 1, "split.count": 3})),
]


@pytest.mark.parametrize(("code", "damage"), UNUSABLE)
def test_what_llama_cpp_refuses_is_unusable(
    path: Path, code: FindingCode, damage: Callable[[bytes], bytes]
) -> None:
    inspection = inspect(path, damage(make_model("llama")))
    assert found(inspection, code).severity is Severity.UNUSABLE
    assert not inspection.is_usable


@pytest.mark.parametrize("count", [0, 513, 4_000_000_000])
def test_layers_that_llama_cpp_ends_its_process_for_are_unusable(path: Path, count: int) -> None:
    inspection = inspect(path, set_number(make_model("llama"), "llama.block_count", count))
    assert codes(inspection) == [FindingCode.LAYERS_ABSURD]
    assert not inspection.is_usable


DOUBTFUL: list[tuple[FindingCode, Callable[[bytes], bytes]]] = [
    (FindingCode.CONTEXT_ABSURD, lambda c: set_number(c, "llama.context_length", 3)),
    (FindingCode.CONTEXT_ABSURD, lambda c: set_number(c, "llama.context_length", 4_000_000_000)),
    (FindingCode.LAYERS_DIFFER, lambda c: set_number(c, "llama.block_count", 2)),
    (FindingCode.TOKEN_ID_OUT_OF_RANGE, lambda c: set_number(c, "tokenizer.ggml.bos_token_id", 70_000)),
    (FindingCode.END_MISSING, lambda c: set_number(c, "tokenizer.ggml.eos_token_id", 0xFFFFFFFF)),
    (FindingCode.PRE_TOKENIZER_MISSING, lambda c: rename_key(c, "tokenizer.ggml.pre", "tokenizer.ggml.pr3")),
    (
        FindingCode.TEMPLATE_MISSING,
        lambda c: rename_key(c, "tokenizer.chat_template", "tokenizer.chat_templat3"),
    ),
    (FindingCode.BYTES_LEFT_OVER, lambda c: c + bytes(100_000)),
]


@pytest.mark.parametrize(("code", "damage"), DOUBTFUL)
def test_what_is_doubtful_is_said_and_nothing_else(
    path: Path, code: FindingCode, damage: Callable[[bytes], bytes]
) -> None:
    inspection = inspect(path, damage(make_model("llama")))
    assert codes(inspection) == [code]
    assert inspection.is_usable


def test_a_file_that_was_cut_off_is_shown_as_far_as_it_goes(path: Path) -> None:
    content = make_model("llama")
    inspection = inspect(path, content[:-20_000])
    assert inspection.failure is not None
    assert inspection.failure.details["reason"] == "truncated"
    assert found(inspection, FindingCode.TENSORS_PAST_END).details["total"] == len(inspection.tensors)
    within = inspect(path, content[:3000])
    assert within.failure is not None
    assert within.header.text("general.name") == "Tiny llama"
    assert within.header.entries
    assert not within.is_usable


def test_what_is_no_model_is_an_answer(path: Path, tmp_path: Path) -> None:
    inspection = inspect(path, b"<!DOCTYPE html><html></html>")
    assert inspection.failure is not None
    assert inspection.failure.details["kind"] == "web_page"
    assert (inspection.findings, inspection.tensors, inspection.is_usable) == ((), [], False)
    with pytest.raises(ModelNotFoundError):
        inspect_model(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError):
        inspect_model(tmp_path)


def test_kinds_are_told(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    adapter = inspect_model(write_adapter(path))
    assert (adapter.kind, codes(adapter)) == (ContentKind.ADAPTER, [FindingCode.IS_ADAPTER])
    assert found(adapter, FindingCode.IS_ADAPTER).details["base"] == "llama"
    embedder = inspect_model(write_model(path, "embedder"))
    assert (embedder.kind, codes(embedder)) == (ContentKind.EMBEDDING, [FindingCode.IS_EMBEDDING])
    clip: dict[str, MetadataValue] = {"general.architecture": "clip", "clip.has_vision_encoder": True}
    projector = inspect(path, make_gguf(clip))
    assert (projector.kind, codes(projector)) == (ContentKind.PROJECTOR, [FindingCode.IS_PROJECTOR])
    vocabulary = inspect(path, make_gguf(tensors=()))
    assert vocabulary.kind is ContentKind.VOCABULARY
    assert not vocabulary.is_usable


def test_an_adapter_without_its_other_half(tmp_path: Path) -> None:
    content = write_adapter(tmp_path / "a.gguf").read_bytes()
    name = "blk.0.attn_q.weight.lora_b"
    inspection = inspect(tmp_path / "a.gguf", patch_tensor(content, name, new_name=name[:-1] + "c"))
    assert found(inspection, FindingCode.ADAPTER_UNPAIRED).details["count"] == 1
    assert not inspection.is_usable


class TestParts:
    """A model in three files."""

    @pytest.fixture
    def parts(self, tmp_path: Path) -> list[Path]:
        paths = [tmp_path / f"m-{number:05}-of-00003.gguf" for number in (1, 2, 3)]
        whole = make_model("llama")
        keys: dict[str, MetadataValue] = {"split.count": 3, "split.tensors.count": 33}
        paths[0].write_bytes(add_keys(whole, {"split.no": 0, **keys}))
        for number, path in enumerate(paths[1:], 1):
            tensors = [(f"more.{number}", (32,)), (f"more.{number}.b", (32,))]
            path.write_bytes(make_gguf({"split.no": number, **keys}, tensors=tensors))
        return paths

    def test_are_one_model_whichever_is_asked_for(self, parts: list[Path]) -> None:
        for path in parts:
            inspection = inspect_model(path)
            assert inspection.path == parts[0]
            assert [part.path for part in inspection.parts] == parts
            assert len(inspection.tensors) == sum(part.header.num_tensors for part in inspection.parts)

    def test_that_fit_have_no_findings(self, parts: list[Path]) -> None:
        num_tensors = len(inspect_model(parts[0]).tensors)
        for path in parts:
            path.write_bytes(set_number(path.read_bytes(), "split.tensors.count", num_tensors))
        assert inspect_model(parts[0]).findings == ()

    def test_that_are_missing_are_named(self, parts: list[Path]) -> None:
        parts[1].unlink()
        inspection = inspect_model(parts[2])
        assert found(inspection, FindingCode.PART_MISSING).details["name"] == parts[1].name
        parts[0].unlink()
        alone = inspect_model(parts[2])
        assert (alone.path, alone.is_usable) == (parts[2], False)
        assert found(alone, FindingCode.PART_MISSING).details["count"] == 2

    def test_that_are_broken_are_named(self, parts: list[Path]) -> None:
        parts[2].write_bytes(b"")
        details = found(inspect_model(parts[0]), FindingCode.PART_BROKEN).details
        assert (details["name"], details["reason"]) == (parts[2].name, "empty")

    def test_of_another_model_do_not_fit(self, parts: list[Path]) -> None:
        parts[1].write_bytes(parts[2].read_bytes())
        assert FindingCode.PARTS_DIFFER in codes(inspect_model(parts[0]))

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import VariantNotFoundError
from lmstudio_lite.hub.file_names import local_name
from lmstudio_lite.hub.variants import choose_variant, group_variants, quantization_of


def remote(path: str, size_bytes: int = 1) -> RemoteFile:
    return RemoteFile(f"https://hub/{path}", local_name(path), size_bytes, path=path)


@pytest.mark.parametrize(
    ("path", "quantization"),
    [
        ("qwen2.5-0.5b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("Llama-3.2-1B-Instruct-UD-IQ1_S.gguf", "UD-IQ1_S"),
        ("model.Q8_0.gguf", "Q8_0"),
        ("model-f16.gguf", "F16"),
        ("model-fp16-00001-of-00002.gguf", "F16"),
        ("BF16/model-00001-of-00003.gguf", "BF16"),
        ("Q4_K_M/gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("bitnet-TQ2_0.gguf", "TQ2_0"),
        ("gemma-3-4b-it-qat-q4_0_s.gguf", "Q4_0_S"),
        ("Phi-3.5-mini-instruct-Q4_0_4_4.gguf", "Q4_0_4_4"),
        ("EQ4_bench.gguf", ""),
        ("model.gguf", ""),
    ],
)
def test_the_quantization_stands_in_the_name(path: str, quantization: str) -> None:
    assert quantization_of(path) == quantization


def test_a_repository_is_its_variants() -> None:
    files = [
        remote("README.md"),
        remote("model-Q8_0.gguf", 800),
        remote("model-Q4_K_M.gguf", 400),
        remote("imatrix.gguf", 3),
        remote("model.imatrix.gguf", 3),
        remote("mmproj-model-f32.gguf", 80),
        remote("mmproj-model-f16.gguf", 40),
        *[remote(f"BF16/model-BF16-{number:05}-of-00003.gguf", 500) for number in (2, 3, 1)],
        *[remote(f"broken-F16-{number:05}-of-00003.gguf", 500) for number in (1, 3)],
    ]
    found = group_variants(files)
    assert [(each.quantization, each.size_bytes) for each in found] == [
        ("Q4_K_M", 400),
        ("Q8_0", 800),
        ("BF16", 1500),
    ]
    assert [file.path[-19:-14] for file in found[2].files] == ["00001", "00002", "00003"]
    assert {each.projector.path for each in found if each.projector} == {"mmproj-model-f16.gguf"}
    assert all(each.projector for each in found)


def test_a_projector_belongs_to_its_folder() -> None:
    found = group_variants([remote("a/m-Q4_0.gguf"), remote("b/m-Q4_0.gguf"), remote("a/mmproj.gguf")])
    assert {each.files[0].path: each.projector is not None for each in found} == {
        "a/m-Q4_0.gguf": True,
        "b/m-Q4_0.gguf": False,
    }
    near = group_variants([remote("ab/m-Q4_0.gguf"), remote("a/mmproj.gguf")])
    assert near[0].projector is None


def test_a_projector_can_be_had_alone() -> None:
    found = group_variants([remote("m-Q4_0.gguf", 4), remote("mmproj-m-F16.gguf", 2)])
    chosen = choose_variant(found, path="mmproj-m-F16.gguf")
    assert [file.path for file in chosen.files] == ["mmproj-m-F16.gguf"]
    assert chosen.projector is None


def test_two_models_of_one_quantization_stay_two() -> None:
    found = group_variants([remote("m-1b-Q4_0.gguf", 1), remote("m-3b-Q4_0.gguf", 3)])
    assert [each.files[0].path for each in found] == ["m-1b-Q4_0.gguf", "m-3b-Q4_0.gguf"]
    assert choose_variant(found, path="M-3B-q4_0.gguf").size_bytes == 3


@pytest.mark.parametrize(
    ("wanted", "label"),
    [
        ("Q8_0", "Q8_0"),
        ("q4_k_m", "Q4_K_M"),
        ("Q4-K-M", "Q4_K_M"),
        ("Q2_K_XL", "UD-Q2_K_XL"),
        ("UD-Q2_K_XL", "UD-Q2_K_XL"),
        ("FP16", "F16"),
        ("", "Q4_K_M"),
    ],
)
def test_a_variant_is_chosen_by_its_name(wanted: str, label: str) -> None:
    labels = ("UD-Q2_K_XL", "Q8_0", "Q4_K_M", "F16")
    found = group_variants([remote(f"m-{each}.gguf") for each in labels])
    assert choose_variant(found, quantization=wanted).quantization == label


def test_what_is_not_there_is_said_with_what_is() -> None:
    found = group_variants([remote("m-Q8_0.gguf", 2), remote("m-Q4_0.gguf", 1)])
    with pytest.raises(VariantNotFoundError) as raised:
        choose_variant(found, quantization="Q5_K_M")
    assert raised.value.details == {"wanted": "Q5_K_M", "known": "Q4_0, Q8_0"}
    with pytest.raises(VariantNotFoundError):
        choose_variant([])


@given(st.integers(1, 12), st.sampled_from(["Q4_K_M", "BF16"]), st.randoms())
def test_the_parts_are_in_order_however_they_are_listed(
    count: int, label: str, shuffler: random.Random
) -> None:
    files = [remote(f"{label}/m-{number:05}-of-{count:05}.gguf", number) for number in range(1, count + 1)]
    shuffler.shuffle(files)
    (found,) = group_variants(files)
    assert [file.size_bytes for file in found.files] == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b/model-Q4_0.gguf", "model-Q4_0.gguf"),
        ("model-00001-of-00003.gguf", "model-00001-of-00003.gguf"),
        ("..\\..\\evil.gguf", "evil.gguf"),
        ("..", "model.gguf"),
        ("C:evil.gguf", "C_evil.gguf"),
        ("con.gguf", "_con.gguf"),
        ("\u202efugg.gguf", "_fugg.gguf"),
        ("a\x00\n.gguf", "a__.gguf"),
        (" . .gguf", "model.gguf"),
        ("日本語.gguf", "日本語.gguf"),
        ("weights", "weights.gguf"),
    ],
)
def test_a_name_from_elsewhere_is_harmless_here(path: str, name: str) -> None:
    assert local_name(path) == name


@given(st.text(max_size=300))
def test_any_name_is_one_that_a_file_can_have(path: str) -> None:
    name = local_name(path)
    assert name.endswith(".gguf") or name.lower().endswith(".gguf")
    assert len(name.encode()) <= 220
    assert not set(name) & set('/\\:*?"<>|\x00')
    assert name not in (".", "..")
    assert local_name(name) == name

"""The catalog that comes with the program: its form, and how mistakes in it are reported."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lmstudio_lite.domain.catalog import CatalogModel, LicenceTerms, UseCase
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.library.catalog import LICENCES, catalog, read_catalog
from lmstudio_lite.library.recommend import OFFERED_FOR
from lmstudio_lite.paths import resources
from lmstudio_lite.words.offers import WHYS

_LARGEST_BYTES = 24_000_000_000
_TEMPLATES = {
    "", "chatml", "gemma4", "harmony", "hunyuan", "lfm2", "mistral", "phi4", "translategemma",
}  # fmt: skip
_BITS_A_WEIGHT = {"Q4_0": (4.4, 5.9), "MXFP4": (4.2, 4.9), "Q4_K_M": (4.5, 6.7), "Q8_0": (8.4, 8.9)}
_STARTER_BYTES = 100_000_000


def _ids(model: CatalogModel) -> str:
    return model.id


def test_the_catalog_has_models_for_every_use_and_every_machine() -> None:
    models = catalog()
    assert 25 <= len(models) <= 45
    assert {use for model in models for use in model.quality} == set(UseCase)
    for use in OFFERED_FOR:
        sizes = sorted(model.file.size_bytes for model in models if use in model.quality)
        assert len(sizes) >= 6
        assert sizes[0] < 1.5e9
        assert sizes[-1] > 15e9


@pytest.mark.parametrize("model", catalog(), ids=_ids)
def test_an_entry_is_complete_and_plausible(model: CatalogModel) -> None:
    file = model.file
    assert _STARTER_BYTES < file.size_bytes <= _LARGEST_BYTES
    assert file.url == f"https://huggingface.co/{file.repo}/resolve/{file.revision}/{file.path}"
    assert file.name.endswith(".gguf")
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert model.template_family in _TEMPLATES
    assert model.licence.terms is not LicenceTerms.UNKNOWN
    assert model.why in WHYS
    assert all(code == "*" or re.fullmatch(r"[a-z]{2,3}(-hant)?", code) for code in model.languages)
    assert len(set(model.languages)) == len(model.languages)
    assert model.is_later == (UseCase.VISION in model.quality)
    least, most = _BITS_A_WEIGHT[model.quantization]
    assert least <= model.facts.weights_bytes * 8 / model.num_parameters <= most
    assert model.sampling is None or model.sampling_source.startswith("https://")
    assert model.context_length <= model.facts.numbers["context_length"]  # type: ignore[operator]


def test_no_two_entries_are_the_same_file_or_called_alike() -> None:
    models = catalog()
    assert len({model.file.sha256 for model in models}) == len(models)
    assert len({model.name for model in models}) == len(models)


def test_models_that_draft_share_their_words_with_what_they_draft_for() -> None:
    by_id = {model.id: model for model in catalog()}
    drafts = [model for model in catalog() if UseCase.DRAFT in model.quality]
    assert drafts
    for model in drafts:
        assert model.draft_for
        for drafted in model.draft_for:
            larger = by_id[drafted]
            assert larger.template_family == model.template_family
            # llama.cpp bears a difference of 128 words between the two vocabularies
            assert abs(larger.facts.vocabulary_size - model.facts.vocabulary_size) <= 128


def test_a_tokenizers_words_are_counted_the_same_throughout_a_family() -> None:
    counts: dict[str, set[int]] = {}
    for model in catalog():
        counts.setdefault(model.facts.architecture, set()).add(model.facts.vocabulary_size)
    assert counts["qwen35"] == {248_320}
    assert counts["gemma4"] == {262_144}


def _rows() -> list[dict[str, Any]]:
    with (resources() / "catalog.toml").open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)["models"]
    return rows


def _read(tmp_path: Path, rows: list[dict[str, Any]]) -> tuple[CatalogModel, ...]:
    path = tmp_path / "catalog.toml"
    path.write_bytes(tomli_w.dumps({"models": rows}).encode())
    return read_catalog(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": "large"}, "size_bytes"),
        ({"file": "model.bin"}, "no GGUF"),
        ({"file": "../model.gguf"}, "no GGUF"),
        ({"repo": "owner"}, "owner/name"),
        ({"repo": "owner/name/more"}, "owner/name"),
        ({"sha256": "abc"}, "sha256"),
        ({"revision": "v1"}, "revision"),
        ({"licence": {"name": "Ours", "source": "https://example.org"}}, "licence Ours"),
        ({"licence": {"name": "MIT", "source": "http://example.org"}}, "https"),
        ({"quality": {}}, "quality"),
        ({"quality": {"sing": 1}}, "quality"),
        ({"quality": {"chat": 101}}, "quality"),
        ({"colour": "blue"}, "colour"),
        ({"weights_bytes": 1 << 39}, "weights"),
        ({"expert_bytes": 1 << 39}, "experts"),
        ({"expert_bytes": 10}, "experts without"),
        ({"numbers": {"block_count": 2, "embedding_length": 4}}, "missing"),
        ({"numbers": {"block_count": 2, "embedding_length": 4, "attention.head_count": [1]}}, "a layer"),
        ({"draft_for": ["nobody"]}, "nobody"),
        ({"sampling": {"temperature": 3.0, "source": "https://example.org"}}, "temperature"),
        ({"sampling": {"temperature": 1.0}}, "https"),
    ],
)
def test_a_mistake_is_said_with_the_entrys_name(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    rows = _rows()[:2]
    rows = [{name: value for name, value in row.items() if name != "draft_for"} for row in rows]
    assert len(_read(tmp_path, rows)) == 2
    with pytest.raises(InvariantError, match=re.escape(rows[1]["id"])) as raised:
        _read(tmp_path, [rows[0], rows[1] | change])
    assert said in str(raised.value)


def test_two_entries_with_one_name_are_refused(tmp_path: Path) -> None:
    row = {name: value for name, value in _rows()[0].items() if name != "draft_for"}
    with pytest.raises(InvariantError, match=f"2 entries are called {row['id']}"):
        _read(tmp_path, [row, row])


@pytest.mark.parametrize("content", ["", "models = 3", "other = 1", "[[models]", "[[models]]\nid = 'x'"])
def test_a_file_that_is_no_catalog_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(content)
    with pytest.raises(InvariantError, match=re.escape("catalog.toml")):
        read_catalog(path)


def test_every_known_licence_is_used() -> None:
    assert {model.licence.name for model in catalog()} == set(LICENCES)


def test_files_of_one_type_say_so_for_the_forecast_of_speed() -> None:
    by_id = {model.id: model for model in catalog()}
    small = by_id["qwen3-0.6b"].facts  # its layers have 440 million weights, at 34 bytes for 32
    assert small.type_bytes["Q8_0"] == pytest.approx(440e6 * 34 / 32, rel=0.01)
    assert set(by_id["gemma-4-12b"].facts.type_bytes) == {"Q4_0"}
    assert by_id["qwen3-4b-2507"].facts.type_bytes == {}
    for model in catalog():
        assert sum(model.facts.type_bytes.values()) < model.facts.weights_bytes

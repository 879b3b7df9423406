"""What memory and speed follow from is read out of headers of several kinds of model."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts
from tests.support.gguf_models import FEED_WIDTH, NUM_EXPERTS, WIDTH, write_model


def test_a_mixture_of_experts(tmp_path: Path) -> None:
    header = read_gguf_header(write_model(tmp_path / "m.gguf", "moe"))
    facts = model_facts(header)
    assert facts.architecture == "llama"
    assert facts.expert_bytes == 3 * 3 * NUM_EXPERTS * WIDTH * FEED_WIDTH * 4
    assert facts.embedding_bytes == facts.vocabulary_size * WIDTH * 4
    assert facts.weights_bytes == header.tensor_bytes > facts.expert_bytes
    assert facts.numbers["expert_count"] == NUM_EXPERTS
    assert facts.numbers["block_count"] == 3


def test_one_value_a_layer_is_kept(tmp_path: Path) -> None:
    facts = model_facts(read_gguf_header(write_model(tmp_path / "m.gguf", "jamba")))
    assert facts.numbers["attention.head_count_kv"] == (0, 2, 0)
    assert facts.expert_bytes == 0


def test_the_weights_of_all_parts_are_counted(tmp_path: Path) -> None:
    header = read_gguf_header(write_model(tmp_path / "m.gguf", "llama"))
    assert model_facts(header, header).weights_bytes == 2 * model_facts(header).weights_bytes

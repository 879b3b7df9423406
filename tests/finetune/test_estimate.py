from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.finetune.data.model_format import read_chat_format
from lmstudio_lite.finetune.estimate import (
    ShapeProblem,
    TrainingEstimate,
    Workload,
    estimate_scratch,
    estimate_training,
    num_weights,
    shape_problem,
)
from lmstudio_lite.finetune.protocol import Export, ExportKind, FinetuneSettings, Method, ScratchSettings
from lmstudio_lite.finetune.sizes import SIZES
from lmstudio_lite.library.gguf import read_gguf_header


def test_a_models_own_template_is_read_without_loading_it(starter_model: Path) -> None:
    chat_format = read_chat_format(starter_model)
    assert chat_format.problem == ""
    assert chat_format.reasoning_marks is None


def test_wanted_arrays_of_a_header_are_kept(starter_model: Path) -> None:
    keys = frozenset(("tokenizer.ggml.tokens", "tokenizer.ggml.token_type"))
    header = read_gguf_header(starter_model, kept_arrays=keys)
    tokens, types = (
        header.text_arrays["tokenizer.ggml.tokens"],
        header.number_arrays["tokenizer.ggml.token_type"],
    )
    assert len(tokens) == len(types) == header.array_lengths["tokenizer.ggml.tokens"]
    assert "<|im_end|>" in tokens
    assert read_gguf_header(starter_model).text_arrays == {}


def test_the_weights_of_a_model_from_nothing_are_counted_as_they_are() -> None:
    for shape in SIZES.values():
        assert shape_problem(shape) is None
        estimate = estimate_scratch(FinetuneSettings(method=Method.SCRATCH, scratch=shape), 2)
        assert estimate.num_learned == num_weights(shape)
    # As the Llama paper counts: an embedding, and in each layer attention, three matrices and two norms.
    small = ScratchSettings(100, 32, 2, 4, 2, 64)
    layer = 32 * 32 + 2 * 16 * 32 + 32 * 32 + 3 * 32 * 64 + 2 * 32
    assert num_weights(small) == 100 * 32 + 2 * layer + 32


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (ScratchSettings(width=100), ShapeProblem.WIDTH),
        (ScratchSettings(feed_forward=100), ShapeProblem.WIDTH),
        (ScratchSettings(width=192, num_heads=5), ShapeProblem.HEADS),
        (ScratchSettings(width=192, num_heads=64, num_kv_heads=1), ShapeProblem.HEADS),
        (ScratchSettings(num_heads=6, num_kv_heads=4), ShapeProblem.KV_HEADS),
    ],
)
def test_sizes_that_do_not_go_together_are_named(shape: ScratchSettings, problem: ShapeProblem) -> None:
    assert shape_problem(shape) is problem


def test_state_spaces_take_longer_and_scores_more_memory() -> None:
    def estimate(architecture: str) -> TrainingEstimate:
        file = ModelFile(
            path=Path("model.gguf"),
            name="Model",
            architecture=architecture,
            size_bytes=1 << 20,
            num_parameters=1 << 20,
            quantization="F16",
            context_length=512,
            num_layers=4,
            embedding_length=256,
            num_heads=8,
            num_kv_heads=8,
            has_chat_template=True,
            vocabulary_size=1000,
        )
        return estimate_training(file, FinetuneSettings(), 2)

    usual, recurrent, scored = estimate("llama"), estimate("mamba"), estimate("bloom")
    assert recurrent.tokens_per_s < usual.tokens_per_s / 10
    assert recurrent.activation_bytes > 2 * usual.activation_bytes
    assert scored.activation_bytes > usual.activation_bytes


def starter_like(settings: FinetuneSettings, tokens_at_once: int) -> TrainingEstimate:
    """What is estimated for the starter model, by its header."""
    file = ModelFile(
        path=Path("starter.gguf"),
        name="Starter",
        architecture="llama",
        size_bytes=98_362_432,
        num_parameters=134_515_008,
        quantization="Q4_K_M",
        context_length=8192,
        num_layers=30,
        embedding_length=576,
        num_heads=9,
        num_kv_heads=3,
        has_chat_template=True,
        key_length=64,
        value_length=64,
        vocabulary_size=49152,
    )
    return estimate_training(file, settings, 2, tokens_at_once=tokens_at_once)


@pytest.mark.parametrize(
    ("settings", "tokens_at_once", "measured_mb"),
    [
        (FinetuneSettings(rank=8), 402, 2014),
        (FinetuneSettings(rank=8), 528, 2511),
        (FinetuneSettings(rank=16, batch_size=4), 584, 2456),
        (FinetuneSettings(rank=16, max_length=512, batch_size=2), 1024, 3538),
        (FinetuneSettings(rank=16, method=Method.DORA), 402, 2602),
        (FinetuneSettings(rank=16, method=Method.DORA), 155, 2137),
        (FinetuneSettings(method=Method.FULL), 402, 3178),
    ],
    ids=["short", "longer", "four", "512", "dora", "dora short", "full"],
)
def test_the_memory_is_what_a_run_was_measured_to_take(
    settings: FinetuneSettings, tokens_at_once: int, measured_mb: int
) -> None:
    # On the starter model: the most that the process took.
    estimate = starter_like(settings, tokens_at_once)
    assert 0.95 <= estimate.total_bytes / (measured_mb * 1e6) <= 1.15
    assert estimate.least_bytes < estimate.total_bytes


def test_a_short_training_takes_what_is_around_it() -> None:
    settings = FinetuneSettings(rank=8, max_steps=30)
    estimate = starter_like(settings, 528)
    times = estimate.times_for(Workload(2000, 30, 400), settings)
    low, high = times.range_s
    assert low < times.total_s < high
    assert times.total_s > 3 * times.train_s
    assert times.begin_s + times.measure_s + times.write_s > 30.0
    with_whole = FinetuneSettings(
        rank=8, max_steps=30, exports=(Export(ExportKind.ADAPTER), Export(ExportKind.MERGED, "Q4_K_M"))
    )
    assert estimate.times_for(Workload(2000, 30, 400), with_whole).write_s > times.write_s + 10.0

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.models import KvType, Rung
from lmstudio_lite.engine.llama.sizing import (
    CONTEXT_SIZE_MIN,
    ModelShape,
    Sizes,
    gpu_layer_steps,
    plan_gpu_layers,
    plan_sizes,
    shrink,
)

GIB = 1 << 30
# Qwen2.5 0.5B and a 8B of the Llama 3 family, as their headers say.
SMALL = ModelShape(400_000_000, 25, 14, 2, 64, 64, 896, 151_936, 32_768)
LARGE = ModelShape(4_900_000_000, 33, 32, 8, 128, 128, 4096, 128_256, 131_072)


def sizes(
    shape: ModelShape = SMALL,
    free_bytes: int = 16 * GIB,
    *,
    flash_attention: bool = False,
    kv_type: KvType = KvType.F16,
    on_gpu: bool = False,
    options: LoadOptions | None = None,
) -> Sizes:
    return plan_sizes(
        shape,
        options or LoadOptions(),
        free_bytes=free_bytes,
        flash_attention=flash_attention,
        kv_type=kv_type,
        on_gpu=on_gpu,
    )


def test_a_cell_holds_keys_and_values_of_every_layer() -> None:
    assert SMALL.cell_bytes(KvType.F16) == 24 * 2 * 128 * 2
    assert SMALL.cell_bytes(KvType.Q8_0) == pytest.approx(24 * 2 * 128 * 34 / 32)


def test_plenty_of_memory_gives_a_full_context_for_many_texts() -> None:
    plenty = sizes()
    assert plenty.context_size == 16_384
    assert plenty.num_sequences == 16
    assert plenty.micro_batch_size == 512
    assert plenty.num_sequence_ids > plenty.num_sequences


def test_little_memory_gives_less_of_everything() -> None:
    tight = sizes(LARGE, 1 * GIB)
    assert CONTEXT_SIZE_MIN <= tight.context_size < 4096
    assert tight.micro_batch_size < 512
    assert tight.num_sequences < 8


def test_flash_attention_and_small_cells_make_room_for_more() -> None:
    plain = sizes(LARGE, 4 * GIB).context_size
    flash = sizes(LARGE, 4 * GIB, flash_attention=True).context_size
    small = sizes(LARGE, 4 * GIB, flash_attention=True, kv_type=KvType.Q8_0).context_size
    assert plain < flash < small


def test_a_gpu_gets_a_larger_batch_and_context() -> None:
    gpu = sizes(LARGE, 24 * GIB, on_gpu=True, flash_attention=True)
    assert gpu.context_size > 16_384
    assert gpu.batch_size == 2048


def test_what_was_asked_for_is_kept_within_the_training() -> None:
    assert sizes(options=LoadOptions(context_size=8192)).context_size == 8192
    assert sizes(options=LoadOptions(context_size=1 << 20)).context_size == 32_768
    assert sizes(options=LoadOptions(num_sequences_max=3)).num_sequences == 3


def test_a_model_with_a_state_runs_fewer_texts() -> None:
    assert sizes(replace(SMALL, has_state=True)).num_sequences == 4


@pytest.mark.parametrize("rung", [Rung.LESS_MEMORY, Rung.SMALLER_CONTEXT])
def test_cautious_rungs_need_less_even_of_what_was_asked_for(rung: Rung) -> None:
    for options in (LoadOptions(), LoadOptions(context_size=8192)):
        cautious = sizes(options=replace(options, rung=rung))
        assert cautious.context_size <= sizes(options=options).context_size // 2


def test_a_context_that_cannot_be_had_shrinks_to_an_end() -> None:
    tried = [sizes()]
    while (smaller := shrink(tried[-1])) is not None:
        tried.append(smaller)
    assert [step.context_size for step in tried] == [16_384, 8192, 4096, 2048, 1024, 512]


@given(
    free_bytes=st.integers(0, 1 << 40),
    trained=st.sampled_from([0, 64, 512, 2048, 131_072]),
    asked=st.none() | st.integers(1, 1 << 18),
    rung=st.sampled_from(list(Rung)),
    on_gpu=st.booleans(),
)
def test_sizes_are_always_usable(
    free_bytes: int, trained: int, asked: int | None, rung: Rung, on_gpu: bool
) -> None:
    options = LoadOptions(context_size=asked, rung=rung)
    shape = replace(LARGE, trained_context=trained)
    found = sizes(shape, free_bytes, options=options, on_gpu=on_gpu)
    assert 0 < found.micro_batch_size <= found.batch_size <= found.context_size
    assert found.context_size <= (trained or 1 << 20)
    assert 2 <= found.num_sequences < found.num_sequence_ids


def layers(*free_gib: float, options: LoadOptions | None = None) -> int:
    free = [int(size * GIB) for size in free_gib]
    return plan_gpu_layers(LARGE, options or LoadOptions(), device_free_bytes=free, kv_type=KvType.F16)


def test_as_many_layers_as_fit_lie_on_the_gpus() -> None:
    assert layers(24) == 33
    assert 0 < layers(3) < 33
    assert layers(3) < layers(3, 3) <= 33
    assert layers() == layers(0.2) == 0


def test_rungs_and_wishes_limit_the_layers() -> None:
    assert layers(24, options=LoadOptions(num_gpu_layers=10)) == 10
    assert layers(24, options=LoadOptions(rung=Rung.FEWER_GPU_LAYERS)) == 16
    assert layers(24, options=LoadOptions(rung=Rung.CPU_ONLY)) == 0
    assert gpu_layer_steps(33) == (33, 24, 16, 8, 0)
    assert gpu_layer_steps(0) == (0,)

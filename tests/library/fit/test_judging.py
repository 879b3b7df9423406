from __future__ import annotations

import pytest

from lmstudio_lite.domain.fit import FitVerdict, MemoryNeed
from lmstudio_lite.library.fit.judging import GPU_RESERVE_BYTES, FreeMemory, judge

GIB = 1 << 30
NEED = MemoryNeed(weights_bytes=4 * GIB, kv_bytes=GIB, compute_bytes=GIB // 2)


@pytest.mark.parametrize(
    ("main_gib", "verdict"),
    [(8, FitVerdict.IN_MEMORY), (6, FitVerdict.SLOW), (5, FitVerdict.TOO_LARGE)],
)
def test_without_a_graphics_card(main_gib: int, verdict: FitVerdict) -> None:
    found = judge(NEED, FreeMemory(main_gib * GIB), num_layers=32)
    assert found.verdict is verdict
    assert found.available_bytes == main_gib * GIB
    assert [(share.name, share.num_layers) for share in found.devices] == [("CPU", 33)]
    assert found.devices[0].needed_bytes == NEED.total_bytes


def test_all_on_a_card_takes_none_of_the_machines_memory() -> None:
    found = judge(NEED, FreeMemory(GIB, (("CUDA0", 12 * GIB),)), num_layers=32)
    assert found.verdict is FitVerdict.ON_GPU
    assert [share.name for share in found.devices] == ["CUDA0"]
    assert found.devices[0].needed_bytes == pytest.approx(NEED.total_bytes, rel=0.01)


def test_what_a_card_has_no_room_for_lies_in_memory() -> None:
    card = GPU_RESERVE_BYTES + NEED.compute_bytes + 2 * GIB
    found = judge(NEED, FreeMemory(8 * GIB, (("CUDA0", card),)), num_layers=32)
    assert found.verdict is FitVerdict.PARTLY_ON_GPU
    on_card, in_memory = found.devices
    assert on_card.num_layers + in_memory.num_layers == 33
    assert on_card.needed_bytes <= card
    assert judge(NEED, FreeMemory(GIB, (("CUDA0", card),)), num_layers=32).verdict is FitVerdict.TOO_LARGE


def test_two_cards_share_the_layers() -> None:
    card = GPU_RESERVE_BYTES + NEED.compute_bytes + 3 * GIB
    found = judge(NEED, FreeMemory(GIB, (("CUDA0", card), ("CUDA1", card))), num_layers=32)
    assert found.verdict is FitVerdict.ON_GPU
    assert sum(share.num_layers for share in found.devices) == 33


def test_the_user_may_keep_a_card_free() -> None:
    cards = (("CUDA0", 12 * GIB),)
    found = judge(NEED, FreeMemory(8 * GIB, cards), num_layers=32, num_gpu_layers_max=0)
    assert found.verdict is FitVerdict.IN_MEMORY
    assert found.devices[0].name == "CPU"

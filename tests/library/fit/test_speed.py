from __future__ import annotations

from dataclasses import replace

import pytest

from lmstudio_lite.domain.fit import TRIAL_WIDTHS, MachineCosts, ModelFacts, TypeCost
from lmstudio_lite.library.fit.speed import USUAL_COSTS, Pace, active_share, foretell

NUMBERS: dict[str, float | tuple[float, ...]] = {
    "block_count": 24.0,
    "embedding_length": 2048.0,
    "attention.head_count": 16.0,
    "attention.head_count_kv": 4.0,
}
MEASURED = ModelFacts("llama", NUMBERS, 1_000_000_000, 32000, type_bytes={"Q4_K": 1_000_000_000})
PACE = Pace(token_s=0.05, prompt_s=0.01)
DEEP = replace(PACE, depth=4096, deeper_token_s=0.02, deeper_prompt_s=0.004)


def test_a_model_is_as_fast_as_it_was_measured() -> None:
    speed = foretell(MEASURED, MEASURED, PACE)
    assert speed.decode_tokens_per_s == pytest.approx(20)
    assert speed.prompt_tokens_per_s == pytest.approx(100)
    assert not speed.is_measured


def test_a_larger_one_is_slower_about_by_its_bytes() -> None:
    larger = replace(
        MEASURED,
        weights_bytes=4_000_000_000,
        type_bytes={"Q4_K": 4_000_000_000},
        numbers={**NUMBERS, "block_count": 32.0},
    )
    speed = foretell(larger, MEASURED, PACE)
    assert 3 < 20 / speed.decode_tokens_per_s < 4.2
    assert 100 / speed.prompt_tokens_per_s == pytest.approx(4)


def test_of_many_experts_only_those_in_use_count() -> None:
    mixed = replace(
        MEASURED,
        weights_bytes=10_000_000_000,
        type_bytes={"Q4_K": 10_000_000_000},
        expert_bytes=9_000_000_000,
        numbers={**NUMBERS, "expert_count": 64.0, "expert_used_count": 8.0},
    )
    assert active_share(mixed) == pytest.approx(0.2125)
    assert active_share(replace(mixed, numbers=NUMBERS)) == 1.0
    dense = foretell(replace(mixed, expert_bytes=0), MEASURED, PACE)
    assert foretell(mixed, MEASURED, PACE).decode_tokens_per_s > 4 * dense.decode_tokens_per_s


def test_a_table_of_embeddings_is_not_read_and_the_output_only_written() -> None:
    more = replace(MEASURED, weights_bytes=1_400_000_000, embedding_bytes=200_000_000)
    speed = foretell(more, MEASURED, PACE)
    assert 0.75 < speed.decode_tokens_per_s / 20 < 0.9
    assert speed.prompt_tokens_per_s == pytest.approx(100)


def test_depth_costs_by_what_the_cache_holds() -> None:
    shallow, deep = foretell(MEASURED, MEASURED, DEEP, 512), foretell(MEASURED, MEASURED, DEEP, 2048)
    assert shallow.decode_tokens_per_s > deep.decode_tokens_per_s
    assert deep.decode_tokens_per_s == pytest.approx(1 / (0.05 + 0.02 / 4))
    assert deep.prompt_tokens_per_s == pytest.approx(1 / (0.01 + 0.004 / 4))
    recurrent = replace(MEASURED, architecture="mamba2")
    assert foretell(recurrent, MEASURED, DEEP).decode_tokens_per_s > deep.decode_tokens_per_s


def test_a_header_that_says_no_types_is_foretold_all_the_same() -> None:
    assert foretell(replace(MEASURED, type_bytes={}), MEASURED, PACE).decode_tokens_per_s > 0
    assert foretell(ModelFacts("x", {}, 0, 0), MEASURED, PACE).decode_tokens_per_s > 0


def test_what_the_types_cost_here_decides() -> None:
    other = replace(MEASURED, type_bytes={"Q5_0": 1_000_000_000})
    costs = MachineCosts(
        {
            "Q4_K": (TypeCost(30.0, 4.0),) * len(TRIAL_WIDTHS),
            "Q5_0": (TypeCost(60.0, 12.0),) * len(TRIAL_WIDTHS),
        }
    )
    speed = foretell(other, MEASURED, PACE, costs=costs)
    assert speed.decode_tokens_per_s == pytest.approx(20 / 2)
    weights = (32 / 22) / (256 / 144)  # of Q5_0 in a byte, against Q4_K
    assert speed.prompt_tokens_per_s == pytest.approx(100 / (3 * weights))


def test_small_layers_pay_for_steps_that_wait() -> None:
    paces = []
    for num_layers in (4.0, 24.0, 48.0, 96.0, 400.0, 4000.0, 9000.0):
        facts = replace(MEASURED, numbers={**NUMBERS, "block_count": num_layers})
        paces.append(foretell(facts, MEASURED, PACE).decode_tokens_per_s)
    assert paces == sorted(paces, reverse=True)
    assert paces[0] == pytest.approx(paces[1]) == pytest.approx(20)
    assert paces[-2] == paces[-1] < 12


@pytest.mark.parametrize("name", ["F32", "MXFP4", "IQ2_XXS", "TQ1_0", "of_tomorrow"])
@pytest.mark.parametrize("costs", [USUAL_COSTS, MachineCosts()])
def test_a_type_that_was_not_measured_costs_what_the_next_does(name: str, costs: MachineCosts) -> None:
    speed = foretell(replace(MEASURED, type_bytes={name: 1_000_000_000}), MEASURED, PACE, costs=costs)
    assert 3 < speed.decode_tokens_per_s < 40
    assert 10 < speed.prompt_tokens_per_s < 1000

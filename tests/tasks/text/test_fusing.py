from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.tasks.text.fusing import fused

ORDERS = st.lists(st.integers(0, 30), unique=True)


def test_what_two_orders_have_early_comes_first() -> None:
    assert fused(["a", "b", "c"], ["b", "d"]) == ["b", "a", "d", "c"]
    assert fused(["name"], ["x", "y", "z"])[0] == "name"
    assert fused() == []


@given(ORDERS)
def test_one_order_stays_as_it_is(order: list[int]) -> None:
    assert fused(order) == fused(order, []) == fused(order, order) == order


@given(ORDERS, ORDERS)
def test_each_thing_stands_there_once(first: list[int], second: list[int]) -> None:
    both = fused(first, second)
    assert sorted(both) == sorted({*first, *second})

"""Tables in attached documents: counted and added by the program, and rows with their heads."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.tasks.chat.tables import TableFacts, facts_of, head_for, says_figure, tables_of


def table(*rows: str, head: str = "| city | amount |") -> str:
    return "\n".join((head, "| --- | --- |", *rows)) + "\n"


def test_sums_counts_and_sums_by_kind_are_told() -> None:
    rows = [f"| {city} | {amount} |" for city, amount in [("Berlin", "1.50"), ("Paris", "2")] * 6]
    text = f"Before.\n\n## Sales\n\n{table(*rows)}\nAfter."
    facts = facts_of(tables_of(text))
    assert facts.num_rows_summed == 12
    assert facts.text.splitlines() == [
        "Computed from all 12 rows of “Sales”:",
        "- city: Berlin (6 rows), Paris (6 rows)",
        "- amount: sum 21.00, average 1.75, smallest 1.50, largest 2",
        "- sum of amount by city: Berlin 9.00, Paris 12",
    ]


@given(st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), min_size=8, max_size=30))
def test_a_sum_is_exact_in_either_way_of_writing(values: list[Decimal]) -> None:
    total = sum(values, Decimal(0))
    english = facts_of(tables_of(table(*(f"| x | {value:,.2f} |" for value in values))))
    assert f"sum {total}," in english.text
    assert total in english.figures
    turned = str.maketrans(",.", ".,")
    german = [f"| x | {f'{value:,.2f}'.translate(turned)} € |" for value in values]
    assert f"sum {total}," in facts_of(tables_of(table(*german))).text


@pytest.mark.parametrize(
    "cells",
    [
        ["1.234", "5.678"] * 5,  # thousands, or one and something
        ["1,5", "2.5"] * 5,  # two ways in one column
        ["12", "about 13"] * 5,
        ["2024-01-02", "2024-01-03"] * 5,
        ["", ""] * 5,
    ],
)
def test_what_may_be_no_number_is_not_added(cells: list[str]) -> None:
    facts = facts_of(tables_of(table(*(f"| x | {cell} |" for cell in cells))))
    assert "sum" not in facts.text
    assert (facts.figures, facts.num_rows_summed) == (frozenset(), 0)


def test_a_small_table_is_left_to_the_reader() -> None:
    assert facts_of(tables_of(table("| Berlin | 1 |"))) == TableFacts()


def test_rows_cut_out_of_a_table_get_its_head() -> None:
    text = "Words.\n\n" + table(*(f"| city {n} | {n} |" for n in range(1, 31)))
    tables = tables_of(text)
    assert head_for(tables, 0) == ""
    assert head_for(tables, text.index("| city 7 |")) == (
        "(from row 7 of 30)\n| city | amount |\n| --- | --- |\n"
    )
    assert head_for(tables, len(text)) == ""


def test_cells_may_hold_bars_and_rows_may_be_short() -> None:
    (found,) = tables_of(table("| a \\| b | 1 |", "| only |"))
    assert found.rows == (("a | b", "1"), ("only",))


@given(st.text(alphabet="|-# \n\\a1.,", max_size=200))
def test_any_text_can_be_gone_through(text: str) -> None:
    tables = tables_of(text)
    facts_of(tables)
    for each in tables:
        assert text[each.start : each.end].startswith(each.head)
    for offset in range(0, len(text), 7):
        head_for(tables, offset)


@pytest.mark.parametrize(
    ("reply", "is_said"),
    [
        ("In all 1,234.50 euros.", True),
        ("Zusammen sind es 1.234,50 Euro.", True),
        ("En tout 1 234,5 €", True),
        ("About twelve hundred.", False),
        ("There are 3 cities.", False),  # a small number stands in every text
        ("Of 2024 nothing is said.", False),
        ("", False),
    ],
)
def test_a_reply_that_has_a_figure_is_told_from_one_that_has_none(reply: str, is_said: bool) -> None:
    assert says_figure(reply, frozenset((Decimal("1234.50"), Decimal(3)))) is is_said

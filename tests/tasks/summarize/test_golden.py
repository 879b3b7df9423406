"""The prompts that are sent and the texts that are made of the answers are those that were written down."""

from __future__ import annotations

import json

import pytest

from tests.tasks.summarize.golden import FILE, Make, Ways, cases

GOLDEN = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "make"), list(cases()), ids=[name for name, _ in cases()])
def test_what_is_asked_and_made_is_as_written_down(name: str, make: Make) -> None:
    ways: Ways = {}
    made = make(ways)
    assert made == GOLDEN["cases"][name], "if it is meant: python -m tests.tasks.summarize.golden"
    assert {way: GOLDEN["ways"][way] for way in ways} == ways

"""Formulas are drawn in a process that may die of one without hurting the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lmstudio_lite.domain.formulas import Formula
from lmstudio_lite.formats.formulas import drawing
from lmstudio_lite.formats.formulas.drawing import FormulaDrawing


@pytest.fixture(scope="module", autouse=True)
def formulas() -> Iterator[FormulaDrawing]:
    formulas = FormulaDrawing()
    formulas.draw(Formula("a", is_display=False))  # starts the child that all tests share
    yield formulas
    formulas.close()


def test_a_formula_has_shapes_and_sizes(formulas: FormulaDrawing) -> None:
    flat = formulas.draw(Formula("x", is_display=False))
    fraction = formulas.draw(Formula(r"\frac{a}{b}", is_display=True))
    assert flat is not None
    assert fraction is not None
    assert b"<path" in flat.svg
    assert fraction.height_em > 2 * flat.height_em
    assert fraction.descent_em > 0.4 > flat.descent_em


@pytest.mark.parametrize(
    "tex", [r"\unheardof", r"\text{中文}", r"\rule{9em}{9999em}", r"\frac{1}{", "^" * 300]
)
def test_what_can_not_be_drawn(formulas: FormulaDrawing, tex: str) -> None:
    assert formulas.draw(Formula(tex, is_display=False)) is None


def test_closing_waits_for_no_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "CPU_LIMIT_S", 60.0)
    monkeypatch.setattr(drawing, "WALL_LIMIT_S", 60.0)
    formulas, drawn = FormulaDrawing(), []
    formulas.draw(Formula("a", is_display=False))
    slow = Formula("{" * 9 + "x^{" * 9 + "y" + "}" * 18, is_display=True)
    monkeypatch.setattr(drawing, "is_within_bounds", lambda tex: True)
    thread = threading.Thread(target=lambda: drawn.append(formulas.draw(slow)))
    thread.start()
    time.sleep(0.05)
    formulas.close()
    thread.join(10)
    assert not thread.is_alive()


def test_one_that_takes_too_long_costs_its_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "CPU_LIMIT_S", 0.1)
    formulas = FormulaDrawing()
    try:
        slow = Formula(r"\sqrt{x^{" * 4 + "x" + "}}" * 4 + "+" + "x^{" * 9 + "y" + "}" * 9, is_display=True)
        assert formulas.draw(slow) is None
        assert formulas.draw(Formula("y", is_display=False)) is not None
        assert formulas.draw(slow) is None  # remembered
    finally:
        formulas.close()
    assert formulas.draw(Formula("z", is_display=False)) is None

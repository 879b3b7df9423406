"""What “Read it all” says that it takes: the parts, the notes, and the answer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lmstudio_lite.app import reading_cost as costs
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.fit import Speed

READ_PER_S, WRITTEN_PER_S = 100.0, 10.0


@dataclass(frozen=True)
class _Part:
    num_tokens: int

    @property
    def chunk(self) -> _Part:
        return self


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], float]:
    """Return what so many parts of 900 tokens cost, with an answer of so many tokens."""
    monkeypatch.setattr(costs, "FactsOfFiles", lambda: SimpleNamespace(of=lambda path: None))

    def cost(num_parts: int, num_answer_tokens: int) -> float:
        services = SimpleNamespace(
            chat=SimpleNamespace(parts_of=lambda message_id, cancellation: [_Part(900)] * num_parts),
            engine=SimpleNamespace(state=SimpleNamespace(path=Path("model.gguf"))),
            forecasts=SimpleNamespace(speed=lambda path, facts: Speed(WRITTEN_PER_S, READ_PER_S)),
        )
        found = costs.reading_cost(
            cast("Services", services), "question", Cancellation(), num_answer_tokens=num_answer_tokens
        )
        assert found.num_parts == num_parts
        assert found.seconds is not None
        return found.seconds

    return cost


def test_the_answer_is_part_of_the_price(cost: Callable[[int, int], float]) -> None:
    assert cost(8, 200) - cost(8, 0) == pytest.approx(200 / WRITTEN_PER_S)


def test_one_part_is_not_written_faster_for_being_alone(cost: Callable[[int, int], float]) -> None:
    read_s = (900 + 90 + 45 + 90) / READ_PER_S
    assert cost(1, 0) == pytest.approx(read_s + 45 / WRITTEN_PER_S)


@pytest.mark.parametrize(("num_parts", "factor"), [(4, 2.6), (8, 3.0), (16, 3.9), (64, 3.9)])
def test_many_notes_come_together_as_was_measured(
    cost: Callable[[int, int], float], num_parts: int, factor: float
) -> None:
    noted = 45 * num_parts
    read_s = (num_parts * (900 + 90) + min(noted, 1600) + 90) / READ_PER_S
    assert cost(num_parts, 0) == pytest.approx(read_s + noted / factor / WRITTEN_PER_S)

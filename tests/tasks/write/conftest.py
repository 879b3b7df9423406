from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.engines import Answer, AnsweringEngine

Serve = Callable[[Answer], AnsweringEngine]


@pytest.fixture
def serve() -> Iterator[Serve]:
    engines: list[AnsweringEngine] = []

    def start(answer: Answer) -> AnsweringEngine:
        engines.append(AnsweringEngine(answer))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()

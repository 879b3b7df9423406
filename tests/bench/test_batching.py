"""How the two sides of a measure of many prompts follow each other; no engine, no server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from lmstudio_lite.bench import batching
from lmstudio_lite.bench.registry import MEASURES, expected_s
from lmstudio_lite.bench.setting import FULL, QUICK, Scale, Setting


def setting(scale: Scale = QUICK) -> Setting:
    model = Path("model.gguf")
    return Setting(model, model, Path("llama-server"), Path(), scale, lambda _: None)


def test_both_sides_run_in_turns_and_each_pair_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str]] = []
    times = {"ours": [2.0, 30.0], "np 8": [9.0, 4.0, 15.0], "np 1": [10.0], "np 16": [10.0]}

    def side(name: str) -> SimpleNamespace:
        def wall_s(prompts: Sequence[str], max_tokens: int) -> tuple[float, int]:
            calls.append((name, prompts[0]))
            return times[name].pop(0), 7

        return SimpleNamespace(wall_s=wall_s)

    monkeypatch.setattr(batching, "open_engine", lambda *_, **__: nullcontext(side("ours")))
    monkeypatch.setattr(
        batching, "open_server", lambda *_, num_slots, **__: nullcontext(side(f"np {num_slots}"))
    )
    row = batching.against_server(setting())
    assert [name for name, _ in calls] == ["np 1", "np 8", "np 16", "ours", "np 8", "ours", "np 8"]
    assert calls[3][1] == calls[4][1] != calls[5][1]
    assert row.ratio == pytest.approx((0.5 + 2.0) / 2)
    assert "pairs 0.50, 2.00" in row.note


def test_the_time_of_the_chosen_measures_is_known_before_them() -> None:
    assert expected_s(list(MEASURES), setting(FULL)) > expected_s(["reading-pdf"], setting(FULL)) > 0
    by_default = [name for name, measure in MEASURES.items() if not measure.is_by_name]
    assert expected_s(by_default, setting(QUICK)) < expected_s(by_default, setting(FULL)) / 4

from __future__ import annotations

from lmstudio_lite.domain.fit import MeasuredLoad, Speed
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.model_measures import ModelMeasures

LOAD = MeasuredLoad("CPU", 4096, KvType.F16, 1_900_000_000, 1_860_000_000)


def test_a_load_takes_the_place_of_the_last_like_it(database: Database) -> None:
    measures = ModelMeasures(database)
    measures.keep_load("a", "here", LOAD)
    larger = MeasuredLoad("CPU", 8192, KvType.Q8_0, 2_000_000_000, 2_010_000_000)
    measures.keep_load("a", "here", larger)
    again = MeasuredLoad("CPU", 4096, KvType.F16, 1_900_000_000, 1_870_000_000)
    measures.keep_load("a", "here", again)
    assert measures.loads("a", "here") == [again, larger]
    assert measures.loads("a", "elsewhere") == []
    assert measures.loads("b", "here") == []


def test_the_latest_speed_counts_and_only_on_its_machine(database: Database) -> None:
    measures = ModelMeasures(database)
    assert measures.speed("a", "here") is None
    measures.keep_speed("a", "here", Speed(20.0, 100.0), 300)
    measures.keep_speed("a", "here", Speed(21.5, 110.0), 900)
    assert measures.speed("a", "here") == Speed(21.5, 110.0, is_measured=True)
    assert measures.speed("a", "elsewhere") is None

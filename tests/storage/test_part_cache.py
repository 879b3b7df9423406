from __future__ import annotations

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import KeptPart, PartCache


def test_what_was_kept_is_found(database: Database) -> None:
    cache = PartCache(database)
    cache.keep("a", KeptPart("text", "", 1))
    cache.keep("b", KeptPart("other", "echo", 2))
    cache.keep("a", KeptPart("newer", "", 1))
    keys = [*(f"missing {n}" for n in range(1000)), "a", "b", "a"]
    assert cache.find(keys) == {"a": KeptPart("newer", "", 1), "b": KeptPart("other", "echo", 2)}
    assert cache.find([]) == {}


def test_what_was_used_last_stays(database: Database) -> None:
    cache = PartCache(database)
    for number in range(5):
        cache.keep(str(number), KeptPart(f"text {number}", "", 1))
    cache.find(["0"])
    assert cache.shrink(2) == 3
    assert set(cache.find(map(str, range(5)))) == {"0", "4"}

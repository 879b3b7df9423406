from __future__ import annotations

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import KeptPart, PartCache
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.faulty_disk import FULL, FaultyDisk

ONE, TWO = KeptPart("one", "", 1), KeptPart("two", "echo", 2)


def test_what_was_kept_is_found(database: Database) -> None:
    cache = PartCache(database, UnsavedWork())
    cache.keep("a", KeptPart("text", "", 1))
    cache.keep("b", KeptPart("other", "echo", 2))
    cache.keep("a", KeptPart("newer", "", 1))
    keys = [*(f"missing {n}" for n in range(1000)), "a", "b", "a"]
    assert cache.find(keys) == {"a": KeptPart("newer", "", 1), "b": KeptPart("other", "echo", 2)}
    assert cache.find([]) == {}


def test_what_was_used_last_stays(database: Database) -> None:
    cache = PartCache(database, UnsavedWork())
    for number in range(5):
        cache.keep(str(number), KeptPart(f"text {number}", "", 1))
    cache.find(["0"])
    assert cache.shrink(2) == 3
    assert set(cache.find(map(str, range(5)))) == {"0", "4"}


def test_what_a_full_disk_refused_is_found_and_kept_later(database: Database) -> None:
    disk, unsaved = FaultyDisk(database), UnsavedWork()
    cache = PartCache(database, unsaved)
    cache.keep("before", ONE)
    disk.fault = FULL
    cache.keep("a", ONE)
    cache.keep("b", TWO)
    assert cache.find(["a", "b", "before"]) == {"a": ONE, "b": TWO, "before": ONE}
    disk.fault = None
    assert unsaved.close() == ()
    assert PartCache(database, UnsavedWork()).find(["a", "b"]) == {"a": ONE, "b": TWO}

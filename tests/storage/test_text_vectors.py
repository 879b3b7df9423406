from __future__ import annotations

from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.text_vectors import TextVectors


def test_those_not_used_for_longest_are_forgotten(database: Database) -> None:
    vectors = TextVectors(database)
    vectors.keep({"a": b"1", "b": b"2"})
    vectors.keep({"c": b"3"})
    vectors.touch(["a"])
    vectors.shrink(2)
    assert vectors.find(["a", "b", "c", "d"]) == {"a": b"1", "c": b"3"}
    vectors.keep({"a": b"4"})
    assert vectors.find(["a"]) == {"a": b"4"}
    assert vectors.find([]) == {}

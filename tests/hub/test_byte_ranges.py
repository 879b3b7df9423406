"""Sets of byte ranges against sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.hub.byte_ranges import ByteRanges

_SIZE = 40
_STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, _SIZE), st.integers(0, _SIZE)), max_size=25)


@given(_STEPS)
def test_ranges_are_the_set_of_their_bytes(steps: list[tuple[bool, int, int]]) -> None:
    ranges, expected = ByteRanges(), set[int]()
    for is_added, start, end in steps:
        if is_added:
            ranges.add(start, end)
            expected |= set(range(start, end))
        else:
            ranges.remove(start, end)
            expected -= set(range(start, end))
    listed = list(ranges)
    assert {byte for start, end in listed for byte in range(start, end)} == expected
    assert all(end < following for (_, end), (following, _) in pairwise(listed))
    assert ranges.num_bytes == len(expected)
    missing = {byte for start, end in ranges.gaps(_SIZE) for byte in range(start, end)}
    assert missing == set(range(_SIZE)) - expected
    for offset in range(_SIZE):
        run = ranges.run_from(offset)
        assert set(range(offset, run)) <= expected
        assert run not in expected

from __future__ import annotations

import numpy as np

from lmstudio_lite.tasks.text.meaning import nearest


def test_the_nearest_come_first_and_of_equals_the_first() -> None:
    vectors = np.array([[0, 1], [1, 0], [0.6, 0.8], [1, 0]], np.float32)
    wanted = np.array([1, 0], np.float32)
    assert nearest(wanted, vectors, 3) == [1, 3, 2]
    assert nearest(wanted, vectors, 9) == [1, 3, 2, 0]
    assert nearest(wanted, vectors[:0], 3) == []

from __future__ import annotations

from lmstudio_lite.tasks.text.problems import Problem, is_worse


def test_problems_are_ordered() -> None:
    assert is_worse(Problem.LOOP, Problem.ECHO)
    assert is_worse(Problem.CUT_SHORT, None)
    assert not is_worse(None, None)

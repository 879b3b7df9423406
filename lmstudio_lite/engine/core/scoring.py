"""Which of some given continuations a prompt goes on with: probabilities without generating anything.

The continuations' tokens make a tree. Where it branches, the model's next-token distribution is read and
shared out among the branches; a token without an alternative is certain. So a text that is held to these
continuations (as a grammar would hold it) is this one with just that probability, they sum to 1, and most
sets cost no token beyond the prompt: one row of logits tells labels that begin differently apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lmstudio_lite.errors import BadRequestError

_END = -1
"""Stands for whatever else follows, where one continuation goes on and another has ended."""
_Path = tuple[int, ...]


class ContinuationScores:
    """Collects one request's probabilities, a branching at a time; see ``take``."""

    def __init__(self, continuations: Sequence[Sequence[int]]) -> None:
        """Take over the continuations' token ids.

        Raises:
            BadRequestError: one is empty, or two are the same tokens.
        """
        self._paths: list[_Path] = [tuple(token_ids) for token_ids in continuations]
        if not all(self._paths):
            raise BadRequestError(reason="a continuation is empty")
        if len(set(self._paths)) < len(self._paths):
            raise BadRequestError(reason="two continuations are the same tokens")
        self._choices = _branchings(self._paths)
        self._waiting = sorted(self._choices, key=lambda path: (len(path), path))
        self._logprobs: dict[_Path, dict[int, float]] = {}

    @property
    def branch(self) -> list[int] | None:
        """Tokens behind the prompt whose next distribution is wanted ([]: the prompt's), None at the end."""
        return list(self._waiting[0]) if self._waiting else None

    @property
    def num_tokens_max(self) -> int:
        """The most tokens that stand behind the prompt at once."""
        return max((len(path) for path in self._choices), default=0)

    def take(self, logprobs_of: Callable[[Sequence[int]], Sequence[float]]) -> None:
        """Note the distribution after ``branch``; ``logprobs_of`` tells natural logs of token ids."""
        path = self._waiting.pop(0)
        tokens = [token for token in self._choices[path] if token != _END]
        found = dict(zip(tokens, logprobs_of(tokens), strict=True))
        if _END in self._choices[path]:
            rest = -math.expm1(min(0.0, _log_sum(list(found.values()))))
            found[_END] = math.log(max(rest, 1e-12))
        total = _log_sum(list(found.values()))
        self._logprobs[path] = {token: value - total for token, value in found.items()}

    def logprobs(self) -> tuple[float, ...]:
        """Return the continuations' natural-log probabilities, once all branchings were read."""
        return tuple(self._logprob(path) for path in self._paths)

    def _logprob(self, path: _Path) -> float:
        steps = [*path, _END]
        found = (self._logprobs.get(path[:at], {}).get(step, 0.0) for at, step in enumerate(steps))
        return sum(found)


def _branchings(paths: Sequence[_Path]) -> dict[_Path, list[int]]:
    """Return what may follow, by what has gone before, wherever there is a choice."""
    following: dict[_Path, list[int]] = {}
    for path in paths:
        for at, token in enumerate([*path, _END]):
            choices = following.setdefault(path[:at], [])
            if token not in choices:
                choices.append(token)
    return {path: choices for path, choices in following.items() if len(choices) > 1}


def _log_sum(values: Sequence[float]) -> float:
    highest = max(values)
    if highest == -math.inf:
        return highest
    return highest + math.log(sum(math.exp(value - highest) for value in values))

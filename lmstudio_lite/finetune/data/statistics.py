"""What a collection of examples amounts to: sizes, lengths, repeats, languages.

Per example a few numbers are kept and no text, so that millions of examples fit.
"""

from __future__ import annotations

import hashlib
import random
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lmstudio_lite.documents.structure.language import detect_language
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.figures import Figures, Lengths
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind

CountTokens = Callable[[Sequence[str]], list[int]]

_COUNTED_EXACTLY = 4000
_COUNTED_OF_THE_REST = 50
_BATCH_SIZE = 128
_TOKENS_PER_MESSAGE = 5
_LANGUAGE_SAMPLES = 200
_SAMPLE_LENGTH = 400
_PIECES_PER_GROUP = 8
_PROBLEMS_LISTED = 2000


class Tally:
    """Counts examples as they come. One thread."""

    def __init__(self, count_tokens: CountTokens | None) -> None:
        self._count_tokens = count_tokens
        self._random = random.Random(0)
        self._lengths = array("I")
        self._hashes = array("Q")
        self._groups = array("Q")
        self._answers = array("Q")
        self._samples: list[str] = []
        self._waiting: list[tuple[int, str, int]] = []
        self._num_measured_characters = 0
        self._num_measured_tokens = 0
        self._unmeasured: array[int] = array("I")
        self._num_conversations = 0
        self._problem_counts: Counter[tuple[ProblemKind, bool]] = Counter()
        self.problems: list[Problem] = []

    @property
    def num_examples(self) -> int:
        return len(self._hashes)

    @property
    def num_problems(self) -> int:
        return self._problem_counts.total()

    def add_problem(self, problem: Problem) -> None:
        """Count a problem; the first ones are kept to be listed."""
        self._problem_counts[problem.kind, problem.is_fixed] += 1
        if len(self.problems) < _PROBLEMS_LISTED:
            self.problems.append(problem)

    def add(self, example: TrainingExample, source: int, number_in_source: int) -> None:
        """Count an example, the ``number_in_source``-th of the ``source``-th source."""
        texts = [message.text for message in example.messages] or [example.text]
        whole = "\n\n".join(texts)
        asked = [message.text for message in example.messages if message.role is not Role.ASSISTANT]
        answers = [example.messages[at].text for at in example.learned]
        if example.learns_last:
            # Answers of one conversation belong together: each is what led to the next.
            asked = [message.text for message in example.messages if message.role is Role.USER][:1]
        index = len(self._hashes)
        self._hashes.append(_hash(" ".join(whole.split()).casefold(), bool(example.messages)))
        self._answers.append(_hash(" ".join("\n".join(answers or texts).split()).casefold()))
        if example.messages:
            self._num_conversations += 1
            self._groups.append(_hash(" ".join("\n".join(asked).split()).casefold()))
        else:
            self._groups.append(_hash(f"{source}\0{number_in_source // _PIECES_PER_GROUP}"))
        self._sample_language(index, answers[-1] if answers else whole)
        self._measure(index, whole, len(example.messages))

    def finish(self) -> Index:
        """Count the tokens of what waits, estimate the rest, and return the numbers of all examples."""
        self._count_waiting()
        per_character = self._tokens_per_character()
        lengths = np.array(self._lengths, np.uint32)
        unmeasured = np.array(self._unmeasured, np.uint32)
        lengths[unmeasured] = np.maximum(1, lengths[unmeasured] * per_character)
        return Index(
            lengths,
            np.array(self._hashes, np.uint64),
            np.array(self._groups, np.uint64),
            is_estimated=bool(self._unmeasured),
        )

    def figures(self, index: Index) -> Figures:
        """Return what is shown."""
        kinds = sorted({kind for kind, _ in self._problem_counts}, key=list(ProblemKind).index)
        return Figures(
            num_examples=self.num_examples,
            num_conversations=self._num_conversations,
            num_tokens=int(index.lengths.sum(dtype=np.uint64)),
            is_estimated=index.is_estimated,
            lengths=lengths_of(index.lengths),
            num_duplicates=int(index.is_repeat.sum()),
            num_distinct_answers=len(np.unique(np.array(self._answers, np.uint64))),
            languages=self._languages(),
            num_problems=tuple(
                (
                    kind,
                    self._problem_counts[kind, False] + self._problem_counts[kind, True],
                    self._problem_counts[kind, True],
                )
                for kind in kinds
            ),
        )

    def _measure(self, index: int, text: str, num_messages: int) -> None:
        """Keep the characters for now where the tokens are to be estimated."""
        is_measured = self._count_tokens is not None and (
            index < _COUNTED_EXACTLY or index % _COUNTED_OF_THE_REST == 0
        )
        self._lengths.append(min(len(text), 0xFFFFFFFF))
        if not is_measured:
            self._unmeasured.append(index)
            return
        self._waiting.append((index, text, num_messages))
        if len(self._waiting) >= _BATCH_SIZE:
            self._count_waiting()

    def _count_waiting(self) -> None:
        if not self._waiting or self._count_tokens is None:
            return
        counts = self._count_tokens([text for _, text, _ in self._waiting])
        for (index, text, num_messages), count in zip(self._waiting, counts, strict=True):
            self._lengths[index] = count + num_messages * _TOKENS_PER_MESSAGE
            self._num_measured_tokens += self._lengths[index]
            self._num_measured_characters += len(text)
        self._waiting.clear()

    def _tokens_per_character(self) -> float:
        if not self._num_measured_characters:
            return 0.25
        return self._num_measured_tokens / self._num_measured_characters

    def _sample_language(self, index: int, text: str) -> None:
        """Keep an even sample of all texts, whatever their number (reservoir sampling)."""
        if len(self._samples) < _LANGUAGE_SAMPLES:
            self._samples.append(text[:_SAMPLE_LENGTH])
        elif (at := self._random.randrange(index + 1)) < _LANGUAGE_SAMPLES:
            self._samples[at] = text[:_SAMPLE_LENGTH]

    def _languages(self) -> tuple[tuple[str, float], ...]:
        found = Counter(detect_language(sample) for sample in self._samples)
        total = max(1, found.total())
        return tuple((code, count / total) for code, count in found.most_common(5) if code)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """One number an example: tokens, a hash of its text, and the group that it must not be parted from.

    Equal only to itself.
    """

    lengths: npt.NDArray[np.uint32]
    hashes: npt.NDArray[np.uint64]
    groups: npt.NDArray[np.uint64]
    is_estimated: bool

    @property
    def is_repeat(self) -> npt.NDArray[np.bool_]:
        """True for every example that stood before, apart from white space and case."""
        _, first = np.unique(self.hashes, return_index=True)
        repeats = np.ones(len(self.hashes), bool)
        repeats[first] = False
        return repeats

    def num_longer_than(self, num_tokens: int) -> int:
        return int((self.lengths > num_tokens).sum())


def lengths_of(lengths: npt.NDArray[Any]) -> Lengths:
    """Return the percentiles and a histogram of twenty bars up to the 99th one."""
    if not len(lengths):
        return Lengths()
    median, p90, p99 = (int(value) for value in np.percentile(lengths, (50, 90, 99)))
    bars, _ = np.histogram(np.minimum(lengths, max(1, p99)), bins=20, range=(0, max(1, p99)))
    return Lengths(median, p90, p99, int(lengths.max()), tuple(int(bar) for bar in bars))


def _hash(text: str, *more: object) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    for value in more:
        digest.update(repr(value).encode())
    return int.from_bytes(digest.digest(), "little")

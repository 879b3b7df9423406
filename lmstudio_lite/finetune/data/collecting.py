"""Sources to a checked collection on disk, and the collection to the files that training reads.

Everything is read once: good examples go into one file in the agreed form, of each only a few numbers stay
in memory. Dividing that file is quick, so it may be done anew with every change of the settings.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.errors import DatasetEmptyError
from lmstudio_lite.files import open_regular
from lmstudio_lite.finetune.data.canonical import TRAIN_FILE, VALIDATION_FILE, encode_example, read_examples
from lmstudio_lite.finetune.data.figures import Figures
from lmstudio_lite.finetune.data.problems import Problem, ProblemKind
from lmstudio_lite.finetune.data.sources import (
    FileSource,
    ParallelSource,
    Reader,
    ReadOptions,
    Source,
    read_source,
)
from lmstudio_lite.finetune.data.splitting import SplitOptions, split_examples
from lmstudio_lite.finetune.data.statistics import CountTokens, Index, Tally
from lmstudio_lite.paths import replacing

COLLECTION_FILE = "examples.jsonl"
_REPORT_INTERVAL_S = 0.2
_REPEATS_LISTED = 500


@dataclass(frozen=True, slots=True)
class CollectProgress:
    """``fraction`` is 0 to 1, by bytes; sources of unknown size count as one byte."""

    fraction: float
    num_examples: int
    num_problems: int


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What came out of one source."""

    name: str
    num_examples: int
    num_problems: int


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Checked examples in ``path``; the ``n``-th begins at byte ``offsets[n]``. Equal only to itself."""

    path: Path
    offsets: npt.NDArray[np.uint64]
    index: Index
    figures: Figures
    problems: tuple[Problem, ...]
    sources: tuple[SourceCount, ...]

    def example(self, number: int) -> TrainingExample:
        """Read one example, from 0.

        Raises:
            OSError: the file can't be read.
        """
        return _example(self.path, self.offsets, number)


@dataclass(frozen=True, slots=True)
class PreparedData:
    """The files that training reads. ``validation_path`` is there even where nothing was held back."""

    train_path: Path
    validation_path: Path
    num_train: int
    num_validation: int
    num_left_out: int
    num_train_tokens: int


def collect(
    sources: Sequence[Source],
    folder: Path,
    *,
    options: ReadOptions,
    reader: Reader,
    count_tokens: CountTokens | None = None,
    report: Callable[[CollectProgress], None] = lambda progress: None,
) -> Collection:
    """Read and check all sources into a file in ``folder``. Waits; not for the GUI thread.

    Without ``count_tokens`` lengths are estimated from characters.

    Raises:
        StorageError: the file can't be written.
        CancelledError: cancelled; an earlier collection in ``folder`` is untouched.
    """
    tally = Tally(count_tokens)
    offsets = array("Q")
    encoder = msgspec.json.Encoder()
    sizes = [_size_of(source) for source in sources]
    counts: list[SourceCount] = []
    position, reported_at = 0, time.monotonic()
    path = folder / COLLECTION_FILE
    with replacing(path) as file:
        for number, source in enumerate(sources):
            num_before, problems_before, began = tally.num_examples, tally.num_problems, position
            for item in read_source(source, options, reader):
                options.cancellation.raise_if_cancelled()
                if isinstance(item, Problem):
                    tally.add_problem(item)
                else:
                    line = encode_example(item, encoder)
                    offsets.append(position)
                    position += file.write(line)
                    tally.add(item, number, tally.num_examples - num_before)
                if (now := time.monotonic()) - reported_at > _REPORT_INTERVAL_S:
                    reported_at = now
                    done = sum(sizes[:number]) + min(sizes[number], position - began)
                    fraction = min(0.99, done / max(1, sum(sizes)))
                    report(CollectProgress(fraction, tally.num_examples, tally.num_problems))
            num_problems = tally.num_problems - problems_before
            counts.append(SourceCount(source.name, tally.num_examples - num_before, num_problems))
        index = tally.finish()
    positions = np.array(offsets, np.uint64)
    for problem in _repeats(path, positions, index, sources, counts):
        tally.add_problem(problem)
    return Collection(path, positions, index, tally.figures(index), tuple(tally.problems), tuple(counts))


def divide(collection: Collection, folder: Path, options: SplitOptions) -> PreparedData:
    """Write the training and the validation file into ``folder``.

    Raises:
        DatasetEmptyError: nothing is left to train on.
        StorageError: a file can't be written.
        OSError: the collection can't be read.
    """
    split = split_examples(collection.index, options)
    num_train, num_validation = int(split.is_train.sum()), int(split.is_validation.sum())
    if not num_train:
        raise DatasetEmptyError(num_problems=collection.figures.num_left_out)
    train, validation = folder / TRAIN_FILE, folder / VALIDATION_FILE
    with ExitStack() as stack:
        source = stack.enter_context(open_regular(collection.path))
        train_file = stack.enter_context(replacing(train))
        validation_file = stack.enter_context(replacing(validation))
        for line, is_train, is_validation in zip(source, split.is_train, split.is_validation, strict=True):
            if is_train:
                train_file.write(line)
            elif is_validation:
                validation_file.write(line)
    return PreparedData(
        train,
        validation,
        num_train,
        num_validation,
        len(collection.offsets) - num_train - num_validation,
        int(collection.index.lengths[split.is_train].sum(dtype=np.uint64)),
    )


def _example(path: Path, offsets: npt.NDArray[np.uint64], number: int) -> TrainingExample:
    return next(read_examples(path, int(offsets[number])))


def _repeats(
    path: Path,
    offsets: npt.NDArray[np.uint64],
    index: Index,
    sources: Sequence[Source],
    counts: Sequence[SourceCount],
) -> Iterator[Problem]:
    """Yield a problem for each repeated example, the first of them with the place where it stood first."""
    _, first, inverse = np.unique(index.hashes, return_index=True, return_inverse=True)
    bounds = np.cumsum([count.num_examples for count in counts])
    for listed, repeat in enumerate(np.flatnonzero(index.is_repeat)):
        source = sources[int(np.searchsorted(bounds, repeat, side="right"))]
        file = source.path if isinstance(source, FileSource | ParallelSource) else Path(source.name)
        line, before = 0, ""
        if listed < _REPEATS_LISTED:
            line = _line_of(_example(path, offsets, int(repeat)).at)
            before = _example(path, offsets, int(first[inverse[repeat]])).at
        yield Problem(file, line, ProblemKind.DUPLICATE, before, is_fixed=True)


def _line_of(at: str) -> int:
    line = at.rpartition(":")[2]
    return int(line) if line.isascii() and line.isdecimal() else 0


def _size_of(source: Source) -> int:
    if isinstance(source, FileSource | ParallelSource):
        try:
            return max(1, source.path.stat().st_size)
        except OSError:
            return 1
    return 1

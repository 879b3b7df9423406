"""A run's examples as tokens: those to train on, and those that are held back to measure with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import DatasetEmptyError
from lmstudio_lite.finetune.data.canonical import read_examples
from lmstudio_lite.finetune.protocol import DataRead, Stage
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training.evaluate import first_rows
from lmstudio_lite.finetune.training.reporting import Reporter
from lmstudio_lite.finetune.training.token_store import Row, TokenStore
from lmstudio_lite.finetune.training.tokenize import Encoder, encode_all
from lmstudio_lite.private_files import make_private_folder

_VALIDATION_EXAMPLES, _TRAINING_EXAMPLES = 2000, 200
"""How many examples are looked at for what is measured with."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """``validation`` is empty where nothing was held back."""

    train: TokenStore
    validation: Sequence[Row]

    def measured(self) -> Sequence[Row]:
        """Return what is measured with: the validation rows, or the first of the training's."""
        return self.validation or _first(self.train, _TRAINING_EXAMPLES)


def read_data(
    folder: RunFolder, key: str, max_length: int, vocabulary: Vocabulary, reporter: Reporter
) -> TrainingData:
    """Read the run's examples, or what an earlier start made of them under the same ``key``.

    Raises:
        DatasetEmptyError: no example has anything to learn.
    """
    reporter.stage(Stage.READING_DATA)
    make_private_folder(folder.cache)

    def store(name: str, path: Path) -> TokenStore:
        made = TokenStore(folder.cache, name)
        if not made.open(key):
            examples = encode_all(Encoder(vocabulary, max_length), read_examples(path))
            made.fill(key, examples, lambda number: reporter.progress(Stage.READING_DATA, number, 0))
        return made

    train = store("train", folder.train_file)
    counts = train.counts
    if not len(train):
        raise DatasetEmptyError(num_problems=counts.num_dropped)
    has_validation = folder.validation_file.is_file()
    validation = (
        _first(store("validation", folder.validation_file), _VALIDATION_EXAMPLES) if has_validation else []
    )
    reporter.emit(
        DataRead(
            num_examples=counts.num_examples,
            num_tokens=counts.num_tokens,
            num_learned=counts.num_learned,
            num_validation=len(validation),
            num_cut=counts.num_cut,
            num_dropped=counts.num_dropped,
        )
    )
    return TrainingData(train, validation)


def _first(store: TokenStore, limit: int) -> list[Row]:
    return first_rows([store.row(number) for number in range(min(len(store), limit))])

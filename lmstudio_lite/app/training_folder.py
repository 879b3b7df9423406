"""A training run in a folder that its caller names: data and settings are written, then the process starts.

The window's runs have folders of their own (``train.Finetuning``); the terminal's may lie anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.finetune.client import TrainingClient
from lmstudio_lite.finetune.data.problems import Problem
from lmstudio_lite.finetune.protocol import Event
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.paths import write_error
from lmstudio_lite.private_files import make_private_folder

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.collecting import CollectProgress


@contextmanager
def alone_in(folder: RunFolder) -> Iterator[None]:
    """Keep others out while data and settings are written; the training then locks the folder itself.

    Raises:
        RunInUseError: another process works in it.
        StorageError: it can't be made.
    """
    try:
        make_private_folder(folder.path)
    except OSError as error:
        raise write_error(error, folder.path) from error
    lock = folder.lock()
    try:
        yield
    finally:
        lock.release()


def write_examples(
    services: Services,
    files: Sequence[Path],
    folder: RunFolder,
    *,
    validation_share: float,
    seed: int,
    encoding: str,
    cancellation: Cancellation,
    report: Callable[[CollectProgress], None],
) -> tuple[Problem, ...]:
    """Read examples from ``files`` into the run's folder, divided; return what was wrong with them.

    ``encoding`` is what the user says that texts among them are in, "" for nothing.

    Raises:
        CancelledError: cancelled.
        AppError: nothing can be learned from them, or they can't be written.
    """
    # Imported late: numpy, which opening the program does without.
    from lmstudio_lite.finetune.data.collecting import collect, divide
    from lmstudio_lite.finetune.data.detection import detect_source
    from lmstudio_lite.finetune.data.sources import ReadOptions
    from lmstudio_lite.finetune.data.splitting import SplitOptions
    from lmstudio_lite.finetune.data.text_lines import texts_in

    data = folder.train_file.parent
    make_private_folder(data)
    reader = DocumentReader(kept_encoding=lambda path: encoding) if encoding else services.reader
    options = ReadOptions(cancellation=cancellation)
    with texts_in(encoding):
        sources = [detect_source(path.expanduser().absolute(), reader) for path in files]
        collection = collect(sources, data, options=options, reader=reader, report=report)
    divide(collection, data, SplitOptions(validation_share=validation_share, seed=seed))
    collection.path.unlink()
    return collection.problems


def start_training(
    services: Services, folder: RunFolder, on_event: Callable[[Event], None]
) -> TrainingClient:
    """Start the process that trains what lies in ``folder``; ``on_event`` is called on another thread."""
    return TrainingClient(folder, on_event, services.training_tools.search_path())

"""Examples that can't be learned from, models that can't be trained."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


class DatasetError(AppError):
    """Examples can't be learned from."""

    code = "dataset"


class DatasetLineError(DatasetError):
    """A line of a prepared file is broken; ``reason`` is what the decoder said."""

    code = "dataset_line"


class DatasetUnknownError(DatasetError):
    """Nothing that is known to hold examples, told by its content."""

    code = "dataset_unknown"


class DatasetEmptyError(DatasetError):
    """There is no example to learn from."""

    code = "dataset_empty"


class TrainingError(AppError):
    """A model can't be trained, or what was trained can't be written."""

    code = "training"


class TrainingToolsMissingError(TrainingError):
    """torch, transformers, peft or gguf is not installed."""

    code = "training_tools_missing"


class ArchitectureUnsupportedError(TrainingError):
    """``reason`` is a word from ``finetune.architectures``, or a tensor that can't be placed."""

    code = "architecture_unsupported"


class TrainingMemoryError(TrainingError):
    """Memory ran out although the smallest possible part was computed at once."""

    code = "training_memory"


class LossDivergedError(TrainingError):
    """The loss became NaN."""

    code = "loss_diverged"


class BaseMismatchError(TrainingError):
    """PyTorch's form of the base predicts something else than llama.cpp's."""

    code = "base_mismatch"


class ExportMismatchError(TrainingError):
    """The written file predicts something else than what was trained."""

    code = "export_mismatch"


class ExportImpossibleError(TrainingError):
    """What this method trains can't be written as this kind of file."""

    code = "export_impossible"


class TrainingWorkerError(TrainingError):
    """The training process ended without a word; ``reason`` is ``Worker.hear``'s."""

    code = "training_worker"


class RunInUseError(TrainingError):
    """Another process works in the folder of the run."""

    code = "run_in_use"


class CheckpointMissingError(TrainingError):
    """There is no checkpoint that fits the run's model, data and settings: nothing to write files from."""

    code = "checkpoint_missing"

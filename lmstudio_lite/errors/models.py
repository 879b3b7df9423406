"""Models that can't be found, read, held, loaded or made from others."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


class ModelError(AppError):
    """A model can't be found, read, held or loaded."""

    code = "model"


class NoModelError(ModelError):
    code = "no_model"


class ModelNotFoundError(ModelError):
    code = "model_not_found"


class ModelFileError(ModelError):
    """The file is not a usable GGUF; ``reason`` is a word from ``library.gguf``."""

    code = "model_file"


class ModelChangeError(ModelError):
    """A model can't be moved, deleted, linked or brought in; ``reason`` is a word of ``library.keeping``."""

    code = "model_change"


class ModelTooLargeError(ModelError):
    code = "model_too_large"


class ModelLoadError(ModelError):
    code = "model_load"


class ConversionError(ModelError):
    """A model file can't be made from another; ``reason`` is a word of ``words.conversion``."""

    code = "conversion"

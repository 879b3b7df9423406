"""What people give for a task: labels, schemas, personas and prompts."""

from __future__ import annotations

from lmstudio_lite.errors.base import AppError


class BatchError(AppError):
    """What many texts are to be asked makes no sense."""

    code = "batch"


class LabelsError(BatchError):
    """Nothing can be told apart with the labels; ``reason`` is "none", "one", "duplicate" or "many"."""

    code = "labels"


class SchemaError(BatchError):
    """No values can be asked for; ``reason`` is a key of the words in ``words.batch``."""

    code = "schema"


class PersonaFileError(AppError):
    """A file is no persona: ``reason`` is "unreadable", "too_large" or "not_a_persona"."""

    code = "persona_file"


class PromptFileError(AppError):
    """A file holds no prompts: ``reason`` says where, in the reader's words."""

    code = "prompt_file"

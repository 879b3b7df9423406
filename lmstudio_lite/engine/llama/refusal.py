"""Why llama.cpp refuses a file, as a word of ours: its own lines name functions and are for developers.

``reason`` of the errors made here is a ``Refusal``; the line itself goes along as ``detail``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.errors import AdapterError, ModelLoadError


class Refusal(StrEnum):
    """What is wrong with a file, or missing for it; worded in ``words.models``."""

    ARCHITECTURE = "unknown_architecture"
    SPLIT = "split"
    TENSORS = "wrong_tensors"
    TOKENIZER = "unknown_tokenizer"
    METADATA = "missing_metadata"
    MEMORY = "no_memory"
    CONTEXT_MEMORY = "no_context_memory"
    OTHER_BASE = "other_base"
    REFUSED = "refused"


_SIGNS: tuple[tuple[str, Refusal], ...] = (
    (r"unknown model architecture|unsupported model architecture", Refusal.ARCHITECTURE),
    (r"illegal split|missing split|split file|invalid split", Refusal.SPLIT),
    (r"tokenizer|vocab|token type|merges", Refusal.TOKENIZER),
    (r"model arch mismatch|model tensor .* not found|has incorrect shape|\blora\b", Refusal.OTHER_BASE),
    (
        r"missing tensor|wrong number of tensors|wrong shape|tensor .* (data|type|offset|size)",
        Refusal.TENSORS,
    ),
    (r"alloc|out of memory|buffer", Refusal.MEMORY),
    (r"key not found|hyperparameters|wrong type|invalid value", Refusal.METADATA),
)


def name_refusal(line: str) -> Refusal:
    """Return what a line of llama.cpp's log says, ``REFUSED`` where it is not known."""
    found = (refusal for sign, refusal in _SIGNS if re.search(sign, line, re.IGNORECASE))
    return next(found, Refusal.REFUSED)


def load_error(path: Path) -> ModelLoadError:
    """Return why the model at ``path`` was not loaded just now."""
    line = llama_log.take_last_error()
    return ModelLoadError(path=str(path), reason=name_refusal(line), detail=line)


def context_error(path: Path) -> ModelLoadError:
    """Return why there is no context for the model at ``path``."""
    line = llama_log.take_last_error()
    return ModelLoadError(path=str(path), reason=Refusal.CONTEXT_MEMORY, detail=line)


def adapter_error(path: Path) -> AdapterError:
    """Return why the adapter at ``path`` was not loaded just now."""
    line = llama_log.take_last_error()
    return AdapterError(path=str(path), reason=name_refusal(line), detail=line)

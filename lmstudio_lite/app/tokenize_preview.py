"""How a model that was born here cuts what somebody types: its own tokenizer, and the way to each word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lmstudio_lite.finetune.byte_pairs import MergeStep, merge_steps, ranks_of
from lmstudio_lite.library.gguf import read_gguf_header

_MERGES = "tokenizer.ggml.merges"
_LENGTH_MAX = 400
_WORD = re.compile(r" ?[^\W\d_]+")
"""A word as the tokenizer has it: letters, with the space before them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """``pieces`` joined are the text; ``steps`` retrace how its longest ``word`` was put together."""

    pieces: tuple[str, ...]
    token_ids: tuple[int, ...]
    word: str
    steps: tuple[MergeStep, ...]


def cut_text(model: Path, text: str) -> Cut:
    """Cut ``text`` (its first 400 characters) with the tokenizer in ``model``. Waits; not for the GUI thread.

    Raises:
        ModelNotFoundError, ModelFileError, ModelLoadError: the file is gone or can't be read.
    """
    # Imported late: llama.cpp, which the window does without.
    from lmstudio_lite.engine.llama.tokenizer import Vocabulary

    text = text[:_LENGTH_MAX]
    with Vocabulary(model) as vocabulary:
        token_ids = vocabulary.tokenize(text)
        pieces = tuple(vocabulary.piece(token_id) for token_id in token_ids)
    word = max(_WORD.findall(text), key=len, default="")
    ranks = _ranks(model, model.stat().st_mtime_ns)
    return Cut(pieces, tuple(token_ids), word, tuple(merge_steps(word, ranks)) if word else ())


@lru_cache(maxsize=2)
def _ranks(model: Path, _changed_at: int) -> dict[tuple[str, str], int]:
    header = read_gguf_header(model, kept_arrays=frozenset((_MERGES,)), needs_tensors=False)
    return ranks_of(header.text_arrays.get(_MERGES, ()))

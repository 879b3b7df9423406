"""A model's chat template, read from its file without loading it: for the preview of what it will see."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lmstudio_lite.engine.templates.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.library.gguf import GgufHeader, read_gguf_header

_TOKENS, _TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4  # llama.h: llama_token_type


def read_chat_format(path: Path) -> ChatFormat:
    """Return the format of the model at ``path``, the same that the engine would use. Not for the GUI thread.

    Raises:
        ModelNotFoundError, ModelFileError: the file is gone or no usable GGUF.
    """
    return _read(path, path.stat().st_mtime_ns if path.exists() else 0)


def plain_chat_format() -> ChatFormat:
    """Return the format of a model without a template, as one from nothing is: a transcript."""
    return choose_format(None, special_texts=("", ""), guarded_texts=GuardedTexts)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_at: int) -> ChatFormat:
    header = read_gguf_header(path, kept_arrays=frozenset((_TOKENS, _TYPES)), needs_tensors=False)
    tokens = header.text_arrays.get(_TOKENS, ())
    types = header.number_arrays.get(_TYPES, ())
    kinds = list(zip(tokens, types, strict=False))
    guarded = GuardedTexts(
        (text for text, kind in kinds if kind in (_CONTROL, _UNKNOWN)),
        (text for text, kind in kinds if kind == _USER_DEFINED),
    )
    special = _token(header, tokens, "bos"), _token(header, tokens, "eos")
    template = header.text("tokenizer.chat_template") or None
    return choose_format(template, special_texts=special, guarded_texts=lambda: guarded)


def _token(header: GgufHeader, tokens: tuple[str, ...], name: str) -> str:
    key = f"tokenizer.ggml.{name}_token_id"
    number = header.number(key)
    return tokens[number] if key in header.metadata and number < len(tokens) else ""

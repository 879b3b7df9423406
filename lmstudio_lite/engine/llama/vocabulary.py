"""What a loaded llama.cpp model's vocabulary says; ``vocab`` is its handle. One thread at a time."""

from __future__ import annotations

import ctypes

import llama_cpp

from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts

CONTROL = int(llama_cpp.LLAMA_TOKEN_ATTR_CONTROL)
_UNKNOWN = int(llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN)
_USER_DEFINED = int(llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED)


def tokenize(vocab: int, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
    """Return the tokens of ``text``.

    ``add_special`` puts before and after it what the model expects there, ``parse_special`` reads the names
    of control tokens as such.
    """
    data = text.encode("utf-8", "replace")
    size = len(data) + 8
    while True:
        ids = (llama_cpp.llama_token * size)()
        count = llama_cpp.llama_tokenize(vocab, data, len(data), ids, size, add_special, parse_special)
        if count >= 0:
            return list(ids[:count])
        size = -count


def piece(vocab: int, token_id: int, *, with_control: bool) -> bytes:
    """Return a token's text, that of control tokens only if asked; b"" for a negative id."""
    if token_id < 0:
        return b""
    size = 64
    while True:
        buffer = ctypes.create_string_buffer(size)
        count = llama_cpp.llama_token_to_piece(vocab, token_id, buffer, size, 0, with_control)
        if count >= 0:
            return buffer.raw[:count]
        size = -count


def is_control(vocab: int, token_id: int) -> bool:
    return bool(llama_cpp.llama_vocab_get_attr(vocab, token_id) & CONTROL)


def begin_token(vocab: int) -> int | None:
    """Return the token that a prompt begins with, None where the model wants none."""
    token_id = int(llama_cpp.llama_vocab_bos(vocab))
    return token_id if token_id >= 0 and llama_cpp.llama_vocab_get_add_bos(vocab) else None


def guarded_texts(vocab: int) -> GuardedTexts:
    """Return what must not be read in somebody's words; takes 0.1 s for a large vocabulary."""
    controls: list[str] = []
    always: list[str] = []
    for token_id in range(llama_cpp.llama_vocab_n_tokens(vocab)):
        attributes = llama_cpp.llama_vocab_get_attr(vocab, token_id)
        if attributes & (CONTROL | _UNKNOWN | _USER_DEFINED):
            text = llama_cpp.llama_vocab_get_text(vocab, token_id).decode("utf-8", "replace")
            (always if attributes & _USER_DEFINED else controls).append(text)
    return GuardedTexts(controls, always)

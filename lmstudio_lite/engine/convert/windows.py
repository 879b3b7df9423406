"""Texts cut into windows of 512 tokens.

llama.cpp's own tools use such windows for perplexity and importance matrices, so figures
can be compared with theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.engine.llama.tokenizer import Tokenizer
from lmstudio_lite.errors import ConversionError

WINDOW_TOKENS = 512


def cut_into_windows(tokenizer: Tokenizer, texts: Sequence[str], num_windows_max: int) -> list[list[int]]:
    """Return windows of ``WINDOW_TOKENS``, each from one text and with the token that texts begin with.

    Texts take turns, so that all of them are in it where there is more than ``num_windows_max``.

    Raises:
        ConversionError: no text fills a window ("text_too_short").
    """
    begin = [] if tokenizer.begin_token is None else [tokenizer.begin_token]
    size = WINDOW_TOKENS - len(begin)
    stock = [tokenizer.tokenize(text) for text in texts]
    joined = [token_id for token_ids in stock if len(token_ids) < size for token_id in token_ids]
    stock = [token_ids for token_ids in [*stock, joined] if len(token_ids) >= size]
    windows: list[list[int]] = []
    for round_number in range(max((len(token_ids) // size for token_ids in stock), default=0)):
        for token_ids in stock:
            part = token_ids[round_number * size : (round_number + 1) * size]
            if len(part) == size and len(windows) < num_windows_max:
                windows.append(begin + part)
    if not windows:
        num_tokens = sum(len(tokenizer.tokenize(text)) for text in texts)
        raise ConversionError(reason="text_too_short", num_tokens=num_tokens, needed_tokens=size)
    return windows

"""The tokens with which a model marks its thinking: known by their ids, whatever their text looks like.

llama.cpp gives control tokens no text, and these must be seen. Where a vocabulary has all of them as tokens,
the same characters spelled in other tokens are content: a model that writes about its own marks.
"""

from __future__ import annotations

from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.engine.templates.prompt_tokens import Tokenizer


class MarkTokens:
    """Those of one model; none where it does not think."""

    def __init__(self, tokenizer: Tokenizer, chat_format: ChatFormat) -> None:
        self._bytes: dict[int, bytes] = {}
        style = chat_format.reasoning_style
        guarded = chat_format.guarded.all if style is not None else frozenset()
        for mark in style.controls if style is not None else ():
            token_ids = tokenizer.tokenize(mark, add_special=False, parse_special=True)
            if mark in guarded and len(token_ids) == 1:
                self._bytes[token_ids[0]] = mark.encode()
        found = set(self._bytes.values())
        limits = style.limits if style is not None else ()
        self.are_all = bool(limits) and all(mark.encode() in found for mark in limits)

    def bytes_of(self, token_id: int) -> bytes:
        """Return the text of a mark, b"" for every other token."""
        return self._bytes.get(token_id, b"")

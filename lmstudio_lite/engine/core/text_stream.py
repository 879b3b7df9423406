"""From a model's bytes to text that may be shown: whole characters, and nothing of a stop string.

A pure state machine, after the idea of mlx-lm's streaming detokenizers: bytes go in as tokens are
sampled, text comes out once it can no longer change. Stop strings end the reply, never the thinking.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from lmstudio_lite.engine.templates.reasoning import Piece, ReasoningSplitter


class TextStream:
    """Decodes UTF-8 piece by piece and ends at the first stop string.

    Text that might be the beginning of a stop string is held back until it is decided, and so are the whole
    characters of a token that ends within one: text comes out in whole tokens. Bytes that are not UTF-8
    become U+FFFD.
    """

    def __init__(self, stop: Sequence[str] = (), splitter: ReasoningSplitter | None = None) -> None:
        """End at ``stop``; without a ``splitter`` everything is reply."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._splitter = splitter
        self._begun = ""  # whole characters of tokens whose last character is not whole yet
        self._held = ""
        self._stopped = False

    @property
    def is_stopped(self) -> bool:
        """A stop string was seen; nothing more comes out."""
        return self._stopped

    def push(self, piece: bytes, *, is_mark: bool = False) -> list[Piece]:
        """Take a token's bytes; return the text that is now certain, in pieces that are never empty.

        ``is_mark`` for a token that is one of the model's marks of thinking.
        """
        if is_mark and self._splitter:
            before = self._splitter.push(self._last_begun())
            return self._pieces([*before, *self._splitter.push(piece.decode(), is_mark=True)])
        text = self._begun + self._decoder.decode(piece)
        if self._decoder.getstate()[0]:
            self._begun = text
            return []
        self._begun = ""
        return self._pieces(self._splitter.push(text) if self._splitter else [Piece(text)])

    def flush(self) -> list[Piece]:
        """Return what was held back; the generation has ended."""
        text = self._last_begun()
        last = [*self._splitter.push(text), *self._splitter.flush()] if self._splitter else [Piece(text)]
        pieces = self._pieces(last)
        if self._held and not self._stopped:
            pieces.append(Piece(self._held))
            self._held = ""
        return pieces

    def _last_begun(self) -> str:
        """Return what is held of a character that is never whole, and what stands before it."""
        text = self._begun + self._decoder.decode(b"", final=True)
        self._begun = ""
        return text

    def _pieces(self, pieces: Sequence[Piece]) -> list[Piece]:
        kept = []
        for piece in pieces:
            text = piece.text if piece.is_reasoning else self._release(piece.text)
            if text and not (self._stopped and piece.is_reasoning):
                kept.append(Piece(text, piece.is_reasoning))
        return kept

    def _release(self, new: str) -> str:
        if self._stopped:
            return ""
        text = self._held + new
        found = [at for at in (text.find(stop) for stop in self._stop) if at >= 0]
        if found:
            self._stopped = True
            self._held = ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest proper beginning of ``stop`` that ``text`` ends with."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0

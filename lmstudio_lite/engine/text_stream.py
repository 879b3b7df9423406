"""From a model's bytes to text that may be shown: whole characters, and nothing of a stop string.

A pure state machine, after the idea of mlx-lm's streaming detokenizers: bytes go in as tokens are
sampled, text comes out once it can no longer change.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Decodes UTF-8 piece by piece and ends at the first stop string.

    Text that might be the beginning of a stop string is held back until it is decided. Bytes that
    are not UTF-8 become U+FFFD.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._held = ""
        self._stopped = False

    @property
    def is_stopped(self) -> bool:
        """A stop string was seen; nothing more comes out."""
        return self._stopped

    def push(self, piece: bytes) -> str:
        """Take a token's bytes; return the text that is now certain."""
        return self._release(self._decoder.decode(piece))

    def flush(self) -> str:
        """Return what was held back; the generation has ended."""
        text = self._release(self._decoder.decode(b"", final=True))
        if self._stopped:
            return text
        text, self._held = text + self._held, ""
        return text

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

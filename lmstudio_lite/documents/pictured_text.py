"""The text in pictures that lie in a file: recognized as long as there is time, else why not."""

from __future__ import annotations

import time

from lmstudio_lite.documents.embedded import ReadInner
from lmstudio_lite.documents.ocr import find_recognizer
from lmstudio_lite.domain.inventory import WhyUnread
from lmstudio_lite.errors import DocumentError, DocumentScannedError

_TIME_S = 60.0
"""For all pictures of a file: a third of what reading it may take."""


class PicturedText:
    """Reads the pictures of one file; ``read_inner`` recognizes the text in one."""

    def __init__(self, read_inner: ReadInner, time_s: float = _TIME_S) -> None:
        self._read_inner = read_inner
        self._time_s = time_s

    def read(self, content: bytes, name: str) -> tuple[str, WhyUnread | None]:
        """Return the text in a picture, or "" and why there is none."""
        if self._time_s <= 0.0:
            return "", WhyUnread.OUT_OF_TIME
        began = time.monotonic()
        try:
            return self._read_inner(content, name).text.strip(), None
        except DocumentScannedError:
            return "", WhyUnread.PICTURE if find_recognizer() else WhyUnread.NO_RECOGNIZER
        except DocumentError:
            return "", WhyUnread.PICTURE
        finally:
            self._time_s -= time.monotonic() - began

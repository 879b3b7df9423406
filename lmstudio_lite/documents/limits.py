"""What reading one document may cost. Apart from the readers, which the window must not import."""

from __future__ import annotations

from dataclasses import dataclass

_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """``memory_bytes`` and ``time_s`` bound the helper process, the others the file and its text.

    ``expanded_bytes`` is for what an archive (Word, EPUB and the like are ZIP files) unpacks to. Scans are
    read only with ``recognizes_scans``, and where Tesseract is installed.
    """

    size_bytes: int = 512 * _MEBIBYTE
    memory_bytes: int = 3072 * _MEBIBYTE
    time_s: float = 180.0
    text_length: int = 20_000_000
    expanded_bytes: int = 1024 * _MEBIBYTE
    recognizes_scans: bool = True

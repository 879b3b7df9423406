"""A text file's bytes to its text: what the user says of the encoding, what the file says, else what is
likely.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.documents.charset.detection import (
    Decoded,
    decode_as,
    decode_text,
    is_surely_unicode,
    previews,
)
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.domain.documents import PossibleEncoding
from lmstudio_lite.errors import DocumentUnsupportedError


@dataclass(frozen=True, slots=True)
class EncodingWish:
    """What the user says a text is in, "" for nothing.

    ``asked`` is said now and is obeyed. ``kept`` was said of the same path before: the file may have been
    written again in Unicode since.
    """

    asked: str = ""
    kept: str = ""


def decode_file(path: Path, content: bytes, wish: EncodingWish, *, declared: str = "") -> Decoded:
    """Return the text of the file at ``path``; ``declared`` is the label that the file itself states.

    Raises:
        DocumentUnsupportedError: it is no text, or not in the encoding that was asked for.
    """
    try:
        if wish.asked:
            return Decoded(decode_as(content, wish.asked), wish.asked)
        if wish.kept and not is_surely_unicode(content):
            with suppress(ValueError):
                return Decoded(decode_as(content, wish.kept), wish.kept)
        return decode_text(content, declared)
    except ValueError:
        raise DocumentUnsupportedError(path=str(path), mime_type="application/octet-stream") from None


def decode_leniently(content: bytes, declared: str) -> str:
    """Return the text of a part of a file, whatever it is; what is no text becomes U+FFFD."""
    try:
        return decode_text(content, declared).text
    except ValueError:
        return content.decode("ascii", "replace")


def with_encoding(reading: Reading, decoded: Decoded, content: bytes) -> Reading:
    """Return ``reading`` with what is known of its encoding, and with previews where that is in doubt."""
    possible = tuple(
        PossibleEncoding(encoding, preview)
        for encoding, preview in zip(
            decoded.alternatives, previews(content, decoded.alternatives), strict=True
        )
    )
    return replace(
        reading,
        encoding=decoded.encoding,
        is_encoding_sure=decoded.is_sure,
        possible_encodings=possible,
    )

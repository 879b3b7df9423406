"""A text file's bytes as characters that can be written as the same bytes again.

Reading for people (``documents.decoding``) evens out line ends, controls and accents; here nothing may be
lost. Bytes that are no text in the file's encoding become characters that stand for them (PEP 383) and come
back as the same bytes.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.documents.charset.declared import declared_by_text
from lmstudio_lite.documents.charset.labels import codec_of
from lmstudio_lite.documents.decoding import EncodingWish, decode_file
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.opening import read_whole
from lmstudio_lite.errors import DocumentTooLargeError

ENCODING_UTF8 = "encoding_utf8"
"""The file's encoding lacks characters of the translation: it is in UTF-8 now."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STAND_IN = "surrogateescape"


@dataclass(frozen=True, slots=True)
class EncodedText:
    """``text`` is all but the byte order ``mark``; ``encoding`` is as ``encoding_named`` has it.

    ``is_exact`` unless ``content`` can't be had again from the text: then only a change of it is worth
    writing it in another encoding.
    """

    text: str
    encoding: str
    content: bytes
    mark: bytes = b""
    is_exact: bool = True

    def encoded(self, text: str) -> bytes:
        """Return ``text`` as the file's bytes.

        Raises:
            UnicodeEncodeError: the encoding lacks a character.
        """
        return self.mark + text.encode(codec_of(self.encoding), _STAND_IN)


def read_encoded(path: Path, limits: ReadLimits, encoding: str = "") -> EncodedText:
    """Return the text of the file at ``path``; ``encoding`` is what the user says, "" for nothing.

    Raises:
        DocumentError: it can't be opened, is too large or no text, or not in that encoding.
    """
    content = read_whole(path, limits.size_bytes)
    found = decode_file(path, content, EncodingWish(encoding), declared=declared_by_text(content))
    mark = next((mark for mark, name in _MARKS if content.startswith(mark) and name == found.encoding), b"")
    body = content[len(mark) :]
    try:
        text = body.decode(codec_of(found.encoding), _STAND_IN)
        is_exact = text.encode(codec_of(found.encoding), _STAND_IN) == body
    except UnicodeError:
        is_exact = False
    text = text if is_exact else found.text
    if len(text) > limits.text_length:
        raise DocumentTooLargeError(path=str(path), size_bytes=len(text), limit_bytes=limits.text_length)
    return EncodedText(text, found.encoding, content, mark, is_exact)


def in_utf8(text: str, mark: bytes = b"") -> bytes:
    """Return ``text`` in UTF-8; what stands for bytes that were no text comes back as those."""
    return mark + text.encode("utf-8", _STAND_IN)


def has_stand_ins(text: str) -> bool:
    """Tell whether some of the characters stand for bytes that are no text."""
    return any("\ud800" <= sign <= "\udfff" for sign in text)

"""A markup file's bytes as characters, and back: what is not edited stays the same bytes.

What a file states of its encoding decides. Bytes that are wrong in it travel as lone surrogates and come
out as they were. Characters that an encoding lacks become references, which markup has for that.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.charset.detection import detect_encoding
from lmstudio_lite.documents.charset.labels import codec_of, encoding_named

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = "ascii"
_WRITABLE: dict[str, tuple[str, ...]] = {
    "iso-2022-jp-ms": ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_3"),
    "iso-2022-cn": (),
    "euc-tw": (),
    "viscii": (),
}
_WIDE = (("<\0".encode("latin-1"), "utf-16-le"), ("\0<".encode("latin-1"), "utf-16-be"))


@dataclass(frozen=True, slots=True)
class MarkupSource:
    """``mark`` is the byte order mark, b"" without one; ``text`` does not hold it."""

    content: bytes
    text: str
    codec: str
    mark: bytes

    def encode(self, text: str) -> bytes:
        """Return ``text`` in the file's encoding; what the encoding lacks becomes references."""
        return text.encode(self.codec, "markup-references")

    @property
    def is_exact(self) -> bool:
        """Whether the bytes come back from the characters: some old encodings write one in two ways."""
        return self.mark + self.encode(self.text) == self.content

    def byte_positions(self) -> list[int]:
        """Return at which byte each character begins, and the end; slow, for what is not exact."""
        decoder = codecs.getincrementaldecoder(self.codec)(errors="surrogateescape")
        positions: list[int] = []
        begin = len(self.mark)
        for at in range(len(self.mark), len(self.content)):
            # A decoder may give two characters for one sequence, and none until a sequence is whole.
            found = decoder.decode(self.content[at : at + 1])
            if found:
                is_single = len(found) == at + 1 - begin  # bytes that are wrong come one by one
                positions += range(begin, at + 1) if is_single else [begin] * len(found)
                begin = at + 1
        rest = decoder.decode(b"", final=True)
        return [*positions, *[begin] * len(rest), len(self.content)]


def read_source(content: bytes, *, is_xml: bool, asked: str = "") -> MarkupSource:
    """Return the characters of ``content``; ``asked`` is the encoding that the user says it is in.

    Raises:
        ValueError: it is no text.
    """
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if content.startswith(mark)), (b"", ""))
    codec = codec or _writable(content, _codec_of(content, is_xml=is_xml, asked=asked))
    text = content[len(mark) :].decode(codec, "surrogateescape")
    return MarkupSource(content, text, codec, mark)


def _codec_of(content: bytes, *, is_xml: bool, asked: str) -> str:
    if asked and (name := encoding_named(asked)):
        return codec_of(name)
    declared = declared_by_page(content)
    # In XML an encoding is what it is called; on the web ISO-8859-1 means Windows-1252.
    name = _plain_codec(declared) if is_xml else encoding_named(declared)
    codec = name if is_xml else codec_of(name)
    if codec and _is_valid(content, codec):
        return codec
    if is_xml and not declared:
        wide = next((codec for start, codec in _WIDE if content.startswith(start)), "")
        if wide or _is_valid(content, "utf-8"):
            return wide or "utf-8"
    if not declared and content.isascii() and b"\x1b" not in content:
        return _ASCII  # where nothing is declared, a reader may take other bytes for anything
    return "utf-8" if (found := detect_encoding(content, declared)) == "utf-8-sig" else found


def _writable(content: bytes, codec: str) -> str:
    """Return a codec that writes what ``codec`` reads: the program has a few that only read."""
    for possible in _WRITABLE.get(codec, (codec,)):
        if possible == codec or _is_valid(content, possible):
            return possible
    raise ValueError(f"nothing writes {codec}")


def _plain_codec(label: str) -> str:
    try:
        return codecs.lookup(label).name if label else ""
    except LookupError:
        return codec_of(encoding_named(label))


def _is_valid(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except (UnicodeError, LookupError):
        return False
    return True


def _references(error: UnicodeError) -> tuple[str | bytes, int]:
    """Encode what an encoding lacks: a byte that was wrong as that byte, a character as a reference."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    if all("\udc80" <= character <= "\udcff" for character in lacking):
        return bytes(ord(character) - 0xDC00 for character in lacking), error.end
    first = lacking[0]
    if "\udc80" <= first <= "\udcff":
        return bytes((ord(first) - 0xDC00,)), error.start + 1
    return f"&#{ord(first)};", error.start + 1


codecs.register_error("markup-references", _references)

"""Bytes of a text file to text, whatever its encoding.

A byte order mark decides, then what the file declares, then the escape sequences of the ISO-2022 family
and of HZ, then valid UTF-8. The rest is weighed: every old encoding, and UTF-16 and UTF-32 without a mark,
are hypotheses about the same bytes, priced on one scale (``candidates``). Where the second best is
not much worse, the result says so and names both.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lmstudio_lite.documents.charset.candidates import Priced, rank, rank_wide
from lmstudio_lite.documents.charset.codecs import with_composed_hangul
from lmstudio_lite.documents.charset.labels import codec_of, encoding_named
from lmstudio_lite.safe_text import without_sequences

_SAMPLE_BYTES = 128 * 1024
_MOST_CONTROLS = 0.01
_SURE_LEAD = 6.0
"""Nats: the second best is e**6, four hundred times, less likely."""
_UNLIKELY, _UNLIKELY_AT_LEAST, _RUBBISH, _FEWEST_RUBBISH_BYTES = 4.3, 6.0, 5.5, 64
"""Nats a byte. Of 2,000 right readings of 14 bytes or more the dearest costs 4.2; of random bytes without
controls the cheapest 5.6."""
_MOST_ALTERNATIVES = 3
_FEWEST_SEQUENCES = 12
"""So many sequences of UTF-8 don't come about by chance in another encoding."""
_WIDE_LOOK_BYTES = 4096
_FEWEST_WIDE_BYTES = 2

_PREVIEW_LINES, _PREVIEW_LENGTH, _PREVIEW_BEFORE = 3, 120, 30
_PREVIEW_BYTES, _PREVIEW_SEARCHED_LINES = 1024, 40
_MIXED_SEARCHED_LINES = 2000
# From a line's start only: tried from every character, a long line without any would cost its square.
_LINE_BEYOND_ASCII = re.compile(rb"(?<![^\r\n])[^\r\n]*[\x80-\xff][^\r\n]*")

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_UNLIKELY_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ISO_2022_MARKS = (
    (re.compile(rb"\x1b\$\)C"), "iso-2022-kr"),
    (re.compile(rb"\x1b\$[)*][AEGH]"), "iso-2022-cn"),
    (re.compile(rb"\x1b(?:\$[@B]|\$\([@BDOPQC]|\$A|\(I)"), "iso-2022-jp"),
)
_HZ_MARK = re.compile(rb"~\{(?:[!-w][!-~])+~\}")


@dataclass(frozen=True, slots=True)
class Decoded:
    r"""A text with line ends as ``\n``, no byte order mark, no controls and no escape sequences.

    ``alternatives`` are the encodings in question, the likeliest, which is ``encoding``, first; none where
    the encoding is sure.
    """

    text: str
    encoding: str
    is_sure: bool = True
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Guess:
    encoding: str
    alternatives: tuple[str, ...] = ()


def decode_text(data: bytes, declared: str = "") -> Decoded:
    """Return the text of ``data``; ``declared`` is the label of an encoding that the file or its sender
    states.

    Raises:
        ValueError: the bytes are not text.
    """
    guess = _guess(data, declared)
    return Decoded(
        decode_as(data, guess.encoding), guess.encoding, not guess.alternatives, guess.alternatives
    )


def decode_as(data: bytes, encoding: str) -> str:
    """Return the text of ``data`` read in ``encoding``, as ``Decoded`` has it; what is broken becomes U+FFFD.

    Raises:
        ValueError: in this encoding the bytes are not text, or there is no such encoding.
    """
    name = encoding_named(encoding)
    if not name:
        raise ValueError(f"no such encoding: {encoding}")
    text = _decoded_utf8(data) if name == "utf-8" else data.decode(codec_of(name), errors="replace")
    text = text.removeprefix("\ufeff")
    if name == "windows-1258":
        # It has accents as characters of their own.
        text = unicodedata.normalize("NFC", text)
    if name == "euc-kr":
        text = with_composed_hangul(text)
    text = without_sequences(text)
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample):
        raise ValueError("control characters: not text")
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded_utf8(data: bytes) -> str:
    """Decode UTF-8; where many lines are none, as in a log that several programs write, those are Western."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        if not _is_mixed(data):
            return data.decode(errors="replace")
    return b"\n".join(map(_line_as_utf8, data.split(b"\n"))).decode()


def _line_as_utf8(line: bytes) -> bytes:
    try:
        line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace").encode()
    return line


def _is_mixed(data: bytes) -> bool:
    """Tell whether some lines are in UTF-8 and others are not."""
    num_good = num_broken = num_sequences = 0
    for found in islice(_LINE_BEYOND_ASCII.finditer(data, 0, _SAMPLE_BYTES * 8), _MIXED_SEARCHED_LINES):
        try:
            text = found[0].decode()
        except UnicodeDecodeError:
            num_broken += 1
        else:
            num_good += 1
            num_sequences += sum(not character.isascii() for character in text)
    return num_broken > 0 and num_good * 3 >= num_broken and num_sequences >= _FEWEST_SEQUENCES // 2


def detect_encoding(data: bytes, declared: str = "") -> str:
    """Return the name of the codec that ``data`` is most likely written in.

    Raises:
        ValueError: no encoding explains the bytes, or what they say is no text.
    """
    encoding = _guess(data, declared).encoding
    decode_as(data[:_SAMPLE_BYTES], encoding)
    return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else codec_of(encoding)


def is_surely_unicode(data: bytes) -> bool:
    """Tell whether ``data`` is in Unicode beyond doubt: by its byte order mark, or in UTF-8 of some
    length.
    """
    if any(data.startswith(mark) for mark, _ in _BYTE_ORDER_MARKS):
        return True
    is_utf8, num_sequences = _utf8(data)
    return is_utf8 and num_sequences >= _FEWEST_SEQUENCES


def previews(data: bytes, encodings: Sequence[str]) -> tuple[str, ...]:
    """Return how the same few lines read in each of ``encodings``: those in which they differ."""
    readings = [_few_lines(data, encoding) for encoding in encodings]
    if not readings:
        return ()
    rows = list(zip(*readings, strict=False))
    differing = [row for row in rows if len(set(row)) > 1] or rows
    chosen = [_clipped(row) for row in differing[:_PREVIEW_LINES]]
    return tuple("\n".join(row[number] for row in chosen) for number in range(len(encodings)))


def _few_lines(data: bytes, encoding: str) -> list[str]:
    if encoding.startswith(("utf-16", "utf-32")):
        data = data[:_PREVIEW_BYTES]
    else:
        lines = (found[0] for found in _LINE_BEYOND_ASCII.finditer(data))
        data = b"\n".join(line[:_PREVIEW_BYTES] for line in islice(lines, _PREVIEW_SEARCHED_LINES))
    try:
        return decode_as(data, encoding).split("\n")
    except ValueError:
        return []


def _clipped(row: Sequence[str]) -> list[str]:
    """Return the readings of one line from shortly before where they begin to differ."""
    same = next((at for at, signs in enumerate(zip(*row, strict=False)) if len(set(signs)) > 1), 0)
    start = max(0, same - _PREVIEW_BEFORE)
    return [("…" if start else "") + line[start : start + _PREVIEW_LENGTH].strip() for line in row]


def _guess(data: bytes, declared: str) -> _Guess:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _Guess(encoding)
    stated = encoding_named(declared)
    head = data[:_WIDE_LOOK_BYTES]
    if data.isascii() and len(_UNLIKELY_BYTES.findall(head)) * 10 <= len(head):
        return _Guess(_seven_bits(data, stated))
    if stated and (found := _as_declared(data, stated)):
        return found
    if escaped := _escaped(data):
        return _Guess(escaped)
    is_utf8, num_sequences = _utf8(data)
    if is_utf8 and num_sequences >= _FEWEST_SEQUENCES:
        return _Guess("utf-8")
    if _is_mixed(data) and (num_sequences >= _FEWEST_SEQUENCES or not is_utf8):
        return _mixed(data)
    is_valid = _is_valid(data, "utf-8")
    if is_valid and not _UNLIKELY_BYTES.search(head):
        return _short_utf8(data)
    if wide := _wide(data):
        return wide
    if is_valid:
        return _short_utf8(data)
    return _likeliest(rank(data, stated))


def _seven_bits(data: bytes, stated: str) -> str:
    if escaped := _escaped(data):
        return escaped
    if stated in ("utf-7", "hz-gb-2312") and _is_valid(data, stated):
        return stated
    found = _HZ_MARK.search(data) if b"~{" in data else None
    if found and _is_valid(data, "hz-gb-2312"):
        # A tilde before a brace stands in programs too.
        readings = rank(bytes(byte | 0x80 for byte in found[0][2:-2]), "gb18030")
        if readings and readings[0].encoding == "gb18030":
            return "hz-gb-2312"
    return "utf-8"


def _escaped(data: bytes) -> str:
    """Return which encoding of the ISO-2022 family ``data`` has the sequences of, "" for none."""
    if b"\x1b" not in data:
        return ""
    for mark, encoding in _ISO_2022_MARKS:
        if mark.search(data) and _is_valid(data, encoding):
            return encoding
    return ""


def _is_valid(data: bytes, encoding: str) -> bool:
    try:
        data.decode(codec_of(encoding))
    except (ValueError, LookupError):
        return False
    return True


def _as_declared(data: bytes, stated: str) -> _Guess | None:
    """Return what is declared if the bytes are valid in it; in doubt if it is nonsense all the same."""
    if stated == "utf-16":
        stated = "utf-16-le"
    if not _is_valid(data, stated):
        return None
    if stated.startswith("utf-"):
        return _Guess(stated)
    readings = rank(data, stated)
    own = next((reading for reading in readings if reading.encoding == stated), None)
    if not readings or own is None or readings[0] is own:
        # The same text as the first one's, if it is not among the distinct ones.
        return _Guess(stated)
    if readings[0].encoding == "utf-8" and _utf8(data)[0]:
        # Pages that were changed to UTF-8, their declaration left as it was.
        return _Guess("utf-8")
    lead = own.price - readings[0].price
    if lead <= _SURE_LEAD:
        return _Guess(stated)
    others = [reading.encoding for reading in readings if reading is not own]
    return _Guess(stated, (stated, *others[: _MOST_ALTERNATIVES - 1]))


def _utf8(data: bytes) -> tuple[bool, int]:
    """Return whether ``data`` is UTF-8, and of how many sequences; a few broken bytes, as in logs, are
    forgiven.
    """
    if data.isascii():
        return True, 0
    text = data[: _SAMPLE_BYTES * 8].decode("utf-8", errors="replace")
    num_broken = text.count("\ufffd")
    num_sequences = len(text) - len(text.encode("ascii", "ignore")) - num_broken
    return num_broken <= num_sequences // 50, num_sequences


def _wide(data: bytes) -> _Guess | None:
    """Recognize UTF-16 and UTF-32 without a byte order mark."""
    head = data[:_WIDE_LOOK_BYTES]
    num_unlikely = len(_UNLIKELY_BYTES.findall(head))
    is_dense = len(data) % 2 == 0 and sum(byte > 0x7F for byte in head) > len(head) // 5
    if len(data) < _FEWEST_WIDE_BYTES or not (num_unlikely or is_dense):
        return None
    readings = rank_wide(data)
    if not readings or not readings[0].encoding.startswith(("utf-16", "utf-32")):
        return None
    return _likeliest(readings)


def _short_utf8(data: bytes) -> _Guess:
    """Judge a text that is UTF-8, but so short that another encoding may look like it by chance."""
    readings = rank(data)
    own = next((reading for reading in readings if reading.encoding == "utf-8"), None)
    if own is None or own.price - readings[0].price < _SURE_LEAD:
        return _Guess("utf-8")
    others = [reading.encoding for reading in readings if reading is not own]
    return _Guess("utf-8", ("utf-8", *others[: _MOST_ALTERNATIVES - 1]))


def _mixed(data: bytes) -> _Guess:
    """Judge a text of which some lines are in UTF-8: in doubt, for none but its lines can say so."""
    lines = data[: _SAMPLE_BYTES * 8].split(b"\n")
    others = rank(b"\n".join(line for line in lines if not _is_valid(line, "utf-8")))
    if others and others[0].encoding not in ("windows-1252", "utf-8"):
        return _Guess("utf-8", ("utf-8", others[0].encoding))
    return _Guess("utf-8", ("utf-8", "windows-1252"))


def _likeliest(readings: list[Priced]) -> _Guess:
    if not readings:
        raise ValueError("no known encoding explains the bytes")
    best = readings[0]
    if best.price_per_byte > _RUBBISH and best.num_bytes >= _FEWEST_RUBBISH_BYTES:
        raise ValueError("no known encoding explains the bytes")
    has_lead = len(readings) == 1 or readings[1].price - best.price >= _SURE_LEAD
    if has_lead and best.price <= _UNLIKELY_AT_LEAST + _UNLIKELY * best.num_bytes:
        return _Guess(best.encoding)
    return _Guess(best.encoding, tuple(each.encoding for each in readings[:_MOST_ALTERNATIVES]))

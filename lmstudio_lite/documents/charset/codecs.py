"""Codecs that Python lacks, registered under their names when this module is imported.

- ``iso-2022-jp-ms``: ISO-2022 as mail programs write it (Python's own reads neither the circled numbers of
  Windows nor half-width kana), with the designations of Japan, Korea, China and Taiwan (RFC 1468, 1557,
  1922); ``iso-2022-cn`` is the same reader.
- ``euc-tw``: CNS 11643 planes 1 and 2. They hold the characters of Big5 in nearly its order, so that the
  table is a list of ranges (found by comparing both, code by code, in the C library's tables).
- ``viscii``: RFC 1456.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_REPLACEMENT = "\ufffd"
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_VISCII = "".join(_VISCII_LOW.get(byte, chr(byte)) for byte in range(128)) + (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_FILLER = "\u3164"
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FINALS = _FILLER + "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_SPELLED_SYLLABLE = re.compile(f"{_FILLER}([{_INITIALS}])([ㅏ-ㅣ])([{_FINALS}])")
_Ranges = tuple[tuple[int, int, int], ...]
_PLANE_1: _Ranges = (
    (0, 0, 5), (6, 6, 15), (21, 23, 2), (24, 22, 1), (29, 29, 44), (73, 74, 1), (74, 73, 1), (75, 75, 22),
    (98, 98, 1), (100, 100, 27), (127, 128, 1), (128, 127, 1), (129, 129, 19), (148, 149, 1), (149, 148, 1),
    (150, 150, 4), (155, 21, 1), (156, 158, 2), (158, 158, 76), (282, 234, 29), (312, 264, 1), (314, 266,
    142), (470, 6101, 20), (3290, 471, 1412), (4702, 1884, 424), (5126, 1883, 1), (5127, 2308, 1876),
    (7003, 4571, 1), (7004, 4184, 387), (7391, 4572, 525), (7916, 5286, 1), (7917, 5097, 105), (8023, 5203,
    83), (8106, 5287, 84), (8190, 5517, 1), (8191, 5371, 54), (8245, 5426, 1), (8246, 5425, 1), (8247,
    5427, 90), (8337, 5518, 354),
)  # fmt: skip
_PLANE_2: _Ranges = (
    (0, 6280, 10), (10, 6291, 33), (43, 6372, 1), (44, 6324, 48), (92, 6373, 46), (138, 6586, 1),
    (139, 6419, 167), (306, 6587, 1840), (2146, 9074, 1), (2147, 8428, 108), (2255, 8537, 537), (2792,
    8427, 1), (2793, 9075, 100), (2893, 8536, 1), (2894, 9175, 399), (3293, 9575, 1637), (4930, 11761, 1),
    (4931, 11212, 146), (5077, 11899, 1), (5078, 11358, 287), (5365, 12508, 1), (5366, 11645, 116),
    (5482, 11762, 137), (5619, 11900, 104), (5723, 12425, 1), (5724, 12004, 222), (5946, 12227, 198),
    (6144, 12426, 82), (6226, 12509, 86), (6312, 12226, 1), (6313, 12595, 8), (6321, 12604, 153),
    (6474, 12758, 56), (6530, 13114, 1), (6531, 12814, 113), (6644, 12603, 1), (6645, 12927, 142),
    (6787, 12757, 1), (6788, 13069, 45), (6833, 13115, 71), (6904, 13380, 1), (6905, 13186, 194),
    (7099, 13381, 490), (7589, 13914, 1), (7590, 13871, 43), (7633, 13915, 1), (7634, 13917, 11),
    (7645, 13916, 1), (7646, 13928, 4),
)  # fmt: skip
"""First place in the plane (rows of 94), first place in Big5 (rows of 157), how many follow in both."""
_PLANES = {1: _PLANE_1, 2: _PLANE_2}

_ISO_2022 = re.compile(
    rb"\x1b\$(?P<multi>[@AB]|[()*+][@-S])|\x1b(?P<single>[()*+][@-~])|(?P<out>\x0e)|(?P<back>\x0f)"
    rb"|\x1bN(?P<once>[!-~]{2})|\x1b&@|(?P<line>[\r\n]+)|(?P<run>[^\x1b\x0e\x0f\r\n]+)|(?P<other>\x1b)"
)
_EUC_TW = re.compile(
    rb"(?P<ascii>[\x00-\x7f]+)|\x8e(?P<plane>[\xa1-\xa7][\xa1-\xfe]{2})|(?P<pair>[\xa1-\xfe]{2})|(?P<other>.)",
    re.DOTALL,
)


class _Iso2022:
    """What is designated at a place of the text: it is carried from one piece of a stream to the next."""

    def __init__(self, *, is_strict: bool) -> None:
        self._is_strict = is_strict
        self._plain, self._shifted, self._second = "B", "C", "H"
        self._is_wide = self._is_out = False

    def decode(self, content: bytes) -> Iterator[str]:
        for found in _ISO_2022.finditer(content):
            match found.lastgroup:
                case "multi":
                    self._designate(found["multi"].decode())
                case "single":
                    name = found["single"].decode()
                    if name.startswith("("):
                        self._plain, self._is_wide = name[-1], False
                case "out":
                    self._is_out = True
                case "back":
                    self._is_out = False
                case "once":
                    yield self._wide(self._second, found["once"], found.start())
                case "line":
                    # A line begins in ASCII, whatever the one before it left open.
                    self._plain, self._is_wide, self._is_out = "B", False, False
                    yield found["line"].decode()
                case "run":
                    yield self._run(found["run"], found.start())
                case "other":
                    yield "\x1b"

    def _designate(self, name: str) -> None:
        match name[:-1]:
            case ")":
                self._shifted = name[-1]
            case "*":
                self._second = name[-1]
            case _:
                self._plain, self._is_wide = name[-1], True

    def _run(self, content: bytes, start: int) -> str:
        if self._is_out:
            return self._wide(self._shifted, content, start)
        if self._is_wide:
            return self._wide(self._plain, content, start)
        if self._plain == "I":
            return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in content).decode("cp932")
        return self._text(content, "ascii", start)

    def _wide(self, name: str, content: bytes, start: int) -> str:
        if b" " in content:
            # Written between the characters by programs that lay lines out.
            return " ".join(self._wide(name, part, start) if part else "" for part in content.split(b" "))
        euc = bytes(byte | 0x80 for byte in content)
        match name:
            case "@" | "B":
                return self._text(_shift_jis(content), "cp932", start)
            case "D":
                pairs = (euc[at : at + 2] for at in range(0, len(euc), 2))
                return self._text(b"".join(b"\x8f" + pair for pair in pairs), "euc_jp", start)
            case "A" | "E":
                return self._text(euc, "gb18030", start)
            case "C":
                return self._text(euc, "cp949", start)
            case "G":
                return self._text(euc, "euc-tw", start)
            case "H":
                pairs = (euc[at : at + 2] for at in range(0, len(euc), 2))
                return self._text(b"".join(b"\x8e\xa2" + pair for pair in pairs), "euc-tw", start)
            case "O" | "P" | "Q":
                return self._text(b"\x1b$(" + name.encode() + content, "iso2022_jp_2004", start)
            case _:
                return self._text(content, "no-such-set", start)

    def _text(self, content: bytes, codec: str, start: int) -> str:
        try:
            return content.decode(codec)
        except (UnicodeDecodeError, LookupError):
            if self._is_strict:
                _refuse("iso-2022", content, start, start + len(content))
            return content.decode("ascii" if codec == "no-such-set" else codec, "replace")


def _shift_jis(content: bytes) -> bytes:
    """Return pairs of JIS X 0208 as Shift-JIS lays them out, in which Windows has more characters."""
    moved = bytearray()
    for high, low in zip(content[::2], content[1::2], strict=False):
        row, cell = (high - 0x21) & 0x7F, (low - 0x21) & 0x7F
        moved.append((0x81 if row < 62 else 0xC1) + row // 2)
        place = cell + (94 if row % 2 else 0)
        moved.append(0x40 + place + (place >= 63))
    return bytes(moved) + content[len(content) & ~1 :]


def with_composed_hangul(text: str) -> str:
    """Return ``text`` with the syllables whole that KS X 1001 (annex 3) spells out: a filler and three
    letters.
    """
    return _SPELLED_SYLLABLE.sub(_composed, text) if _FILLER in text else text


def _composed(found: re.Match[str]) -> str:
    initial, vowel, final = found.groups()
    number = (_INITIALS.index(initial) * 21 + ord(vowel) - 0x314F) * 28 + _FINALS.index(final)
    return chr(0xAC00 + number)


def _cns(plane: int, high: int, low: int) -> str:
    place = (high - 0xA1) * 94 + low - 0xA1
    ranges = _PLANES.get(plane, ())
    at = bisect_right(ranges, (place, 1 << 16)) - 1
    if at < 0 or place - ranges[at][0] >= ranges[at][2]:
        return _REPLACEMENT
    row, cell = divmod(ranges[at][1] + place - ranges[at][0], 157)
    return bytes((0xA1 + row, 0x40 + cell + (34 if cell >= 63 else 0))).decode("big5", "replace")


def _decode_euc_tw(content: bytes, errors: str) -> str:
    texts: list[str] = []
    for found in _EUC_TW.finditer(content):
        match found.lastgroup:
            case "ascii":
                texts.append(found["ascii"].decode())
                continue
            case "plane":
                plane, high, low = found["plane"]
                text = _cns(plane - 0xA0, high, low)
            case "pair":
                text = _cns(1, *found["pair"])
            case _:
                text = _REPLACEMENT
        if text == _REPLACEMENT and errors == "strict":
            _refuse("euc-tw", content, found.start(), found.end())
        texts.append(text)
    return "".join(texts)


def _decode_iso_2022(content: bytes, errors: str) -> str:
    return "".join(_Iso2022(is_strict=errors == "strict").decode(content))


def _decode_viscii(content: bytes, errors: str) -> str:
    return codecs.charmap_decode(content, errors, _VISCII)[0]


def _refuse(encoding: str, content: bytes, start: int, end: int) -> NoReturn:
    raise UnicodeDecodeError(encoding, content, min(start, len(content)), min(end, len(content)), "not valid")


def _refuse_to_encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
    raise UnicodeEncodeError("read-only", text, 0, 1, "this codec only reads")


def _codec(name: str, decode: Callable[[bytes, str], str]) -> codecs.CodecInfo:
    class Incremental(codecs.BufferedIncrementalDecoder):
        """Decodes whole lines: no character of these encodings goes over a line's end."""

        def _buffer_decode(self, data: ReadableBuffer, errors: str, final: bool) -> tuple[str, int]:
            content = bytes(data)
            length = len(content) if final else content.rfind(b"\n") + 1
            return decode(content[:length], errors), length

    def decode_whole(data: ReadableBuffer, errors: str = "strict", /) -> tuple[str, int]:
        content = bytes(data)
        return decode(content, errors), len(content)

    return codecs.CodecInfo(_refuse_to_encode, decode_whole, incrementaldecoder=Incremental, name=name)


_OWN = {
    "viscii": _codec("viscii", _decode_viscii),
    "euc_tw": _codec("euc-tw", _decode_euc_tw),
    "iso_2022_jp_ms": _codec("iso-2022-jp-ms", _decode_iso_2022),
    "iso_2022_cn": _codec("iso-2022-cn", _decode_iso_2022),
}
codecs.register(lambda name: _OWN.get(name.replace("-", "_")))

"""Bytes of a text file to text, whatever its encoding.

A byte order mark decides, then valid UTF-8, then the pattern of zero bytes that UTF-16 and UTF-32 leave.
The rest are legacy encodings: each candidate decodes a sample, and the one whose characters are those that
its languages use most wins. Frequencies, not validity, must decide: nearly every byte string is "valid"
in GB18030 or Windows-1252.
"""

from __future__ import annotations

import codecs
import re

from lmstudio_lite.safe_text import without_sequences

_SAMPLE_BYTES = 128 * 1024
_LOWEST_SHARE = 0.1
_MOST_CONTROLS = 0.01

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_CHINESE_SHARED = (
    "的一是不了在人有我他中大上到子和你地出道也年得就那要下以生自去之家可里小心多天而能好都然日于起"
    "成事只作想看文手用主行方又如前所本面公同三已老，。、：；？！（）《》"
)
_JAPANESE = (
    "のにはをたがでてとしれさいるもなすかきこそあっくまりらけよおんつうえやど、。「」ーンスルトアイクラリ"
)
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшющцэ"

# The most frequent non-ASCII characters of the languages written in each encoding; of two encodings that
# explain a text equally well the earlier wins, so the common ones come first.
_CANDIDATES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (encoding, frozenset(characters))
    for encoding, characters in (
        ("cp1252", "äöüßéèêëàâçñíóúáîôûœæøåãõìòùÄÖÜÉÀÅØ–—‘’“”„«»°§…•·¿¡º®©€×"),
        ("gb18030", _CHINESE_SHARED + "这来国个说们为时着过学对后么没还发当无开见经头从动“”"),
        ("big5", _CHINESE_SHARED + "這來國個說們為時著過學對後麼沒還發當無開見經頭從動裡於「」"),
        ("cp932", _JAPANESE),
        ("euc_jp", _JAPANESE),
        (
            "cp949",
            "이다는의을에가고하지를한은로기도사리어자대나인서해시아일그것있들수라부정제보만전스과게적주와안",
        ),
        ("cp1251", _RUSSIAN + "«»—"),
        ("koi8_r", _RUSSIAN),
        ("cp866", _RUSSIAN),
        ("cp1250", "ąćęłńóśźżěščřžýáíéůúťďňäöüőűăâîșțşţ„”–"),
        ("cp1253", "αοιετσνηυρπκμλωίόάέήύώςδγθχφβξζψ"),
        ("cp1254", "ğışİçöüâ“”’"),
        ("cp1255", "יוהלאתרבשמנכדעחקפגסטזצםןךףץ"),
        ("cp1256", "الينمورتبةدعسفهكقحجشصخطذءضزأغىإظئؤآ،؟"),
        ("cp874", "านรกอเงมยลวดทสตะปบคหแจพชขใไโผ่้ัิีุู็์"),
    )
)

_MULTIBYTE = frozenset({"gb18030", "big5", "cp932", "euc_jp", "cp949"})


def decode_text(data: bytes) -> str:
    r"""Return the text of ``data`` with line ends as ``\n``, no byte order mark and no escape sequences.

    Raises:
        ValueError: the bytes are not text.
    """
    text = without_sequences(data.decode(detect_encoding(data), errors="replace").removeprefix("\ufeff"))
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample):
        raise ValueError("control characters: not text")
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def detect_encoding(data: bytes) -> str:
    """Return the name of the codec that ``data`` is most likely written in.

    Raises:
        ValueError: no encoding explains the bytes.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    wide = _wide_encoding(data[:_SAMPLE_BYTES])
    if wide is not None:
        return wide
    if _is_utf8(data):
        return "utf-8"
    sample = data[:_SAMPLE_BYTES]
    best_encoding, best_share = "", _LOWEST_SHARE
    for encoding, characters in _CANDIDATES:
        share = _share_explained(sample, encoding, characters)
        if share > best_share:
            best_encoding, best_share = encoding, share
    if not best_encoding:
        raise ValueError("no known encoding explains the bytes")
    return best_encoding


def _is_utf8(data: bytes) -> bool:
    """Whether ``data`` is UTF-8; a few broken bytes in a long text, as logs have them, are forgiven."""
    if data.isascii():
        return True
    text = data[: _SAMPLE_BYTES * 8].decode("utf-8", errors="replace")
    num_wide = sum(not character.isascii() for character in text)
    return text.count("\ufffd") <= num_wide // 50


def _wide_encoding(sample: bytes) -> str | None:
    """Recognize UTF-16 and UTF-32 without a byte order mark by where their zero bytes stand."""
    if len(sample) < 4 or b"\0" not in sample:
        return None
    sample = sample[: len(sample) & ~3]
    shares = [sample[offset::4].count(0) * 4 / len(sample) for offset in range(4)]
    if min(shares[1:]) > 0.95 and shares[0] < 0.3:
        return "utf-32-le"
    if min(shares[:3]) > 0.95 and shares[3] < 0.3:
        return "utf-32-be"
    even, odd = (shares[0] + shares[2]) / 2, (shares[1] + shares[3]) / 2
    for encoding, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if high > 0.03 and high > low * 8 and _is_plausible(sample, encoding):
            return encoding
    return None


def _is_plausible(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, errors="replace")
    num_odd = text.count("\ufffd") + len(_CONTROLS.findall(text))
    return num_odd <= len(text) // 100


def _share_explained(sample: bytes, encoding: str, characters: frozenset[str]) -> float:
    """Return which share of the decoded non-ASCII characters are frequent ones, 1 at best, beyond chance."""
    text = sample.decode(encoding, errors="replace")
    wide = [character for character in text if not character.isascii()]
    if text.count("\ufffd") > max(1, len(wide) // 50) or not wide:
        return 0.0
    share = sum(character in characters for character in wide) / len(wide)
    if encoding not in _MULTIBYTE:
        # What random bytes of the upper half would score is no evidence.
        chance = len(characters) / 128
        share = (share - chance) / (1 - chance)
    # Western text is mostly ASCII; a run of accented letters is another encoding misread.
    num_letters = sum(character.isalpha() for character in text)
    if encoding in {"cp1252", "cp1250", "cp1254"} and len(wide) > num_letters * 0.4:
        share *= 0.3
    return share

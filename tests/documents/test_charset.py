from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.charset.detection import decode_as, decode_text, detect_encoding
from lmstudio_lite.documents.charset.labels import codec_of, encoding_named, encodings

CHINESE = "今天的天气很好，我们一起去公园散步吧。他说这本书是在北京买的，不过我还没有看完。"
TRADITIONAL = "今天的天氣很好，我們一起去公園散步吧。他說這本書是在臺北買的，不過我還沒有看完。"
JAPANESE = "今日は天気がとてもいいので、一緒に公園を散歩しましょう。この本はまだ読んでいません。"
KOREAN = "오늘은 날씨가 아주 좋으니 함께 공원을 산책합시다. 이 책은 아직 다 읽지 못했습니다."
RUSSIAN = "Сегодня очень хорошая погода, пойдём вместе гулять в парк. Эту книгу я ещё не дочитал."
GERMAN = "Käse und Müll: Heute ist schönes Wetter, gehen wir gemeinsam im Park spazieren. Größe!"
HALF_WIDTH = "振込人:ﾔﾏﾀﾞ ﾀﾛｳ 金額:12,300円 摘要:ｻﾞﾝﾀﾞｶｼｮｳﾒｲ\n振込人:ｽｽﾞｷ ﾊﾅｺ 金額:4,500円\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [CHINESE + " and some English", GERMAN, RUSSIAN + "!", "plain ASCII text"])
def test_unicode_encodings(text: str, encoding: str) -> None:
    decoded = decode_text(text.encode(encoding))
    assert (decoded.text, decoded.is_sure) == (text, True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [CHINESE, TRADITIONAL, JAPANESE, KOREAN, "纪要\n\n" + CHINESE])
def test_utf16_without_a_mark_of_text_without_zeros(text: str, encoding: str) -> None:
    decoded = decode_text(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.is_sure) == (text, encoding, True)


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        ("会議は三時からです。①".encode("iso2022_jp_ext", "ignore"), "iso-2022-jp", "会議は三時からです。"),
        (b"\x1b$B-!2q5D\x1b(B", "iso-2022-jp", "①会議"),
        (b"\x1b(I6@\x1b(B desu", "iso-2022-jp", "ｶﾀ desu"),
        (KOREAN.encode("iso2022_kr"), "iso-2022-kr", KOREAN),
        (b"\x1b$)A\x0eJi\x0f and \x0eJi\x0f\n", "iso-2022-cn", "书 and 书\n"),
        (CHINESE.encode("hz"), "hz-gb-2312", CHINESE),
    ],
)
def test_encodings_of_seven_bits(data: bytes, encoding: str, text: str) -> None:
    decoded = decode_text(data)
    assert (decoded.text, decoded.encoding, decoded.is_sure) == (text, encoding, True)


@pytest.mark.parametrize("text", ["a ~{b} ~} in a shell", "\x1b[31mred\x1b[0m ~{", "~{}~"])
def test_what_only_looks_like_seven_bits(text: str) -> None:
    assert decode_text(text.encode()).encoding == "utf-8"


def test_a_letter_again_and_again_is_no_frame() -> None:
    assert decode_text(("ああああああああ" * 9).encode("euc_jp")).encoding == "euc-jp"
    assert decode_text(("…" * 30 + "好的").encode("gb18030")).text.endswith("好的")


def test_syllables_that_korean_text_spells_out() -> None:
    text = "그 떄 똠방각하와 펲시콜라, 뷁이라고 적혀 있었다. " + KOREAN
    decoded = decode_text(text.encode("euc_kr"))
    assert (decoded.text, decoded.is_sure) == (text, True)


def test_words_behind_quotes_and_brackets_count_whole() -> None:
    text = "'geschlossen|schließ|bleibt', 'Förderverein|Spenden', 'nächste', '(Beschäftigte|Angestellte)'"
    for encoding in ("cp850", "cp1252", "mac_roman"):
        decoded = decode_text(text.encode(encoding))
        assert (decoded.text, decoded.is_sure) == (text, True)


def test_half_width_kana() -> None:
    decoded = decode_text(HALF_WIDTH.encode("cp932"))
    assert (decoded.text, decoded.is_sure) == (HALF_WIDTH, True)
    assert decode_text("ｻﾞﾝﾀﾞｶｼｮｳﾒｲｼｮ ﾍｲｾｲ 30ﾈﾝ".encode("cp932")).encoding == "shift_jis"


@pytest.mark.skipif(sys.platform != "linux", reason="compared with the C library's tables")
@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("EUC-TW", "euc-tw", TRADITIONAL),
        ("VISCII", "viscii", "Hôm nay trời đẹp, chúng ta cùng đi dạo trong công viên nhé."),
        ("ISO-2022-CN", "iso-2022-cn", TRADITIONAL + "\n" + CHINESE),
    ],
)
def test_codecs_that_python_lacks(codec: str, name: str, text: str) -> None:
    data = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", codec], input=text.encode(), capture_output=True, check=True
    ).stdout
    assert decode_as(data, name) == text
    decoded = decode_text(data)
    assert (decoded.text, decoded.encoding) == (text, name)


def test_mostly_english_text_with_one_accent() -> None:
    text = "The café on the corner is closed today, and it was the only one in the village. " * 20
    decoded = decode_text(text.encode("latin-1"))
    assert (decoded.text, decoded.is_sure) == (text, True)


def test_one_accent_in_a_word_is_read_right() -> None:
    assert decode_text("Café au lait".encode("latin-1")).text == "Café au lait"


def test_a_long_utf8_text_with_a_few_broken_bytes_stays_utf8() -> None:
    data = (CHINESE * 50).encode()
    assert detect_encoding(data[:700] + b"\xff" + data[700:]) == "utf-8"


def test_a_text_cut_within_a_character_keeps_its_encoding() -> None:
    for text, encoding in ((CHINESE, "utf-8"), (CHINESE * 9, "gb18030"), (JAPANESE * 9, "shift_jis")):
        data = text.encode(encoding)[:-1]
        assert decode_text(data).text.startswith(text[:-1]), encoding


def test_a_declared_encoding_is_used_first() -> None:
    short = "Köln"
    assert decode_text(short.encode("latin-1"), "ISO-8859-1").text == short
    assert decode_text("張".encode("big5"), "big5").text == "張"
    assert decode_text("ąę ść".encode("iso8859_2"), "iso-8859-2").text == "ąę ść"
    # What calls itself GB2312 may hold what only GBK has, and Shift_JIS what only Windows has.
    assert decode_text("朱镕基说".encode("gbk"), "gb2312").text == "朱镕基说"
    assert decode_text("①会議".encode("cp932"), "x-sjis").text == "①会議"


def test_a_declaration_that_the_bytes_contradict_is_none() -> None:
    assert decode_text(CHINESE.encode("gb18030"), "utf-8").text == CHINESE
    assert decode_text(GERMAN.encode(), "iso-8859-1").text == GERMAN
    assert decode_text(GERMAN.encode("latin-1"), "no-such-encoding").text == GERMAN
    assert decode_text(GERMAN.encode("latin-1"), "us-ascii").text == GERMAN


def test_a_declaration_that_makes_no_sense_is_asked_about() -> None:
    decoded = decode_text((RUSSIAN * 2).encode("cp1251"), "iso-8859-1")
    assert decoded.encoding == "windows-1252"
    assert not decoded.is_sure
    assert decoded.alternatives[:2] == ("windows-1252", "windows-1251")


def test_two_characters_are_too_few_to_be_sure() -> None:
    decoded = decode_text("Invoice 12: 张伟".encode("gb18030"))
    assert not decoded.is_sure
    assert decoded.alternatives[0] == decoded.encoding
    assert "gb18030" in decoded.alternatives


def test_line_ends_become_line_feeds() -> None:
    assert decode_text(b"a\r\nb\rc\n").text == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("ISO-8859-1", "windows-1252"),
        ("GB2312", "gb18030"),
        ("gb_2312-80", "gb18030"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("'UTF-8'", "utf-8"),
        ("latin 1", "windows-1252"),
        ("KOI8-R", "koi8-r"),
        ("cp437", "ibm437"),
        ("zip", ""),
        ("idna", ""),
        ("nonsense", ""),
        ("ü" * 5, ""),
    ],
)
def test_labels(label: str, codec: str) -> None:
    assert codec_of(encoding_named(label)) == codec


def test_every_encoding_on_offer_can_be_read_with() -> None:
    for encoding in encodings():
        assert encoding_named(encoding) == encoding
        assert isinstance(b"".decode(codec_of(encoding)), str)


@pytest.mark.parametrize("size", [4096, 200_000])
def test_random_bytes_are_no_text(size: int) -> None:
    with pytest.raises(ValueError, match=r"not text|no known encoding"):
        decode_text(random.Random(size).randbytes(size))


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "gbk", "shift_jis", "utf-16", "koi8-r"]))
def test_any_bytes_give_text_or_a_value_error(data: bytes, declared: str) -> None:
    try:
        decoded = decode_text(data, declared)
    except ValueError:
        return
    assert "\0" not in decoded.text
    assert decoded.is_sure == (not decoded.alternatives)
    assert len(decoded.alternatives) <= 3


@settings(deadline=None)
@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_utf8_survives(text: str) -> None:
    assert decode_text(text.encode()).text == text.removeprefix("\ufeff")
    assert decode_text(text.encode(), "utf-8").is_sure


def test_short_utf16_of_letters_that_are_controls_in_ascii() -> None:
    for text in ("дом", "مرحبا", "Hello", "今天"):
        for encoding in ("utf-16-le", "utf-16-be"):
            assert decode_text(text.encode(encoding)).text == text


def test_lines_in_utf8_among_western_ones_are_read_each_in_its_own_and_said_to_be_in_doubt() -> None:
    lines = ["Größe ist wichtig"] * 4
    data = b"\n".join([*(line.encode() for line in lines), *(line.encode("latin-1") for line in lines)])
    decoded = decode_text(data)
    assert decoded.text.split("\n") == [*lines, *lines]
    assert (decoded.encoding, decoded.is_sure) == ("utf-8", False)


@pytest.mark.parametrize(
    "high", [range(0xA0, 0x100), range(0x80, 0x100), [*range(32, 127), *range(160, 256)]]
)
def test_rubbish_without_controls_is_refused(high: Sequence[int]) -> None:
    for seed in range(5):
        data = bytes(random.Random(seed).choices(high, k=600))
        with pytest.raises(ValueError, match="no known encoding"):
            decode_text(data)


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp866"])
def test_frames_drawn_with_characters_stay_frames(encoding: str) -> None:
    name = "Иванов" if encoding == "cp866" else "Größe "
    table = f"┌────────┬──────┐\n│ {name} │  120 │\n├────────┼──────┤\n│ {name} │   17 │\n└────────┴──────┘\n"
    decoded = decode_text(table.encode(encoding))
    assert (decoded.text, decoded.is_sure) == (table, True)


def test_a_foreign_name_in_a_long_english_text_is_never_read_wrong_without_a_word() -> None:
    english = "The quarterly report of the committee was read to the members, who asked about the costs. "
    names = (
        "Škoda",
        "Dvořák",
        "Beyoncé",
        "São Paulo",
        "Győr",
        "Ångström",
        "Erdoğan",
        "张伟",
        "김민수",
        "田中さん",
        "Путин",
        "Иван",
    )
    encodings = (
        "cp1252 cp1250 cp1254 mac_roman cp850 cp852 gb18030 big5 cp932 euc_jp cp949 cp1251 koi8_r cp866"
    )
    for name in names:
        text = english * 3 + name + " came. " + english * 3
        for encoding in encodings.split():
            try:
                data = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            decoded = decode_text(data)
            assert decoded.text == text or not decoded.is_sure, (name, encoding)


def test_a_long_line_costs_its_length() -> None:
    """Tried from each of its characters it took minutes."""
    text = "Schöne Grüße\n" + "word " * 60_000
    assert decode_text(text.encode("cp1252")).text == text

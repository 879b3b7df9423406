from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.charset import decode_text, detect_encoding

CHINESE = "今天的天气很好，我们一起去公园散步吧。他说这本书是在北京买的，不过我还没有看完。"
TRADITIONAL = "今天的天氣很好，我們一起去公園散步吧。他說這本書是在臺北買的，不過我還沒有看完。"
JAPANESE = "今日は天気がとてもいいので、一緒に公園を散歩しましょう。この本はまだ読んでいません。"
KOREAN = "오늘은 날씨가 아주 좋으니 함께 공원을 산책합시다. 이 책은 아직 다 읽지 못했습니다."
RUSSIAN = "Сегодня очень хорошая погода, пойдём вместе гулять в парк. Эту книгу я ещё не дочитал."
GERMAN = "Käse und Müll: Heute ist schönes Wetter, gehen wir gemeinsam im Park spazieren. Größe!"
FRENCH = "Aujourd’hui il fait très beau, allons nous promener au parc. Où est passé le garçon ?"
POLISH = "Dziś jest bardzo ładna pogoda, chodźmy razem na spacer. Książki jeszcze nie skończyłem."
GREEK = "Σήμερα ο καιρός είναι πολύ καλός, ας πάμε μαζί μια βόλτα στο πάρκο."
ARABIC = "الطقس اليوم جميل جدا، هيا نذهب معا إلى الحديقة. لم أكمل قراءة هذا الكتاب بعد."
HEBREW = "מזג האוויר היום יפה מאוד, בואו נצא יחד לטייל בפארק."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp866"),
        (GERMAN, "latin-1"),
        (FRENCH, "cp1252"),
        (POLISH, "cp1250"),
        (GREEK, "cp1253"),
        (ARABIC, "cp1256"),
        (HEBREW, "cp1255"),
    ],
)
def test_legacy_encodings(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", [CHINESE + " and some English", GERMAN, RUSSIAN + "!", "plain ASCII text"])
def test_unicode_encodings(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


def test_mostly_english_text_with_one_accent() -> None:
    text = "The café on the corner is closed today, and it was the only one in the village. " * 20
    assert decode_text(text.encode("latin-1")) == text


def test_a_long_utf8_text_with_a_few_broken_bytes_stays_utf8() -> None:
    data = (CHINESE * 50).encode()
    assert detect_encoding(data[:700] + b"\xff" + data[700:]) == "utf-8"


def test_line_ends_become_line_feeds() -> None:
    assert decode_text(b"a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize("size", [4096, 200_000])
def test_random_bytes_are_no_text(size: int) -> None:
    with pytest.raises(ValueError, match=r"not text|no known encoding"):
        decode_text(random.Random(size).randbytes(size))


@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_a_value_error(data: bytes) -> None:
    try:
        text = decode_text(data)
    except ValueError:
        return
    assert "\0" not in text


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_utf8_survives(text: str) -> None:
    assert decode_text(text.encode()) == text.removeprefix("\ufeff")

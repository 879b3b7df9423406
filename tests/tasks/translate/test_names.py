from __future__ import annotations

from lmstudio_lite.domain.translations import Flag, FlagKind
from lmstudio_lite.tasks.translate.kept_words import kept_though_translated
from lmstudio_lite.tasks.translate.names import check_document


def test_a_name_spelled_otherwise_than_in_the_source_is_told() -> None:
    segments = [
        ("The letter came from Anna Keller.", "Der Brief kam von Anna Keller."),
        ("We asked Keller about it.", "Wir fragten Kellar danach."),
        ("The house of Keller is old.", "Kellers Haus ist alt."),
        ("She did not answer.", "Sie antwortete nicht."),
    ]
    flags = check_document(segments, source_language="en", target_language="de")
    assert flags == {1: Flag(FlagKind.NAME, "Kellar")}


def test_a_name_of_another_language_may_have_its_own_form() -> None:
    segments = [
        ("They live in Munich.", "Sie leben in München."),
        ("He came from Munich.", "Er kam aus München."),
        ("We love Munich in May.", "Wir lieben München im Mai."),
    ]
    assert check_document(segments, source_language="en", target_language="de") == {}


def test_a_name_in_chinese_characters_is_told_by_what_its_segments_share() -> None:
    segments = [
        ("The letter came from Helga Brandt.", "这封信来自黑尔加·布兰特。"),
        ("Yesterday Helga Brandt opened the mill.", "昨天，黑尔加·布兰特为磨坊揭幕。"),
        ("We met Helga Brandt in the garden.", "我们在花园里遇见了黑尔加·布兰德。"),
        ("The mill is old.", "磨坊很旧。"),
        ("The garden is large.", "花园很大。"),
    ]
    flags = check_document(segments, source_language="en", target_language="zh")
    assert list(flags) == [2]
    assert "布兰德" in flags[2].detail


def test_a_chinese_name_is_told_by_its_characters() -> None:
    segments = [
        ("昨天王小明来了。", "Yesterday Wang Xiaoming came."),
        ("我们等王小明。", "We are waiting for Wang Xiaoming."),
        ("老师表扬了王小明。", "The teacher praised Wang Xiaomin."),
        ("今天很冷。", "It is cold today."),
        ("李晓敏没有来。", "Today Li Xiaomin did not come."),
    ]
    flags = check_document(segments, source_language="zh", target_language="en")
    assert flags in ({}, {2: Flag(FlagKind.NAME, "Xiaomin")})
    without_li = check_document(segments[:4], source_language="zh", target_language="en")
    assert without_li == {2: Flag(FlagKind.NAME, "Xiaomin")}


def test_german_nouns_are_no_names() -> None:
    segments = [
        ("Das Haus ist alt.", "The house is old."),
        ("Im Haus brennt Licht.", "There is light in the home."),
        ("Frau Martha Sommer wohnt hier.", "Mrs Martha Sommer lives here."),
        ("Wir riefen Martha Sommer an.", "We called Martha Sommers-Smith."),
    ]
    flags = check_document(segments, source_language="de", target_language="en")
    assert set(flags) <= {3}


def test_a_heading_that_stayed_though_its_word_is_translated_elsewhere_is_told() -> None:
    pairs = [
        ("Chapter 1", "Chapter 1"),
        ("This is the second chapter.", "Das ist das zweite Kapitel."),
        ("Anna Berg", "Anna Berg"),
        ("Anna came late.", "Anna kam spät."),
        ("Version 2", "Version 2"),
        ("A new version is there.", "Eine neue Version ist da."),
        ("Coast", "Coast"),
    ]
    assert kept_though_translated(pairs) == {0: "chapter"}
    assert kept_though_translated([("Nora", "Nora"), ("I saw Nora.", "Widziałem Norę.")]) == {}

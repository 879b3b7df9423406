from __future__ import annotations

import pytest

from lmstudio_lite.domain.writing import Brief, Fault, Preset
from lmstudio_lite.tasks.write.checks import find_faults, seo_parts
from lmstudio_lite.tasks.write.placeholders import find_placeholders, without_blank_signature

EMAIL = """Subject: Heating in flat 12

Dear Ms Okafor,

The heating in flat 12 has been broken since Monday. Please have it repaired this week.

Kind regards,
Ann"""
POEM = "# Snow\n\nThe snow is here\nit falls on the street\nand nobody hears\nthe sound of our feet"


def faults(
    preset: Preset, text: str, *, words: int = 0, brief: str = "the heating", code: str = "en"
) -> set[Fault]:
    return {finding.fault for finding in find_faults(Brief(preset, brief, words=words), text, code)}


def test_a_whole_email_has_no_faults() -> None:
    assert faults(Preset.EMAIL, EMAIL) == set()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Subject: Heating in flat 12", Fault.NO_SUBJECT),
        ("Dear Ms Okafor,", Fault.NO_GREETING),
    ],
)
def test_what_an_email_lacks_is_named(line: str, fault: Fault) -> None:
    assert fault in faults(Preset.EMAIL, EMAIL.replace(line, ""))


def test_a_short_email_closes_too() -> None:
    assert faults(Preset.EMAIL, "Subject: Picnic\n\nHello all,\n\nCome on Friday.\n\nYours,") == set()


def test_emails_in_other_languages_have_their_own_forms() -> None:
    chinese = (
        "主题：请假\n\n尊敬的王老师：\n\n我生病了，周三不能来上课，请允许我补交作业。"
        "\n\n我会尽快完成。\n\n此致\n敬礼"
    )
    arabic = (
        "الموضوع: التدفئة\n\nالسيدة أمينة،\n\nالتدفئة في شقتي معطلة منذ يوم الاثنين."
        "\n\nأرجو إصلاحها هذا الأسبوع.\n\nمع التحية،"
    )
    assert faults(Preset.EMAIL, chinese, code="zh") == set()
    assert faults(Preset.EMAIL, arabic, code="ar") == set()


@pytest.mark.parametrize(
    "blank", ["[Your Name]", "[Ihr Name]", "【姓名】", "<Company Name>", "{{date}}", "{date}", "______"]
)
def test_blanks_are_found(blank: str) -> None:
    assert find_placeholders(f"Dear {blank}, hello") == [blank]


@pytest.mark.parametrize(
    "text",
    ["- [x] done\n- [ ] open", "[a link](https://example.org)", "`{date}`", "a[0] = [1, 2]", "x < y > z"],
)
def test_links_boxes_and_code_are_no_blanks(text: str) -> None:
    assert find_placeholders(text) == []


def test_a_signature_that_is_only_a_blank_goes_and_others_stay() -> None:
    assert without_blank_signature("Kind regards,\n[Your Name]\n[Phone]") == "Kind regards,"
    assert without_blank_signature("Kind regards,\nAnn") == "Kind regards,\nAnn"


def test_the_users_own_brackets_are_no_fault() -> None:
    text = EMAIL.replace("flat 12 has", "[flat 12] has")
    assert Fault.PLACEHOLDER in faults(Preset.EMAIL, text)
    assert Fault.PLACEHOLDER not in faults(Preset.EMAIL, text, brief="the heating in [flat 12]")


def test_search_engine_texts_are_measured_in_characters() -> None:
    good = "Title: Second-hand pianos\nDescription: Pianos with a two-year guarantee, delivered to your door."
    assert faults(Preset.SEO, good) == set()
    parts = seo_parts(good)
    assert parts is not None
    assert parts.title == "Second-hand pianos"
    title = "Second-hand pianos, violins, guitars, trumpets, drums and flutes"
    more = "They are sold here all the year, repaired by hand and tuned before they leave us."
    more += " Come and see them on Saturdays."
    long = f"Title: {title}\nDescription: {good.partition('Description: ')[2]} {more}"
    assert faults(Preset.SEO, long) == {Fault.TITLE_LONG, Fault.DESCRIPTION_LONG}
    assert faults(Preset.SEO, "Just some words.") == {Fault.NO_PARTS}


def test_length_is_held_against_what_was_asked_for() -> None:
    assert faults(Preset.EMAIL, EMAIL, words=25) == set()
    assert faults(Preset.EMAIL, EMAIL, words=200) == {Fault.SHORTER}
    assert faults(Preset.EMAIL, EMAIL, words=10) == {Fault.LONGER}


def test_another_language_a_loop_and_a_copy_are_told() -> None:
    german = (
        EMAIL.replace(
            "The heating in flat 12 has been broken since Monday.",
            "Die Heizung ist seit Montag kaputt und es wird immer kälter in der Wohnung.",
        )
        .replace(
            "Please have it repaired this week.", "Bitte lassen Sie sie noch in dieser Woche reparieren."
        )
        .replace("Dear", "Liebe")
        .replace("Kind regards", "Mit freundlichen Grüßen")
    )
    assert Fault.WRONG_LANGUAGE in faults(Preset.EMAIL, german)
    assert Fault.LOOP in faults(Preset.STORY, "# A story\n\n" + "He went home and slept. " * 12)
    text = " ".join(
        f"The {word} ship came home with salt and rope." for word in ("red", "blue", "old", "new")
    )
    more = f"{text} {text.replace('came home', 'went out').replace('salt', 'wool')} Nobody knows when."
    assert Fault.ECHO in faults(Preset.ARTICLE, f"# Ships\n\n{text}", brief=more)


def test_a_poem_is_in_short_lines() -> None:
    assert faults(Preset.POEM, POEM) == set()
    assert Fault.NO_VERSES in faults(
        Preset.POEM,
        "# Snow\n\nThe snow is here and it falls on the street and nobody hears the sound of our feet today.",
    )


def test_code_is_parsed_and_never_run() -> None:
    assert faults(Preset.CODE, "```python\nprint(1)\n```") == set()
    assert faults(Preset.CODE, "```python\nprint(1\n```") == {Fault.SYNTAX}
    assert faults(Preset.CODE, '```json\n{"a": 1,}\n```') == {Fault.SYNTAX}
    assert faults(Preset.CODE, "```python\nraise SystemExit\n```") == set()
    assert faults(Preset.CODE, "no code") == {Fault.NO_CODE}
    assert faults(Preset.CODE, "```python\n" + "(" * 5_000 + "\n```") == {Fault.SYNTAX}


def test_words_of_the_request_have_no_place_in_the_text() -> None:
    text = "# A story\n\nWrite a short story of about 300 words with a title. He went.\n\nHe came home."
    assert Fault.LEAK in faults(Preset.STORY, text)


def test_nothing_is_one_fault() -> None:
    assert faults(Preset.EMAIL, " \n") == {Fault.EMPTY}

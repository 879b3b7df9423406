"""One translation made here, and what is shown with it, without it and where it is damaged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.words.translate import catalogue_path, languages, mark, tr, trc, trn, use_language

HEADER = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);\n"
"""
TEXTS = r"""
msgid "Loaded {0}"
msgstr "Загружено: {0}"

msgid "{n} page"
msgid_plural "{n} pages"
msgstr[0] "{n} страница"
msgstr[1] "{n} страницы"
msgstr[2] "{n} страниц"

msgctxt "a model's file"
msgid "Open"
msgstr "Открыть модель"

msgid "Open"
msgstr "Открыть"

#, fuzzy
msgid "Close"
msgstr "Удалить"
"""


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use_language("en")


def write(folder: Path, code: str, content: str) -> Path:
    path = catalogue_path(code, folder)
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="utf-8")
    return folder


def test_texts_amounts_and_meanings_are_translated(tmp_path: Path) -> None:
    assert use_language("ru", folder=write(tmp_path, "ru", HEADER + TEXTS)) == "ru"
    assert tr("Loaded {0}").format("a.gguf") == "Загружено: a.gguf"
    pages = [trn("{n} page", "{n} pages", number) for number in (1, 3, 5, 21, 1_234)]
    assert pages == ["1 страница", "3 страницы", "5 страниц", "21 страница", "1,234 страницы"]
    assert trc("a model's file", "Open") == "Открыть модель"
    assert tr("Open") == "Открыть"


def test_what_is_not_translated_or_only_guessed_stays_english(tmp_path: Path) -> None:
    use_language("ru", folder=write(tmp_path, "ru", HEADER + TEXTS))
    assert tr("Save") == "Save"
    assert tr("Close") == "Close"
    assert trc("a door", "Open") == "Open"
    assert trn("{n} part", "{n} parts", 2_000) == "2,000 parts"
    assert tr("") == ""


def test_a_marked_text_is_as_it_was() -> None:
    assert mark("Loaded {0}") == "Loaded {0}"


def test_english_needs_no_translation() -> None:
    assert use_language("en") == "en"
    assert trn("{n} page", "{n} pages", 1) == "1 page"
    assert trn("{n} page", "{n} pages", 0) == "0 pages"


@pytest.mark.parametrize(
    ("system", "used"),
    [
        (["ru_RU.UTF-8"], "ru"),
        (["ru-RU", "de-DE"], "ru"),
        (["fr-FR", "ru-RU"], "ru"),
        (["en-US", "ru-RU"], "en"),
        (["C"], "en"),
        (["../ru", ""], "en"),
        ([], "en"),
    ],
)
def test_the_systems_first_language_that_is_there_is_taken(
    tmp_path: Path, system: list[str], used: str
) -> None:
    assert use_language(system=system, folder=write(tmp_path, "ru", HEADER + TEXTS)) == used


def test_the_region_goes_before_the_language(tmp_path: Path) -> None:
    for code in ("pt", "pt_BR"):
        write(tmp_path, code, HEADER + f'msgid "Open"\nmsgstr "{code}"\n')
    assert use_language("pt-BR", folder=tmp_path) == "pt_BR"
    assert use_language("pt-PT", folder=tmp_path) == "pt"
    assert languages(tmp_path) == ["pt", "pt_BR"]


def test_the_environment_is_asked_as_gettext_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path, "ru", HEADER + TEXTS)
    monkeypatch.setenv("LANGUAGE", "fr:ru")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert use_language(folder=folder) == "ru"
    monkeypatch.delenv("LANGUAGE")
    assert use_language(folder=folder) == "en"


@pytest.mark.may_log("there is no translation for the language 'fr'")
def test_a_language_without_translation_is_said_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert use_language("fr", folder=tmp_path) == "en"
    assert "'fr'" in caplog.text


DAMAGED = [
    "",
    HEADER.replace("n%10==1 &&", "n%10==1 &&&&") + TEXTS,
    HEADER + TEXTS.replace('msgid "Open"', "msgid Open"),
    HEADER + 'msgid "Loaded {0}"\nmsgstr "Загружено',
    HEADER.replace("UTF-8", "no-such-charset") + TEXTS,
    "\0" * 100,
]


@pytest.mark.may_log("the translation .* can't be read")
@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_translation_leaves_english(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    use_language("ru", folder=write(tmp_path, "ru", content))
    assert tr("Loaded {0}").format("a")
    assert trn("{n} page", "{n} pages", 2) in {"2 pages", "2 страницы"}
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.may_log("the translation .* can't be read")
def test_bytes_that_are_no_text_leave_english(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = catalogue_path("ru", write(tmp_path, "ru", ""))
    path.write_bytes(b"\xff\xfe\x00msgid")
    assert use_language("ru", folder=tmp_path) == "en"
    assert "stay in English" in caplog.text


@pytest.mark.may_log("the placeholders of .* are not those of the English")
@pytest.mark.parametrize(
    "translated", ["Загружено", "{0} {1}", "{name}", "{0!r}", "{0.__class__}", "{", "{0:d}", "{}", "}{"]
)
def test_a_translation_that_would_break_its_sentence_is_left_out(
    tmp_path: Path, translated: str, caplog: pytest.LogCaptureFixture
) -> None:
    texts = f'msgid "Loaded {{0}}"\nmsgstr "{translated}"\n\nmsgid "Open"\nmsgstr "Открыть"\n'
    assert use_language("ru", folder=write(tmp_path, "ru", HEADER + texts)) == "ru"
    said = tr("Loaded {0}").format("a")
    assert said == ("Загружено" if translated == "Загружено" else "Loaded a")
    assert ("placeholders" in caplog.text) == (said == "Loaded a")
    assert tr("Open") == "Открыть"


@pytest.mark.may_log("(can't be read|the placeholders of)")
@settings(max_examples=30, deadline=None)
@given(cut=st.integers(0, len(HEADER + TEXTS)), put=st.text(max_size=3))
def test_no_damage_is_an_error(tmp_path_factory: pytest.TempPathFactory, cut: int, put: str) -> None:
    content = (HEADER + TEXTS)[:cut] + put + (HEADER + TEXTS)[cut:]
    folder = tmp_path_factory.mktemp("translations")
    assert use_language("ru", folder=write(folder, "ru", content)) in {"ru", "en"}
    assert all(trn("{n} page", "{n} pages", number) for number in (0, 1, 5))
    assert tr("Loaded {0}").format("a")
    assert use_language("en") == "en"
    assert tr("Loaded {0}") == "Loaded {0}"

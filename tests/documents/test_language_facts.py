from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
import regex

from lmstudio_lite.documents.structure.language_facts import (
    LanguageFacts,
    LanguageFiles,
    WordMarks,
    all_language_facts,
    language_facts,
    phrases_of_all,
    read_language_facts,
)
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.paths import resources

FILES = sorted((resources() / "languages").glob("*.toml"))
ASKED_IN_THEIR_OWN_WORDS = {"en", "de", "fr", "es", "it", "pt", "nl", "ru", "zh", "ja"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_has_every_key_and_is_of_a_language_that_can_be_chosen(path: Path) -> None:
    facts = read_language_facts(path)
    assert path.stem in LANGUAGES
    for pattern in (*facts.task_talk, *facts.empty_talk, facts.month_of_figures):
        regex.compile(pattern)
    listed = [*facts.openings, *facts.summary_labels, *facts.references, *facts.contents, *facts.nothing]
    assert all(phrase == phrase.strip().casefold() for phrase in listed)
    assert all(value.isdecimal() for value in (*facts.numbers, *facts.ordinals))
    names = [name for month in facts.months for name in month]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("code", sorted(ASKED_IN_THEIR_OWN_WORDS))
def test_languages_with_prompts_of_their_own_know_months_openings_and_headings(code: str) -> None:
    facts = language_facts(code)
    assert len(facts.months) == 12
    assert facts.openings
    assert facts.summary_labels
    assert facts.title_labels
    assert facts.task_talk
    assert facts.empty_talk
    assert facts.nothing
    assert facts.references
    assert facts.contents
    assert facts.numbers or facts.numerals


def test_words_are_marked_in_one_way_a_language() -> None:
    marks = {code: language_facts(code).word_marks for code in LANGUAGES}
    assert {c for c, mark in marks.items() if mark is WordMarks.CHARACTERS} == {"zh", "ja"}
    assert {c for c, mark in marks.items() if mark is WordMarks.NONE} == {"th", "lo", "km", "my"}


def test_a_language_without_a_file_is_read_as_english() -> None:
    assert language_facts("") == language_facts("fi") == language_facts("en")


def test_phrases_of_all_languages_come_longest_first() -> None:
    phrases = phrases_of_all(lambda facts: facts.summary_labels)
    assert {"summary", "zusammenfassung", "摘要"} <= set(phrases)
    assert list(phrases) == sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    assert len(all_language_facts()) == len(FILES)


@pytest.mark.may_log("the facts about the language 'de' can't be read")
@pytest.mark.may_log("facts about the language")
@pytest.mark.parametrize("damage", ["", "word_marks = 3", "nonsense", "\n[more]\nkey = 1\n"])
def test_a_broken_file_counts_as_english_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    for code in ("en", "de"):
        shutil.copy(resources() / "languages" / f"{code}.toml", tmp_path)
    german = tmp_path / "de.toml"
    german.write_text(german.read_text("utf-8") + damage if damage.startswith("\n") else damage, "utf-8")
    files = LanguageFiles(tmp_path)
    with caplog.at_level(logging.WARNING):
        facts: LanguageFacts = files.facts("de")
    assert facts == files.facts("en")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "'de'" in caplog.text

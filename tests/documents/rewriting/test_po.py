from __future__ import annotations

from collections.abc import Callable, Mapping
from gettext import c2py
from pathlib import Path

import polib
import pytest
from babel.messages.plurals import get_plural
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.rewriting.catalog import escaped, read_catalog, unescaped, written_string
from lmstudio_lite.documents.rewriting.plural_forms import forms_stated, plural_forms
from lmstudio_lite.documents.rewriting.po import split_catalog
from lmstudio_lite.documents.rewriting.slots import apply_edits, edits_of
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.units import ReadUnitsOptions, Unit, UnitText, WriteUnitsOptions
from tests.documents.rewriting.test_text_file import write
from tests.documents.rewriting.texts import marked, pseudo

CATALOG = r"""# Translators: Anna
msgid ""
msgstr ""
"Project-Id-Version: x\n"
"Language: fr\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

#. Shown on the button
#: a.c:10 b.c:3
#, c-format
msgctxt "menu"
msgid "Open <b>%s</b> now\n"
msgstr ""

#: b.c
#, fuzzy, c-format
#| msgid "old"
msgid ""
"A long text that is wrapped over several lines because it is so very long and\n"
"has an end.\n"
"\n"
"  * item\n"
msgstr "vieux"

msgid   "Kept"
msgstr "Gardé"

msgid "%d file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""

msgid "APP_TITLE"
msgstr ""

#~ msgid "gone"
#~ msgstr "parti"
"""


def units_of(text: str, target: str = "") -> tuple[Unit, ...]:
    return tuple(slot.unit for slot in split_catalog(text, target).slots)


def written(text: str, texts: Mapping[int, UnitText], target: str = "de") -> str:
    slotted = split_catalog(text, target)
    assert slotted.whole is not None
    edits = [*edits_of(slotted.slots, texts), *slotted.whole(texts, WriteUnitsOptions(target=target))]
    return apply_edits(text, edits)


def translated(text: str, translate: Callable[[Unit], UnitText] = pseudo, target: str = "de") -> str:
    return written(
        text, {number: translate(unit) for number, unit in enumerate(units_of(text, target))}, target
    )


def test_messages_have_marks_notes_and_what_is_there_already() -> None:
    units = units_of(CATALOG)
    assert [(unit.text, marked(unit), unit.existing) for unit in units] == [
        ("Open %s now", [("span", "%s")], ""),
        (
            "A long text that is wrapped over several lines because it is so very long and has an end.",
            [("object", "")],
            "",
        ),
        ("item", [], ""),
        ("Kept", [], "Gardé"),
        ("%d file", [], ""),
        ("%d files", [], ""),
    ]
    assert (units[0].note, units[0].place.part) == ("menu\nShown on the button", "a.c:10")
    assert split_catalog(CATALOG).kept == (("identifier", 1),)


def test_translations_are_written_and_the_rest_stays() -> None:
    result = written(
        CATALOG, {n: pseudo(unit) for n, unit in enumerate(units_of(CATALOG)) if not unit.existing}
    )
    before, after = polib.pofile(CATALOG), polib.pofile(result)
    assert [(entry.msgid, entry.msgctxt, entry.comment, entry.occurrences) for entry in after] == [
        (entry.msgid, entry.msgctxt, entry.comment, entry.occurrences) for entry in before
    ]
    assert [entry.msgstr for entry in after if not entry.obsolete] == [
        "Pqfo <b>%t</b> opx\n",
        "B mpoh ufyu uibu jt xsbqqfe pwfs tfwfsbm mjoft cfdbvtf ju jt tp wfsz mpoh boe\nibt bo foe.\n\n"
        "  * jufn\n",
        "Gardé",
        "",
        "",
    ]
    assert after[3].msgstr_plural == {0: "%e gjmf", 1: "%e gjmft"}
    assert [entry.flags for entry in after] == [["c-format"], ["c-format"], [], [], [], []]
    assert (after.metadata["Language"], after.metadata["Plural-Forms"]) == ("de", plural_forms("de"))
    assert [line for line in CATALOG.splitlines() if line not in result.splitlines()] == [
        '"Language: fr\\n"',
        '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"',
        "#, fuzzy, c-format",
        '#| msgid "old"',
        'msgstr "vieux"',
        'msgstr[0] ""',
        'msgstr[1] ""',
    ]


def test_without_news_no_byte_changes() -> None:
    assert written(CATALOG, {}) == CATALOG
    texts = {n: UnitText(unit.existing) for n, unit in enumerate(units_of(CATALOG)) if unit.existing}
    assert written(CATALOG, texts, "fr") == CATALOG


@pytest.mark.parametrize(("target", "num_forms"), [("ja", 1), ("de", 2), ("ru", 3), ("ar", 6)])
def test_plurals_have_the_forms_of_the_target(target: str, num_forms: int) -> None:
    entry = polib.pofile(translated(CATALOG, target=target))[3]
    one, many = "%e gjmf", "%e gjmft"
    singular = {"ja": -1, "ar": 1}.get(target, 0)
    assert entry.msgstr_plural == {n: one if n == singular else many for n in range(num_forms)}


@pytest.mark.parametrize(
    ("target", "made_with"),
    [
        ("ja", ["%d files"]),
        ("de", ["%d file", "%d files"]),
        ("pl", ["%d file", "2 files", "5 files"]),
        ("ru", ["21 file", "2 files", "5 files"]),
        ("lv", ["10 files", "21 file", "2 files"]),
        ("ar", ["0 files", "%d file", "2 files", "3 files", "11 files", "100 files"]),
    ],
)
def test_each_plural_form_is_made_with_a_number_of_its_own(target: str, made_with: list[str]) -> None:
    plurals = [unit for unit in units_of(CATALOG, target) if "file" in unit.text]
    assert [unit.amount.filled(unit.text) if unit.amount else unit.text for unit in plurals] == made_with


def test_forms_that_a_catalogue_has_are_kept_and_the_missing_one_is_made() -> None:
    text = CATALOG.replace("Language: fr", "Language: pl").replace(
        "nplurals=2; plural=(n > 1);", plural_forms("pl").replace("\n", "")
    )
    text = text.replace(
        'msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "%d plik"\nmsgstr[1] "%d pliki"\nmsgstr[2] ""'
    )
    missing = {
        n: UnitText("%d plików")
        for n, unit in enumerate(units_of(text, "pl"))
        if unit.amount and not unit.existing
    }
    entry = polib.pofile(written(text, missing, "pl"))[3]
    assert entry.msgstr_plural == {0: "%d plik", 1: "%d pliki", 2: "%d plików"}


def test_words_without_the_number_are_not_the_form_that_serves_21_too() -> None:
    text = CATALOG.replace('msgid "%d file"', 'msgid "One file"')
    words = {
        target: [unit.text for unit in units_of(text, target) if "file" in unit.text]
        for target in ("ru", "pl")
    }
    assert words == {"ru": ["%d files"] * 3, "pl": ["One file", "%d files", "%d files"]}


@pytest.mark.parametrize(
    "stated", ["nplurals=3; plural=n%0;", "nplurals=9; plural=0;", "nplurals=2; plural=n**n;", "x"]
)
def test_a_header_that_states_no_forms_is_not_believed(stated: str) -> None:
    assert forms_stated(stated) == ()


def test_a_language_with_many_forms_is_told_where_no_number_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.po"
    path.write_text(CATALOG, encoding="utf-8")
    options = ReadUnitsOptions(target="ru")
    assert write(path, options=options, wanted=WriteUnitsOptions(target="ru"))[1] == ()
    path.write_text(CATALOG.replace("%d file", "file"), encoding="utf-8")
    assert write(path, options=options, wanted=WriteUnitsOptions(target="ru"))[1] == ("plural_forms",)
    assert write(path, wanted=WriteUnitsOptions(target="de"))[1] == ()


def test_the_header_says_utf8_where_the_old_encoding_does_not_do(tmp_path: Path) -> None:
    path = tmp_path / "a.po"
    header = 'msgid ""\nmsgstr ""\n"Language: fr\\n"\n"Content-Type: text/plain; charset=ISO-8859-1\\n"\n'
    path.write_bytes((header + '\nmsgid "Words"\nmsgstr "Mots privés"\n').encode("latin-1"))
    content, remarks = write(path, lambda unit: UnitText("言葉"), wanted=WriteUnitsOptions(target="ja"))
    assert remarks == ("encoding_utf8",)
    assert "charset=UTF-8" in content.decode()
    assert 'msgstr "言葉"' in content.decode()


def test_a_template_becomes_a_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "a.pot"
    path.write_text(
        '#, fuzzy\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=CHARSET\\n"\n\n'
        'msgid "Words"\nmsgstr ""\n',
        encoding="utf-8",
    )
    content, _remarks = write(path)
    assert content.decode() == (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: de\\n"\n'
        f'"Plural-Forms: {plural_forms("de")}\\n"\n\nmsgid "Words"\nmsgstr "Xpset"\n'
    )


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_plural_forms_agree_with_babels_table(language: str) -> None:
    ours, theirs = plural_forms(language), get_plural(language)
    number = int(ours.partition("nplurals=")[2].partition(";")[0])
    if language in ("es", "fr", "it", "pt", "ca"):  # Babel has CLDR's form for millions
        assert (number, theirs.num_plurals) == (2, 3)
        return
    assert number == theirs.num_plurals
    our_form, their_form = c2py(ours.partition("plural=")[2].rstrip(";")), c2py(theirs.plural_expr)
    assert [our_form(count) for count in range(300)] == [their_form(count) for count in range(300)]


@pytest.mark.parametrize("text", ["words", 'msgid words\nmsgstr ""', '"Words"', 'msgid "a" b'])
def test_what_is_no_catalogue_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        list(read_catalog(text))


@given(st.text(max_size=200), st.integers(0, 80))
def test_any_words_are_read_as_they_were_written(words: str, width: int) -> None:
    assert unescaped(escaped(words)) == words
    written_words = written_string("msgid", words, width=width, line_end="\n")
    (entry,) = read_catalog(f'{written_words}\nmsgstr ""\n')
    assert entry.words("msgid") == words

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import FlagKind
from lmstudio_lite.tasks.translate.flags import find_flags


def flags(source: str, text: str, pair: str = "en-de", terms: tuple[Term, ...] = ()) -> dict[FlagKind, str]:
    one, other = pair.split("-")
    found = find_flags(source, text, source_language=one, target_language=other, terms=terms)
    return {flag.kind: flag.detail for flag in found}


@pytest.mark.parametrize(
    ("source", "text", "pair", "detail"),
    [
        ("It cost 2.5 million euros.", "Es kostete 2,5 Milliarden Euro.", "en-de", "2.5 million"),
        ("Three ships sank.", "Vier Schiffe sanken.", "en-de", "Three"),
        ("Come on Wednesday.", "Kommen Sie am Donnerstag.", "en-de", "Wednesday"),
        ("商店星期六不开门。", "The shop does not open on Fridays.", "zh-en", "星期六"),
        ("It is 40 km long.", "Es ist 40 Meilen lang.", "en-de", "40 km long"),
        ("约有三百万人。", "There are about 3 billion people.", "zh-en", "3 billion"),
    ],
)
def test_amounts_are_compared_with_their_words(source: str, text: str, pair: str, detail: str) -> None:
    assert flags(source, text, pair) == {FlagKind.NUMBER: detail}


@pytest.mark.parametrize(
    ("source", "text", "pair"),
    [
        ("About 2.5 million people live there.", "那里约有250万人居住。", "en-zh"),
        ("Sales reached $1.2 billion.", "销售额达到12亿美元。", "en-zh"),
        ("Es kostete eine Million Euro.", "It cost a million euros.", "de-en"),
        ("Les trois bateaux ont coulé.", "The three boats sank.", "fr-en"),
        ("Two thirds voted for it.", "Zwei Drittel stimmten dafür.", "en-de"),
        ("It is unsafe.", "Es ist nicht sicher.", "en-de"),
        ("Not only children came.", "Es kamen nicht nur Kinder.", "en-de"),
        ("Who is there?", "Wer ist da?", "en-de"),
    ],
)
def test_what_is_said_in_another_way_is_right(source: str, text: str, pair: str) -> None:
    assert flags(source, text, pair) == {}


@pytest.mark.parametrize(
    ("source", "text", "pair"),
    [
        ("The door must not be opened.", "Die Tür muss geöffnet werden.", "en-de"),
        ("Die Tür wird geöffnet.", "The door is not opened.", "de-en"),
        ("The door is never opened.", "On ouvre toujours la porte.", "en-fr"),
        ("这扇门不能打开。", "This door can be opened.", "zh-en"),
        ("Нельзя открывать дверь.", "The door may be opened.", "ru-en"),
    ],
)
def test_a_no_in_one_of_the_two_is_told(source: str, text: str, pair: str) -> None:
    assert FlagKind.NEGATION in flags(source, text, pair)


def test_words_that_were_left_are_told_with_their_words() -> None:
    english = "The shop always opens somewhat later at the end of the summer."
    german = "Der Laden öffnet am Ende of the summer immer etwas später als sonst."
    assert flags(english, german) == {FlagKind.UNTRANSLATED: "of the summer"}
    assert flags("He reads “The Lord of the Rings”.", "Er liest „The Lord of the Rings“.") == {}
    assert flags("The carpenter came.", "Der carpenter kam gestern.") == {FlagKind.UNTRANSLATED: "carpenter"}
    assert flags("The modern gallery is warm.", "Die Galerie ist modern und warm.") == {}
    assert FlagKind.UNTRANSLATED in flags("He likes fishing.", "Il aime le fishing.", "en-fr")
    assert flags(
        "Next year they want to rebuild the bridge that leads to the mill.",
        "Next year möchten sie, die Bridge, die zum Mill führt, zu rebuilden.",
    ) == {FlagKind.UNTRANSLATED: "Next year Bridge Mill"}
    assert flags("The Harbour Office in Emden is open.", "Das Harbour Office in Emden ist offen.") == {}
    assert flags("The hotel has a modern restaurant.", "Das Hotel hat ein modernes Restaurant.") == {}
    assert flags("Use git rebase.", "Benutze git rebase.") == {}


def test_a_sentence_in_a_third_language_is_told() -> None:
    german = "Der Weg ist steil. Il faut prendre de l'eau et de bonnes chaussures avec vous."
    english = "The path is steep. You have to take water and good shoes with you."
    assert FlagKind.WRONG_LANGUAGE in flags(english, german)


def test_an_answer_is_no_translation() -> None:
    assert FlagKind.ANSWERED in flags("What is the capital of Italy?", "Die Hauptstadt von Italien ist Rom.")
    assert FlagKind.ANSWERED in flags(
        "Open the file.", "Es tut mir leid, aber ich kann keine Dateien öffnen."
    )
    assert flags("What is the capital of Italy?", "Was ist die Hauptstadt von Italien?") == {}


def test_what_is_missing_or_added_is_told_by_length_and_clauses() -> None:
    english = "The key is under the mat, and the cat must be fed before you go."
    whole = "Der Schlüssel liegt unter der Matte, und die Katze muss noch gefüttert werden, bevor du gehst."
    assert flags(english, whole) == {}
    assert FlagKind.OMITTED in flags(english, "Der Schlüssel liegt unter der Matte.")
    assert FlagKind.ADDED in flags(
        "The key is under the mat.",
        "Der Schlüssel liegt unter der Matte, die meine Tante aus ihrem Urlaub mitgebracht hat.",
    )


def test_terms_and_limits_of_place_are_kept() -> None:
    terms = (Term("bearing", "Lager"), Term("user", "Anwender", is_forbidden=True))
    assert flags("Replace the bearings.", "Ersetze die Lager.", terms=terms) == {}
    assert flags("Replace the bearings.", "Ersetze die Kugeln.", terms=terms) == {FlagKind.TERM: "Lager"}
    assert flags("Each user may enter.", "Jeder Anwender darf eintreten.", terms=terms) == {
        FlagKind.FORBIDDEN_TERM: "Anwender"
    }
    long = find_flags("Save", "Speichern", source_language="en", target_language="de", max_characters=6)
    assert [(flag.kind, flag.detail) for flag in long] == [(FlagKind.TOO_LONG, "6")]


def test_gravest_flags_come_first_and_nothing_is_looked_for_in_an_echo() -> None:
    english = "Nobody knows the 14 people who were there on that evening."
    assert list(flags(english, english)) == [FlagKind.ECHO]
    assert list(flags(english, "Jeder kennt die 15 Leute, die an jenem Abend dort waren.")) == [
        FlagKind.NUMBER,
        FlagKind.NEGATION,
    ]


_ANY = st.text(alphabet="aB1 .,?!'“”%{}不三万no nicht", max_size=60)
_CODES = st.sampled_from(["", "en", "de", "zh", "fr", "ja", "ar", "ka"])


@given(_ANY, _ANY, _CODES, st.sampled_from(["en", "de", "zh", "fr", "ja", "ar", "ka"]))
def test_any_text_can_be_judged(source: str, text: str, one: str, other: str) -> None:
    found = find_flags(source, text, source_language=one, target_language=other)
    assert len({flag.kind for flag in found}) == len(found)


@pytest.mark.parametrize(
    ("source", "text", "left_over"),
    [
        ("One day left", "Ein Tag left", "left"),
        ("Closed from May to March", "Geschlossen von Mai bis March", "March"),
        ("Open from April to August", "Offen von April bis August", ""),
        ("Read “the rules first” aloud", "Lies „the rules first“ laut vor", ""),
        ("Mrs March has left", "Frau Lenz ist gegangen", ""),
    ],
)
def test_a_single_word_that_was_left_in_english(source: str, text: str, left_over: str) -> None:
    flags = find_flags(source, text, source_language="en", target_language="de")
    assert "".join(flag.detail for flag in flags if flag.kind is FlagKind.UNTRANSLATED) == left_over

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.tasks.translate.glossary import TermIndex, forbidden_terms, missing_terms, terms_for

VALVE = Term("valve", "Ventil")


@pytest.mark.parametrize(
    ("text", "translation", "term", "pair"),
    [
        ("Open the valves.", "Öffnen Sie die Ventile.", VALVE, "en-de"),
        ("Check the valve.", "Prüfen Sie das Sicherheitsventil.", VALVE, "en-de"),
        ("The valve seat is worn.", "Der Ventilsitz ist verschlissen.", VALVE, "en-de"),
        ("Two pots are on the stove.", "Zwei Töpfe stehen auf dem Herd.", Term("pot", "Topf"), "en-de"),
        ("The HEAT PUMP runs.", "Die Wärmepumpe läuft.", Term("heat pump", "Wärme-Pumpe"), "en-de"),
        ("Switch off the pump.", "Schalten Sie die Pumpe ab.", Term("switch off", "abschalten"), "en-de"),
        ("It was switched off.", "Es wurde abgeschaltet.", Term("switch off", "abschalten"), "en-de"),
        ("Do not remove the cover.", "Die Abdeckung bleibt.", Term("cover", "Abdeckung", "noun"), "en-de"),
        ("An oak table", "Ein runder Tisch aus Eiche", Term("table", "Tisch"), "en-de"),
        ("Das rote Licht", "the red lights", Term("rotes Licht", "red light"), "de-en"),
        ("请打开阀门。", "Open the valves.", Term("阀门", "valve"), "zh-en"),
        ("Open the valve.", "请打开阀门。", Term("valve", "阀门"), "en-zh"),
        ("Use a USB-C cable.", "请使用USB-C电缆。", Term("USB-C", ""), "en-zh"),
        ("Open the valve.", "Откройте клапаны.", Term("valve", "клапан"), "en-ru"),
        ("Ouvrez la vanne.", "Öffnen Sie das Ventil.", Term("vannes", "Ventil"), "fr-de"),
        ("사용자가 파일을 연다.", "The user opens a file.", Term("사용자", "user"), "ko-en"),
        ("ผู้ใช้เปิดไฟล์", "The user opens the file.", Term("ผู้ใช้", "user"), "th-en"),
        ("The analyses of a child", "Analysen", Term("analysis", "Analyse"), "en-de"),
        ("The new valves", "والصمامات الجديدة", Term("valve", "الصمام"), "en-ar"),
        ("Open the valve.", "פתח את השסתום.", Term("valve", "שסתום"), "en-he"),
        ("Close the pumps.", "Pompaları kapatın.", Term("pump", "pompa"), "en-tr"),
        ("It runs C++ code.", "Es führt C++-Code aus.", Term("C++", ""), "en-de"),
        ("the customer", "der Kunde", Term("customer", "Auftraggeber"), "en-de"),
    ],
)
def test_a_term_is_found_in_its_forms(text: str, translation: str, term: Term, pair: str) -> None:
    source, target = pair.split("-")
    assert terms_for(text, [term], source, target) == [term]
    expected = [term] if term.target == "Auftraggeber" else []
    assert missing_terms(text, translation, [term], source, target) == expected
    assert missing_terms(text, "", [term], source, target) == [term]


@pytest.mark.parametrize(
    ("text", "term", "pair"),
    [
        ("It does not cover damage.", Term("cover", "Abdeckung", "noun"), "en-de"),
        ("You can seal the door.", Term("seal", "Dichtung", "noun"), "en-de"),
        ("The valvular tissue", VALVE, "en-de"),
        ("Ein Sicherheitsventil", Term("Ventil", "valve"), "de-en"),
        ("It is late.", Term("IT", "Informatik", matches_case=True), "en-de"),
        ("We polish it.", Term("Polish", "polnisch", matches_case=True), "en-de"),
        ("The heat of the pump", Term("heat pump", "Wärmepumpe"), "en-de"),
        ("I write C code.", Term("C++", "C++"), "en-de"),
        ("打开大门", Term("阀门", "valve"), "zh-en"),
    ],
)
def test_other_words_are_no_terms(text: str, term: Term, pair: str) -> None:
    assert terms_for(text, [term], *pair.split("-")) == []


def test_the_longest_term_counts_where_terms_overlap() -> None:
    safety = Term("safety valve", "Sicherheitsventil")
    index = TermIndex([VALVE, safety], "en", "de")
    assert index.terms_for("Check the safety valve.") == [safety]
    assert index.terms_for("Check the safety valve, then the valve.") == [safety, VALVE]
    assert [(found.start, found.end) for found in index.find("The safety valves")] == [(4, 17)]


def test_any_of_several_translations_is_enough_and_the_first_is_asked_for() -> None:
    terms = [VALVE, Term("Valve", "Armatur"), Term("valve", "Klappe", is_forbidden=True)]
    index = TermIndex(terms, "en", "de")
    assert index.terms_for("a valve") == [VALVE, terms[2]]
    assert index.missing("a valve", "eine Armatur") == []
    assert index.missing("a valve", "eine Klappe") == [VALVE]
    assert index.forbidden("a valve", "zwei Klappen") == [terms[2]]


def test_forbidden_words_are_told_where_they_stand_by_themselves() -> None:
    machine = Term("engine", "Maschine", is_forbidden=True)
    steam = Term("steam engine", "Dampf-Maschine")
    assert forbidden_terms("The engine runs.", "Die Maschine läuft.", [machine], "en", "de") == [machine]
    assert forbidden_terms("The steam engine", "Die Dampf-Maschine", [machine, steam], "en", "de") == []
    assert forbidden_terms("The engine", "Der Maschinenraum", [machine], "en", "de") == []
    anywhere = Term("", "utilize", is_forbidden=True)
    assert forbidden_terms("anything", "We utilized it.", [anywhere], "de", "en") == [anywhere]


@given(
    st.lists(
        st.builds(Term, st.text(max_size=8), st.text(max_size=8), matches_case=st.booleans()), max_size=6
    ),
    st.text(max_size=60),
    st.sampled_from(["en", "de", "zh", "ko", "ru", "th", "xx"]),
)
def test_any_text_is_searched_and_its_own_terms_are_found(terms: list[Term], text: str, code: str) -> None:
    index = TermIndex(terms, code, "de")
    places = index.find(text)
    assert all(0 <= place.start < place.end <= len(text) for place in places)
    assert all(one.end <= other.start for one, other in itertools.pairwise(places))
    index.missing(text, text)
    index.forbidden(text, text)


@pytest.mark.parametrize("code", ["en", "de", "zh", "ru", "ja"])
def test_a_term_that_is_the_whole_text_is_found_and_present(code: str) -> None:
    for source in ("valve", "Überdruckventil", "клапан", "阀门", "USB-C", "C++", "a.b", "St. Moritz", "R&D"):
        term = Term(source, "")
        assert terms_for(source, [term], code, code) == [term], source
        assert missing_terms(source, source, [term], code, code) == [], source

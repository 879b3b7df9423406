from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.structure.assembly import assemble_document, text_document
from lmstudio_lite.domain.documents import Page
from lmstudio_lite.domain.evidence import ClaimKind, Evidence, FoundBy
from lmstudio_lite.tasks.evidence.match import find_evidence

HARBOUR = (
    "The harbour was built in the twelfth century, when salt was shipped from here to every town on the "
    "coast. Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick. Since "
    "the river silted up, larger ships have had to anchor outside, and goods are brought in on barges. "
    "The council decided last year to dredge the channel, although fishermen fear for the spawning "
    "grounds of herring. The work will take three years and cost 40.5 million, half of it paid by the "
    "state. Until then two new barges, driven by batteries, will carry the containers into the town. "
    "Mayor Anna Svensson signed the contract with Nordsjö AB on 3 March 2024."
)


def evidence_of(text: str, source: str = HARBOUR, language: str = "en", untranslated: str = "") -> Evidence:
    document = text_document(source, "source")
    return find_evidence(text, document, language=language, untranslated=untranslated)


def test_a_sentence_is_tied_to_the_passage_it_says() -> None:
    evidence = evidence_of(
        "- Warehouses burned in 1678 and were rebuilt in brick.\n- Elephants dance in Peru."
    )
    known, unknown = evidence.sentences
    assert (known.text, known.is_supported, known.is_quote) == (
        "Warehouses burned in 1678 and were rebuilt in brick.",
        True,
        False,
    )
    assert known.passages[0].quote.startswith("Most warehouses burned down in 1678")
    assert not unknown.is_supported
    assert [claim.text for claim in unknown.unknown_claims] == ["Peru"]
    assert (evidence.num_supported, evidence.num_unsupported, evidence.num_unknown_claims) == (1, 1, 1)


def test_a_number_must_stand_beside_its_passage() -> None:
    right, wrong = evidence_of(
        "Most warehouses burned down in 1678. Most warehouses burned down in 2024."
    ).sentences
    assert right.is_supported
    assert not wrong.is_supported
    assert not wrong.unknown_claims, "the year is in the text, but elsewhere"


@pytest.mark.parametrize(
    ("source", "language", "true", "false"),
    [
        (
            HARBOUR,
            "en",
            "The text discusses a council that will dredge its channel.",
            "The text discusses elephants.",
        ),
        (
            "Der Hafen wurde im zwölften Jahrhundert gebaut. Heute ankern Schiffe draußen vor der Stadt.",
            "de",
            "Der Text behandelt den Hafen einer Stadt.",
            "Der Text behandelt die Elefanten.",
        ),
    ],
)
def test_words_that_speak_of_any_text_neither_support_nor_weigh(
    source: str, language: str, true: str, false: str
) -> None:
    known, unknown = evidence_of(f"{true}\n{false}", source, language).sentences
    assert known.is_supported
    assert not unknown.is_supported


def test_quotes_are_known_as_such() -> None:
    evidence = evidence_of(
        "- “Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick.”"
    )
    assert [sentence.is_quote for sentence in evidence.sentences] == [True]
    assert evidence.own_share == 0.0


def test_headings_need_no_evidence() -> None:
    assert [s.text for s in evidence_of("## Fire\n\n- Warehouses burned down.").sentences] == [
        "Warehouses burned down."
    ]


@pytest.mark.parametrize(
    ("sentence", "unknown"),
    [
        ("The work costs 40.5 million.", []),
        ("The work costs 45 million.", [(ClaimKind.NUMBER, "45")]),
        ("The work takes 3 years.", []),
        ("The contract was signed in March 2024.", []),
        ("The contract was signed in April 2024.", [(ClaimKind.DATE, "April")]),
        ("Then Anna Svensson signed.", []),
        ("Then Anna Petersson signed.", [(ClaimKind.NAME, "Petersson")]),
        ("The harbour belongs to Nordsjo AB.", []),
        ("In the end the council’s plan was signed by Svensson.", []),
    ],
)
def test_numbers_dates_and_names_are_held_against_the_source(
    sentence: str, unknown: list[tuple[ClaimKind, str]]
) -> None:
    (found,) = evidence_of(sentence).sentences
    assert [(claim.kind, claim.text) for claim in found.unknown_claims] == unknown
    assert all(found.text[claim.start : claim.end] == claim.text for claim in found.unknown_claims)


@pytest.mark.parametrize(
    ("sentence", "source", "is_known"),
    [
        ("It has 1,204 pages.", "Das Buch hat 1.204 Seiten.", True),
        ("It has 1204 pages.", "Das Buch hat 1 204 Seiten.", True),
        ("It has 1205 pages.", "Das Buch hat 1.204 Seiten.", False),
        ("It fell by 0.50 percent.", "Es sank um 0,5 Prozent.", True),
        ("It was version 2.", "Twenty-two people came on 3 May.", False),
        ("It has 7 chapters.", "Das Buch hat sieben Kapitel.", True),
    ],
)
def test_numbers_are_the_same_in_every_notation(sentence: str, source: str, is_known: bool) -> None:
    (found,) = evidence_of(sentence, source).sentences
    assert (not found.unknown_claims) == is_known


def test_german_nouns_are_no_names() -> None:
    (found,) = evidence_of(
        "Am Ende kam der Bericht von Anna Petersson mit einer Warnung.", language="de"
    ).sentences
    assert [claim.text for claim in found.unknown_claims] == ["Petersson"]


def test_a_translation_is_held_against_what_it_was_translated_from() -> None:
    text = "- Die Lagerhäuser brannten 1678 ab.\n- Der Stadtrat will die Fahrrinne ausbaggern."
    without = evidence_of(text, language="de")
    assert without.num_supported < 2
    evidence = evidence_of(
        text,
        language="de",
        untranslated="- The warehouses burned down in 1678.\n- The council wants to dredge the channel.",
    )
    assert evidence.num_supported == 2
    assert evidence.sentences[1].passages[0].quote.startswith("The council decided")


def test_a_translation_says_how_its_evidence_was_found() -> None:
    source = "- The warehouses burned down in 1678."
    found, wrong = (
        evidence_of(f"- Die Lagerhäuser brannten {year} ab.", language="de", untranslated=source).sentences[0]
        for year in (1678, 2024)
    )
    assert (found.found_by, found.translated_from) == (
        FoundBy.TRANSLATION,
        "The warehouses burned down in 1678.",
    )
    assert found.is_supported
    assert not wrong.is_supported, "its number is not what it was translated from"


def test_sentences_keep_what_was_found_for_them() -> None:
    source = "- The warehouses burned down in 1678."
    known = evidence_of("- Die Lagerhäuser brannten 1678 ab.", language="de", untranslated=source)
    text = "Vorweg etwas anderes.\n- Die Lagerhäuser brannten 1678 ab."
    added, kept = evidence_of(text, language="de").with_known(known).sentences
    assert not added.is_supported
    assert kept.translated_from
    assert text[kept.start : kept.end] == kept.text


def test_pages_are_named() -> None:
    text = "First page about herring and fishermen.\n\nSecond page about barges with batteries."
    pages = (Page(1, 0, 39), Page(2, 41, len(text)))
    document = assemble_document(None, "pages", "application/pdf", text, pages)
    evidence = find_evidence("Barges have batteries. Fishermen want herring.", document, language="en")
    assert [[p.page for p in sentence.passages] for sentence in evidence.sentences] == [[2], [1]]


def test_chinese_is_compared_by_pairs_of_characters() -> None:
    source = "今天天气很好，我们去公园散步。图书馆在下午五点关门。他昨天买了一辆新自行车。"
    (found,) = evidence_of("图书馆五点就关门了。", source, "zh").sentences
    assert found.is_supported
    assert found.passages[0].quote.startswith("图书馆")


def test_meaning_settles_what_words_cannot() -> None:
    def embed(texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] if "herring" in text or "sea animals" in text else [0.0, 1.0] for text in texts]

    document = text_document(HARBOUR, "harbour")
    text = "People worry about sea animals."
    assert not find_evidence(text, document, language="en").sentences[0].is_supported
    (found,) = find_evidence(text, document, language="en", embed=embed).sentences
    assert found.is_supported
    assert "herring" in found.passages[0].quote


WORDS = st.sampled_from(
    [
        "harbour",
        "salt",
        "1678",
        "brick",
        "River",
        "barges",
        "Anna",
        "40.5",
        "#",
        "- ",
        "“",
        "”",
        "\n\n",
        ". ",
        "图书",
        "ﬁ",
        "é",
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS, source=st.one_of(TEXTS, st.text(max_size=200)))
def test_ranges_point_at_what_they_quote(text: str, source: str) -> None:
    document = text_document(source, "any")
    evidence = find_evidence(text, document, language="en")
    for sentence in evidence.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        for claim in sentence.unknown_claims:
            assert sentence.text[claim.start : claim.end] == claim.text
        for passage in sentence.passages:
            assert document.text[passage.start : passage.end] == passage.quote
            assert 0.0 <= passage.score <= 1.0
        assert sorted(p.start for p in sentence.passages) == [p.start for p in sentence.passages]
    starts = [sentence.start for sentence in evidence.sentences]
    assert starts == sorted(set(starts))


def test_a_common_word_with_a_capital_is_no_name() -> None:
    (sentence,) = evidence_of("Warehouses burned in 1678 - The council and Peru decided last year.").sentences
    assert [claim.text for claim in sentence.unknown_claims] == ["Peru"]

from __future__ import annotations

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.evidence import Evidence
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.tasks.summarize.edit import place_for, with_detail, with_sentence, without_unsupported

SOURCE = text_document("The harbour was built for salt. Most warehouses burned down in 1678.", "source")


def refined(text: str) -> str:
    return without_unsupported(text, find_evidence(text, SOURCE, language="en"))


def test_only_what_is_supported_stays() -> None:
    text = (
        "## Zoo\n\n- Elephants dance in Peru.\n\n"
        "## Harbour\n\n- The harbour was built for salt. Whales sing.\n"
        "- Tigers sleep.\n- Warehouses burned down in 1678."
    )
    assert refined(text) == (
        "## Harbour\n\n- The harbour was built for salt.\n- Warehouses burned down in 1678."
    )


def test_a_paragraph_keeps_its_other_sentences() -> None:
    assert (
        refined("Whales sing. The harbour was built for salt. Tigers sleep.")
        == "The harbour was built for salt."
    )


def test_nothing_may_be_left() -> None:
    assert refined("- Whales sing.\n- Tigers sleep.") == ""


def test_a_text_with_evidence_stays_as_it_is() -> None:
    text = "- The harbour was built for salt.\n- Warehouses burned down in 1678."
    assert refined(text) == text


LIST = "- The harbour was built for salt.\n- Warehouses burned down in 1678."


def test_a_sentence_gets_another_wording() -> None:
    first, second = find_evidence(LIST, SOURCE, language="en").sentences
    assert with_sentence(LIST, first, "Salt made the harbour. ") == (
        "- Salt made the harbour.\n- Warehouses burned down in 1678."
    )
    assert with_sentence(LIST, second, "Fire came.") == "- The harbour was built for salt.\n- Fire came."


def test_detail_becomes_points_in_a_list_and_sentences_in_a_text() -> None:
    first = find_evidence(LIST, SOURCE, language="en").sentences[0]
    assert with_detail(LIST, first.end, ["One.", "Two."]) == (
        "- The harbour was built for salt.\n- One.\n- Two.\n- Warehouses burned down in 1678."
    )
    assert with_detail("It was salt. It burned.", 12, ["One."]) == "It was salt. One. It burned."
    assert with_detail(LIST, first.end, []) == LIST


def test_detail_on_a_place_stands_behind_what_speaks_of_it() -> None:
    evidence = find_evidence(LIST, SOURCE, language="en")
    first, second = evidence.sentences
    assert place_for(evidence, 5) == first.end
    assert place_for(evidence, SOURCE.text.index("Most")) == second.end
    assert place_for(Evidence(), 5) is None

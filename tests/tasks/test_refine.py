from __future__ import annotations

from lmstudio_lite.documents.assembly import text_document
from lmstudio_lite.tasks.evidence import find_evidence
from lmstudio_lite.tasks.refine import without_unsupported

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

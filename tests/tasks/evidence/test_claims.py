from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.domain.evidence import ClaimKind
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.evidence.claims import KnownFacts

CORPUS = sorted((resources() / "corpus").glob("*.md"))
COUNTED = {
    "en": "There are {0} of them.",
    "de": "Es gibt {0} davon.",
    "zh": "一共有{0}个。",
    "ar": "هناك {0} منها.",
}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_document_claims_nothing_that_it_does_not_say(path: Path) -> None:
    text, language = path.read_text("utf-8"), path.name[:2]
    assert KnownFacts(text, language).unknown_claims(text, language) == ()


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_number_that_a_document_does_not_have_is_found(path: Path) -> None:
    text, language = path.read_text("utf-8"), path.name[:2]
    (claim,) = KnownFacts(text, language).unknown_claims(COUNTED[language].format("7,777,777"), language)
    assert (claim.kind, claim.text) == (ClaimKind.NUMBER, "7,777,777")


@pytest.mark.parametrize(
    ("source", "source_language", "text", "language", "unknown"),
    [
        ("The rent was due once.", "en", "It cost 2 crowns in 11 years.", "en", ["2", "11"]),
        ("会议于2024年3月5日举行。", "zh", "The meeting was held in March 2024.", "en", []),
        ("会议于2024年3月5日举行。", "zh", "The meeting was held in April 2025.", "en", ["April", "2025"]),
        ("共有三座桥。", "zh", "There are 3 bridges and 4 towers.", "en", ["4"]),
        ("يوجد ٤٨ خلية.", "ar", "There are 48 hives, not 49.", "en", ["49"]),
        ("Elle partit en mars.", "fr", "Elle partit en mai.", "fr", ["mai"]),
        ("Er fuhr im Mai.", "de", "He left in May, not in June.", "en", ["June"]),
    ],
)
def test_figures_and_months_are_compared_across_languages(
    source: str, source_language: str, text: str, language: str, unknown: list[str]
) -> None:
    found = KnownFacts(source, source_language).unknown_claims(text, language)
    assert [claim.text for claim in found if claim.kind is not ClaimKind.NAME] == unknown

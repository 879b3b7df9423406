"""Whether translations are held to a glossary, with a real model: each has its terms, or is flagged."""

from __future__ import annotations

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import FlagKind, Origin, TranslationOptions
from lmstudio_lite.domain.units import Place, Unit, UnitKind
from lmstudio_lite.tasks.translate.glossary import TermIndex
from lmstudio_lite.tasks.translate.units import translate_units
from tests.tasks.translate.term_sentences import SENTENCES


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("target", ["de", "zh"])
def test_no_term_is_missing_without_a_flag(services: Services, target: str) -> None:
    services.engine.wait_until_ready()
    units = [
        Unit(sentence.text, Place(UnitKind.BODY, "body", number))
        for number, sentence in enumerate(SENTENCES, 1)
    ]
    terms = [
        Term(source, german if target == "de" else chinese)
        for sentence in SENTENCES
        for source, german, chinese in sentence.terms
    ]
    done = translate_units(
        units,
        TranslationOptions("en", target),
        engine=services.engine,
        report=lambda progress: None,
        cancellation=Cancellation(),
        terms=terms,
    )
    index = TermIndex(terms, "en", target)
    missing = [each for each in done.segments if index.missing(each.source, each.text)]
    unsaid = [
        each.text
        for each in missing
        if each.origin is not Origin.SOURCE
        and not {FlagKind.TERM, FlagKind.WRONG_LANGUAGE} & {flag.kind for flag in each.flags}
    ]
    assert unsaid == []

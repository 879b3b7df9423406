from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translations import TranslationOptions
from lmstudio_lite.tasks.generate.attempts import Part, PartResult
from lmstudio_lite.tasks.translate.asking import Asking
from lmstudio_lite.tasks.translate.glossary import TermIndex
from lmstudio_lite.tasks.translate.term_forcing import Lacking, force_terms, mend_terms

ASKING = Asking(TranslationOptions("en", "de"))


@pytest.mark.parametrize(
    ("text", "term", "target", "expected"),
    [
        ("Der Verdrichter stoppt.", Term("compressor", "Verdichter"), "de", "Der Verdichter stoppt."),
        ("一个愿意者在等。", Term("compressor", "志愿者"), "zh", "一个志愿者在等。"),
        ("打开的工作单", Term("compressor", "工单"), "zh", "打开的工单"),
        ("所有员工必须等。", Term("compressor", "工地"), "zh", "所有员工必须等。"),
        ("Die Warmpumpe schließen.", Term("compressor", "Wärmepumpe"), "de", "Die Wärmepumpe schließen."),
        ("Die Klappe ist rot.", Term("compressor", "Ventil"), "de", "Die Klappe ist rot."),
        ("Das Ventil ist rot.", Term("compressor", "Ventil"), "de", "Das Ventil ist rot."),
    ],
)
def test_a_term_that_was_copied_wrongly_is_corrected(
    text: str, term: Term, target: str, expected: str
) -> None:
    assert mend_terms("The compressor stops.", text, TermIndex([term], "en", target)) == expected


def test_a_term_takes_the_place_of_the_words_that_stand_for_it() -> None:
    index = TermIndex([Term("valve", "Ventil"), Term("pump", "Förderpumpe")], "en", "de")
    lacking = [
        Lacking("Open the valve before the pump.", "Die Klappe vor dem Verdichter öffnen."),
        Lacking("Close the valve.", "Die Klappe schließen."),
    ]
    asked: list[int] = []
    words = {"valve": "Klappe", "pump": "Verdichter", "Klappe": "valve", "Verdichter": "pump"}

    def answers(parts: Sequence[Part]) -> None:
        asked.append(len(parts))
        _answer(parts, lambda question: next(words[word] for word in words if word in question))

    first, second = force_terms(lacking, index, ASKING, answers)
    assert first.text == "Die Ventil vor dem Förderpumpe öffnen."
    assert [term.source for term in first.put_in] == ["valve", "pump"]
    assert first.missing == ()
    assert second.text == "Die Ventil schließen."
    assert asked[0] == 2


def test_a_term_that_nothing_stands_for_is_still_missing() -> None:
    index = TermIndex([Term("valve", "Ventil")], "en", "de")
    (forced,) = force_terms(
        [Lacking("Open the valve.", "Öffnen.")], index, ASKING, lambda parts: _answer(parts, lambda _: "")
    )
    assert forced.text == "Öffnen."
    assert forced.put_in == ()
    assert [term.source for term in forced.missing] == ["valve"]


def _answer(parts: Sequence[Part], answer: Callable[[str], str]) -> None:
    """Answer ``parts`` and what follows from them."""
    left = list(parts)
    while left:
        part = left.pop(0)
        assert part.then is not None
        left += part.then(PartResult(answer(_question(part)), None, 1))


def _question(part: Part) -> str:
    prompt = part.attempts[0].prompt
    return prompt if isinstance(prompt, str) else prompt.messages[-1].text

"""That every document of the corpus is in the form, and that its facts and traps are about it."""

from __future__ import annotations

import pytest
import regex

from lmstudio_lite.bench.quality.claims import false_names, false_negations
from lmstudio_lite.bench.quality.composing import Series, compose
from lmstudio_lite.bench.quality.corpus import CorpusDocument, corpus_folder, read_corpus
from lmstudio_lite.bench.quality.numerals import false_numbers
from lmstudio_lite.bench.quality.scores import echo, language_of
from lmstudio_lite.bench.quality.tokens import sentences

DOCUMENTS = read_corpus()
KINDS = {"news", "report", "minutes", "paper", "story", "e-mail thread", "table", "code"}
SIZE_LIMIT = 1_500_000
QUOTATION_MARKS = regex.compile(r'[“”„«»「」『』"]')
"""A copy without them is told to be nobody's words."""


def test_the_corpus_holds_enough_of_all() -> None:
    assert len(DOCUMENTS) >= 24
    assert {document.kind for document in DOCUMENTS} == KINDS
    assert {document.language for document in DOCUMENTS} == {"en", "de", "zh", "ar"}
    pages = [document.num_pages for document in DOCUMENTS]
    assert min(pages) == 1
    assert 50 <= max(pages) <= 62
    assert sum(file.stat().st_size for file in corpus_folder().glob("*")) < SIZE_LIMIT


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_facts_and_traps_are_about_the_document(document: CorpusDocument) -> None:
    assert 8 <= len(document.facts) <= 12
    assert len(document.traps) == 5
    for fact in document.facts:
        assert fact.is_held_by(document.text), fact.pattern.pattern
    for trap in document.traps:
        assert trap.right.search(document.text), trap.right.pattern
        assert (found := trap.wrong.search(document.text)) is None, found
    assert language_of(document.text) == document.language


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_claims_nothing_that_it_does_not_say(document: CorpusDocument) -> None:
    text = document.text[:6000]
    assert not false_numbers(text, document.text)
    assert not false_names(text, document.text, document.language)
    assert not false_negations(text, document.text, document.language)
    assert echo(QUOTATION_MARKS.sub("", text), document.text) > 0.99


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_no_sentence_of_a_long_document_comes_again_and_again(document: CorpusDocument) -> None:
    said = [sentence for sentence in sentences(document.text) if len(sentence) > 40]
    assert len(set(said)) >= 0.85 * len(said)


def test_entries_are_the_same_in_every_run_and_use_a_pool_up_before_they_repeat() -> None:
    series = Series.from_table(
        {
            "heading": "## {n} {place}",
            "pools": [["Dry.", "Wet.", "Cold."], ["It cost {sum}."]],
            "slots": {"place": ["Mill", "Quay"], "sum": [1, 9]},
        }
    )
    text = compose("Before\n\n@log 1-3\n\nAfter", {"log": series})
    assert text == compose("Before\n\n@log 1-3\n\nAfter", {"log": series})
    assert text.startswith("Before\n\n## 1 ")
    assert text.endswith("After")
    assert all(word in text for word in ("Dry.", "Wet.", "Cold."))

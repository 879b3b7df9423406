from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from lmstudio_lite.bench.quality.corpus import read_corpus
from lmstudio_lite.bench.retrieval import Found, Index, read_questions
from lmstudio_lite.storage.database import Database


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    with closing(Database.in_memory()) as database:
        yield Index(database)


def test_each_question_is_asked_once_and_its_answer_stands_in_its_document() -> None:
    questions = read_questions()
    assert len(questions) == len({question.text for question in questions}) >= 60
    assert {question.kind for question in questions} == {"paraphrase", "name"}
    texts = {document.name: document.text for document in read_corpus()}
    for question in questions:
        assert question.places_in(texts[question.document])


def test_names_are_found_by_words_and_paraphrases_seldom(index: Index) -> None:
    recalls = {}
    for kind in ("name", "paraphrase"):
        asked = [question for question in read_questions() if question.kind == kind]
        places = [index.place(each, index.orders(each, None)["words"]) for each in asked]
        recalls[kind] = Found.of(places).recall
    assert recalls["name"] == 1.0
    assert recalls["paraphrase"] < 0.5


def test_the_figures_are_shares_of_all_questions() -> None:
    found = Found.of([1, 2, 6, None])
    assert found.recall == 0.5
    assert found.mean_reciprocal_rank == pytest.approx((1 + 1 / 2 + 1 / 6) / 4)

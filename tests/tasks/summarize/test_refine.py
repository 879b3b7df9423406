from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.tasks.summarize.refine import is_said, place_of, whole_sentences, write_about
from tests.support.engines import Answer, AnsweringEngine, question_of
from tests.tasks.summarize.test_summarizer import story

DOCUMENT = text_document(story(60), "story")


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], AnsweringEngine]]:
    engines: list[AnsweringEngine] = []

    def start(answer: Answer) -> AnsweringEngine:
        engines.append(AnsweringEngine(answer))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


def write(engine: AnsweringEngine, *, variant: int = 1, count: int = 2, language: str = "en") -> str:
    (sentence,) = find_evidence("The bridge near mile 30 was closed.", DOCUMENT, language="en").sentences
    text, evidence = write_about(
        DOCUMENT,
        place_of(DOCUMENT, sentence.passages),
        count=count,
        language=language,
        focus="",
        variant=variant,
        engine=engine,
        cancellation=Cancellation(),
    )
    assert evidence.num_unsupported == 0
    return text


def test_only_the_place_is_read_again(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(lambda request: "Repairs closed the bridge near mile 30. Elephants dance in Peru.")
    assert write(engine) == "Repairs closed the bridge near mile 30."
    (request,) = engine.requests
    assert "mile 30 was closed" in question_of(request)
    assert len(question_of(request)) < 3_000
    write(engine, variant=2)
    assert engine.requests[1].sampling.seed != request.sampling.seed


def test_where_the_model_says_nothing_true_the_place_speaks(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    text = write(serve(lambda request: "Elephants dance in Peru. Whales sing about opera."), count=1)
    assert text.startswith("“")
    assert text.strip("“”") in " ".join(DOCUMENT.text.split())


def test_another_language_is_translated_into(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def answer(request: object) -> str:
        is_translation = question_of(engine.requests[-1]).startswith("German: ")
        return (
            "Die Brücke bei Meile 30 wurde gesperrt." if is_translation else "The bridge near mile 30 closed."
        )

    engine = serve(answer)
    assert write(engine, language="de") == "Die Brücke bei Meile 30 wurde gesperrt."


@pytest.mark.parametrize("place", [(0, 0), (3, 9), (500, 100_000), (len(DOCUMENT.text) - 3, 10**9)])
def test_places_are_whole_sentences(place: tuple[int, int]) -> None:
    start, end = whole_sentences(DOCUMENT, *place)
    assert 0 <= start < end <= len(DOCUMENT.text)
    assert start <= place[0]
    assert end - start < 6_000
    assert start == 0 or DOCUMENT.text[start - 1].isspace()


def test_what_is_said_is_known() -> None:
    assert is_said("- The bridge, near mile 30, closed.", "the bridge near mile 30 closed")
    assert not is_said("- The bridge closed.", "bridge closed again")

"""Units of a file to their translations: what is asked for, used again, recorded, reported and flagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translation_memory import MemoryEntry, MemoryMatch, MemoryMatchKind, MemoryQuery
from lmstudio_lite.domain.translations import (
    FlagKind,
    Origin,
    TranslatedSegment,
    TranslationOptions,
    UnitsProgress,
    UnitsTranslation,
)
from lmstudio_lite.domain.units import Amount, Mark, MarkKind, Place, Unit, UnitKind, UnitText
from lmstudio_lite.errors import BadRequestError, CancelledError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.translate.units import translate_units
from lmstudio_lite.unsaved import UnsavedWork
from tests.support.engines import Answer, AnsweringEngine, question_of

GERMAN = {
    "A walk by the sea": "Ein Spaziergang am Meer",
    "The weather was fine and the air was clear.": "Das Wetter war schön und die Luft war klar.",
    "We walked along the beach for two hours.": "Wir gingen zwei Stunden am Strand entlang.",
    "Bring water.": "Nimm Wasser mit.",
    "Bring bread.": "Nimm Brot mit.",
}
OPTIONS = TranslationOptions("en", "de")


def passage_of(request: GenerationRequest) -> str:
    question = question_of(request)
    if question.startswith(
        ("Translate to ", "German: ", "English: ", "Chinese: ", "French: ", "Finnish: ", "Polish: ")
    ):
        return question.partition(": ")[2]
    return question


def dictionary(request: GenerationRequest) -> str:
    return GERMAN[passage_of(request)]


def unit(text: str, *marks: Mark, kind: UnitKind = UnitKind.BODY, existing: str = "") -> Unit:
    return Unit(text, Place(kind, "body", 1), marks, existing=existing)


UNITS = (
    unit("A walk by the sea", kind=UnitKind.HEADING),
    unit("The weather was fine and the air was clear.  We walked along the beach for two hours."),
    unit("42"),
    unit("Bring water."),
    unit("Bring bread."),
    unit("Bring water."),
)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], AnsweringEngine]]:
    engines: list[AnsweringEngine] = []

    def start(answer: Answer) -> AnsweringEngine:
        engines.append(AnsweringEngine(answer))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


class Record:
    """Keeps segments in memory."""

    def __init__(self) -> None:
        self.segments: dict[int, TranslatedSegment] = {}

    def find(self) -> Mapping[int, TranslatedSegment]:
        return dict(self.segments)

    def keep(self, segments: Mapping[int, TranslatedSegment]) -> None:
        self.segments.update(segments)


class Memory:
    """Remembers what it was told, and what it was asked."""

    def __init__(self, matches: Mapping[str, MemoryMatch]) -> None:
        self.matches = matches
        self.queries: list[MemoryQuery] = []

    def find(self, queries: Sequence[MemoryQuery]) -> list[MemoryMatch | None]:
        self.queries = list(queries)
        return [self.matches.get(query.source) for query in queries]


def run(
    engine: AnsweringEngine,
    units: Sequence[Unit] = UNITS,
    options: TranslationOptions = OPTIONS,
    *,
    record: Record | None = None,
    memory: Memory | None = None,
    terms: Sequence[Term] = (),
    report: Callable[[UnitsProgress], None] = lambda progress: None,
    cancellation: Cancellation | None = None,
) -> UnitsTranslation:
    return translate_units(
        units,
        options,
        engine=engine,
        report=report,
        cancellation=cancellation or Cancellation(),
        record=record,
        memory=memory,
        terms=terms,
    )


def test_each_sentence_is_translated_once_and_what_stands_between_stays(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(dictionary)
    seen: list[UnitsProgress] = []
    made = run(engine, options=replace(OPTIONS, source=""), report=seen.append)
    assert made.texts == {
        0: UnitText("Ein Spaziergang am Meer"),
        1: UnitText(
            "Das Wetter war schön und die Luft war klar.  Wir gingen zwei Stunden am Strand entlang."
        ),
        3: UnitText("Nimm Wasser mit."),
        4: UnitText("Nimm Brot mit."),
        5: UnitText("Nimm Wasser mit."),
    }
    assert (made.source, made.target, made.warnings) == ("en", "de", ())
    assert [(each.unit, each.start) for each in made.segments] == [
        (0, 0),
        (1, 0),
        (1, 45),
        (3, 0),
        (4, 0),
        (5, 0),
    ]
    assert len(engine.requests) == 5
    assert len(engine.groups) == 1
    reported = {number: segment for progress in seen for number, segment in progress.segments.items()}
    assert reported == dict(enumerate(made.segments))
    assert (seen[-1].num_done, seen[-1].num_total) == (6, 6)


def test_what_is_recorded_is_not_made_again(serve: Callable[[Answer], AnsweringEngine]) -> None:
    record, cancellation = Record(), Cancellation()

    def stop(progress: UnitsProgress) -> None:
        if progress.num_done >= 3:
            cancellation.cancel()

    with pytest.raises(CancelledError):
        run(serve(dictionary), record=record, report=stop, cancellation=cancellation)
    num_recorded = len(record.segments)
    assert 3 <= num_recorded < 6
    record.segments[0] = replace(record.segments[0], text="Am Meer", origin=Origin.EDITED)
    engine = serve(dictionary)
    made = run(engine, record=record)
    assert made.texts[0] == UnitText("Am Meer")
    assert {passage_of(request) for request in engine.requests}.isdisjoint({"A walk by the sea"})
    assert set(record.segments) == set(range(6))
    assert run(serve(dictionary), record=record).texts == made.texts


def test_a_record_of_another_text_is_not_believed(serve: Callable[[Answer], AnsweringEngine]) -> None:
    record = Record()
    run(serve(dictionary), [unit("Bring water.")], record=record)
    made = run(serve(dictionary), [unit("Bring bread.")], record=record)
    assert made.texts == {0: UnitText("Nimm Brot mit.")}


def test_sentences_that_were_recorded_at_other_places_are_found(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    record = Record()
    run(serve(dictionary), [unit("Bring water."), unit("Bring bread.")], record=record)
    engine = serve(dictionary)
    made = run(engine, [unit("A walk by the sea"), unit("Bring bread."), unit("Bring water.")], record=record)
    assert [passage_of(request) for request in engine.requests] == ["A walk by the sea"]
    assert made.texts[2] == UnitText("Nimm Wasser mit.")
    assert [(record.segments[n].unit, record.segments[n].text) for n in range(3)] == [
        (0, "Ein Spaziergang am Meer"),
        (1, "Nimm Brot mit."),
        (2, "Nimm Wasser mit."),
    ]


def test_what_the_file_holds_is_left_as_it_is(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(dictionary)
    made = run(engine, [unit("Bring water.", existing="Wasser!"), unit("Bring bread.")])
    assert made.texts == {1: UnitText("Nimm Brot mit.")}
    assert [(each.text, each.origin) for each in made.segments] == [
        ("Wasser!", Origin.FILE),
        ("Nimm Brot mit.", Origin.MODEL),
    ]


def test_the_memory_is_asked_with_neighbours_and_used(serve: Callable[[Answer], AnsweringEngine]) -> None:
    memory = Memory(
        {
            "Bring water.": MemoryMatch(
                MemoryEntry("Bring water.", "Bring Wasser."), MemoryMatchKind.EXACT, 1.0
            ),
            "Bring bread.": MemoryMatch(
                MemoryEntry("Bring the bread.", "Bring das Brot."), MemoryMatchKind.FUZZY, 0.9
            ),
        }
    )
    engine = serve(dictionary)
    made = run(engine, memory=memory)
    assert MemoryQuery("Bring bread.", "Bring water.", "Bring water.") in memory.queries
    assert made.texts[3] == made.texts[5] == UnitText("Bring Wasser.")
    assert [each.origin for each in made.segments].count(Origin.MEMORY) == 2
    bread = made.segments[4]
    assert (bread.text, bread.origin) == ("Nimm Brot mit.", Origin.MODEL)
    assert [flag.kind for flag in bread.flags] == [FlagKind.FUZZY]
    (asked,) = [request for request in engine.requests if passage_of(request) == "Bring bread."]
    assert isinstance(asked.prompt, ChatPrompt)
    assert [message.text.rpartition(": ")[2] for message in asked.prompt.messages[-3:-1]] == [
        "Bring the bread.",
        "Bring das Brot.",
    ]


def test_only_figures_differ_from_what_is_remembered(serve: Callable[[Answer], AnsweringEngine]) -> None:
    match = MemoryMatch(MemoryEntry("Page 3 is red.", "Seite 3 ist rot."), MemoryMatchKind.FUZZY, 0.93)
    engine = serve(dictionary)
    (segment,) = run(engine, [unit("Page 4 is red.")], memory=Memory({"Page 4 is red.": match})).segments
    assert (segment.text, segment.origin, engine.requests) == ("Seite 4 ist rot.", Origin.MEMORY, [])
    assert [flag.kind for flag in segment.flags] == [FlagKind.FUZZY]


def test_terms_stand_in_what_the_model_is_shown(serve: Callable[[Answer], AnsweringEngine]) -> None:
    asked: list[str] = []

    def answer(request: GenerationRequest) -> str:
        asked.append(question_of(request))
        return "Öffne den Hahn." if len(asked) == 1 else "Öffne das Ventil."

    made = run(serve(answer), [unit("Open the valve.")], terms=(Term("valve", "Ventil"),))
    assert asked == [
        "German: Open the Ventil.",
        "Translate to German, with “valve” as “Ventil”: Open the Ventil.",
    ]
    assert made.texts == {0: UnitText("Öffne das Ventil.")}


def test_a_term_that_is_missing_still_takes_the_place_of_its_words(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    words = {"valve": "Hahn", "Hahn": "valve"}
    engine = serve(lambda request: words.get(passage_of(request), "Öffne den Hahn."))
    made = run(engine, [unit("Open the valve.")], terms=(Term("valve", "Ventil"),))
    assert made.texts == {0: UnitText("Öffne den Ventil.")}
    assert [(flag.kind, flag.detail) for flag in made.segments[0].flags] == [(FlagKind.TERM, "Ventil")]
    assert made.warnings == ()


def test_the_least_sure_are_translated_back_and_names_are_compared(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        passage = passage_of(request)
        if question_of(request).startswith("English: "):
            return "Something else stands here."
        name = "Kellar" if "number 7" in passage else "Keller"
        return f"Frau {name} sieht heute Haus Nummer {passage.split()[-1]}"

    engine = serve(answer)
    engine.logprob = -0.4
    units = [unit(f"Ms Keller looks today at house number {n}.") for n in range(1, 31)]
    made = run(engine, units)
    assert [flag.kind for flag in made.segments[6].flags] == [FlagKind.NAME]
    confidences = sorted(segment.confidence or 0.0 for segment in made.segments)
    assert confidences[0] < confidences[-1]
    assert sum("English" in question_of(request) for request in engine.requests) == 3


def test_one_changed_segment_asks_for_nothing_else(
    serve: Callable[[Answer], AnsweringEngine], tmp_path: Path
) -> None:
    def answer(request: GenerationRequest) -> str:
        return f"Frau Keller sieht heute Haus Nummer {passage_of(request).split()[-1]}"

    units = [unit(f"Ms Keller looks today at house number {n}.") for n in range(1, 31)]
    database = Database.open(tmp_path / "cache.sqlite3")
    try:
        cache = PartCache(database, UnsavedWork())
        engines = []
        for changed in (units, [*units[:7], unit("Ms Keller looks today at house number 77."), *units[8:]]):
            engines.append(serve(answer))
            engines[-1].logprob = -0.4
            translate_units(
                changed,
                OPTIONS,
                engine=engines[-1],
                report=lambda progress: None,
                cancellation=Cancellation(),
                cache=cache,
            )
    finally:
        database.close()
    assert len(engines[0].requests) == 30 + 3
    asked = [question_of(request) for request in engines[1].requests]
    assert asked[0].endswith("number 77.")
    assert len(asked) <= 2


def test_a_sentence_that_only_echoes_stays_with_its_marks_and_is_flagged(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    link = Mark(1, MarkKind.SPAN, 3, 9)
    made = run(serve(passage_of), [unit("We walked along the beach for two hours.", link)])
    assert made.texts == {0: UnitText("We walked along the beach for two hours.", (link,))}
    (segment,) = made.segments
    assert (segment.is_kept, segment.origin) == (True, Origin.SOURCE)
    assert [flag.kind for flag in segment.flags] == [FlagKind.ECHO]
    assert [warning.code for warning in made.warnings] == ["translation_echo"]


BOATS = "Boats come in at night, and the boats are old."
BOOTE = "Nachts kommen Boote herein, und die Boote sind alt."


def at(text: str, words: str, number: int, kind: MarkKind = MarkKind.STYLE) -> Mark:
    return Mark(number, kind, text.index(words), text.index(words) + len(words))


def test_the_model_says_where_marked_words_stand(serve: Callable[[Answer], AnsweringEngine]) -> None:
    words = {BOATS: BOOTE, "boats": "Boote", "Boote": "boats", "at night": "Nachts", "Nachts": "at night"}
    engine = serve(lambda request: words[passage_of(request)])
    marked = unit(BOATS, at(BOATS, "boats", 1), at(BOATS, "at night", 2, MarkKind.SPAN))
    seen: list[UnitsProgress] = []
    made = run(engine, [marked, marked], report=seen.append)
    (mark, link) = made.texts[0].marks
    assert (mark.start, BOOTE[mark.start : mark.end]) == (BOOTE.rindex("Boote"), "Boote")
    assert (link.start, BOOTE[link.start : link.end]) == (0, "Nachts")
    assert [segment.flags for segment in made.segments] == [(), ()]
    grammars = [request.sampling.grammar for request in engine.requests]
    assert [bool(grammar) for grammar in grammars] == [False, True, True, True, True]
    assert '"Nachts"' in grammars[1]
    assert [progress.num_done for progress in seen][-1] == 2
    assert not any(progress.num_done for progress in seen[:-2])


def test_marks_of_several_sentences_are_asked_for_together_while_others_go_on(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    piers = {f"The boats are at pier {n}.": f"Die Boote liegen an Pier {n}." for n in range(20, 30)}
    words = {**piers, "boats": "Boote", "Boote": "boats"}
    engine = serve(lambda request: words[passage_of(request)])
    made = run(engine, [unit(source, at(source, "boats", 1)) for source in piers])
    assert [len(made.texts[number].marks) for number in range(10)] == [1] * 10
    passages = {request.request_id: passage_of(request) for request in engine.requests}
    asked = [sum(passages[request_id] == "boats" for request_id in group) for group in engine.groups]
    assert [number for number in asked if number] == [8, 2]
    questions = [request for request in engine.requests if passage_of(request) in ("boats", "Boote")]
    assert sum(not request.retry_of for request in questions) == 2


def test_words_of_which_less_comes_back_are_looked_for_beside_it(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    source, german = "Turn on the old red lamp.", "Schalte die alte rote Lampe ein."
    words = {source: german, "old red": "rote", "rote": "red", "old": "alte"}
    made = run(serve(lambda request: words[passage_of(request)]), [unit(source, at(source, "old red", 1))])
    (mark,) = made.texts[0].marks
    assert german[mark.start : mark.end] == "alte rote"
    assert made.segments[0].flags == ()


def test_words_for_which_others_come_back_are_looked_for_elsewhere(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    source, german = "Both coffee and tea are hot.", "Tee und auch Kaffee sind heiß."

    def answer(request: GenerationRequest) -> str:
        passage = passage_of(request)
        if passage == "coffee":
            return "Kaffee" if '"Tee"' not in request.sampling.grammar else "Tee"
        return {source: german, "Tee": "tea", "Kaffee": "coffee"}[passage]

    made = run(serve(answer), [unit(source, at(source, "coffee", 1))])
    (mark,) = made.texts[0].marks
    assert german[mark.start : mark.end] == "Kaffee"

    made = run(
        serve(lambda request: "Tee" if passage_of(request) == "coffee" else answer(request)),
        [unit(source, at(source, "coffee", 1))],
    )
    assert [(flag.kind, flag.detail) for flag in made.segments[0].flags] == [(FlagKind.MARK, "coffee")]


def test_changed_figures_are_forced_by_a_grammar(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def answer(request: GenerationRequest) -> str:
        is_forced = bool(request.sampling.grammar)
        return f"Es kostete {'1.250,50' if is_forced else '1205'} Euro in {{town}}."

    engine = serve(answer)
    (segment,) = run(engine, [unit("It cost 1,250.50 euros in {town}.")]).segments
    assert (segment.text, segment.problem, segment.flags) == ("Es kostete 1.250,50 Euro in {town}.", "", ())
    grammar = engine.requests[-1].sampling.grammar
    assert '"1.250,50" t "{town}"' in grammar
    assert '"{town}" t "1.250,50"' in grammar
    assert len(engine.requests) == 3


def test_an_attempt_that_only_mends_figures_is_not_made_for_an_echo(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(passage_of)
    run(engine, [unit("It cost 250 euros to go to the town.")])
    assert len(engine.requests) == 2


def test_the_same_language_is_left_alone(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(dictionary)
    made = run(engine, options=TranslationOptions("", "en"))
    assert (made.texts, made.segments, engine.requests) == ({}, (), [])
    assert [warning.code for warning in made.warnings] == ["translation_same_language"]


def test_unknown_languages_are_refused(serve: Callable[[Answer], AnsweringEngine]) -> None:
    with pytest.raises(BadRequestError):
        run(serve(dictionary), options=TranslationOptions("en", "xx"))


def test_a_plural_form_is_made_with_a_number_and_keeps_the_sign(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    answers = {"5 files": "5 plików", "2 files": "dwa pliki"}
    units = [replace(unit("%d files"), amount=Amount("%d", each)) for each in ("5", "2")]
    engine = serve(lambda request: answers[passage_of(request)])
    done = run(engine, units, TranslationOptions("en", "pl"))
    assert {number: text.text for number, text in done.texts.items()} == {0: "%d plików", 1: "dwa pliki"}
    assert [FlagKind.VALUES in {flag.kind for flag in each.flags} for each in done.segments] == [False, True]
    assert [each.source for each in done.segments] == ["%d files", "%d files"]


@pytest.mark.parametrize(
    ("source", "answer", "text"),
    [
        ("Send the letter", "Senden Sie den Brief.", "Senden Sie den Brief"),
        ("Save the file", "保存文件。", "保存文件"),
        ("Cannot read %s", "Kann nicht lesen: %s.", "Kann nicht lesen: %s"),
        ("Hello, dear {name}", "Hallo, liebe {name}.", "Hallo, liebe {name}"),
        ("Apples, pears and more", "Äpfel, Birnen usw.", "Äpfel, Birnen usw."),
        ("Send the letter.", "Senden Sie den Brief.", "Senden Sie den Brief."),
        ("Wait a moment", "Warten Sie...", "Warten Sie..."),
    ],
)
def test_a_stop_that_the_source_has_not_is_taken_away(
    serve: Callable[[Answer], AnsweringEngine], source: str, answer: str, text: str
) -> None:
    target = "zh" if "保" in answer else "de"
    done = run(serve(lambda request: answer), [unit(source)], TranslationOptions("en", target))
    assert done.segments[0].text == text

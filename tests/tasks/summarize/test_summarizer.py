from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document, StretchKind
from lmstudio_lite.domain.evidence import FoundBy
from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt, GenerationRequest, Priority
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.domain.summaries import Summary, SummaryForm, SummaryOptions, SummaryProgress, SummaryStage
from lmstudio_lite.errors import CancelledError, DocumentEmptyError, EngineUnavailableError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.evidence.index import Embedder
from lmstudio_lite.tasks.summarize.summarizer import summarize
from lmstudio_lite.unsaved import UnsavedWork
from lmstudio_lite.words import explain_warning, warning_codes
from tests.support.engines import Answer, AnsweringEngine, question_of

CONTEXT_SIZE = 4096


def story(num_chapters: int) -> str:
    """A text whose sentences are all different, of about 90 words a chapter."""
    names = ("Anna", "Boris", "Clara", "David", "Emma", "Felix", "Greta", "Hugo")
    sentences = (
        "{name} walked to the {place} number {n} before the sun had risen over the hills.",
        "Nobody there had heard that the bridge near mile {n} was closed for repairs.",
        "On day {n} a letter arrived in which the mayor of {place} {n} asked for patience.",
        "It took {name} another {n} hours to find a boat that was both dry and free.",
    )
    chapters = []
    for n in range(num_chapters):
        name, place = names[n % len(names)], ("market", "harbour", "station")[n % 3]
        chapters.append(" ".join(line.format(name=name, place=place, n=n + 2) for line in sentences))
    return "\n\n".join(chapters)


def echo_free(request: GenerationRequest) -> str:
    """Answer with what the story tells, so worded that no two answers are alike."""
    word = "".join(chr(ord("a") + int(digit, 16)) for digit in request.request_id[:10])
    return (
        f"A letter of the mayor {word} asked for patience. "
        f"The bridge was closed for repairs, and a boat both dry and free hard to find, says {word}."
    )


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], AnsweringEngine]]:
    engines: list[AnsweringEngine] = []

    def start(answer: Answer) -> AnsweringEngine:
        engines.append(AnsweringEngine(answer, context_size=CONTEXT_SIZE))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[PartCache]:
    database = Database.open(tmp_path / "library.sqlite3")
    yield PartCache(database, UnsavedWork())
    database.close()


def run(
    engine: AnsweringEngine,
    document: Document,
    options: SummaryOptions | None = None,
    cache: PartCache | None = None,
    embed: Embedder | None = None,
) -> tuple[Summary, list[SummaryProgress]]:
    seen: list[SummaryProgress] = []
    summary = summarize(
        document,
        options or SummaryOptions(),
        engine=engine,
        report=seen.append,
        cancellation=Cancellation(),
        cache=cache,
        embed=embed,
    )
    assert seen.pop().stage is SummaryStage.EVIDENCE
    return summary, seen


def is_section(request: GenerationRequest) -> bool:
    asked = question_of(request).rpartition('"""')[2]
    return "short sentences" in asked or "text above about" in asked


@pytest.mark.parametrize(
    ("unread", "coverage"),
    [
        ((PartKind.PAGE, WhyUnread.LOST, 100), 0.75),
        ((PartKind.PICTURE, WhyUnread.PICTURE, None), 1.0),
    ],
)
def test_coverage_counts_what_the_file_holds_and_nobody_read(
    serve: Callable[[Answer], AnsweringEngine],
    unread: tuple[PartKind, WhyUnread, int | None],
    coverage: float,
) -> None:
    kind, why, num_characters = unread
    missing = Part(kind, 2, "", num_characters, HowRead.NOT_READ, why)
    inventory = (Part(PartKind.PAGE, 1, "", 300), missing)
    document = replace(text_document(story(1), "a story"), inventory=inventory)
    summary, _ = run(serve(echo_free), document)
    assert summary.coverage == coverage
    assert summary.unread == (missing,)


def test_a_short_document_goes_directly_to_its_final_form(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(lambda request: "Travel is hard.\n- Boats are rare.\n- Letters ask for patience.")
    summary, seen = run(engine, text_document(story(3), "story"))
    assert len(engine.requests) == 1
    assert summary.text == "- Travel is hard.\n- Boats are rare.\n- Letters ask for patience."
    assert (summary.num_chunks, summary.num_chunks_read, summary.coverage) == (1, 1, 1.0)
    assert (summary.language, summary.warnings) == ("en", ())
    assert seen[0].stage is SummaryStage.READING
    assert seen[-1].stage is SummaryStage.MAP
    assert seen[-1].partial_text == summary.text


def test_every_part_of_a_long_document_is_read(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(echo_free)
    text = story(120)
    summary, seen = run(engine, text_document(text, "story"))
    asked = [request for request in engine.requests if is_section(request)]
    assert summary.num_chunks == summary.num_chunks_read == len(summary.chunk_summaries) > 4
    assert summary.coverage == 1.0
    assert all(any(chapter in question_of(request) for request in asked) for chapter in text.split("\n\n"))
    assert {request.priority for request in engine.requests} == {Priority.BULK}
    assert [section.start for section in summary.chunk_summaries] == sorted(
        section.start for section in summary.chunk_summaries
    )
    maps = [progress for progress in seen if progress.stage is SummaryStage.MAP]
    assert (maps[0].num_done, maps[-1].num_done) == (0, summary.num_chunks)
    assert maps[-1].partial_text == "\n\n".join(section.text for section in summary.chunk_summaries)
    assert seen[-1].stage is SummaryStage.MERGE
    assert seen[-1].num_done == seen[-1].num_total


def test_prompts_fit_into_the_context_beside_each_other(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(echo_free)
    run(engine, text_document(story(120), "story"))
    for request in engine.requests:
        assert isinstance(request.prompt, ChatPrompt)
        num_words = sum(len(message.text.split()) for message in request.prompt.messages)
        assert request.max_tokens is not None
        limit = CONTEXT_SIZE // 4 if is_section(request) else CONTEXT_SIZE
        assert num_words + request.max_tokens <= limit


def test_merging_goes_on_until_one_text_is_left(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def copied(request: GenerationRequest) -> str:
        text = question_of(request).partition('"""')[2]
        return ". ".join(text.split(". ")[:7]) + "."

    last = "The bridge was closed for repairs.\n- A boat was hard to find."
    engine = serve(lambda request: copied(request) if is_section(request) else last)
    summary, _ = run(engine, text_document(story(260), "story"))
    assert summary.text == "- The bridge was closed for repairs.\n- A boat was hard to find."
    assert len(engine.requests) > summary.num_chunks + 2


@pytest.mark.parametrize(("words", "count"), [(60, "3"), (100, "5"), (180, "9")])
def test_length_is_asked_for(serve: Callable[[Answer], AnsweringEngine], words: int, count: str) -> None:
    engine = serve(echo_free)
    options = SummaryOptions(SummaryForm.BULLETS, words)
    run(engine, text_document(story(2), "story"), options)
    assert f"{count} bullet points" in question_of(engine.requests[0])


def write_topic(request: GenerationRequest) -> str:
    if "title" in question_of(request).rpartition('"""')[2]:
        return f'Title: "Obstacle {len(question_of(request))}"'
    return echo_free(request)


@pytest.mark.parametrize("num_chapters", [6, 120])
def test_an_outline_has_a_title_and_points_for_each_stretch(
    serve: Callable[[Answer], AnsweringEngine], num_chapters: int
) -> None:
    engine = serve(write_topic)
    document = text_document(story(num_chapters), "story")
    summary, seen = run(engine, document, SummaryOptions(SummaryForm.OUTLINE))
    blocks = summary.text.split("\n\n")
    assert [block.startswith("## Obstacle") for block in blocks] == [True, False] * 3
    assert all(len(block.splitlines()) == 2 for block in blocks[1::2])
    assert seen[-1].partial_text == summary.text
    assert summary.coverage == 1.0


def test_an_outline_without_titles_takes_them_from_its_points(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        is_title = "title" in question_of(request).rpartition('"""')[2]
        return "\n" if is_title else "and so on " * 100

    document = text_document(story(6), "story")
    summary, _ = run(serve(answer), document, SummaryOptions(SummaryForm.OUTLINE))
    assert (summary.coverage, summary.own_share, summary.num_chunks_summarized) == (1.0, 0.0, 0)
    assert [warning.code for warning in summary.warnings] == ["summary_extract"]
    assert summary.text.count("## ") == 3
    assert summary.text.count("- “") == 6


def test_a_brief_has_the_headings_that_have_something_to_say(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        question = question_of(request).rpartition('"""')[2]
        if "decisions" in question:
            return "The bridge stays closed.\n- The mayor asks for patience."
        return "none" if "risks" in question else "It took Anna two hours.\n- The bridge stays closed."

    summary, _ = run(serve(answer), text_document(story(3), "story"), SummaryOptions(SummaryForm.BRIEF))
    assert [line for line in summary.text.splitlines() if line.startswith("#")] == [
        "## Decisions",
        "## Numbers",
    ]
    assert summary.text.count("The bridge stays closed.") == 1


def test_quotes_are_the_passages_behind_the_points(serve: Callable[[Answer], AnsweringEngine]) -> None:
    document = text_document(story(4), "story")
    engine = serve(lambda request: "The mayor of harbour 3 asked for patience.\n- Anna found a free boat.")
    summary, _ = run(engine, document, SummaryOptions(SummaryForm.QUOTES, language="de"))
    quotes = [line.removeprefix("- “").removesuffix("”") for line in summary.text.splitlines()]
    assert quotes
    assert all(quote in " ".join(document.text.split()) for quote in quotes)
    assert any("the mayor of harbour 3" in quote for quote in quotes)
    assert (summary.own_share, summary.evidence.num_unsupported) == (0.0, 0)


@pytest.mark.parametrize("form", list(SummaryForm))
@pytest.mark.parametrize("language", ["en", "fr", "ko"])
def test_every_form_asks_for_itself(
    serve: Callable[[Answer], AnsweringEngine], form: SummaryForm, language: str
) -> None:
    engine = serve(lambda request: "Eins ist das Haus.\n- Zwei ist der Hof. Drei ist das Tor.")
    document = replace(text_document(story(2), "story"), language=language)
    options = SummaryOptions(form, focus="salt", instruction="Write a poem with {braces}.")
    summary, _ = run(engine, document, options)
    assert summary.text
    questions = [question_of(request) for request in engine.requests]
    assert all("salt" in question for question in questions)
    assert all("{count}" not in question and "{language}" not in question for question in questions)
    assert any("Write a poem with {braces}." in question for question in questions) == (
        form is SummaryForm.OWN
    )


def test_another_variant_words_the_end_anew(
    serve: Callable[[Answer], AnsweringEngine], cache: PartCache
) -> None:
    engine = serve(echo_free)
    document = text_document(story(120), "story")
    run(engine, document, cache=cache)
    num_asked = len(engine.requests)
    run(engine, document, SummaryOptions(variant=1), cache=cache)
    (again,) = engine.requests[num_asked:]
    assert not is_section(again)
    assert again.sampling.seed != engine.requests[num_asked - 1].sampling.seed


def test_references_are_left_out_unless_asked_for(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(echo_free)
    references = "".join(f"- Author {n} (20{n:02}). A paper on bridges, {n}(3).\n" for n in range(12))
    document = text_document(f"{story(6)}\n\n## References\n\n{references}", "story")
    summary, _ = run(engine, document)
    assert [stretch.kind for stretch in summary.left_out] == [StretchKind.REFERENCES]
    assert summary.coverage == 1.0
    assert "A paper on bridges" not in question_of(engine.requests[-1])
    summary, _ = run(engine, document, SummaryOptions(reads_all=True))
    assert summary.left_out == ()
    assert "A paper on bridges" in question_of(engine.requests[-1])


def test_a_copied_summary_is_tried_again_then_marked(serve: Callable[[Answer], AnsweringEngine]) -> None:
    document = text_document(story(4), "story")
    engine = serve(lambda request: document.text[:600])
    summary, _ = run(engine, document)
    assert len(engine.requests) == 2
    assert "Do not copy" in question_of(engine.requests[1])
    assert [warning.code for warning in summary.warnings] == ["summary_echo"]


def test_a_model_that_only_loops_gives_the_documents_own_sentences(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    document = text_document(story(4), "story")
    engine = serve(lambda request: "and so on " * 100)
    summary, _ = run(engine, document)
    assert [warning.code for warning in summary.warnings] == ["summary_extract"]
    assert (summary.coverage, summary.num_chunks_read, summary.num_chunks_summarized) == (1.0, 1, 0)
    assert summary.own_share == 0.0
    sentences = [line.removeprefix("- “").removesuffix("”") for line in summary.text.splitlines()]
    assert len(sentences) == 5
    assert all(sentence in document.text for sentence in sentences)


def test_parts_that_fail_are_counted(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def answer(request: GenerationRequest) -> str:
        is_lost = is_section(request) and "number 2 before" in question_of(request)
        return "lost again " * 100 if is_lost else echo_free(request)

    summary, _ = run(serve(answer), text_document(story(120), "story"))
    (warning,) = summary.warnings
    assert (warning.code, warning.num_affected) == ("summary_extract", 1)
    assert summary.num_chunks_summarized == summary.num_chunks - 1
    assert (summary.num_chunks_read, summary.coverage) == (summary.num_chunks, 1.0)
    assert summary.chunk_summaries[0].is_extract


def test_parts_that_were_copied_are_counted(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def answer(request: GenerationRequest) -> str:
        is_copied = is_section(request) and "number 2 before" in question_of(request)
        return story(4) if is_copied else echo_free(request)

    summary, _ = run(serve(answer), text_document(story(120), "story"))
    (warning,) = summary.warnings
    assert (warning.code, warning.num_affected) == ("summary_echo", 1)
    assert summary.coverage == 1.0
    assert summary.chunk_summaries[0].problem == "echo"


FORMULAS = (
    "The map f : X → Y holds for x₀ ∈ U ∩ V. Nobody there had heard of p ◦ f = p when the bridge closed."
)


@pytest.mark.parametrize("first", [story(1), FORMULAS])
def test_a_part_that_was_copied_or_cut_up_is_asked_what_it_is_about(
    serve: Callable[[Answer], AnsweringEngine], first: str
) -> None:
    def answer(request: GenerationRequest) -> str:
        if "is the text above about" in question_of(request):
            assert isinstance(request.prompt, ChatPrompt)
            assert request.prompt.reply_start == "The text discusses"
            return " a bridge that was closed for repairs and a letter of the mayor."
        return first if is_section(request) else echo_free(request)

    summary, _ = run(serve(answer), text_document(f"{story(1)}\n\n{story(60)}", "story"))
    assert summary.chunk_summaries[0].text.startswith("The text discusses a bridge that was closed")
    assert summary.chunk_summaries[0].problem == ""


@pytest.mark.parametrize("style", [SummaryForm.BULLETS, SummaryForm.OUTLINE])
def test_parts_that_cannot_be_merged_stand_as_they_are(
    serve: Callable[[Answer], AnsweringEngine], style: SummaryForm
) -> None:
    engine = serve(lambda request: echo_free(request) if is_section(request) else "and so on " * 100)
    summary, _ = run(engine, text_document(story(120), "story"), SummaryOptions(style))
    assert [warning.code for warning in summary.warnings] == ["summary_unmerged"]
    assert summary.coverage == 1.0
    assert "“" not in summary.text
    summaries = " ".join(section.text for section in summary.chunk_summaries)
    points = [line.removeprefix("- ") for line in summary.text.splitlines() if line.startswith("- ")]
    assert points
    assert all(point in summaries for point in points)


def test_a_text_that_cannot_be_summarized_whole_is_read_in_sections(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        is_whole = "number 2 before" in question_of(request) and "number 20 before" in question_of(request)
        return "1 Introduction\n2 Overview\n3 Conclusion" if is_whole else echo_free(request)

    summary, seen = run(serve(answer), text_document(story(20), "story"))
    assert summary.num_chunks == summary.num_chunks_summarized > 1
    assert (summary.coverage, summary.own_share, summary.warnings) == (1.0, 1.0, ())
    assert "Introduction" not in summary.text
    assert seen[-1].stage is SummaryStage.MERGE


def test_the_wrong_language_is_marked(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(
        lambda request: "Die Reisenden suchen einen Weg. Nach einer Weile finden sie ihn am Ende doch."
    )
    summary, _ = run(engine, text_document(story(3), "story"))
    assert summary.language == "en"
    assert [warning.code for warning in summary.warnings] == ["summary_wrong_language"]
    assert all(warning.code in warning_codes() and explain_warning(warning) for warning in summary.warnings)


def test_another_language_is_translated_into(serve: Callable[[Answer], AnsweringEngine]) -> None:
    german = "Die Reisenden suchen einen anderen Weg um das Hindernis herum."

    def answer(request: GenerationRequest) -> str:
        is_translation = question_of(request).startswith("German: ")
        return german if is_translation else "The bridge was closed for repairs."

    summary, seen = run(serve(answer), text_document(story(3), "story"), SummaryOptions(language="de"))
    assert (summary.text, summary.language, summary.warnings) == (f"- {german}", "de", ())
    assert seen[-1].partial_text == summary.text


def test_a_model_that_repeats_the_instructions_is_asked_again(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        if "Do not copy" in question_of(request):
            return echo_free(request)
        return "Read this text carefully. You will be asked to summarize it."

    engine = serve(answer)
    summary, _ = run(engine, text_document(story(3), "story"), SummaryOptions(SummaryForm.PARAGRAPH))
    assert len(engine.requests) == 2
    assert summary.text.startswith("A letter of the mayor")


def test_cancelling_keeps_nothing_waiting(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(echo_free)
    cancellation = Cancellation()
    seen: list[SummaryProgress] = []

    def report(progress: SummaryProgress) -> None:
        seen.append(progress)
        if progress.num_done == 2:
            cancellation.cancel()

    with pytest.raises(CancelledError):
        summarize(
            text_document(story(120), "story"),
            SummaryOptions(),
            engine=engine,
            report=report,
            cancellation=cancellation,
        )
    assert seen[-1].partial_text
    assert len(engine.cancelled) >= len(engine.requests) - 2


def test_another_form_or_length_asks_only_for_the_merge(
    serve: Callable[[Answer], AnsweringEngine], cache: PartCache
) -> None:
    engine = serve(echo_free)
    document = text_document(story(120), "story")
    first, _ = run(engine, document, cache=cache)
    num_asked = len(engine.requests)
    again, _ = run(engine, document, cache=cache)
    assert len(engine.requests) == num_asked
    assert (again.text, again.chunk_summaries) == (first.text, first.chunk_summaries)
    other, seen = run(engine, document, SummaryOptions(SummaryForm.PARAGRAPH), cache=cache)
    assert [is_section(request) for request in engine.requests[num_asked:]] == [False]
    assert other.chunk_summaries == first.chunk_summaries
    assert other.coverage == 1.0
    assert next(p for p in seen if p.num_done == p.num_total and p.stage is SummaryStage.MAP)


def test_a_changed_chapter_is_read_again_with_few_others(
    serve: Callable[[Answer], AnsweringEngine], cache: PartCache
) -> None:
    engine = serve(echo_free)
    text = story(600)
    first, _ = run(engine, text_document(text, "story"), cache=cache)
    num_asked = len(engine.requests)
    changed = text.replace("the mayor of station 400 asked", "the sheriff of station 400 begged")
    assert changed != text
    again, _ = run(engine, text_document(changed, "story"), cache=cache)
    maps = [request for request in engine.requests[num_asked:] if is_section(request)]
    assert 1 <= len(maps) <= 0.15 * first.num_chunks
    assert again.coverage == 1.0


@pytest.mark.parametrize("num_parameters", [0, 500_000_000])
def test_merging_reads_every_part_once_a_level(
    serve: Callable[[Answer], AnsweringEngine], num_parameters: int
) -> None:
    engine = serve(echo_free)
    engine.model = replace(engine.model, num_parameters=num_parameters)
    summary, _ = run(engine, text_document(story(600), "story"))
    sections = [section.text for section in summary.chunk_summaries]
    assert len(set(sections)) == len(sections) > 20
    merges = [
        question_of(request) for request in engine.requests if "notes on the parts" in question_of(request)
    ]
    for section in sections:
        assert sum(section in merge for merge in merges) == 1
    order = [min(i for i, merge in enumerate(merges) if section in merge) for section in sections]
    assert order == sorted(order)


def test_what_was_done_before_a_stop_is_not_done_again(
    serve: Callable[[Answer], AnsweringEngine], cache: PartCache
) -> None:
    engine = serve(echo_free)
    cancellation = Cancellation()

    def stop_after_three(progress: SummaryProgress) -> None:
        if progress.num_done == 3:
            cancellation.cancel()

    document = text_document(story(120), "story")
    with pytest.raises(CancelledError):
        summarize(
            document,
            SummaryOptions(),
            engine=engine,
            report=stop_after_three,
            cancellation=cancellation,
            cache=cache,
        )
    num_asked = len(engine.requests)
    summary, _ = run(engine, document, cache=cache)
    num_maps = sum(is_section(request) for request in engine.requests[num_asked:])
    assert num_maps == summary.num_chunks - 3


def test_a_short_text_is_its_own_summary(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(echo_free)
    text = (
        "# Notice\n\nThe **harbour** stays closed until May.\n\n- Boats may land at the old pier instead.\n"
    )
    summary, _ = run(engine, text_document(text, "notice"))
    assert engine.requests == []
    assert summary.text == (
        "- “The harbour stays closed until May.”\n- “Boats may land at the old pier instead.”"
    )
    assert [warning.code for warning in summary.warnings] == ["summary_short"]
    assert (summary.coverage, summary.evidence.num_unsupported) == (1.0, 0)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (
            "The council met on Monday. It closes the old bridge in May. Residents protested.",
            ["The council met on Monday.", "It closes the old bridge in May.", "Residents protested."],
        ),
        (
            "| name | amount |\n| --- | --- |\n| Anna | 12 |\n",
            ["| name | amount |", "| Anna | 12 |"],
        ),
    ],
)
def test_a_short_text_loses_no_sentence(
    serve: Callable[[Answer], AnsweringEngine], text: str, points: list[str]
) -> None:
    summary, _ = run(serve(echo_free), text_document(text, "notice"))
    assert summary.text == "\n".join(f"- “{point}”" for point in points)


def test_a_small_model_reads_less_at_a_time(serve: Callable[[Answer], AnsweringEngine]) -> None:
    document = text_document(story(20), "story")
    asked = []
    for num_parameters in (135_000_000, 7_000_000_000):
        engine = serve(echo_free)
        engine.model = replace(engine.model, num_parameters=num_parameters)
        run(engine, document)
        asked.append(len(engine.requests))
    assert asked[0] > asked[1] == 1


def test_what_a_part_does_not_say_goes_into_no_merge(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(
        lambda request: echo_free(request) + (" Elephants dance in Peru." if is_section(request) else "")
    )
    summary, _ = run(engine, text_document(story(120), "story"))
    assert all("Elephants" not in section.text for section in summary.chunk_summaries)
    assert "Elephants" not in question_of(engine.requests[-1])


def test_a_merge_of_a_small_model_is_held_against_the_document(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    invented = "Elephants dance in Peru.\n- Whales sing about opera.\n- The bridge was closed for repairs."
    engine = serve(lambda request: echo_free(request) if is_section(request) else invented)
    engine.model = replace(engine.model, num_parameters=500_000_000)
    summary, _ = run(engine, text_document(story(120), "story"))
    assert summary.warnings[0].code == "summary_unmerged"
    assert "Elephants" not in summary.text


def test_a_merge_that_only_repeats_what_parts_copied_is_marked(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    text = story(120)
    copied = "\n- ".join(text.split("\n\n")[3].split(". "))

    engine = serve(lambda request: echo_free(request) if is_section(request) else copied)
    summary, _ = run(engine, text_document(text, "story"))
    assert [warning.code for warning in summary.warnings] == ["summary_echo"]
    assert "Do not copy" in question_of(engine.requests[-1])


def test_talk_about_the_task_is_no_summary(serve: Callable[[Answer], AnsweringEngine]) -> None:
    talk = 'Original sentence: "The bridge was closed."\n- Summary: The sentence is about a closed bridge.'
    engine = serve(lambda request: talk)
    summary, _ = run(engine, text_document(story(4), "story"))
    assert len(engine.requests) == 2
    assert [warning.code for warning in summary.warnings] == ["summary_extract"]


def test_nothing_to_summarize(serve: Callable[[Answer], AnsweringEngine]) -> None:
    empty = replace(text_document("x", "empty"), text=" \n ")
    with pytest.raises(DocumentEmptyError):
        run(serve(echo_free), empty)


@pytest.mark.parametrize(
    "style", [SummaryForm.BULLETS, SummaryForm.PARAGRAPH, SummaryForm.OUTLINE, SummaryForm.QUOTES]
)
def test_the_starter_model_summarizes(shared_services: Services, style: SummaryForm) -> None:
    seen: list[SummaryProgress] = []
    summary = summarize(
        text_document(HARBOUR, "harbour"),
        SummaryOptions(style, 60),
        engine=shared_services.engine,
        report=seen.append,
        cancellation=Cancellation(),
    )
    assert summary.text.strip()
    assert summary.coverage == 1.0
    lost = [w for w in summary.warnings if w.code == "summary_extract" and w.num_affected == w.num_total]
    assert (summary.num_chunks_summarized == 0) == bool(lost)
    assert seen[-1].partial_text
    if style is SummaryForm.BULLETS:
        assert all(line.startswith("- ") for line in summary.text.splitlines())


HARBOUR = (
    "The harbour was built in the twelfth century, when salt was shipped from here to every town on the "
    "coast. Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick. Since "
    "the river silted up, larger ships have had to anchor outside, and goods are brought in on barges. "
    "The council decided last year to dredge the channel, although fishermen fear for the spawning "
    "grounds of herring. The work will take three years and cost forty million, half of it paid by the "
    "state. Until then two new barges, driven by batteries, will carry the containers into the town."
)


def test_a_small_model_writes_points_for_each_stretch_of_a_long_text(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(echo_free)
    engine.model = replace(engine.model, num_parameters=500_000_000)
    run(engine, text_document(story(120), "story"), SummaryOptions(words=100))
    last = [question_of(request) for request in engine.requests if not is_section(request)]
    assert len(last) == 3
    assert all("in 2 bullet points" in question for question in last)


def test_a_model_that_fails_on_most_parts_is_not_asked_for_the_whole(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(lambda request: "no no no no no no no no no no no no no no no no no no")
    document = text_document(story(120), "story")
    summary, _ = run(engine, document)
    assert all(is_section(request) for request in engine.requests)
    assert [warning.code for warning in summary.warnings] == ["summary_extract", "summary_quoted"]
    points = summary.text.splitlines()
    assert len(points) >= 4
    assert all(point.strip("- “”") in " ".join(document.text.split()) for point in points)


def test_a_sentence_of_the_instructions_among_the_summarys_is_left_out(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    leaked = "You summarize texts accurately. You use only what the text says."
    engine = serve(lambda request: f"{leaked}\n- {echo_free(request)}")
    summary, _ = run(engine, text_document(story(4), "story"))
    assert "accurately" not in summary.text
    assert summary.text


def test_questions_that_were_left_open_are_answered_from_their_place_or_go(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    asked = (
        "- Who asked for patience on day 17?\n- Who danced in Peru?\n- Was it dry? It was both dry and free."
    )

    def answer(request: GenerationRequest) -> str:
        question = question_of(request).rpartition('"""')[2]
        if "Who asked for patience" in question:
            assert "market 17 asked for patience" in question_of(request), "the place it is about"
            return "The mayor of market 17 asked for patience in a letter. Elephants danced."
        return "Elephants danced there." if "Who danced" in question else asked

    document = text_document(story(20), "story")
    summary, _ = run(serve(answer), document, SummaryOptions(SummaryForm.QUESTIONS))
    assert summary.text.splitlines() == [
        "- Who asked for patience on day 17? The mayor of market 17 asked for patience in a letter.",
        "- Was it dry? It was both dry and free.",
    ]


def test_a_sentence_with_an_unfinished_character_is_left_out(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(lambda request: f"The b\ufffd bridge was closed.\n- {echo_free(request)}")
    summary, _ = run(engine, text_document(story(4), "story"))
    assert "\ufffd" not in summary.text
    assert "The bridge was closed for repairs" in summary.text


@pytest.mark.may_log("sentences can't be compared by meaning")
def test_meaning_settles_what_words_cannot_and_its_failure_does_no_harm(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    answer = "The bridge was closed for repairs.\n- Somebody sailed away."
    document = text_document(story(4), "story")

    def fail(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        raise EngineUnavailableError

    by_meaning, _ = run(serve(lambda request: answer), document, embed=lambda texts: [[1.0]] * len(texts))
    by_words, _ = run(serve(lambda request: answer), document, embed=fail)
    assert (by_meaning.evidence.num_supported, by_words.evidence.num_supported) == (2, 1)
    assert by_meaning.evidence.sentences[1].found_by is FoundBy.MEANING


@pytest.mark.parametrize(("form", "mark"), [(SummaryForm.BULLETS, "- "), (SummaryForm.PARAGRAPH, "")])
def test_a_tiny_model_is_not_asked_to_put_parts_together(
    serve: Callable[[Answer], AnsweringEngine], form: SummaryForm, mark: str
) -> None:
    mixed = "The mayor walked over the hills with a letter and a free boat to the closed bridge."
    engine = serve(lambda request: f"A letter of the mayor asked for patience. {mixed}")
    engine.model = replace(engine.model, num_parameters=135_000_000)
    summary, _ = run(engine, text_document(story(120), "story"), SummaryOptions(form))
    assert all(is_section(request) for request in engine.requests)
    assert [warning.code for warning in summary.warnings] == ["summary_chosen", "summary_filled"]
    assert f"{mark}A letter of the mayor asked for patience." in summary.text
    assert summary.text.count("“") == summary.warnings[1].num_affected
    assert mixed not in "".join(section.text for section in summary.chunk_summaries)


def test_a_small_model_is_asked_for_the_numbers_of_a_short_text_too(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    said = {
        "Which numbers": "Near mile 2 the bridge was closed for repairs.",
    }

    def answer(request: GenerationRequest) -> str:
        asked = question_of(request)
        return next((text for words, text in said.items() if words in asked), "A boat was free and dry.")

    engine = serve(answer)
    engine.model = replace(engine.model, num_parameters=500_000_000)
    summary, _ = run(engine, text_document(story(4), "story"))
    assert len(engine.requests) == 2
    assert all(f"- {text}" in summary.text.splitlines() for text in said.values())
    assert summary.coverage == 1


def test_parts_are_made_with_the_adapter_and_kept_apart(
    serve: Callable[[Answer], AnsweringEngine], cache: PartCache
) -> None:
    engine, document = serve(echo_free), text_document(story(4), "story")
    uses: list[tuple[AdapterUse, ...]] = [
        (),
        (AdapterUse(Path("mine.gguf")),),
        (AdapterUse(Path("mine.gguf")),),
    ]
    for adapters in uses:
        summarize(
            document,
            SummaryOptions(),
            engine=engine,
            report=lambda progress: None,
            cancellation=Cancellation(),
            cache=cache,
            adapters=adapters,
        )
    assert [request.adapters for request in engine.requests] == uses[:2]


def test_a_tiny_models_lists_hold_only_what_is_supported(serve: Callable[[Answer], AnsweringEngine]) -> None:
    answer = "The bridge near mile 2 was closed for repairs.\n- Elephants dance in Peru."
    engine = serve(lambda request: answer)
    engine.model = replace(engine.model, num_parameters=135_000_000)
    summary, _ = run(engine, text_document(story(4), "story"), SummaryOptions(SummaryForm.BRIEF))
    assert summary.text == "## Decisions\n\n- The bridge near mile 2 was closed for repairs."

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message, Role, Sampling
from lmstudio_lite.errors import CancelledError, DecodeError
from lmstudio_lite.tasks.generate.attempts import (
    Attempt,
    Part,
    PartResult,
    PartsProgress,
    generate_parts,
)
from lmstudio_lite.tasks.text.overlap import has_loop
from lmstudio_lite.tasks.text.problems import Problem
from tests.support.engines import Answer, AnsweringEngine, question_of

Check = Callable[[str, bool], Problem | None]


def attempt(text: str, *, max_tokens: int = 200, reply_start: str = "") -> Attempt:
    prompt = ChatPrompt((Message(Role.USER, text),), reply_start)
    return Attempt(prompt, Sampling(temperature=0.0), max_tokens, num_prompt_tokens=10)


def loops(text: str, is_whole: bool) -> Problem | None:
    if has_loop(text):
        return Problem.LOOP
    return Problem.EMPTY if is_whole and not text else None


def part(*texts: str, check: Check = loops) -> Part:
    return Part(tuple(attempt(text) for text in texts), check)


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], AnsweringEngine]]:
    engines: list[AnsweringEngine] = []

    def start(answer: Answer) -> AnsweringEngine:
        engines.append(AnsweringEngine(answer))
        return engines[-1]

    yield start
    for engine in engines:
        engine.close()


def ignore(progress: PartsProgress) -> None:
    pass


def test_results_come_in_the_parts_order(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(lambda request: f"answer to {question_of(request)}")
    seen: list[PartsProgress] = []
    results = generate_parts(
        engine, [part(str(n)) for n in range(5)], report=seen.append, cancellation=Cancellation()
    )
    assert [result.text for result in results] == [f"answer to {n}" for n in range(5)]
    assert all(result.problem is None for result in results)
    assert seen[-1].num_done == seen[-1].num_total == 5
    assert seen[-1].texts == tuple(result.text for result in results)
    assert [progress.num_done for progress in seen] == sorted(progress.num_done for progress in seen)


def test_a_loop_is_stopped_early_and_tried_again(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def answer(request: GenerationRequest) -> str:
        return "all is well" if question_of(request) == "again" else "round and round " * 60

    engine = serve(answer)
    (result,) = generate_parts(engine, [part("first", "again")], report=ignore, cancellation=Cancellation())
    assert (result.text, result.problem, result.num_attempts) == ("all is well", None, 2)
    assert engine.cancelled == {engine.requests[0].request_id}


def test_the_less_bad_attempt_is_kept(serve: Callable[[Answer], AnsweringEngine]) -> None:
    def check(text: str, is_whole: bool) -> Problem | None:
        if not is_whole:
            return None
        return Problem.ECHO if "echo" in text else Problem.LOOP

    engine = serve(lambda request: question_of(request))
    (result,) = generate_parts(
        engine, [part("echo", "worse", check=check)], report=ignore, cancellation=Cancellation()
    )
    assert (result.text, result.problem, result.num_attempts) == ("echo", Problem.ECHO, 1)


def test_reaching_the_limit_is_a_problem_unless_there_was_enough(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    words = " ".join(f"word{n}" for n in range(400))
    engine = serve(lambda request: words)
    short = Part((attempt("a", max_tokens=20),), lambda text, is_whole: None)
    enough = Part((attempt("b"),), lambda text, is_whole: None, is_enough=lambda text: "word9 " in text)
    results = generate_parts(engine, [short, enough], report=ignore, cancellation=Cancellation())
    assert [result.problem for result in results] == [Problem.CUT_SHORT, None]


def test_the_forced_beginning_is_part_of_the_text(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(lambda request: "one\n- two")
    begun = Part((attempt("a", reply_start="- "),), lambda text, is_whole: None)
    (result,) = generate_parts(engine, [begun], report=ignore, cancellation=Cancellation())
    assert result.text == "- one\n- two"


def test_what_follows_from_an_answer_is_asked_at_once_in_its_place(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(lambda request: f"answer to {question_of(request)}")
    heard: list[str] = []

    def then(result: PartResult) -> list[Part]:
        heard.append(result.text)
        is_last = result.text.endswith("twice")
        return [] if is_last else [replace(part(f"{result.text} twice"), then=then)]

    parts = [replace(part(str(n)), then=then) for n in range(2)]
    results = generate_parts(engine, parts, report=ignore, cancellation=Cancellation())
    assert [result.text for result in results] == ["answer to 0", "answer to 1"]
    assert sorted(heard) == sorted(
        [
            *(f"answer to {n}" for n in range(2)),
            *(f"answer to answer to {n} twice" for n in range(2)),
        ]
    )
    firsts = {question_of(request): request.request_id for request in engine.requests[:2]}
    followers = {question_of(request): request.retry_of for request in engine.requests[2:]}
    assert followers == {f"answer to {n} twice": firsts[str(n)] for n in range(2)}
    assert all(request.may_be_retried for request in engine.requests)
    assert sorted(engine.settled) == sorted(request.request_id for request in engine.requests[2:])


def test_a_failed_request_fails_the_task_and_cancels_the_others(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        if question_of(request) == "0":
            raise DecodeError(status=-1)
        return "fine"

    engine = serve(answer)
    with pytest.raises(DecodeError):
        generate_parts(engine, [part(str(n)) for n in range(4)], report=ignore, cancellation=Cancellation())
    assert engine.cancelled == {request.request_id for request in engine.requests[1:]}


def test_cancelling_ends_the_task_at_once_and_every_request(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(lambda request: "slow " * 50)
    engine.gate.clear()
    cancellation = Cancellation()
    timer = threading.Timer(0.1, cancellation.cancel)
    timer.start()
    with pytest.raises(CancelledError):
        generate_parts(engine, [part(str(n)) for n in range(3)], report=ignore, cancellation=cancellation)
    assert engine.cancelled == {request.request_id for request in engine.requests}
    timer.join()


def test_what_a_report_raises_cancels_the_requests(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(lambda request: "text " * 20)

    def broken(progress: PartsProgress) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        generate_parts(engine, [part("a"), part("b")], report=broken, cancellation=Cancellation())
    assert len(engine.cancelled) == 2


def test_what_the_model_thinks_is_no_part_of_the_text_and_is_not_wanted(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    engine = serve(lambda request: "the user wants " * 20 + "</think>An answer.")
    (result,) = generate_parts(engine, [part("x")], report=ignore, cancellation=Cancellation())
    assert (result.text, result.problem, result.num_attempts) == ("An answer.", None, 1)
    prompt = engine.requests[0].prompt
    assert isinstance(prompt, ChatPrompt)
    assert prompt.template_options == {"enable_thinking": False}


def test_parts_come_as_one_group_and_each_ended_attempt_is_retried_or_settled(
    serve: Callable[[Answer], AnsweringEngine],
) -> None:
    def answer(request: GenerationRequest) -> str:
        return "" if question_of(request) == "0" else "fine"

    engine = serve(answer)
    generate_parts(
        engine,
        [*(part(str(n), f"again {n}") for n in range(3)), part("only once")],
        report=ignore,
        cancellation=Cancellation(),
    )
    first = [request.request_id for request in engine.requests[:4]]
    (retry,) = engine.requests[4:]
    assert engine.groups == [first, [retry.request_id]]
    assert [request.may_be_retried for request in engine.requests] == [True, True, True, False, False]
    assert retry.retry_of == first[0]
    assert engine.settled == first[1:3]


def test_who_leaves_settles_what_is_open(serve: Callable[[Answer], AnsweringEngine]) -> None:
    engine = serve(lambda request: "text " * 20)

    def broken(progress: PartsProgress) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        generate_parts(
            engine, [part(str(n), "again") for n in range(3)], report=broken, cancellation=Cancellation()
        )
    assert set(engine.settled) == {request.request_id for request in engine.requests}

"""Many short generations at once, each watched while it streams and tried again when it goes wrong.

``generate_parts`` hands all parts to the engine together, which batches them; looks at each text as it
grows, stops an attempt that echoes or loops, starts the part's next attempt, and keeps the best text. What is
to be asked of an answer (``Part.then``) is asked at once, while the others go on: the engine's batch stays
full, and what the question shares with the answer is still evaluated.
Everything happens on the caller's thread except the engine's calls into a queue.
"""

from __future__ import annotations

import contextlib
import queue
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import (
    AdapterUse,
    ChatPrompt,
    Failed,
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationRequest,
    Priority,
    PromptProgress,
    Sampling,
    TextDelta,
)
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.errors import EngineUnavailableError, error_from_code
from lmstudio_lite.tasks.generate.time_left import GENERATED_TOKEN_WEIGHT, Ask, OpenPart, TimeLeft, WorkMeter
from lmstudio_lite.tasks.text.problems import Problem, is_worse

_CHECK_EVERY_TOKENS = 12
_WAIT_SLICE_S = 0.2


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way of asking. ``num_prompt_tokens`` is an estimate, for the time left.

    ``mends`` are the problems of the best text so far for which it is made, None for any. ``helps`` tells of
    that text whether it can be mended so.
    """

    prompt: ChatPrompt | str
    sampling: Sampling
    max_tokens: int
    stop: tuple[str, ...] = ()
    num_prompt_tokens: int = 0
    mends: frozenset[Problem] | None = None
    helps: Callable[[str], bool] = lambda text: True

    @property
    def ask(self) -> Ask:
        """Return what it costs."""
        return Ask(self.num_prompt_tokens, self.max_tokens)


@dataclass(frozen=True, slots=True)
class Part:
    """A text to get: ``attempts`` are made in order until ``check`` finds nothing wrong.

    ``check(text, is_whole)`` is called on the growing text too, with ``is_whole`` False: what it names
    then ends the attempt early, so it should be only what more text can't mend. ``is_enough(text)`` ends
    an attempt that has all it needs, for small models don't stop by themselves. Both see the raw text;
    ``clean`` makes the one that is kept. ``may_be_cut`` where a text that reached its limit is as good as
    one that ended by itself. ``tells_certainty`` where it is wanted how probable the model found its words.
    ``then`` takes the final result, and returns the parts that follow from it; it is called on the thread
    that generates.
    """

    attempts: tuple[Attempt, ...]
    check: Callable[[str, bool], Problem | None]
    is_enough: Callable[[str], bool] = lambda text: False
    clean: Callable[[str], str] = str.strip
    may_be_cut: bool = False
    tells_certainty: bool = False
    then: Callable[[PartResult], Sequence[Part]] | None = None


@dataclass(frozen=True, slots=True)
class PartResult:
    """The best attempt's text, and what is still wrong with it.

    ``certainty`` is the mean natural logarithm of its tokens' probabilities, None where it was not asked for.
    """

    text: str
    problem: Problem | None
    num_attempts: int
    certainty: float | None = None


@dataclass(frozen=True, slots=True)
class PartsProgress:
    """``texts`` are the parts' texts so far, "" where nothing has come yet; ``is_done`` marks final ones."""

    num_done: int
    num_total: int
    time_left: TimeLeft
    texts: tuple[str, ...]
    is_done: tuple[bool, ...]


class PartMemory(Protocol):
    """What was generated before, so that it need not be again."""

    def find(self, parts: Sequence[Part]) -> dict[int, PartResult]:
        """Return the results that are known, by the parts' places."""

    def keep(self, part: Part, result: PartResult) -> None:
        """Remember a part's final result, as well as that goes."""


@dataclass(slots=True)
class _PartState:
    part: Part
    attempt_index: int = 0
    generated: str = ""
    num_prompt_done: int = 0
    num_prompt_left: int | None = None
    num_generated: int = 0
    logprobs: list[float] = field(default_factory=list)
    next_check: int = _CHECK_EVERY_TOKENS
    is_stopped: bool = False
    best: PartResult | None = None
    is_done: bool = False

    @property
    def attempt(self) -> Attempt:
        return self.part.attempts[self.attempt_index]

    @property
    def may_go_on(self) -> bool:
        """Whether another attempt may follow this one, or another part."""
        return self.attempt_index + 1 < len(self.part.attempts) or self.part.then is not None

    def next_attempt(self) -> int | None:
        """Return the number of the attempt to make after this one, None if there is none that helps."""
        if self.best is None or self.best.problem is None:
            return None
        for index in range(self.attempt_index + 1, len(self.part.attempts)):
            attempt = self.part.attempts[index]
            is_meant = attempt.mends is None or self.best.problem in attempt.mends
            if is_meant and attempt.helps(self.best.text):
                return index
        return None

    @property
    def certainty(self) -> float | None:
        return statistics.fmean(self.logprobs) if self.logprobs else None

    @property
    def raw(self) -> str:
        """The text so far with the beginning that the prompt forced on it."""
        prompt = self.attempt.prompt
        return (prompt.reply_start if isinstance(prompt, ChatPrompt) else "") + self.generated

    @property
    def shown(self) -> str:
        if self.is_done and self.best:
            return self.best.text
        return self.part.clean(self.raw) if self.generated else ""

    @property
    def open_part(self) -> OpenPart:
        further = self.part.attempts[self.attempt_index + 1 :]
        num_left = self.attempt.num_prompt_tokens if self.num_prompt_left is None else self.num_prompt_left
        return OpenPart(
            num_left,
            self.num_generated,
            self.attempt.max_tokens,
            tuple(attempt.ask for attempt in further if attempt.mends is None),
        )

    def begin_attempt(self, index: int) -> None:
        self.attempt_index = index
        self.generated, self.num_prompt_done, self.num_generated = "", 0, 0
        self.num_prompt_left = None
        self.logprobs = []
        self.next_check, self.is_stopped = _CHECK_EVERY_TOKENS, False


class Requests:
    """The requests of one task: events in a queue, all cancelled when the task leaves the ``with`` block."""

    def __init__(self, engine: EngineClient, cancellation: Cancellation) -> None:
        self._engine = engine
        self._cancellation = cancellation
        self._events: queue.SimpleQueue[GenerationEvent | None] = queue.SimpleQueue()
        self._open: set[str] = set()

    def __enter__(self) -> Requests:
        self._forget = self._cancellation.on_cancel(lambda: self._events.put(None))
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._forget()
        for request_id in self._open:
            self._engine.cancel(request_id)
            self._engine.settle(request_id)

    def submit(self, requests: Sequence[GenerationRequest]) -> None:
        """Hand requests to the engine, all that belong together at once."""
        self._open.update(request.request_id for request in requests)
        self._engine.submit_group(requests, self._events.put)

    def cancel(self, request_id: str) -> None:
        """Stop one request; its ``Finished`` still comes."""
        self._engine.cancel(request_id)

    def settle(self, request_id: str) -> None:
        """Say that an ended request will not be retried."""
        self._engine.settle(request_id)

    def events(self) -> Iterator[GenerationEvent]:
        """Yield events until every request has ended.

        Raises:
            CancelledError: the task was cancelled.
            AppError: a request failed.
        """
        while self._open:
            event = self._events.get()
            self._cancellation.raise_if_cancelled()
            if event is None:
                continue
            if isinstance(event, Finished | Failed):
                self._open.discard(event.request_id)
            if isinstance(event, Failed):
                raise error_from_code(event.code, event.details)
            yield event


def wait_for_model(engine: EngineClient, cancellation: Cancellation) -> None:
    """Wait until a model that is being loaded is ready.

    Raises:
        CancelledError: cancelled meanwhile.
        ModelError, EngineError: there is none, or it can't be loaded.
    """
    while engine.state.phase in (ModelPhase.LOADING, ModelPhase.RESTARTING):
        cancellation.raise_if_cancelled()
        with contextlib.suppress(EngineUnavailableError):
            engine.wait_until_ready(_WAIT_SLICE_S)
    engine.wait_until_ready(0.0)


def generate_parts(
    engine: EngineClient,
    parts: Sequence[Part],
    *,
    report: Callable[[PartsProgress], None],
    cancellation: Cancellation,
    priority: Priority = Priority.BULK,
    meter: WorkMeter | None = None,
    memory: PartMemory | None = None,
    adapters: tuple[AdapterUse, ...] = (),
) -> list[PartResult]:
    """Generate all parts and return their results in order; those that ``memory`` knows are not generated.

    Parts that follow from others tell their results to nobody but their own ``then``. ``report`` is called at
    most ten times a second, whenever a part is done, and when one that somebody waits for begins.

    Raises:
        CancelledError: cancelled; the engine is told to stop, without waiting for it.
        AppError: a request failed; the others are cancelled.
    """
    cancellation.raise_if_cancelled()
    run = _Run(parts, meter or WorkMeter(), report, priority, adapters, memory)
    followers = run.recall()
    with Requests(engine, cancellation) as requests:
        waiting = [state for state in (*run.states, *followers) if not state.is_done]
        requests.submit([run.request_for(state) for state in waiting])
        for event in requests.events():
            run.take(event, requests)
    return [state.best or PartResult("", Problem.EMPTY, 0) for state in run.states]


@dataclass(slots=True)
class _Run:
    parts: Sequence[Part]
    meter: WorkMeter
    report: Callable[[PartsProgress], None]
    priority: Priority
    adapters: tuple[AdapterUse, ...]
    memory: PartMemory | None
    states: list[_PartState] = field(init=False)
    followers: list[_PartState] = field(default_factory=list)
    by_request: dict[str, _PartState] = field(default_factory=dict)
    last_report: float = 0.0

    def __post_init__(self) -> None:
        self.states = [_PartState(part) for part in self.parts]

    def recall(self) -> list[_PartState]:
        """Take what was generated before; return what follows from it and was not."""
        opened = self._recalled(self.states)
        if any(state.is_done for state in self.states):
            self._report(is_urgent=True)
        return opened

    def _recalled(self, states: Sequence[_PartState]) -> list[_PartState]:
        """Finish those of ``states`` that are known; return the others that follow from them."""
        known = self.memory.find([state.part for state in states]) if self.memory else {}
        opened: list[_PartState] = []
        for place, result in known.items():
            states[place].best, states[place].is_done = result, True
            opened += self._follow(states[place])
        return opened

    def _follow(self, state: _PartState) -> list[_PartState]:
        """Return what is to be generated now that ``state`` has its result."""
        if state.part.then is None or state.best is None:
            return []
        states = [_PartState(part) for part in state.part.then(state.best)]
        if not states:
            return []
        further = self._recalled(states)
        opened = [*(each for each in states if not each.is_done), *further]
        self.followers = [each for each in self.followers if not each.is_done] + opened
        return opened

    def request_for(self, state: _PartState, *, retry_of: str = "") -> GenerationRequest:
        """Return the request of a part's attempt, which is to be answered without thinking."""
        attempt, request_id = state.attempt, uuid.uuid4().hex
        prompt = attempt.prompt
        if isinstance(prompt, ChatPrompt):
            options = {"enable_thinking": False, **prompt.template_options}
            prompt = replace(prompt, template_options=options)
        self.by_request[request_id] = state
        return GenerationRequest(
            request_id=request_id,
            prompt=prompt,
            max_tokens=attempt.max_tokens,
            sampling=attempt.sampling,
            stop=attempt.stop,
            priority=self.priority,
            adapters=self.adapters,
            num_alternatives=0 if state.part.tells_certainty else None,
            copies_prompt=True,
            retry_of=retry_of,
            may_be_retried=state.may_go_on,
        )

    def take(self, event: GenerationEvent, requests: Requests) -> None:
        state = self.by_request[event.request_id]
        match event:
            case PromptProgress():
                num_done = max(0, event.num_done - event.num_cached)
                self.meter.add(max(0, num_done - state.num_prompt_done))
                state.num_prompt_done = num_done
                state.num_prompt_left = max(0, event.num_total - event.num_done)
                self._report()
            case TextDelta():
                is_awaited = self.priority is Priority.INTERACTIVE and not state.generated
                state.generated += "" if event.is_reasoning else event.text
                state.num_generated += event.num_tokens
                state.logprobs += [choice.logprob for choice in event.choices]
                state.num_prompt_left = 0
                self.meter.add(GENERATED_TOKEN_WEIGHT * event.num_tokens)
                if self._should_stop(state):
                    requests.cancel(event.request_id)
                self._report(is_urgent=is_awaited)
            case Finished():
                del self.by_request[event.request_id]
                if self._end_attempt(state, event):
                    requests.submit([self.request_for(state, retry_of=event.request_id)])
                    return
                may_go_on = state.may_go_on
                if self.memory and state.best:
                    self.memory.keep(state.part, state.best)
                opened = self._follow(state)
                if opened:
                    requests.submit([self.request_for(each, retry_of=event.request_id) for each in opened])
                elif may_go_on:
                    requests.settle(event.request_id)
                self._report(is_urgent=True)
            case Failed():
                pass

    def _should_stop(self, state: _PartState) -> bool:
        if state.is_stopped:
            return False
        state.is_stopped = state.part.is_enough(state.raw)
        if not state.is_stopped and state.num_generated >= state.next_check:
            state.next_check = state.num_generated + _CHECK_EVERY_TOKENS
            state.is_stopped = state.part.check(state.raw, False) is not None
        return state.is_stopped

    def _end_attempt(self, state: _PartState, event: Finished) -> bool:
        """Judge an ended attempt; True if another one was begun."""
        text = state.part.clean(state.raw) if state.generated else ""
        problem = state.part.check(state.raw if state.generated else "", True)
        is_limited = event.reason is FinishReason.LENGTH and not state.part.may_be_cut
        if problem is None and is_limited and not state.part.is_enough(state.raw):
            problem = Problem.CUT_SHORT
        if state.best is None or is_worse(state.best.problem, problem):
            state.best = PartResult(text, problem, state.attempt_index + 1, state.certainty)
        following = state.next_attempt() if problem is not None else None
        self.meter.end_attempt(state.attempt.ask, state.num_generated, goes_on=following is not None)
        if following is not None:
            state.begin_attempt(following)
            return True
        state.is_done = True
        return False

    def _report(self, *, is_urgent: bool = False) -> None:
        now = time.monotonic()
        if not is_urgent and now - self.last_report < 0.1:
            return
        self.last_report = now
        self.report(
            PartsProgress(
                num_done=sum(state.is_done for state in self.states),
                num_total=len(self.states),
                time_left=self.meter.time_left(
                    state.open_part for state in (*self.states, *self.followers) if not state.is_done
                ),
                texts=tuple(state.shown for state in self.states),
                is_done=tuple(state.is_done for state in self.states),
            )
        )

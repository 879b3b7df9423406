"""The written file is asked what it was taught, as its user will ask it: by llama.cpp, at full strength.

A loss that falls says that the right words became likelier, not that they come. A few questions of the
training are therefore answered, and some that were held back, once by the base and once with what was
learned, each time with the likeliest words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.finetune.protocol import Answered
from lmstudio_lite.finetune.recall import says_taught

NUM_TRAINED, NUM_HELD_OUT = 5, 3
_LOOKED_AT = 2000
_TOKENS_MAX = 96
_TOKENS_MORE = 16
"""Past the taught answer's length: a model that goes on is heard a little longer."""
_SECONDS_MAX = 60.0
_PROMPT_MAX = 2048
_TAUGHT_WORDS_MAX = 40
"""Longer answers teach a manner: nobody expects them word by word."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what comes before it, and its taught answer."""

    messages: tuple[Message, ...]
    answer: str
    was_held_out: bool

    @property
    def text(self) -> str:
        return self.messages[-1].text


def choose_questions(train: Iterable[TrainingExample], held_out: Iterable[TrainingExample]) -> list[Question]:
    """Return questions spread over the examples, those that were learned first; texts have none."""
    return [
        *_spread(_questions(train, was_held_out=False), NUM_TRAINED),
        *_spread(_questions(held_out, was_held_out=True), NUM_HELD_OUT),
    ]


def ask(
    questions: Sequence[Question],
    vocabulary: Vocabulary,
    base: Path,
    path: Path,
    adapter: Path | None,
    report: Callable[[int, int], None],
) -> list[Answered]:
    """Let ``base`` and then ``path`` answer, each for at most ``_SECONDS_MAX``: late questions are left out.

    Raises:
        ModelLoadError, AdapterError: llama.cpp refuses a file.
        DecodeError: it can't compute with it.
    """
    total = 2 * len(questions)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        report(done, total)

    before = _answers(questions, vocabulary, base, None, step)
    after = _answers(questions, vocabulary, path, adapter, step)
    return [
        Answered(
            question=question.text,
            taught=question.answer,
            before=earlier,
            after=answer,
            knew_before=says_taught(question.text, question.answer, earlier),
            knows_now=says_taught(question.text, question.answer, answer),
            was_held_out=question.was_held_out,
        )
        for question, earlier, answer in zip(questions, before, after, strict=False)
    ]


def _questions(examples: Iterable[TrainingExample], *, was_held_out: bool) -> list[Question]:
    found: dict[str, Question] = {}
    for example in islice(examples, _LOOKED_AT):
        for at, message in enumerate(example.messages):
            is_answer = message.role is Role.ASSISTANT and at and example.messages[at - 1].role is Role.USER
            if is_answer and len(message.text.split()) <= _TAUGHT_WORDS_MAX:
                asked = example.messages[:at]
                found.setdefault(asked[-1].text, Question(asked, message.text, was_held_out))
                break
    return list(found.values())


def _spread(questions: Sequence[Question], count: int) -> list[Question]:
    if len(questions) <= count:
        return list(questions)
    return [questions[number * len(questions) // count] for number in range(count)]


def _answers(
    questions: Sequence[Question],
    vocabulary: Vocabulary,
    path: Path,
    adapter: Path | None,
    step: Callable[[], None],
) -> list[str]:
    prompts = [vocabulary.tokenize_prompt(question.messages)[-_PROMPT_MAX:] for question in questions]
    limits = [
        min(_TOKENS_MAX, len(vocabulary.tokenize(question.answer)) + _TOKENS_MORE) for question in questions
    ]
    size = max(len(prompt) + limit + 1 for prompt, limit in zip(prompts, limits, strict=True))
    answers: list[str] = []
    began = time.monotonic()
    with LogitsReader(path, adapter=adapter, context_size=size) as reader:
        for prompt, limit in zip(prompts, limits, strict=True):
            if answers and time.monotonic() - began > _SECONDS_MAX:
                break
            generated = reader.generate(prompt, limit)
            answers.append(vocabulary.text_of(generated).strip())
            step()
    return answers

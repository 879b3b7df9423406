"""Requests that share batches against the same requests alone, on real models with flash attention.

A row is rounded differently in a batch of another size, so two tokens that are nearly as likely may change
places, and the texts part there. Until then every chosen token must have nearly the same probability, and
where they part the two tokens must be a close call. ``LMSTUDIO_LITE_TEST_MODELS`` names a folder of further
GGUF files to hold to the same.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    GenerationRequest,
    Priority,
    Sampling,
    TextDelta,
    TokenChoice,
)
from lmstudio_lite.engine.llama.context import LlamaContext
from lmstudio_lite.engine.llama.model import load_llama
from tests.engine.test_contract import Run

NUM_TOKENS = 48
MEDIAN_NATS_MAX = 0.03
NATS_MAX = 0.5
QUESTIONS = (
    "The lighthouse keeper of Skagen wrote in his diary on the third of March that",
    "A recipe for bread: take 500 grams of flour, 10 grams of salt and",
    "def read_lines(path):\n    with open(path) as file:\n",
    "In the spring of 1848 the people of Vienna",
    "The sum of two odd numbers is even, because",
    "Dear Mrs. Miller, thank you for your letter of Monday. I",
    "Once upon a time there was a small fox who",
    "The three states of water are",
)
_FURTHER = sorted(Path(os.environ.get("LMSTUDIO_LITE_TEST_MODELS") or os.devnull).glob("*.gguf"))


@pytest.fixture(scope="module", params=[None, *_FURTHER], ids=["starter", *(path.stem for path in _FURTHER)])
def context(request: pytest.FixtureRequest, starter_path: Path) -> Iterator[LlamaContext]:
    options = LoadOptions(context_size=4096, num_sequences_max=8)
    opened = load_llama(request.param or starter_path, options, lambda _: True)
    yield opened.context
    opened.close()


def submit(run: Run, number: int) -> None:
    run.engine.submit(
        GenerationRequest(
            str(number),
            QUESTIONS[number],
            NUM_TOKENS,
            Sampling(temperature=0),
            priority=Priority.BULK if number % 2 else Priority.INTERACTIVE,
            num_alternatives=2,
        )
    )


def choices(run: Run, number: int) -> list[TokenChoice]:
    return [
        choice for event in run.of(str(number)) if isinstance(event, TextDelta) for choice in event.choices
    ]


def test_interleaved_requests_choose_what_each_chooses_alone(context: LlamaContext) -> None:
    alone = []
    for number in range(len(QUESTIONS)):
        run = Run(context)
        submit(run, number)
        run.finish()
        alone.append(choices(run, number))
    together = Run(context)
    for number in range(len(QUESTIONS)):
        submit(together, number)
        together.engine.step()
    together.finish()

    differences: list[float] = []
    num_same = 0
    for number, expected in enumerate(alone):
        found = choices(together, number)
        assert expected
        same = 0
        for mine, theirs in zip(found, expected, strict=False):
            if mine.token_id != theirs.token_id:
                break
            differences.append(abs(mine.logprob - theirs.logprob))
            same += 1
        if same == len(expected):
            assert len(found) == same
            num_same += 1
            continue
        for choice in (found[same], expected[same]):
            best, second = (logprob for _, logprob in choice.alternatives)
            assert best - second < NATS_MAX, (QUESTIONS[number], found[same], expected[same])
    with_gaps = f"{num_same} of {len(alone)} texts the same, median {statistics.median(differences):.4f} nat"
    print(with_gaps, f"largest {max(differences):.3f} nat")  # noqa: T201
    assert statistics.median(differences) < MEDIAN_NATS_MAX
    assert max(differences) < NATS_MAX

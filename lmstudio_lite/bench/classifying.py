"""Labels by likelihood: their pace against one ``Llama`` request each, and how right they are."""

from __future__ import annotations

import math
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.raw import open_raw
from lmstudio_lite.bench.rows import Bound, Row, compared
from lmstudio_lite.bench.setting import QUICK, Setting
from lmstudio_lite.bench.short_texts import short_texts, texts_that_begin_alike
from lmstudio_lite.domain.batch import BatchRow, Calibration, Heard
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.paths import resources
from lmstudio_lite.tasks.batch.asking import NEUTRAL_TEXTS, LabelQuestion
from lmstudio_lite.tasks.batch.calibration import calibration_error, fitted_temperature, probabilities
from lmstudio_lite.tasks.batch.classify import LabelScorer
from lmstudio_lite.tasks.batch.labelling import TEMPERATURE, label_rows, mean_logprobs

AGAINST_LLAMA, CALIBRATION = Bound(0.25), Bound(0.1)
NUM_TEXTS, NUM_TEXTS_QUICK = 1_000, 40
_NUM_ROUNDS = 4
"""Both sides take a quarter of the texts in turn, within the same minute."""
_CONTEXT_SIZE, _NUM_SEQUENCES = 8_192, 16
_LABEL_TOKENS_MAX = 8
LABELS = ("billing", "delivery", "technical", "cancellation", "praise")


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Sentences of one task with their labels, from ``resources/labelled``."""

    name: str
    labels: tuple[str, ...]
    rows: tuple[BatchRow, ...]


FITTED_TO, HELD_OUT = "sentences.toml", "held_out.toml"
"""The sentences that the question and its temperature were chosen with, and those written afterwards."""


def labelled_sets(name: str) -> list[LabelledSet]:
    """Read ``FITTED_TO`` or ``HELD_OUT`` of ``resources/labelled``: two hundred sentences each."""
    tables = tomllib.loads((resources() / "labelled" / name).read_text("utf-8"))["task"]
    return [
        LabelledSet(
            table["name"],
            tuple(table["labels"]),
            tuple(BatchRow(at, text, label) for at, (text, label) in enumerate(table["sentences"], 1)),
        )
        for table in tables
    ]


def against_llama(setting: Setting) -> Row:
    """Wall time of short texts in five labels, against one request each of llama-cpp-python's ``Llama``.

    The texts are different sentences. ``Llama`` gets the same instruction in its chat template, keeps the
    prefix that its prompts share, and says the label: at most eight tokens, most often one.
    """
    return _against_llama(setting, "classify-against-llama", short_texts)


def alike_against_llama(setting: Setting) -> Row:
    """The same of remarks that are combined of a few parts: many begin alike, which is then read once."""
    return _against_llama(setting, "classify-alike", texts_that_begin_alike)


def _against_llama(setting: Setting, name: str, texts_of: Callable[[int], list[str]]) -> Row:
    texts = texts_of(NUM_TEXTS_QUICK if setting.scale is QUICK else NUM_TEXTS)
    model = setting.half_billion or setting.model
    question = LabelQuestion(LABELS)
    chats = [_chat(question, text) for text in texts]
    share = math.ceil(len(texts) / (1 if setting.scale is QUICK else _NUM_ROUNDS))
    rounds = []
    with (
        open_engine(setting, model, context_size=_CONTEXT_SIZE, num_sequences_max=_NUM_SEQUENCES) as engine,
        open_raw(model, 1024, None) as raw,
    ):
        for start in range(0, len(texts), share):
            setting.say(f"ours, {share} texts")
            ours_s = _classify_s(engine.client, question, texts[start : start + share])
            setting.say(f"Llama, {share} texts")
            rounds.append((ours_s, raw.chats_one_after_another_s(chats[start : start + share])))
    is_meant = setting.half_billion is not None
    notes = [
        f"{len(texts)} texts, {len(LABELS)} labels",
        "" if is_meant else f"the bound is for a 0.5B model, this is {model.stem}",
    ]
    return compared(
        name, rounds, AGAINST_LLAMA, unit="s", note="; ".join(filter(None, notes)), is_judged=is_meant
    )


def calibrated(setting: Setting) -> Row:
    """How far the probabilities of 200 sentences are off that nothing was chosen with, as users see them.

    The note tells the same of the sentences that the temperature was fitted to: fitted to every second task
    and judged on the others, and the other way round.
    """
    model = setting.half_billion or setting.model
    with open_engine(setting, model, context_size=_CONTEXT_SIZE, num_sequences_max=_NUM_SEQUENCES) as engine:
        fitted_to = _scored(setting, engine.client, FITTED_TO)
        held_out = _scored(setting, engine.client, HELD_OUT)
    error = _error([(held_out, Calibration(TEMPERATURE))])
    note = (
        f"{_num_right(held_out)} of {_num_rows(held_out)} right; those that the temperature is of: "
        f"{held_out_error(fitted_to):.3f}, {_num_right(fitted_to)} of {_num_rows(fitted_to)} right, "
        f"temperature {fitted_temperature(fitted_to):.2f}"
    )
    holds = CALIBRATION.holds(error) if setting.half_billion is not None else None
    return Row("classify-calibration", error, None, error, CALIBRATION, holds, note=note)


_Scored = tuple[list[tuple[float, ...]], list[int]]
"""The scores of a task's rows, and which of its labels is true of each."""


def _scored(setting: Setting, client: EngineClient, name: str) -> list[_Scored]:
    tasks: list[_Scored] = []
    for each in labelled_sets(name):
        setting.say(each.name)
        usual, heard = hear(client, each)
        labelled = label_rows(each.labels, usual, heard, calibrates=False)
        truths = [each.labels.index(row.truth) for row in each.rows]
        tasks.append(([row.scores for row in labelled.rows], truths))
        setting.tell({"task": each.name, "right": _num_right(tasks[-1:]), "rows": len(each.rows)})
    return tasks


def _num_rows(tasks: Sequence[_Scored]) -> int:
    return sum(len(truths) for _, truths in tasks)


def _num_right(tasks: Sequence[_Scored]) -> int:
    return sum(
        values.index(max(values)) == truth
        for scores, truths in tasks
        for values, truth in zip(scores, truths, strict=True)
    )


def held_out_error(tasks: Sequence[_Scored]) -> float:
    """Return the calibration error of each half of the tasks, with the temperature of the other half."""
    halves = tasks[::2], tasks[1::2]
    return _error(
        [(judged, Calibration(fitted_temperature(taught))) for taught, judged in (halves, halves[::-1])]
    )


def _error(judged: Sequence[tuple[Sequence[_Scored], Calibration]]) -> float:
    """Return the expected calibration error of the tasks, each with its calibration."""
    certainties: list[float] = []
    are_right: list[bool] = []
    for tasks, calibration in judged:
        for scores, truths in tasks:
            for values, truth in zip(scores, truths, strict=True):
                shares = probabilities(values, calibration)
                certainties.append(max(shares))
                are_right.append(shares.index(max(shares)) == truth)
    return calibration_error(certainties, are_right)


def hear(client: EngineClient, task: LabelledSet) -> tuple[tuple[float, ...], list[Heard]]:
    """Return what the model says of texts that say nothing, and of a task's sentences."""
    scorer = LabelScorer(client, LabelQuestion(task.labels), Cancellation())
    usual = mean_logprobs([scored.logprobs for scored in scorer.score(enumerate(NEUTRAL_TEXTS))])
    texts = [(at, row.text) for at, row in enumerate(task.rows)]
    found = {scored.key: scored.logprobs for scored in scorer.score(texts)}
    return usual, [Heard(row, found[at]) for at, row in enumerate(task.rows)]


def _classify_s(client: EngineClient, question: LabelQuestion, texts: Sequence[str]) -> float:
    began = time.perf_counter()
    scorer = LabelScorer(client, question, Cancellation())
    neutral = [scored.logprobs for scored in scorer.score(enumerate(NEUTRAL_TEXTS))]
    heard = [Heard(BatchRow(scored.key, ""), scored.logprobs) for scored in scorer.score(enumerate(texts))]
    label_rows(question.labels, mean_logprobs(neutral), heard)
    return time.perf_counter() - began


def _chat(question: LabelQuestion, text: str) -> tuple[tuple[tuple[str, str], ...], int]:
    system, order = question.prompt(text).messages
    return (("system", system.text), ("user", f"{order.text}\n\nText: {text}")), _LABEL_TOKENS_MAX

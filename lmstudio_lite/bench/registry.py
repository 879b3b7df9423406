"""The measures by name, in the order of their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lmstudio_lite.bench import (
    attached,
    batching,
    classifying,
    copying,
    decoding,
    evidence,
    reading,
    retrieval,
    summaries,
    together,
    turns,
)
from lmstudio_lite.bench.quality import measure as quality
from lmstudio_lite.bench.rows import Bound, OpponentError, Row, missing
from lmstudio_lite.bench.setting import QUICK, Setting
from lmstudio_lite.bench.translation import measure as translation
from lmstudio_lite.bench.translation import pace as translation_pace
from lmstudio_lite.errors import AppError

TUNING_S = 60.0
"""About what the first load of a model spends on tuning, where a scale asks for it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """``take`` may give several rows; ``bound`` is the first one's.

    ``full_s`` and ``quick_s`` are about how many seconds it takes at each scale on two cores, with a model
    of 0.5B where the bound is for one and with the starter elsewhere, tuning not counted. ``lasts`` says it
    where it depends on more. ``is_by_name``: taken only when it is asked for.
    """

    take: Callable[[Setting], Row | list[Row]]
    bound: Bound
    full_s: float = 0.0
    quick_s: float = 0.0
    lasts: Callable[[Setting], float] | None = None
    is_by_name: bool = False

    def expected_s(self, setting: Setting) -> float:
        """Return about how many seconds it takes."""
        if self.lasts is not None:
            return self.lasts(setting)
        return self.quick_s if setting.scale is QUICK else self.full_s


MEASURES: dict[str, Measure] = {
    "decode-one-stream": Measure(decoding.one_stream, decoding.ONE_STREAM, 60, 8),
    "batch-against-server": Measure(batching.against_server, batching.AGAINST_SERVER, 540, 30),
    "batch-against-llama": Measure(batching.against_llama, batching.AGAINST_LLAMA, 480, 15),
    "decode-at-depth": Measure(decoding.at_depth, decoding.DEEP, 240, 20),
    "second-turn": Measure(turns.second_turn, turns.SECOND_TURN, 60, 8),
    "reopened-chat": Measure(turns.reopened, turns.REOPENED, 60, 10),
    "attached-document": Measure(attached.long_document, attached.ATTACHED, 200, 15),
    "chat-beside-summary": Measure(together.chat_beside_summary, together.FIRST_TOKEN, 120, 15),
    "cancel-to-silence": Measure(together.cancel_to_silence, together.SILENCE, 30, 8),
    "copying-speculation": Measure(copying.quoting, copying.COPYING, 60, 15),
    "summary-of-document": Measure(summaries.of_document, summaries.AGAINST_LLAMA, 1500, 90),
    "reading-pdf": Measure(reading.pdf, reading.READING, 30, 12),
    "python-share-of-step": Measure(decoding.python_share, decoding.PYTHON_SHARE, 30, 6),
    "classify-against-llama": Measure(classifying.against_llama, classifying.AGAINST_LLAMA, 420, 30),
    "classify-alike": Measure(
        classifying.alike_against_llama, classifying.AGAINST_LLAMA, 420, 30, is_by_name=True
    ),
    "classify-calibration": Measure(
        classifying.calibrated, classifying.CALIBRATION, 120, 120, is_by_name=True
    ),
    "evidence": Measure(evidence.of_pairs, evidence.CAUGHT, lasts=evidence.expected_s, is_by_name=True),
    "retrieval": Measure(retrieval.of_questions, retrieval.GAIN, 60, 60, is_by_name=True),
    "quality": Measure(quality.of_corpus, quality.FACTS, lasts=quality.expected_s, is_by_name=True),
    "translation": Measure(
        translation.of_sentences, translation.CHRF, lasts=translation.expected_s, is_by_name=True
    ),
    "translation-against-llama": Measure(
        translation_pace.against_llama,
        translation_pace.AGAINST_LLAMA,
        lasts=translation_pace.expected_s,
        is_by_name=True,
    ),
}


def expected_s(names: Sequence[str], setting: Setting) -> float:
    """Return about how many seconds the measures will take on two cores, before any is taken."""
    models = {setting.model, setting.half_billion} - {None}
    tuning_s = TUNING_S * len(models) if setting.scale.is_tuned else 0.0
    return tuning_s + sum(MEASURES[name].expected_s(setting) for name in names)


def run(names: Sequence[str], setting: Setting) -> Iterator[Row]:
    """Take the measures, one after the other, and yield their rows as they come.

    One whose model or opponent fails says so in its row, and the others go on.
    """
    for name in names:
        setting.say(name)
        measure = MEASURES[name]
        try:
            rows = measure.take(setting)
        except (AppError, OpponentError) as error:
            rows = missing(name, measure.bound, str(error))
        yield from rows if isinstance(rows, list) else [rows]

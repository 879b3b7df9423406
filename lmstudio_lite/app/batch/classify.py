"""Label the rows of a batch with the model in use.

What is kept of a row is what the model said. The probabilities are made of it afterwards (``label_rows``), so
that another calibration, or a label that the user corrects, needs no model.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lmstudio_lite.app.batch.flow import Answer, RowFlow
from lmstudio_lite.app.batch.record import AnswerRecord
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.batch import BatchRow, Classified, Heard, Labelled
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.batch.asking import NEUTRAL_TEXTS, LabelQuestion, in_order_of
from lmstudio_lite.tasks.batch.classify import LabelScorer
from lmstudio_lite.tasks.batch.labelling import label_rows, mean_logprobs
from lmstudio_lite.tasks.generate.attempts import wait_for_model
from lmstudio_lite.tasks.generate.cache import model_identity

_REPORT_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Rows that have come newly, with the program's own calibration: reported while a batch runs."""

    rows: tuple[Classified, ...]


@dataclass(frozen=True, slots=True)
class HeardAll:
    """All rows, in their order, and what the model says of texts that say nothing (``usual``)."""

    usual: tuple[float, ...]
    rows: tuple[Heard, ...]
    num_known: int
    elapsed_s: float

    def labelled(self, labels: Sequence[str]) -> Labelled:
        """Return the rows' labels, in the order of ``labels``."""
        return label_rows(labels, self.usual, self.rows)

    def with_truths(self, truths: Mapping[int, str]) -> HeardAll:
        """Return this with other true labels, by the rows' numbers; "" for none."""
        rows = tuple(
            replace(each, row=replace(each.row, truth=truths.get(each.row.number, each.row.truth)))
            for each in self.rows
        )
        return replace(self, rows=rows)


@dataclass(frozen=True, slots=True)
class ClassifyRows:
    """One run over ``rows``. Its context is told ``LabelledRows`` and ``BatchProgress``."""

    services: Services
    labels: tuple[str, ...]
    rows: Sequence[BatchRow]

    def run(self, context: JobContext) -> HeardAll:
        """Do it; waits.

        Raises:
            CancelledError: cancelled; what was answered is kept, and the next run goes on there.
            ModelError, EngineError: the model can't answer.
        """
        services, question = self.services, LabelQuestion(self.labels)
        wait_for_model(services.engine, context.cancellation)
        model = services.engine.state.model
        if model is None:
            raise NoModelError
        adapters = chosen_adapters(services.settings, services.engine)
        scorer = LabelScorer(services.engine, question, context.cancellation, adapters)
        identity = model_identity(model, adapters)

        def flow_of(rows: Sequence[BatchRow]) -> RowFlow:
            return RowFlow(rows, record, lambda text: question.key(identity, text), self._is_answer)

        record = AnswerRecord(services.batch_answers)
        try:
            neutral = [BatchRow(number, text) for number, text in enumerate(NEUTRAL_TEXTS, 1)]
            usual = mean_logprobs([each.logprobs for each in self._hear(flow_of(neutral), scorer)])
            flow = flow_of(self.rows)
            heard = self._report(flow, self._hear(flow, scorer), usual, context)
        finally:
            record.flush()
        return HeardAll(usual, tuple(heard[row.number] for row in self.rows), flow.num_known, flow.elapsed_s)

    def _report(
        self, flow: RowFlow, coming: Iterable[Heard], usual: tuple[float, ...], context: JobContext
    ) -> dict[int, Heard]:
        heard: dict[int, Heard] = {}
        newest: list[Heard] = []
        reported_at = 0.0

        def report() -> None:
            context.report(LabelledRows(label_rows(self.labels, usual, newest, calibrates=False).rows))
            context.report(flow.progress)
            newest.clear()

        for each in coming:
            context.cancellation.raise_if_cancelled()
            heard[each.row.number] = each
            newest.append(each)
            if time.monotonic() - reported_at >= _REPORT_EVERY_S:
                reported_at = time.monotonic()
                report()
        report()
        return heard

    def _hear(self, flow: RowFlow, scorer: LabelScorer) -> Iterator[Heard]:
        listed = scorer.question.listed

        def ask(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Answer]]:
            for scored in scorer.score(texts):
                logprobs = in_order_of(listed, self.labels, scored.logprobs)
                yield scored.key, {"logprobs": logprobs, "is_cut": scored.is_cut}

        for row, answer in flow.answers(ask):
            yield Heard(row, in_order_of(self.labels, listed, _floats(answer)), answer["is_cut"] is True)

    def _is_answer(self, answer: Answer) -> bool:
        return len(_floats(answer)) == len(self.labels) and "is_cut" in answer


def _floats(answer: Answer) -> list[float]:
    found = answer.get("logprobs")
    values = found if isinstance(found, list | tuple) else ()
    return [float(value) for value in values if isinstance(value, int | float)]

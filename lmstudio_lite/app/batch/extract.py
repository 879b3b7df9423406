"""Take values out of the rows of a batch with the model in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lmstudio_lite.app.batch.flow import Answer, RowFlow
from lmstudio_lite.app.batch.record import AnswerRecord
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.batch import BatchRow, Extracted
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.tasks.adapters import chosen_adapters
from lmstudio_lite.tasks.batch.extract import ValueExtractor, checked
from lmstudio_lite.tasks.batch.schema import ValueSchema
from lmstudio_lite.tasks.generate.attempts import wait_for_model
from lmstudio_lite.tasks.generate.cache import model_identity


@dataclass(frozen=True, slots=True)
class ExtractedRows:
    """Rows that have come newly: reported while a batch runs."""

    rows: tuple[Extracted, ...]


@dataclass(frozen=True, slots=True)
class ExtractedAll:
    """All rows in their order."""

    rows: tuple[Extracted, ...]
    num_known: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class ExtractRows:
    """One run over ``rows``. Its context is told ``ExtractedRows`` and ``BatchProgress``."""

    services: Services
    schema: ValueSchema
    rows: Sequence[BatchRow]

    def run(self, context: JobContext) -> ExtractedAll:
        """Do it; waits.

        Raises:
            CancelledError: cancelled; what was answered is kept, and the next run goes on there.
            ModelError, EngineError: the model can't answer, or not in this schema.
        """
        services = self.services
        wait_for_model(services.engine, context.cancellation)
        model = services.engine.state.model
        if model is None:
            raise NoModelError
        adapters = chosen_adapters(services.settings, services.engine)
        extractor = ValueExtractor(services.engine, self.schema, context.cancellation, adapters)
        identity = model_identity(model, adapters)
        record = AnswerRecord(services.batch_answers)
        flow = RowFlow(self.rows, record, lambda text: extractor.key(identity, text), _is_answer)
        done: dict[int, Extracted] = {}

        def ask(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Answer]]:
            for written in extractor.extract(texts):
                answer = {"text": written.text, "is_whole": written.is_whole, "is_cut": written.is_cut}
                yield written.key, dict(answer)

        try:
            for row, answer in flow.answers(ask):
                context.cancellation.raise_if_cancelled()
                found = _checked(row, self.schema, answer)
                done[row.number] = found
                context.report(ExtractedRows((found,)))
                context.report(flow.progress)
        finally:
            record.flush()
        return ExtractedAll(tuple(done[row.number] for row in self.rows), flow.num_known, flow.elapsed_s)


def _checked(row: BatchRow, schema: ValueSchema, answer: Answer) -> Extracted:
    is_whole, is_cut = answer["is_whole"] is True, answer["is_cut"] is True
    return checked(row, schema, str(answer["text"]), is_whole=is_whole, is_cut=is_cut)


def _is_answer(value: Answer) -> bool:
    return isinstance(value.get("text"), str) and {"is_whole", "is_cut"} <= value.keys()

"""Batches with the starter model: labels and values come, and are kept."""

from __future__ import annotations

import math

import pytest

from lmstudio_lite.app.batch.classify import ClassifyRows, HeardAll, LabelledRows
from lmstudio_lite.app.batch.extract import ExtractRows
from lmstudio_lite.app.batch.output import labelled_to_json
from lmstudio_lite.app.batch.schemas import parse_schema
from lmstudio_lite.app.jobs import JobContext, JobEvent, JobProgressed
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.batch import BatchProgress, BatchRow
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.errors import CancelledError

LABELS = ("positive", "negative", "neutral")
TEXTS = (
    "I love it, wonderful and great.",
    "Terrible, I hate it.",
    "Great, great, great!",
    "The worst day ever, awful.",
)


def rows(*texts: str) -> list[BatchRow]:
    return [BatchRow(number, text) for number, text in enumerate(texts, 1)]


def classify(
    services: Services, texts: tuple[str, ...], labels: tuple[str, ...] = LABELS
) -> tuple[HeardAll, list[object]]:
    told: list[object] = []

    def note(event: JobEvent) -> None:
        assert isinstance(event, JobProgressed)
        told.append(event.value)

    return ClassifyRows(services, labels, rows(*texts)).run(JobContext(Cancellation(), note)), told


def test_rows_are_labelled_and_the_second_time_known(shared_services: Services) -> None:
    heard, told = classify(shared_services, (*TEXTS, TEXTS[0]))
    labelled = heard.labelled(LABELS)
    assert [each.label for each in labelled.rows[:2]] == ["positive", "negative"]
    assert labelled.rows[0].probabilities == labelled.rows[4].probabilities
    for row in labelled_to_json(labelled)["rows"]:  # type: ignore[attr-defined]
        assert math.fsum(row["probabilities"].values()) == pytest.approx(1, abs=1e-12)
    progress = [value for value in told if isinstance(value, BatchProgress)]
    assert (progress[-1].num_done, progress[-1].num_total) == (5, 5)
    assert {
        each.row.number for value in told if isinstance(value, LabelledRows) for each in value.rows
    } == set(range(1, 6))
    again, _ = classify(shared_services, (*TEXTS, TEXTS[0]))
    assert again.num_known == 5
    assert again.labelled(LABELS).rows == labelled.rows


def test_the_order_of_the_labels_makes_no_difference(shared_services: Services) -> None:
    heard, _ = classify(shared_services, TEXTS)
    other = (LABELS[2], LABELS[0], LABELS[1])
    again, _ = classify(shared_services, TEXTS, other)
    assert again.num_known == len(TEXTS)
    for mine, theirs in zip(heard.labelled(LABELS).rows, again.labelled(other).rows, strict=True):
        assert mine.label == theirs.label
        assert dict(zip(LABELS, mine.probabilities, strict=True)) == pytest.approx(
            dict(zip(other, theirs.probabilities, strict=True))
        )


def test_what_a_stopped_batch_has_heard_is_kept(shared_services: Services) -> None:
    texts = tuple(f"The visitor number {number} said that it was nice." for number in range(150))
    cancellation = Cancellation()

    def stop_early(event: JobEvent) -> None:
        if (
            isinstance(event, JobProgressed)
            and isinstance(event.value, BatchProgress)
            and event.value.num_done
        ):
            cancellation.cancel()

    with pytest.raises(CancelledError):
        ClassifyRows(shared_services, LABELS, rows(*texts)).run(JobContext(cancellation, stop_early))
    found, _ = classify(shared_services, texts)
    assert 0 < found.num_known < len(texts)
    assert [each.row.text for each in found.rows] == list(texts)


@pytest.mark.soak
def test_a_text_longer_than_the_context_is_cut_and_said_to_be(shared_services: Services) -> None:
    model = shared_services.engine.state.model
    assert model is not None
    limit = model.context_size
    heard, _ = classify(shared_services, ("I love it. " * limit,), ("good", "bad"))
    assert heard.rows[0].is_cut


def test_values_come_out_of_texts_and_are_kept(shared_services: Services) -> None:
    schema = parse_schema("name, amount:number")
    texts = rows("Anna Berg paid 40 euros.", "Otto paid 25 euros for a lamp.")
    found = ExtractRows(shared_services, schema, texts).run(JobContext(Cancellation(), lambda event: None))
    assert [each.row for each in found.rows] == texts
    assert all(set(each.values) == {"name", "amount"} for each in found.rows)
    again = ExtractRows(shared_services, schema, texts).run(JobContext(Cancellation(), lambda event: None))
    assert again.num_known == 2
    assert again.rows == found.rows

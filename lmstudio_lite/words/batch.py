"""What is said of batches: labels and schemas that can't be used, flags of values, how far it is."""

from __future__ import annotations

from collections.abc import Callable

from lmstudio_lite.domain.batch import BatchProgress, Confusion, ValueFlag
from lmstudio_lite.errors import Detail
from lmstudio_lite.words.saying import Explanation, say_time_left
from lmstudio_lite.words.translate import mark, tr, trn

Details = dict[str, Detail]
_LABELS = {
    "none": (mark("There are no labels."), mark("Write at least two, with commas between them.")),
    "one": (
        mark("“{0}” is the only label."),
        mark("Write at least two, with commas between them: a text that may not have it needs another one."),
    ),
    "duplicate": (mark("The label “{0}” is there twice."), mark("Take one of them out.")),
    "many": (mark("There are more than {1} labels."), mark("Take some of them out.")),
}
_SCHEMAS = {
    "empty": mark("No fields are named."),
    "json": mark("The schema is no valid JSON: {0}"),
    "object": mark("The schema is not of an object with “properties”."),
    "type": mark("“{0}” is no type of a field."),
    "name": mark("“{0}” can't be a field's name."),
    "duplicate": mark("The field “{0}” is there twice."),
    "many": mark("There are more than {1} fields."),
}
_FLAGS = {
    ValueFlag.NOT_IN_TEXT: mark("does not stand in the text"),
    ValueFlag.INVALID: mark("is not what the schema asks for"),
    ValueFlag.INCOMPLETE: mark("the answer was not complete"),
    ValueFlag.TEXT_CUT: mark("the text is longer than the model can read: only its beginning was"),
}


def _labels(details: Details) -> Explanation:
    what, remedy = _LABELS.get(str(details.get("reason")), _LABELS["none"])
    return Explanation(tr(what).format(details.get("label", ""), details.get("limit", "")), tr(remedy))


def _schema(details: Details) -> Explanation:
    what = tr(_SCHEMAS.get(str(details.get("reason")), _SCHEMAS["empty"]))
    return Explanation(
        what.format(details.get("detail", ""), details.get("limit", "")),
        tr("Name the fields (“name, date, amount:number”), or give a JSON schema of an object."),
    )


def _batch(details: Details) -> Explanation:
    return Explanation(tr("The texts can't be worked on."), tr("Try again with another input."))


WORDS: dict[str, Callable[[Details], Explanation]] = {"batch": _batch, "labels": _labels, "schema": _schema}


def say_flag(flag: ValueFlag) -> str:
    """Return what a flag says of a value or a row."""
    return tr(_FLAGS[flag])


def say_batch_progress(progress: BatchProgress) -> str:
    """Return how far a batch is: "120 of 1,000 rows, about 2 min"."""
    total = progress.num_total or progress.num_done
    said = tr("{0} of {1}").format(f"{progress.num_done:,}", trn("{n} row", "{n} rows", total))
    if progress.seconds_left is None:
        return said
    return tr("{0}, {1}").format(said, say_time_left(progress.seconds_left))


def say_known(num_known: int) -> str:
    """Return how many rows had their answer already, "" for none."""
    if not num_known:
        return ""
    return trn("{n} row was answered before.", "{n} rows were answered before.", num_known)


def say_empty(num_empty: int) -> str:
    """Return how many rows had no text, "" for none."""
    if not num_empty:
        return ""
    return trn("{n} row has no text and is left out.", "{n} rows have no text and are left out.", num_empty)


def say_cut(num_cut: int) -> str:
    """Return how many texts were read in part only, "" for none."""
    if not num_cut:
        return ""
    return trn(
        "{n} text is longer than the model can read: only its beginning was.",
        "{n} texts are longer than the model can read: only their beginnings were.",
        num_cut,
    )


def say_judged(confusion: Confusion, error: float) -> str:
    """Return how well labels agree with the true ones, and the probabilities with that."""
    right = tr("{0} % of {1} have the right label; probabilities are off by {2} % on average.").format(
        round(100 * confusion.accuracy),
        trn("{n} labelled row", "{n} labelled rows", confusion.num_rows),
        round(100 * error),
    )
    if not confusion.num_unknown:
        return right
    others = trn(
        "{n} row has a label that is none of these.",
        "{n} rows have labels that are none of these.",
        confusion.num_unknown,
    )
    return f"{right} {others}"

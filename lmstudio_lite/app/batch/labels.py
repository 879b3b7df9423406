"""Labels as people write them, and sets of labels that come with the program."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from lmstudio_lite.errors import LabelsError
from lmstudio_lite.tasks.batch.calibration import folded

PRESETS: dict[str, tuple[str, ...]] = {"sentiment": ("positive", "negative", "neutral")}
LABELS_MAX = 200


def parse_labels(text: str) -> tuple[str, ...]:
    """Return the labels of a list with commas or of lines; one with a comma in it stands in quotation marks.

    Raises:
        LabelsError: see ``checked_labels``.
    """
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    try:
        return checked_labels([cell for row in rows for cell in row])
    except csv.Error:
        raise LabelsError(reason="none") from None


def checked_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return labels without the white space around them, empty ones left out.

    Raises:
        LabelsError: there are none, only one or more than ``LABELS_MAX``, or two are the same but for case.
    """
    found = [" ".join(label.split()) for label in labels if label.strip()]
    if not found:
        raise LabelsError(reason="none")
    if len(found) > LABELS_MAX:
        raise LabelsError(reason="many", limit=LABELS_MAX)
    seen: set[str] = set()
    for label in found:
        if folded(label) in seen:
            raise LabelsError(reason="duplicate", label=label)
        seen.add(folded(label))
    if len(found) == 1:
        raise LabelsError(reason="one", label=found[0])
    return tuple(found)

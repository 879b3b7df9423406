"""What is said of a sentence in the end, of all that was found: words, doubts and the model's answer.

The words and the doubts are a veto: the model alone makes no number right and no denial true. It takes back
what words agree on and settles what they leave open.
"""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.domain.evidence import Verdict
from lmstudio_lite.tasks.evidence.calibration import Calibration
from lmstudio_lite.tasks.evidence.doubts import Finding, Weight

_SPOKEN_OF = 0.35
"""How much of a sentence's weight a passage must hold before it can contradict it."""


_TOUCHED = 0.1
"""The same before a model that is sure of it is believed."""


def by_words(*, is_sure: bool, has_unknown: bool, findings: Sequence[Finding], best_score: float) -> Verdict:
    """Return what words and doubts say; ``has_unknown`` if a number or name stands nowhere in the text."""
    gravest = max((finding.weight for finding in findings), default=None)
    if gravest is Weight.CONTRADICTION and best_score >= _SPOKEN_OF:
        return Verdict.CONTRADICTED
    if has_unknown or not is_sure:
        return Verdict.NOT_FOUND
    return Verdict.SUPPORTED if gravest is None else Verdict.UNCLEAR


def with_answer(
    verdict: Verdict,
    findings: Sequence[Finding],
    log_odds: float,
    calibration: Calibration,
    *,
    is_open: bool,
    best_score: float,
) -> Verdict:
    """Return the verdict after the model's answer.

    ``is_open``: every number and name of the sentence stands in its passages, only words are missing.
    """
    gravest = max((finding.weight for finding in findings), default=None)
    is_sure, is_doubted = log_odds >= calibration.sure, log_odds < calibration.doubted
    match verdict:
        case Verdict.SUPPORTED:
            return Verdict.UNCLEAR if is_doubted else verdict
        case Verdict.CONTRADICTED:
            return Verdict.UNCLEAR if is_sure else verdict
        case Verdict.UNCLEAR:
            return Verdict.SUPPORTED if is_sure and gravest is Weight.HINT else verdict
        case Verdict.NOT_FOUND:
            is_free = gravest is None and is_open
            is_near = best_score >= (_TOUCHED if is_sure else _SPOKEN_OF)
            is_likely = log_odds >= calibration.likely and is_near
            return Verdict.SUPPORTED if is_likely and is_free else verdict

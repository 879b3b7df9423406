"""What a model's answers are worth: measured once a model and language, and remembered.

A model of 0.5B says yes to true sentences with 0.9 and to false ones with 0.8, another the other way round;
so its answers are compared with those that it gives where the truth is known. A threshold lies where few of
the true sentences fall, another one above which hardly a false one comes.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import statistics
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lmstudio_lite.errors import StorageError
from lmstudio_lite.paths import resources
from lmstudio_lite.storage.part_cache import KeptPart, PartCache
from lmstudio_lite.tasks.evidence.asking import Asker, Pair

log = logging.getLogger(__name__)

LEAST_AUC = 0.62
"""Of Qwen2.5, 1.5B reaches 0.83 in English, 0.79 in Chinese and 0.65 in German, 0.5B 0.55 and 0.56."""
_TRUE_LOST_AT = 2.5
"""Standard deviations below the mean of true sentences: one of 100 is doubted. With 8 of 100 a model
of 1.5B doubted 8 more true sentences of 100, and found 2 more false ones out than words had."""
_FALSE_AS_LIKELY = 0.75
"""Share of false sentences below what is likely; words and doubts let few of the others through."""
_FALSE_LET_THROUGH = 0.06


@dataclass(frozen=True, slots=True)
class KnownPair:
    """A passage with a sentence that it says and one that it does not, made false by ``kind``."""

    language: str
    passage: str
    true: str
    false: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """``auc``: how often a true sentence gets more than a false one (0.5: the model can't tell at all).

    Below ``doubted`` the model's answer speaks against a sentence; from ``likely`` on it is enough where
    words are too few and nothing speaks against it, from ``sure`` on against a hint. All are logs of yes
    against no.
    """

    auc: float
    doubted: float
    likely: float
    sure: float

    @property
    def is_usable(self) -> bool:
        return self.auc >= LEAST_AUC


@functools.cache
def known_pairs(name: str) -> tuple[KnownPair, ...]:
    """Read the pairs of a file in ``resources/evidence``."""
    with (resources() / "evidence" / f"{name}.toml").open("rb") as file:
        return tuple(KnownPair(**pair) for pair in tomllib.load(file)["pairs"])


def calibrate(ask: Asker, language: str) -> Calibration:
    """Ask about the pairs of ``language``, about English ones where there are none."""
    all_pairs = known_pairs("calibration")
    pairs = [pair for pair in all_pairs if pair.language == language]
    pairs = pairs or [pair for pair in all_pairs if pair.language == "en"]
    asked = [Pair(pair.passage, pair.true) for pair in pairs]
    asked += [Pair(pair.passage, pair.false) for pair in pairs]
    answers = ask(asked, language)
    return calibration_of(answers[: len(pairs)], answers[len(pairs) :])


def calibration_of(true: Sequence[float | None], false: Sequence[float | None]) -> Calibration:
    """Return what answers to true and to false sentences say of the one who gave them."""
    known_true = sorted(answer for answer in true if answer is not None)
    known_false = sorted(answer for answer in false if answer is not None)
    if 2 * (len(known_true) + len(known_false)) < len(true) + len(false) or not known_true or not known_false:
        return Calibration(0.5, 0.0, 0.0, 0.0)
    wins = sum((a > b) + 0.5 * (a == b) for a in known_true for b in known_false)
    return Calibration(
        auc=wins / (len(known_true) * len(known_false)),
        doubted=statistics.fmean(known_true) - _TRUE_LOST_AT * statistics.pstdev(known_true),
        likely=max(_quantile(known_false, _FALSE_AS_LIKELY), _quantile(known_true, 0.2)),
        sure=max(_quantile(known_false, 1.0 - _FALSE_LET_THROUGH), _quantile(known_true, 0.3)),
    )


def _quantile(values: Sequence[float], share: float) -> float:
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def remembered(
    ask: Asker, language: str, *, cache: PartCache | None, model: str, made_by: str
) -> Calibration:
    """Return the calibration of a model, from the cache where it was made before.

    ``model`` names the model with its adapters, ``made_by`` the code and the words it is asked with.
    """
    key = _key(model, made_by, language)
    try:
        kept = cache.find([key]).get(key) if cache else None
        if kept is not None:
            return Calibration(**json.loads(kept.text))
    except (StorageError, ValueError, TypeError) as error:
        log.info("what a model's answers are worth can't be read: %s", error)
    found = calibrate(ask, language)
    if cache:
        cache.keep(key, KeptPart(json.dumps(asdict(found)), "", 1))
    return found


def _key(model: str, made_by: str, language: str) -> str:
    described = json.dumps(["evidence", made_by, model, language, _sum_of("calibration")])
    return hashlib.sha256(described.encode("utf-8", "surrogatepass")).hexdigest()


def _sum_of(name: str) -> str:
    """Return a sum of a file of pairs, so that another file is another calibration."""
    return hashlib.sha256(repr(known_pairs(name)).encode()).hexdigest()

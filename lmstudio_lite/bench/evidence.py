"""How well false sentences are told from true ones: 200 sentences beside their passages, half of them
distorted.

What counts is how many of the distorted are not called supported, and how many of the true are lost. By words
alone, and with the model, whose calibration is made as for any summary. With ``--json`` each sentence is a
line of its own.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from lmstudio_lite.bench.engine_run import open_engine
from lmstudio_lite.bench.rows import Bound, Row
from lmstudio_lite.bench.setting import Setting
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.evidence import SentenceEvidence
from lmstudio_lite.tasks.evidence.asking import Asker, ModelAsker, Pair
from lmstudio_lite.tasks.evidence.calibration import KnownPair, calibrate, known_pairs
from lmstudio_lite.tasks.evidence.judge import Judge
from lmstudio_lite.tasks.evidence.match import find_evidence

CAUGHT = Bound(0.8, is_minimum=True)
LOST = Bound(0.1)
SECONDS = {"small": 60.0, "half_billion": 120.0}
CONTEXT_SIZE = 8192
LANGUAGES = ("en", "de", "zh")


def expected_s(setting: Setting) -> float:
    """Return about how many seconds it takes on two cores."""
    return SECONDS["half_billion" if setting.model == setting.half_billion else "small"]


def of_pairs(setting: Setting) -> list[Row]:
    """Rows for what is caught and what is lost, with the model and by words alone."""
    rows = list(_rows(setting, {}, "by words alone"))
    with open_engine(setting, setting.model, context_size=CONTEXT_SIZE) as engine:
        ask = ModelAsker(engine.client, Cancellation())
        judges: dict[str, Judge] = {}
        began = time.perf_counter()
        for language in LANGUAGES:
            setting.say(f"calibrating in {language}")
            judges[language] = Judge(ask, partial(calibrate, ask))
            calibration = judges[language].calibration(language)
            setting.tell(
                {
                    "calibration": language,
                    "auc": round(calibration.auc, 3),
                    "doubted": round(calibration.doubted, 3),
                    "sure": round(calibration.sure, 3),
                    "is_used": calibration.is_usable,
                }
            )
        setting.tell({"calibration_s": round(time.perf_counter() - began, 1)})
        aucs = ", ".join(
            f"{language} AUC {each.auc:.2f}{'' if each.is_usable else ', not used'}"
            for language, each in ((code, judge.calibration(code)) for code, judge in judges.items())
        )
        judged = list(_rows(setting, _asked_at_once(judges), aucs))
    return judged + rows


@dataclass(slots=True)
class _Answers:
    """Takes down what is asked, to have it asked in one batch, and gives the answers when asked again."""

    ask: Asker
    known: dict[Pair, float | None] = field(default_factory=dict)

    def __call__(self, pairs: Sequence[Pair], language: str) -> list[float | None]:
        return [self.known.setdefault(pair, None) for pair in pairs]

    def fetch(self, language: str) -> None:
        pairs = list(self.known)
        self.known = dict(zip(pairs, self.ask(pairs, language), strict=True))


def _asked_at_once(judges: dict[str, Judge]) -> dict[str, Judge]:
    """Return judges that have asked the model about all pairs of their language already."""
    found = {}
    for language, judge in judges.items():
        answers = _Answers(judge.ask)
        found[language] = Judge(answers, judge.calibration)
        for pair in known_pairs("pairs"):
            if pair.language == language:
                for sentence in (pair.true, pair.false):
                    _of(sentence, pair, found[language])
        answers.fetch(language)
    return found


def _rows(setting: Setting, judges: dict[str, Judge], note: str) -> Iterator[Row]:
    caught: list[bool] = []
    lost: list[bool] = []
    by_kind: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    by_language: dict[str, list[tuple[bool, bool]]] = {}
    for pair in known_pairs("pairs"):
        true, false = (_of(sentence, pair, judges.get(pair.language)) for sentence in (pair.true, pair.false))
        caught.append(not false.is_supported)
        lost.append(not true.is_supported)
        totals[pair.kind] += 1
        by_kind[pair.kind] += caught[-1]
        by_language.setdefault(pair.language, []).append((caught[-1], lost[-1]))
        for evidence, is_true in ((true, True), (false, False)):
            setting.tell(
                {
                    "with_model": bool(judges),
                    "language": pair.language,
                    "kind": pair.kind,
                    "is_true": is_true,
                    "sentence": evidence.text,
                    "verdict": evidence.verdict.value,
                    "doubts": [doubt.kind.value for doubt in evidence.doubts],
                    "probability": evidence.probability,
                }
            )
    name = "evidence" if judges else "evidence-words"
    kinds = ", ".join(f"{kind} {by_kind[kind]} of {total}" for kind, total in totals.items())
    languages = "; ".join(
        f"{code} {sum(c for c, _ in each)} caught, {sum(x for _, x in each)} lost of {len(each)}"
        for code, each in by_language.items()
    )
    share_caught, share_lost = sum(caught) / len(caught), sum(lost) / len(lost)
    yield Row(
        f"{name}-caught",
        share_caught,
        None,
        share_caught,
        CAUGHT,
        CAUGHT.holds(share_caught) if judges else None,
        note=f"{note}; {kinds}",
    )
    yield Row(
        f"{name}-lost",
        share_lost,
        None,
        share_lost,
        LOST,
        LOST.holds(share_lost) if judges else None,
        note=languages,
    )


def _of(sentence: str, pair: KnownPair, judge: Judge | None) -> SentenceEvidence:
    document = replace(text_document(pair.passage, "passage"), language=pair.language)
    (evidence, *more) = find_evidence(sentence, document, language=pair.language, judge=judge).sentences
    return next((each for each in more if not each.is_supported), evidence)

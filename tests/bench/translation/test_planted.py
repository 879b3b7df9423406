from __future__ import annotations

from collections import Counter

import pytest

from lmstudio_lite.bench.translation.planted import Segment, read_faults, read_good
from lmstudio_lite.domain.translations import FlagKind


@pytest.fixture(scope="module")
def faults() -> list[Segment]:
    return read_faults()


@pytest.fixture(scope="module")
def good() -> list[Segment]:
    return read_good()


def test_there_are_faults_of_every_kind_in_several_pairs(faults: list[Segment], good: list[Segment]) -> None:
    kinds = Counter(each.kind for each in faults)
    assert set(kinds) == {"omission", "number", "negation", "term", "added", "language", "obeyed"}
    assert min(kinds.values()) >= 9
    assert len(faults) >= 60
    assert len(good) >= 120
    assert {(each.source_language, each.target_language) for each in faults} >= {
        ("en", "de"),
        ("de", "en"),
        ("en", "zh"),
        ("zh", "en"),
        ("en", "fr"),
        ("en", "es"),
    }


def test_nearly_all_planted_faults_are_flagged(faults: list[Segment]) -> None:
    missed = [(each.kind, each.text) for each in faults if not each.flags()]
    assert len(missed) <= len(faults) * 5 / 60, missed


def test_few_good_segments_are_flagged(good: list[Segment]) -> None:
    flagged = [(sorted(each.flags()), each.source, each.text) for each in good if each.flags()]
    assert len(flagged) <= 0.1 * len(good), flagged


def test_most_faults_are_called_what_they_are(faults: list[Segment]) -> None:
    names = {
        "omission": {FlagKind.OMITTED, FlagKind.ODD_LENGTH, FlagKind.NUMBER, FlagKind.NEGATION},
        "number": {FlagKind.NUMBER},
        "negation": {FlagKind.NEGATION},
        "term": {FlagKind.TERM, FlagKind.FORBIDDEN_TERM},
        "added": {FlagKind.ADDED, FlagKind.ODD_LENGTH},
        "language": {FlagKind.WRONG_LANGUAGE, FlagKind.UNTRANSLATED, FlagKind.LEFTOVER, FlagKind.ECHO},
        "obeyed": {FlagKind.OBEYED, FlagKind.ANSWERED, FlagKind.WRONG_LANGUAGE, FlagKind.ODD_LENGTH},
    }
    rightly = sum(bool(each.flags() & names[each.kind]) for each in faults)
    assert rightly >= 0.85 * len(faults)

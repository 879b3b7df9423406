"""Every finding of an inspection has words."""

from __future__ import annotations

import pytest

from lmstudio_lite.domain.inspection import ContentKind, Finding, FindingCode, Severity
from lmstudio_lite.errors import Detail
from lmstudio_lite.words.inspection import say_content_kind, say_finding, say_severity


@pytest.mark.parametrize("code", FindingCode)
def test_every_finding_has_words_with_any_details(code: FindingCode) -> None:
    odd: dict[str, Detail] = {"name": "\x1b[31mblk\u202e", "count": 1 << 70, "size_bytes": 3, "path": "x"}
    for details in ({}, odd):
        said = say_finding(Finding(code, Severity.NOTE, details))
        assert said.endswith((".", "”."))
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_a_finding_is_a_sentence_with_its_numbers() -> None:
    details: dict[str, Detail] = {"count": 2, "total": 291, "name": "blk.9.ffn_up.weight"}
    said = say_finding(Finding(FindingCode.TENSORS_PAST_END, Severity.UNUSABLE, details))
    assert said.startswith("2 of 291 tensors lie beyond the end of the file, “blk.9.ffn_up.weight” first")


def test_kinds_and_severities_have_words() -> None:
    assert len({say_content_kind(kind) for kind in ContentKind}) == len(ContentKind)
    assert len({say_severity(severity) for severity in Severity}) == len(Severity)

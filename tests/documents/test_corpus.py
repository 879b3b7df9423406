"""Nothing that stands in a file is missing without a word, doubled or cut, whatever its format and traits.

The cases are in ``corpus``; a sample of them goes through the real helper process.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from tests.documents.corpus import CASES
from tests.documents.corpus.cases import Case, problems_of

_LIMITS = ReadLimits(recognizes_scans=False)
_FEWEST_CASES = 300
_SAMPLE = tuple({Path(case.file_name).suffix: case for case in CASES}.values())
"""One of each kind of file."""


def _name_of(case: Case) -> str:
    return case.name


def test_the_corpus_is_large_and_each_case_has_a_name_of_its_own() -> None:
    assert len(CASES) >= _FEWEST_CASES
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=_name_of)
def test_all_that_stands_in_a_file_is_read_or_named(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file_name
    path.write_bytes(case.data)
    assert problems_of(case, read_document(path, _LIMITS)) == []


@pytest.mark.parametrize("case", _SAMPLE, ids=_name_of)
def test_the_helper_process_reads_the_same(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file_name
    path.write_bytes(case.data)
    assert problems_of(case, DocumentReader(_LIMITS).read(path)) == []

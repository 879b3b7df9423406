"""Files that other programs made come through an echo unchanged, and through a translation readable."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.documents.rewriting.markup_files import TriedFile
from tests.documents.rewriting.texts import pseudo
from tests.documents.samples import sample

_NAMES = ["trivial.odt", "book.epub", "encyclopedia.html"]


@pytest.mark.parametrize("name", _NAMES)
def test_samples_come_through(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copyfile(sample(name), path)
    file = TriedFile(path)
    file.assert_identity()
    units = file.units.units
    path.write_bytes(file.written(pseudo))
    assert [unit.text for unit in file.units.units] == [pseudo(unit).text for unit in units]

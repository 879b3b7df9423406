from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.files import FORMS, form_for, read_units, rewritten_suffixes
from lmstudio_lite.domain.units import ReadUnitsOptions
from lmstudio_lite.errors import DocumentUnsupportedError


def test_each_suffix_has_one_form() -> None:
    assert len(rewritten_suffixes()) == sum(len(form.suffixes) for form in FORMS)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in rewritten_suffixes())
    for suffix in rewritten_suffixes():
        assert form_for(Path(f"a{suffix.upper()}")) is not None


def test_a_file_without_form_is_unsupported(tmp_path: Path) -> None:
    assert form_for(tmp_path / "a.exe") is None
    with pytest.raises(DocumentUnsupportedError):
        read_units(tmp_path / "a.exe", ReadUnitsOptions(), ReadLimits())

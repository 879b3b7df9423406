from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.errors import ModelFileError, ModelNotFoundError
from lmstudio_lite.fingerprint import fingerprint
from tests.library.gguf_files import make_gguf


def test_a_copy_elsewhere_has_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(make_gguf())
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "other name.gguf").write_bytes(make_gguf())
    assert fingerprint(tmp_path / "a.gguf") == fingerprint(tmp_path / "folder" / "other name.gguf")


@pytest.mark.parametrize("changed_at", [10, 2_999_999, 1_600_000])
def test_other_content_has_another_name(tmp_path: Path, changed_at: int) -> None:
    content = bytearray(3_000_000)
    (tmp_path / "a.gguf").write_bytes(content)
    for at in range(changed_at - 100_000, changed_at + 100_000):
        if 0 <= at < len(content):
            content[at] = 1
    (tmp_path / "b.gguf").write_bytes(content)
    assert fingerprint(tmp_path / "a.gguf") != fingerprint(tmp_path / "b.gguf")


def test_a_longer_file_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(bytes(1000))
    (tmp_path / "b.gguf").write_bytes(bytes(1001))
    assert fingerprint(tmp_path / "a.gguf") != fingerprint(tmp_path / "b.gguf")


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        fingerprint(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError) as failed:
        fingerprint(tmp_path)
    assert failed.value.details["reason"] == "not_a_file"

from __future__ import annotations

from pathlib import Path

from lmstudio_lite import memory
from lmstudio_lite.memory import available_memory_bytes

MEBIBYTE = 1 << 20


def test_some_memory_is_free() -> None:
    assert 0 < available_memory_bytes() < 1 << 50


def limit_memory(folder: Path, limit: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{700 * MEBIBYTE}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {100 * MEBIBYTE}\n")


def test_a_container_limits_the_memory(tmp_path: Path) -> None:
    limit_memory(tmp_path, str(1000 * MEBIBYTE))
    nowhere = tmp_path / "none"
    assert memory.container_memory_bytes(tmp_path, nowhere) == 400 * MEBIBYTE
    limit_memory(tmp_path, "max")
    assert memory.container_memory_bytes(tmp_path, nowhere) > 1 << 50
    assert memory.container_memory_bytes(nowhere, nowhere) > 1 << 50


def test_every_group_above_limits_the_memory(tmp_path: Path) -> None:
    limit_memory(tmp_path / "user.slice", str(900 * MEBIBYTE))
    limit_memory(tmp_path / "user.slice/app.scope", "max")
    (tmp_path / "membership").write_text("1:name=systemd:/\n0::/user.slice/app.scope\n")
    assert memory.container_memory_bytes(tmp_path, tmp_path / "membership") == 300 * MEBIBYTE

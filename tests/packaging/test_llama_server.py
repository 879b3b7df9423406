"""What the other side of ``bench`` is built from, and where it goes. Nothing is compiled here."""

from __future__ import annotations

from pathlib import Path

from bootstrapping import backends
from bootstrapping.backends import Backend
from bootstrapping.llama_server import configure_command, server_path


def test_it_is_built_with_the_engines_own_flags_and_without_a_download() -> None:
    command = configure_command(Path("source"), Path("build"), Backend.CPU, {})
    assert command[:5] == ["cmake", "-S", "source", "-B", "build"]
    assert set(backends.cmake_args(Backend.CPU).split()) <= set(command)
    assert "-DLLAMA_USE_PREBUILT_UI=OFF" in command


def test_it_goes_where_bench_looks_for_it() -> None:
    place = server_path(Path("/home/me/.cache/lmstudio-lite/engines"), "Linux", "1.2")
    assert place == Path("/home/me/.cache/lmstudio-lite/llama-server/1.2/llama-server")

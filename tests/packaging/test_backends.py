"""Which engine is built where, with which flags and commands. Nothing is compiled here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from bootstrapping import backends, engine_wheel
from bootstrapping.backends import Backend
from bootstrapping.engine_wheel import EngineBuild
from bootstrapping.problems import Problem


def having(*tools: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in tools else None


@pytest.mark.parametrize(
    ("system", "machine", "tools", "expected"),
    [
        ("Linux", "x86_64", (), Backend.CPU),
        ("Linux", "x86_64", ("nvcc",), Backend.CPU),
        ("Linux", "x86_64", ("nvidia-smi",), Backend.CPU),
        ("Linux", "x86_64", ("nvidia-smi", "nvcc"), Backend.CUDA),
        ("Windows", "AMD64", ("nvidia-smi", "nvcc"), Backend.CUDA),
        ("Darwin", "arm64", (), Backend.METAL),
        ("Darwin", "x86_64", (), Backend.CPU),
    ],
)
def test_auto_takes_what_can_be_built_and_used(
    system: str, machine: str, tools: tuple[str, ...], expected: Backend
) -> None:
    assert backends.resolve(Backend.AUTO, system=system, machine=machine, which=having(*tools)) is expected


@pytest.mark.parametrize(
    ("asked", "word"), [(Backend.CUDA, "nvcc"), (Backend.VULKAN, "glslc"), (Backend.METAL, "macOS")]
)
def test_a_backend_without_its_tool_says_how_to_get_it(asked: Backend, word: str) -> None:
    with pytest.raises(Problem) as raised:
        backends.resolve(asked, system="Linux", machine="x86_64", which=having())
    assert word in str(raised.value)
    assert "--backend" in str(raised.value)


@pytest.mark.parametrize(
    ("backend", "flag"),
    [
        (Backend.CPU, "-DGGML_NATIVE=ON"),
        (Backend.CUDA, "-DCMAKE_CUDA_ARCHITECTURES=native"),
        (Backend.VULKAN, "-DGGML_VULKAN=ON"),
        (Backend.METAL, "-DGGML_METAL=ON"),
    ],
)
def test_each_backend_has_its_flag_and_the_user_has_the_last_word(backend: Backend, flag: str) -> None:
    args = backends.cmake_args(backend, "-DMINE=1").split()
    assert flag in args
    assert "-DLLAMA_OPENSSL=OFF" in args
    assert args[-1] == "-DMINE=1"


def test_a_portable_engine_is_not_compiled_for_this_cpu() -> None:
    args = backends.cmake_args(Backend.CPU, is_portable=True)
    assert "-DGGML_CPU_ALL_VARIANTS=ON" in args
    assert "-DGGML_NATIVE=OFF" in args


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("Linux", {}, "-U__AMX_INT8__"),
        ("Linux", {"CFLAGS": "-g"}, "-g -U__AMX_INT8__"),
        ("Windows", {}, "/U__AMX_INT8__"),
        ("Windows", {"CC": "clang"}, "-U__AMX_INT8__"),
    ],
)
def test_amx_is_left_out_everywhere(system: str, variables: dict[str, str], expected: str) -> None:
    made = backends.compile_environment(Backend.CPU, system=system, num_cores=3, environment=variables)
    assert made["CFLAGS"] == expected
    assert made["CXXFLAGS"].endswith("U__AMX_INT8__")
    assert made["CMAKE_BUILD_PARALLEL_LEVEL"] == "3"


@pytest.mark.parametrize(
    ("cuda", "variant"),
    [
        ((12, 4), "cu124"),
        ((12, 9), "cu125"),
        ((11, 8), "cu118"),
        ((13, 1), "cu130"),
        ((14, 0), None),
        (None, None),
    ],
)
def test_a_cuda_wheel_of_the_same_major_release_is_looked_for(
    cuda: tuple[int, int] | None, variant: str | None
) -> None:
    assert backends.index_variant(Backend.CUDA, cuda) == variant


@pytest.mark.parametrize(
    ("system", "tools", "found"),
    [
        ("Linux", ("gcc", "g++"), True),
        ("Linux", ("gcc",), False),
        ("Darwin", ("clang", "clang++"), True),
        ("Windows", ("cl",), True),
        ("Windows", (), False),
    ],
)
def test_both_compilers_are_needed(system: str, tools: tuple[str, ...], found: bool) -> None:
    assert backends.has_compiler(system, {}, having(*tools)) is found


def test_the_users_own_compiler_counts() -> None:
    variables = {"CC": "icx -O3", "CXX": "icpx"}
    assert backends.has_compiler("Linux", variables, having("icx", "icpx"))
    assert not backends.has_compiler("Linux", variables, having("gcc", "g++"))


def test_the_cache_knows_builds_apart_by_all_that_decides() -> None:
    cpu = EngineBuild("0.3.36", Backend.CPU, "Linux")
    keys = {
        cpu.key("avx2", {}),
        cpu.key("avx512", {}),
        cpu.key("avx2", {"CFLAGS": "-g"}),
        cpu.key("avx2", {"CMAKE_ARGS": "-DX=1"}),
        EngineBuild("0.3.37", Backend.CPU, "Linux").key("avx2", {}),
        EngineBuild("0.3.36", Backend.VULKAN, "Linux").key("avx2", {}),
        EngineBuild("0.3.36", Backend.CPU, "Linux", is_portable=True).key("avx2", {}),
    }
    assert len(keys) == 7
    assert cpu.key("avx2", {}) == cpu.key("avx2", {"HOME": "/elsewhere"})


def test_pip_compiles_without_its_cache_and_installs_without_an_index() -> None:
    python, build = Path("py"), EngineBuild("0.3.36", Backend.CPU, "Linux")
    compiling = engine_wheel.compile_command(python, build, Path("out"))
    assert "--no-cache-dir" in compiling
    assert compiling[-1] == "llama-cpp-python==0.3.36"
    assert "--index-url" not in compiling
    assert "--no-index" in engine_wheel.install_command(python, Path("x.whl"))
    ready_made = engine_wheel.prebuilt_command(python, build, "https://index.invalid/whl/cpu")
    assert {"--no-deps", "--only-binary", "--index-url"} <= set(ready_made)


def test_an_index_that_cannot_be_reached_offers_nothing() -> None:
    assert not engine_wheel.index_offers("http://127.0.0.1:9", "0.3.36", timeout_s=1.0)

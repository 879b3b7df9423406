from __future__ import annotations

from lmstudio_lite.engine.llama.build_info import describe_build, parse_system_info


def test_the_installed_library_names_its_cpu_backend() -> None:
    build = describe_build()
    assert "CPU" in build.backends
    assert build.num_devices_max >= 1


def test_each_backend_has_its_own_features() -> None:
    text = "CUDA : ARCHS = 900 | USE_GRAPHS = 1 | CPU : SSE3 = 1 | AVX = 1 | AMX_INT8 = 0 | "
    assert parse_system_info(text) == {"CUDA": ("ARCHS=900", "USE_GRAPHS"), "CPU": ("SSE3", "AVX")}
    assert parse_system_info("") == {}

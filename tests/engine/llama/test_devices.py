from __future__ import annotations

import llama_cpp
import pytest

from lmstudio_lite.engine.llama import devices


def test_a_build_without_gpus_has_none() -> None:
    if llama_cpp.llama_supports_gpu_offload():
        pytest.skip("this build has a GPU backend")
    assert devices.gpu_devices() == []


def test_devices_tell_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processor is a device like any other: asked for instead of a GPU, it answers."""
    monkeypatch.setattr(llama_cpp, "llama_supports_gpu_offload", lambda: True)
    monkeypatch.setattr(devices, "_TYPE_GPU", 0)
    (device, *_) = devices.gpu_devices()
    assert device.name == "CPU"
    assert 0 < device.free_bytes <= device.total_bytes

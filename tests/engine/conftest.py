from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.engine.backend import Backend
from lmstudio_lite.engine.llama.backend import load_llama
from lmstudio_lite.library.models import ModelLibrary
from tests.engine.scripted_backend import ScriptedBackend


@pytest.fixture(scope="session")
def starter_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = ModelLibrary(tmp_path_factory.mktemp("models"), lambda: []).starter_path()
    assert path is not None, "the starter model is installed by the bootstrap"
    return path


@pytest.fixture(scope="session")
def llama(starter_path: Path) -> Iterator[Backend]:
    backend = load_llama(starter_path, LoadOptions(context_size=2048, num_sequences_max=4), lambda _: True)
    yield backend
    backend.close()


@pytest.fixture(params=["scripted", "llama"])
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "scripted":
        return ScriptedBackend(context_size=2048, batch_size=512, reply="a b c d e f g h i j")
    shared: Backend = request.getfixturevalue("llama")
    return shared

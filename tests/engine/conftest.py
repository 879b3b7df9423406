from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.engine.backend import Context
from lmstudio_lite.engine.llama.model import load_llama
from lmstudio_lite.library.models import ModelLibrary
from tests.engine.scripted_model import scripted_context


@pytest.fixture(scope="session")
def starter_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = ModelLibrary(tmp_path_factory.mktemp("models"), lambda: []).starter_path()
    assert path is not None, "the starter model is installed by the bootstrap"
    return path


@pytest.fixture(scope="session")
def llama(starter_path: Path) -> Iterator[Context]:
    model = load_llama(starter_path, LoadOptions(context_size=2048, num_sequences_max=4), lambda _: True)
    yield model.context
    model.close()


@pytest.fixture(params=["scripted", "llama"])
def context(request: pytest.FixtureRequest) -> Context:
    if request.param == "scripted":
        return scripted_context(context_size=2048, batch_size=512, reply="a b c d e f g h i j")
    shared: Context = request.getfixturevalue("llama")
    return shared

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from lmstudio_lite.domain.embedding import Embeddings
from lmstudio_lite.domain.engine import LoadOptions, Purpose
from lmstudio_lite.engine.client.client import Client, ThreadClient, WorkerClient
from lmstudio_lite.errors import BadRequestError, ModelNotFoundError, NoModelError

OPTIONS = LoadOptions(context_size=256, purpose=Purpose.EMBED)


@pytest.fixture(params=[WorkerClient, ThreadClient])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    made = request.param()
    yield made
    made.close()


def rows(found: Embeddings) -> npt.NDArray[np.float32]:
    return np.array([found.vector(index) for index in range(len(found))])


def test_texts_become_vectors_of_length_one(client: Client, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    texts = ["The cat sleeps on the sofa.", "A kitten naps on a couch.", "Interest rates rose in March.", ""]
    found = client.embed(texts)
    assert len(found) == 4
    matrix = rows(found)
    assert matrix.shape == (4, found.dimension)
    assert np.linalg.norm(matrix[:3], axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert matrix[0] @ matrix[1] > matrix[0] @ matrix[2]
    assert client.count_tokens(texts)[3] == found.num_tokens[3]


def test_a_text_is_the_same_alone_and_among_many(client: Client, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    texts = [f"Document number {number} is about {'ships ' * number}." for number in range(50)]
    together = rows(client.embed(texts))
    for index in (0, 7, 49):
        alone = rows(client.embed([texts[index]]))[0]
        assert float(alone @ together[index]) > 0.999


def test_a_long_text_is_cut_and_that_is_told(client: Client, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    found = client.embed(["short", "word " * 1000])
    assert found.num_dropped_tokens[0] == 0
    assert found.num_tokens[1] == 256
    assert found.num_dropped_tokens[1] > 700


def test_nothing_to_embed_is_nothing(client: Client, starter_path: Path) -> None:
    client.load_model(starter_path, OPTIONS)
    assert len(client.embed([])) == 0


def test_models_that_are_missing_or_write_are_refused(
    client: Client, starter_path: Path, tmp_path: Path
) -> None:
    with pytest.raises(NoModelError):
        client.embed(["x"])
    client.load_model(tmp_path / "missing.gguf", OPTIONS)
    with pytest.raises(ModelNotFoundError):
        client.wait_until_ready(60)
    client.load_model(starter_path, LoadOptions(context_size=512))
    with pytest.raises(BadRequestError):
        client.embed(["x"])

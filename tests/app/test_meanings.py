"""What texts mean: computed once, kept by model, and never a condition."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lmstudio_lite.app.meanings import Meanings
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.embedding import EmbeddingFile, Embeddings
from lmstudio_lite.errors import CancelledError
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.storage.text_vectors import TextVectors
from tests.support.embedding_models import write_embedding_model

TEXTS = [f"ship number {number}" for number in range(40)]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with Services.open(portable_paths(tmp_path / "data"), isolation="thread") as services:
        write_embedding_model(services.paths.models / "meaning.gguf")
        yield services


def test_each_text_is_computed_once(services: Services) -> None:
    meanings = services.meanings
    said: list[tuple[int, int]] = []
    assert meanings.known(TEXTS) is None
    first = meanings.compute(TEXTS, lambda *progress: said.append(progress), Cancellation())
    assert first is not None
    assert first.shape == (40, 32)
    assert said == [(0, 40), (16, 40), (32, 40)]
    known = meanings.known([*TEXTS[3:5], TEXTS[3]])
    assert known is not None
    assert (known == first[[3, 4, 3]]).all()
    meanings.compute([*TEXTS, "an orchard"], lambda *progress: said.append(progress), Cancellation())
    assert said[3:] == [(0, 1)]
    assert meanings.known([*TEXTS, "a windmill"]) is None
    write_embedding_model(services.paths.models / "meaning.gguf", seed=9)
    assert meanings.known(TEXTS) is None, "vectors of another model are none"


def test_of_two_at_once_each_text_is_computed_by_one(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded: list[str] = []
    embed = services.embedding.embed

    def count(
        model: EmbeddingFile, texts: Sequence[str], cancellation: Cancellation, load_timeout_s: float
    ) -> Embeddings:
        embedded.extend(texts)
        return embed(model, texts, cancellation, load_timeout_s)

    def work() -> None:
        services.meanings.compute(TEXTS, lambda *_: None, Cancellation())

    monkeypatch.setattr(services.embedding, "embed", count)
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(embedded) == sorted(TEXTS)


def test_cancelled_it_keeps_what_was_computed(services: Services) -> None:
    cancellation = Cancellation()

    def stop(num_done: int, num_total: int) -> None:
        if num_done:
            cancellation.cancel()

    with pytest.raises(CancelledError):
        services.meanings.compute(TEXTS, stop, cancellation)
    assert services.meanings.known(TEXTS[:16]) is not None
    assert services.meanings.known(TEXTS) is None


def test_who_waits_too_long_gets_none_and_the_next_one_goes_on(services: Services) -> None:
    assert services.meanings.compute(TEXTS, lambda *_: None, Cancellation(), patience_s=-1.0) is None
    assert services.meanings.compute(TEXTS, lambda *_: None, Cancellation()) is not None


def test_what_is_prepared_lets_replies_go_first(services: Services) -> None:
    asked: list[bool] = []

    def is_writing() -> bool:
        asked.append(meanings.known(TEXTS[:16]) is not None)
        return len(asked) < 4 or 4 < len(asked) < 7

    meanings = Meanings(services.embedding, services.settings, TextVectors(services.database), is_writing)
    meanings.prepare(TEXTS, Cancellation())
    assert asked[:7] == [False] * 4 + [True] * 3, (
        "nothing before the reply ends, then some, then it waits again"
    )
    assert meanings.known(TEXTS) is not None
    num_asked = len(asked)
    assert meanings.compute(["a pear"], lambda *_: None, Cancellation()) is not None
    assert len(asked) == num_asked, "who asks a question waits for nobody"


def test_what_waits_behind_a_reply_can_be_cancelled(services: Services) -> None:
    cancellation = Cancellation()

    def is_writing() -> bool:
        cancellation.cancel()
        return True

    meanings = Meanings(services.embedding, services.settings, TextVectors(services.database), is_writing)
    with pytest.raises(CancelledError):
        meanings.prepare(TEXTS, cancellation)
    assert meanings.known(TEXTS[:1]) is None


def test_a_temporary_chat_leaves_no_vector_on_the_disk(services: Services) -> None:
    twin = services.in_memory()
    try:
        assert twin.meanings.compute(["a ship"], lambda *_: None, Cancellation()) is not None
        assert twin.meanings.known(["a ship"]) is not None
        assert services.meanings.known(["a ship"]) is None
    finally:
        twin.chat_database.close()


def test_a_model_that_is_gone_is_let_alone_and_tried_again_when_asked(services: Services) -> None:
    path = services.paths.models / "meaning.gguf"
    content = path.read_bytes()
    model = services.meanings.model()
    assert model is not None
    path.unlink()
    assert services.meanings.embed(model, ["a ship"], Cancellation()) is None
    path.write_bytes(content)
    assert services.meanings.state().has_failed
    assert not services.meanings.can_compare()
    services.meanings.forget_failures()
    assert services.meanings.compute(["a ship"], lambda *_: None, Cancellation()) is not None

"""An embedding model in the library: it finds evidence, is never taken for a chat model, and may fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.evidence import FoundBy
from lmstudio_lite.errors import CancelledError, ModelFileError, ModelNotFoundError
from lmstudio_lite.paths import portable_paths
from lmstudio_lite.tasks.evidence.match import find_evidence
from tests.support.gguf_models import write_model

SOURCE = "one two three four five. the lamp was green. nobody came to the harbour."


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Services]:
    with Services.open(portable_paths(tmp_path / "data"), isolation="process") as services:
        yield services


@pytest.fixture
def model(idle: Services) -> Path:
    idle.paths.models.mkdir(parents=True, exist_ok=True)
    return write_model(idle.paths.models / "compares.gguf", "embedder")


def test_without_one_only_words_are_compared(idle: Services) -> None:
    assert idle.embedding.embedder(Cancellation()) is None


def test_it_is_no_model_to_write_with(idle: Services, model: Path) -> None:
    entry = next(entry for entry in idle.library.list() if entry.path == model)
    assert entry.file is not None
    assert entry.file.is_embedding
    assert idle.default_model_path() != model
    with pytest.raises(ModelFileError) as raised:
        idle.load_model(model)
    assert raised.value.details["reason"] == "embeds_only"


def test_it_finds_a_passage_that_shares_no_word_by_its_rules(idle: Services, model: Path) -> None:
    embed = idle.embedding.embedder(Cancellation())
    assert embed is not None
    texts = [f"text {number}" for number in range(100)]
    vectors = embed(texts)
    assert len(vectors) == len(texts)
    assert sum(value * value for value in vectors[-1]) == pytest.approx(1.0, abs=1e-4)
    document = text_document(SOURCE, "a text")
    # The sentence is of function words: what it shares with the source settles nothing.
    found = find_evidence("three four five one two.", document, language="en", embed=embed)
    assert all(sentence.is_supported or sentence.found_by is FoundBy.WORDS for sentence in found.sentences)


def test_a_damaged_one_is_none_and_one_that_is_gone_says_so(idle: Services, model: Path) -> None:
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2])
    assert idle.embedding.embedder(Cancellation()) is None
    model.write_bytes(whole)
    embed = idle.embedding.embedder(Cancellation())
    assert embed is not None
    model.unlink()
    with pytest.raises(ModelNotFoundError):
        embed(["one text"])


def test_it_can_be_cancelled(idle: Services, model: Path) -> None:
    cancellation = Cancellation()
    embed = idle.embedding.embedder(cancellation)
    assert embed is not None
    cancellation.cancel()
    with pytest.raises(CancelledError):
        embed(["one text"])

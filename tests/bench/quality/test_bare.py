"""The bare model's side: as much of a document as its context holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.bench.quality.bare import MAX_TOKENS, summarize_bare
from lmstudio_lite.bench.quality.corpus import read_corpus
from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.engine.client.client import ThreadClient


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_document_larger_than_the_context_is_cut_to_it(
    language: str, starter_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAX_TOKENS, language, 8)
    longest = max(read_corpus((f"{language}-*",)), key=lambda document: len(document.text))
    client = ThreadClient()
    try:
        client.load_model(starter_model, LoadOptions(context_size=512))
        client.wait_until_ready(60)
        assert summarize_bare(client, longest.text, language, 512)
    finally:
        client.close()

"""How near two models are: as exact as where the whole is held, and no difference from itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lmstudio_lite.engine.convert.client import quantize, run_job
from lmstudio_lite.engine.convert.comparing import compare, divergence, log_softmax
from lmstudio_lite.engine.convert.protocol import Bake, Compare, Compared, Event, Quantize
from lmstudio_lite.engine.convert.windows import WINDOW_TOKENS, cut_into_windows
from lmstudio_lite.engine.llama.logits import LogitsReader
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import AdapterError, ConversionError
from tests.support.gguf_models import write_adapter, write_model

TEXT = "The quick brown fox jumps over the lazy dog; the lazy dog does not mind at all. " * 60


def test_a_model_is_what_it_is(tmp_path: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    quality = compare(path, path, [TEXT], 2)
    assert quality.kl == 0
    assert quality.same_top == 1
    assert quality.perplexity_after == quality.perplexity_before
    assert quality.num_tokens == 2 * (WINDOW_TOKENS // 2 - 1)


def test_the_figures_are_those_of_the_whole_distributions(tmp_path: Path) -> None:
    path, changed = write_model(tmp_path / "base.gguf", "qwen2"), tmp_path / "changed.gguf"
    quantize(path, changed, "Q4_0", lambda: None)
    quality = compare(path, changed, [TEXT], 2)
    with Vocabulary(path) as vocabulary:
        windows = cut_into_windows(vocabulary, [TEXT], 2)
    losses, kls, agreed = [], [], []
    with (
        LogitsReader(path, context_size=WINDOW_TOKENS) as before,
        LogitsReader(changed, context_size=WINDOW_TOKENS) as after,
    ):
        for token_ids in windows:
            rows = slice(WINDOW_TOKENS // 2, WINDOW_TOKENS - 1)
            first, second = (_exact(reader.logits(token_ids)[rows]) for reader in (before, after))
            kls.append((np.exp(first) * (first - second)).sum(axis=1))
            agreed.append(first.argmax(axis=1) == second.argmax(axis=1))
            losses.append(-first[np.arange(len(first)), token_ids[WINDOW_TOKENS // 2 + 1 :]])
    assert quality.kl == pytest.approx(np.concatenate(kls).mean(), rel=0.02)
    assert quality.same_top == pytest.approx(np.concatenate(agreed).mean(), abs=0.01)
    assert np.log(quality.perplexity_before) == pytest.approx(np.concatenate(losses).mean(), rel=1e-3)
    assert quality.kl_high > quality.kl > 3 * quality.kl_error > 0


def test_a_small_case_by_hand() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.8, 0.1, 0.1]], np.float32)) + 3
    other = np.log(np.array([[0.25, 0.25, 0.5], [0.8, 0.1, 0.1]], np.float32)) - 7
    found = divergence(log_softmax(logits), log_softmax(other))
    expected = 0.5 * np.log(0.5 / 0.25) + 0.25 * np.log(0.25 / 0.5)
    np.testing.assert_allclose(found, [expected, 0], atol=1e-6)


def test_models_with_other_words_are_not_compared(tmp_path: Path, starter_model: Path) -> None:
    path = write_model(tmp_path / "base.gguf", "llama")
    with pytest.raises(ConversionError) as refused:
        compare(path, starter_model, [TEXT], 1)
    assert refused.value.details["reason"] == "other_model"


def test_a_baked_adapter_predicts_what_llama_cpp_computes_with_it(tmp_path: Path) -> None:
    base, adapter = write_model(tmp_path / "base.gguf", "llama"), write_adapter(tmp_path / "adapter.gguf")
    baked = tmp_path / "baked.gguf"
    run_job(Quantize(str(base), str(baked), "F32"), lambda _: None, lambda: None)
    run_job(Bake(str(baked), str(adapter), 0.5), lambda _: None, lambda: None)
    heard: list[Event] = []
    job = Compare(str(base), str(baked), (TEXT,), 1, str(adapter), 0.5)
    run_job(job, heard.append, lambda: None)
    found = heard[-1]
    assert isinstance(found, Compared)
    assert found.quality.kl < 1e-5
    assert compare(base, baked, [TEXT], 1).kl > 0.01, "the adapter changes too little to prove anything"


def test_an_adapter_of_another_model_is_refused(tmp_path: Path, starter_model: Path) -> None:
    adapter, model = write_adapter(tmp_path / "adapter.gguf"), tmp_path / "floats.gguf"
    for architecture in ("qwen2", "mamba"):
        run_job(
            Quantize(str(write_model(tmp_path / "other.gguf", architecture)), str(model), "F32"),
            lambda _: None,
            lambda: None,
        )
        before = model.read_bytes()
        with pytest.raises(AdapterError) as refused:
            run_job(Bake(str(model), str(adapter)), lambda _: None, lambda: None)
        assert refused.value.details["reason"] == "other_base"
        assert model.read_bytes() == before
    with pytest.raises(AdapterError) as refused:
        run_job(Bake(str(model), str(starter_model)), lambda _: None, lambda: None)
    assert refused.value.details["reason"] == "no_adapter"


def _exact(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    found: NDArray[np.float64] = wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))
    return found

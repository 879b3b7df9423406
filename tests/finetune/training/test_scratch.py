"""A tokenizer and a model from nothing: what is learned is what llama.cpp reads and computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.vocabulary import Vocabulary
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    Export,
    ExportKind,
    FinetuneSettings,
    Finished,
    Gate,
    Method,
    ScratchSettings,
    TokenizerLearned,
)
from lmstudio_lite.finetune.training.scratch import check_agreement, learn_tokenizer, write_initial
from lmstudio_lite.paths import resources
from tests.finetune.runs import Run, make_run
from tests.finetune.training.models import compare, load

TEXT = (resources() / "finetune" / "general.txt").read_text("utf-8")
TINY = ScratchSettings(
    vocabulary_size=512, width=64, num_layers=2, num_heads=4, num_kv_heads=2, feed_forward=128
)
AWKWARD = [
    "I'll say it's  two   spaces,\n\n\ttabs, 12345 numbers…",
    "Ünïcödé 書籍 🙂 <|endof text|> {}[]",
    " leading and trailing ",
    "don't DON'T we've I'm",
]


def test_llama_cpp_cuts_texts_as_the_learned_tokenizer_does(tmp_path: Path) -> None:
    tokenizer = learn_tokenizer(TEXT.splitlines(), 512)
    path = tmp_path / "initial.gguf"
    write_initial(path, tokenizer, TINY, max_length=128, seed=1, name="Tiny")
    with Vocabulary(path) as vocabulary:
        assert vocabulary.size == 512
        check_agreement(tokenizer, vocabulary, [TEXT, *AWKWARD])
        assert vocabulary.text_of(vocabulary.tokenize(TEXT)) == TEXT
        with pytest.raises(InvariantError):
            check_agreement(learn_tokenizer(["another text altogether"], 300), vocabulary, [TEXT])
    assert compare(load(path), path).kl < 1e-4


def test_a_model_from_nothing_learns_and_is_written(tmp_path: Path) -> None:
    settings = FinetuneSettings(
        method=Method.SCRATCH,
        scratch=TINY,
        name="born",
        learning_rate=5e-3,
        max_steps=40,
        batch_size=4,
        max_length=64,
        packing=True,
        exports=(Export(ExportKind.MERGED, "F32"), Export(ExportKind.MERGED, "Q8_0")),
    )
    texts = [TrainingExample(text=line) for line in TEXT.splitlines() if line]
    run = Run(make_run(tmp_path / "run", settings, texts[:-3], texts[-3:]))
    end = run.wait()
    assert isinstance(end, Finished), end
    (learned,) = run.of(TokenizerLearned)
    assert "".join(learned.pieces) == texts[0].text[:120]
    (gate,) = run.of(Gate)
    assert gate.data_after < gate.data_before - 1.0
    exact, quantized = end.exports
    assert exact.kl <= KL_MAX_FLOAT
    assert quantized.kl <= 0.05
    assert Path(exact.path).name == "born-F32.gguf"

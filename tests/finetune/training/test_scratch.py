"""A tokenizer and a model from nothing: what is learned is what llama.cpp reads and computes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.finetune.byte_pairs import merge_steps, ranks_of
from lmstudio_lite.finetune.lesson import (
    AttentionSeen,
    EmbeddingSeen,
    GuessSeen,
    TextsSeen,
    TokenizerLearned,
)
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    Export,
    ExportKind,
    FinetuneSettings,
    Gate,
    Method,
    RunFinished,
    Sample,
    ScratchSettings,
)
from lmstudio_lite.finetune.training.scratch import check_agreement, learn_tokenizer, write_initial
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.paths import resources
from tests.finetune.runs import NUMBERS, Run, make_run
from tests.finetune.training.models import compare, load

TEXT = (resources() / "finetune" / "general.txt").read_text("utf-8")
TINY = ScratchSettings(
    vocabulary_size=512, width=64, num_layers=2, num_heads=4, num_kv_heads=2, feed_forward=128
)
AWKWARD = [
    "I'll say it's  two   spaces,\n\n\ttabs, 12345 numbers…",
    "Ünïcödé 書籍 🙂 <|endof text|> {}[]",
    "GPT-2 ends its texts with <|endoftext|><|endoftext|>, which is a text.",
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
    assert isinstance(end, RunFinished), end
    (learned,) = run.of(TokenizerLearned)
    assert "".join(learned.pieces) == texts[0].text[:120]
    assert "".join(learned.merges[0]) in texts[0].text
    assert learned.num_merges > 100
    assert 1.5 < learned.characters_per_token < 6
    (seen,) = run.of(TextsSeen)
    assert seen.num_characters == sum(len(text.text) for text in texts[:-3])
    assert texts[0].text.startswith(seen.beginning[:40])
    (gate,) = run.of(Gate)
    assert gate.data_after < gate.data_before - 1.0
    exact, quantized = end.exports
    assert exact.kl <= KL_MAX_FLOAT
    assert quantized.kl <= 0.05
    assert Path(exact.path).name == "born-F32.gguf"
    assert read_gguf_header(Path(exact.path)).text("general.name") == "born"
    check_lesson(run)


def test_a_model_from_nothing_learns_to_answer(tmp_path: Path) -> None:
    settings = FinetuneSettings(
        method=Method.SCRATCH, scratch=TINY, learning_rate=5e-3, max_steps=20, max_length=64, exports=()
    )
    run = Run(make_run(tmp_path / "run", settings, NUMBERS, NUMBERS[:4]))
    end = run.wait()
    assert isinstance(end, RunFinished), end
    assert run.of(Sample)[-1].prompt == "User: What follows 0?\n\nAssistant:"
    (gate,) = run.of(Gate)
    assert gate.data_after < gate.data_before - 1.0


def check_lesson(run: Run) -> None:
    """See that what is shown is what is there: probabilities, and words that the texts have."""
    steps = [0, 10, 20, 30, 40]
    guesses, maps, vectors = run.of(GuessSeen), run.of(AttentionSeen), run.of(EmbeddingSeen)
    for shown in (guesses, maps, vectors):
        assert [event.step for event in shown] == steps
    blind, last = (
        -sum(map(math.log, guess.shares)) / len(guess.shares) for guess in (guesses[0], guesses[-1])
    )
    assert blind == pytest.approx(math.log(512), abs=0.3)
    assert last < blind - 0.3
    assert "".join(guesses[0].pieces) in TEXT
    size = len(maps[0].pieces)
    for layer in range(TINY.num_layers):
        for head in range(TINY.num_heads):
            for row in range(size):
                weights = [maps[-1].weight(layer, head, row, column) for column in range(size)]
                assert sum(weights) == pytest.approx(1, abs=0.05)
                assert not any(weights[row + 1 :])
    assert all(place.piece in TEXT for place in vectors[-1].places)
    assert vectors[0].numbers != vectors[-1].numbers
    assert all(-1 <= cosine <= 1 for word in vectors[-1].neighbours for _, cosine in word.nearest)
    samples = run.of(Sample)
    assert [sample.step for sample in samples] == steps
    assert len({sample.prompt for sample in samples}) == 1
    assert samples[0].answer != samples[-1].answer


def test_the_way_to_the_pieces_ends_where_llama_cpp_does(tmp_path: Path) -> None:
    tokenizer = learn_tokenizer(TEXT.splitlines(), 512)
    path = tmp_path / "initial.gguf"
    write_initial(path, tokenizer, TINY, max_length=128, seed=1, name="Tiny")
    header = read_gguf_header(path, kept_arrays=frozenset(("tokenizer.ggml.merges",)), needs_tensors=False)
    ranks = ranks_of(header.text_arrays["tokenizer.ggml.merges"])
    with Vocabulary(path) as vocabulary:
        for word in (*TEXT.split()[:200], " another", "banana", "Ünï", "mississippi"):
            steps = merge_steps(word, ranks)
            assert all("".join(step.pieces).replace("\ufffd", "") for step in steps)
            if word.isascii() and word.strip().isalpha():
                pieces = [vocabulary.piece(token_id) for token_id in vocabulary.tokenize(word)]
                assert list(steps[-1].pieces) == pieces

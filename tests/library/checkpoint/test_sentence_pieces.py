"""Tokenizers of SentencePiece's kind: llama.cpp makes the tokens that the tokenizers library makes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import ConversionError
from lmstudio_lite.library.checkpoint.shards import open_checkpoint
from lmstudio_lite.library.checkpoint.writing import CheckpointPlan
from tests.support.checkpoints import change_json, tensors_of, write_checkpoint, write_json, write_weights

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
CORPUS = (
    "the rain in Spain stays mainly in the plain; there it rained and rained again. "
    "they say that nothing is said there. 雨は平野に降る。 "
) * 3
SPECIAL = ("<unk>", "<s>", "</s>")
TEXTS = (
    "the rain in Spain, isn't it?",
    "  leading  and   trailing spaces ",
    "Füße naïve 日本語 🎉",
    "again again\n\n\tthere</s>the",
    "",
    SPACE,
)
PREPEND = {"type": "Prepend", "prepend": SPACE}
REPLACE = {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}
LLAMA2 = {"normalizer": {"type": "Sequence", "normalizers": [PREPEND, REPLACE]}, "pre_tokenizer": None}
MISTRAL = {
    "normalizer": None,
    "pre_tokenizer": {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "first", "split": False},
}
GEMMA = {
    "normalizer": REPLACE,
    "pre_tokenizer": {
        "type": "Split",
        "pattern": {"String": " "},
        "behavior": "MergedWithPrevious",
        "invert": False,
    },
}


def pieces() -> list[str]:
    """Return pieces in SentencePiece's order: each but the letters is made of two before it."""
    text = CORPUS.replace(" ", SPACE)
    letters = sorted(set(text))
    known, made = set(letters), list[str]()
    for _ in range(140):
        counts: dict[str, int] = {}
        for start in range(len(text)):
            for length in range(2, 9):
                piece = text[start : start + length]
                cuts = [piece[:cut] in known and piece[cut:] in known for cut in range(1, len(piece))]
                if len(piece) == length and piece not in known and any(cuts):
                    counts[piece] = counts.get(piece, 0) + length
        best = max(counts, key=lambda piece: (counts[piece], piece))
        known.add(best)
        made.append(best)
    return made + letters


def write_folder(folder: Path, **changes: Any) -> Path:
    """Write a model beside a tokenizer as Hugging Face's own converter makes it of SentencePiece's."""
    write_checkpoint(folder, "llama")
    tokens = [*SPECIAL, *(f"<0x{number:02X}>" for number in range(256))]
    found = pieces()
    num_letters = len(set(CORPUS.replace(" ", SPACE)))
    tokens += found
    known = set(tokens)
    merges = [
        [piece[:cut], piece[cut:]]
        for piece in found[: len(found) - num_letters]
        for cut in range(1, len(piece))
        if piece[:cut] in known and piece[cut:] in known
    ]
    added = [
        {"id": number, "content": token, "special": True, "lstrip": False, "rstrip": False,
         "single_word": False, "normalized": False}
        for number, token in enumerate(SPECIAL)
    ]  # fmt: skip
    model = {
        "type": "BPE", "byte_fallback": True, "fuse_unk": True, "unk_token": "<unk>",
        "vocab": {token: number for number, token in enumerate(tokens)}, "merges": merges,
    }  # fmt: skip
    write_json(
        folder / "tokenizer.json",
        {"version": "1.0", "added_tokens": added, "model": model, "decoder": None} | changes,
    )
    write_json(folder / "tokenizer_config.json", {"bos_token": "<s>", "eos_token": "</s>"})
    change_json(folder / "config.json", vocab_size=len(tokens))
    return folder


def write_vocabulary(folder: Path) -> Path:
    """Write a file without weights, which is all that llama.cpp needs to make tokens."""
    path = folder.with_suffix(".tokens.gguf")
    checkpoint = open_checkpoint(folder)
    with path.open("w+b") as file:
        CheckpointPlan(checkpoint).outline(file)
    return path


@pytest.mark.parametrize("way", [LLAMA2, MISTRAL, GEMMA], ids=["llama2", "mistral", "gemma"])
def test_tokens_are_those_of_the_tokenizers_library(tmp_path: Path, way: dict[str, Any]) -> None:
    library = pytest.importorskip("tokenizers", reason="the extra `finetune` is not installed")
    folder = write_folder(tmp_path / "base", **way)
    theirs = library.Tokenizer.from_file(str(folder / "tokenizer.json"))
    widen(folder)
    with Vocabulary(write_vocabulary(folder)) as ours:
        for text in TEXTS:
            if way is MISTRAL and ("</s>" in text or text[:1] in (" ", SPACE)):
                continue  # the difference that the module tells of
            assert ours.tokenize(text, parse_special=True) == theirs.encode(text).ids, text


def test_tokens_of_gemma_4_are_those_of_the_tokenizers_library(tmp_path: Path) -> None:
    """llama.cpp makes these by the merges themselves, whatever order they are in."""
    library = pytest.importorskip("tokenizers", reason="the extra `finetune` is not installed")
    folders = pytest.importorskip("tests.finetune.test_converted_folders")
    written, folder = write_folder(tmp_path / "pieces", **GEMMA), tmp_path / "base"
    size = json.loads((written / "config.json").read_text("utf-8"))["vocab_size"]
    folders.write_folder(folder, "gemma4 with experts", vocab_size=size, vocab_size_per_layer_input=size)
    tokenizer = json.loads((written / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["merges"].reverse()
    write_json(folder / "tokenizer.json", tokenizer)
    shutil.copy(written / "tokenizer_config.json", folder)
    theirs = library.Tokenizer.from_file(str(folder / "tokenizer.json"))
    with Vocabulary(write_vocabulary(folder)) as ours:
        for text in TEXTS:
            assert ours.tokenize(text, parse_special=True) == theirs.encode(text).ids, text


def widen(folder: Path) -> None:
    """Give the weights the shape that the vocabulary's size asks for."""
    size = len(json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"])
    tensors = tensors_of(folder.with_name(f"{folder.name}.gguf"), "llama")
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        tensors[name] = np.resize(tensors[name], (size, tensors[name].shape[1]))
    write_weights(folder, tensors)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"normalizer": {"type": "NFKC"}, "pre_tokenizer": None}, 'normalizer ["NFKC", null]'),
        (LLAMA2 | {"model": "without the last merge"}, "merges"),
        (LLAMA2 | {"model": "without a byte"}, "byte_fallback"),
    ],
)
def test_what_llama_cpp_would_cut_otherwise_is_refused(
    tmp_path: Path, change: dict[str, Any], part: str
) -> None:
    wanted = change.get("model")
    folder = write_folder(tmp_path / "base", **{key: each for key, each in change.items() if key != "model"})
    model = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]
    if wanted == "without the last merge":
        model["merges"].pop()
    elif wanted == "without a byte":
        model["vocab"]["<0x0>"] = model["vocab"].pop("<0x00>")
    change_json(folder / "tokenizer.json", model=model)
    widen(folder)
    with pytest.raises(ConversionError) as refused:
        write_vocabulary(folder)
    assert (refused.value.details["reason"], refused.value.details["part"]) == ("unknown_tokenizer", part)

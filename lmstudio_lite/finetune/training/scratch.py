"""A model from nothing: a tokenizer learned from the user's texts, random weights in a complete GGUF file.

That file then is the base of an ordinary full training, so that loading, checkpoints, measuring and export
are the same as for every other run. The tokenizer is GPT-2's kind (byte-pair merges over bytes, Sennrich et
al. 2016), for which llama.cpp and ``tokenizers`` have the same rules; that they agree is checked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.engine.llama.tokenizer import Vocabulary
from lmstudio_lite.errors import InvariantError
from lmstudio_lite.finetune.byte_pairs import readable
from lmstudio_lite.finetune.data.canonical import read_examples
from lmstudio_lite.finetune.lesson import LessonEvent, TextsSeen, TokenizerLearned
from lmstudio_lite.finetune.protocol import FinetuneSettings, ScratchSettings
from lmstudio_lite.finetune.run_folder import RunFolder
from lmstudio_lite.finetune.training.gguf_file import NewTensor, Value, encode_entry, write_gguf
from lmstudio_lite.finetune.training.tensor_map import Floats
from lmstudio_lite.private_files import make_private_folder

END_OF_TEXT = "<|endoftext|>"
_NORMAL, _CONTROL = 1, 3
_CONTEXT_MIN = 512
_SPREAD = 0.02
_CHECKED_TEXTS = 200
_SHOWN_LENGTH = 120
_MEASURED_LENGTH = 2000
_BEGINNING_LENGTH = 400
_COMMONEST = 16
_MERGES_SHOWN = 24
_EPSILON = 1e-5
_ROTATION_BASE = 10_000.0


def begin(folder: RunFolder, settings: FinetuneSettings, emit: Callable[[LessonEvent], None]) -> Path:
    """Return the model that a run from scratch begins with; made once, and kept for a resumed run.

    Raises:
        StorageError: it can't be written.
    """
    path = folder.initial_model

    def texts() -> Iterator[str]:
        return texts_of(read_examples(folder.train_file))

    if not path.is_file():
        emit(look_at(texts()))
        tokenizer = learn_tokenizer(texts(), settings.scratch.vocabulary_size)
        unchecked = path.with_suffix(".unchecked")
        write_initial(
            unchecked,
            tokenizer,
            settings.scratch,
            max_length=settings.max_length,
            seed=settings.seed,
            name=settings.name or folder.path.name,
        )
        with Vocabulary(unchecked) as vocabulary:
            check_agreement(tokenizer, vocabulary, texts())
            emit(describe(vocabulary, _merges_of(tokenizer), next(texts(), "")))
        unchecked.replace(path)
    return path


def look_at(texts: Iterable[str]) -> TextsSeen:
    """Count what texts consist of."""
    characters: Counter[str] = Counter()
    num_texts, beginning = 0, ""
    for text in texts:
        num_texts += 1
        characters.update(text)
        if len(beginning) < _BEGINNING_LENGTH:
            beginning = f"{beginning}\n{text}".lstrip("\n")[:_BEGINNING_LENGTH]
    commonest = tuple(characters.most_common(_COMMONEST))
    return TextsSeen(num_texts, characters.total(), len(characters), commonest, beginning)


def learn_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """Learn at most ``size`` tokens from ``texts``, the 256 bytes and the end of text among them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=max(size, 257),
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def write_initial(
    path: Path, tokenizer: Tokenizer, settings: ScratchSettings, *, max_length: int, seed: int, name: str
) -> None:
    """Write a model with ``tokenizer`` and random weights.

    Raises:
        StorageError: the file can't be written.
    """
    learned = json.loads(tokenizer.to_str())["model"]
    by_id = sorted(learned["vocab"], key=learned["vocab"].__getitem__)
    merges = [" ".join(merge) for merge in _merges_of(tokenizer)]
    end = by_id.index(END_OF_TEXT)
    entries: dict[str, Value] = {
        "general.architecture": "llama",
        "general.type": "model",
        "general.name": name,
        "general.file_type": 0,
        "llama.context_length": max(_CONTEXT_MIN, max_length),
        "llama.block_count": settings.num_layers,
        "llama.embedding_length": settings.width,
        "llama.feed_forward_length": settings.feed_forward,
        "llama.attention.head_count": settings.num_heads,
        "llama.attention.head_count_kv": settings.num_kv_heads,
        "llama.attention.layer_norm_rms_epsilon": _EPSILON,
        "llama.rope.freq_base": _ROTATION_BASE,
        "llama.rope.dimension_count": settings.width // settings.num_heads,
        "llama.vocab_size": len(by_id),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": by_id,
        "tokenizer.ggml.token_type": [_CONTROL if token == END_OF_TEXT else _NORMAL for token in by_id],
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": end,
        "tokenizer.ggml.eos_token_id": end,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.add_space_prefix": False,
    }
    make_private_folder(path.parent)
    write_gguf(
        path,
        {key: encode_entry(key, value) for key, value in entries.items() if value != []},
        list(_tensors(settings, len(by_id), seed)),
    )


def check_agreement(tokenizer: Tokenizer, vocabulary: Vocabulary, texts: Iterable[str]) -> None:
    """See that llama.cpp cuts texts as the tokenizer that was learned does: all of them as words.

    Raises:
        InvariantError: it does not.
    """
    tokenizer.encode_special_tokens = True
    for text, _ in zip(texts, range(_CHECKED_TEXTS), strict=False):
        ours, theirs = tokenizer.encode(text).ids, vocabulary.tokenize(text)
        if ours != theirs:
            at = next(
                (n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), len(ours)
            )
            raise InvariantError(f"llama.cpp's tokens differ from token {at} on")


def describe(vocabulary: Vocabulary, merges: list[tuple[str, str]], text: str) -> TokenizerLearned:
    """Return what was learned and how a text is cut, to be shown."""
    token_ids = vocabulary.tokenize(text[:_SHOWN_LENGTH])
    measured = text[:_MEASURED_LENGTH]
    shown = [(readable(left), readable(right)) for left, right in merges]
    return TokenizerLearned(
        vocabulary.size,
        tuple(vocabulary.piece(token_id) for token_id in token_ids),
        tuple(shown[:_MERGES_SHOWN]),
        tuple(shown[_MERGES_SHOWN:][-_MERGES_SHOWN:]),
        len(merges),
        len(measured) / max(1, len(vocabulary.tokenize(measured))),
    )


def texts_of(examples: Iterable[TrainingExample]) -> Iterator[str]:
    """Yield all texts in examples."""
    for example in examples:
        if example.text:
            yield example.text
        for message in example.messages:
            yield message.text


def _merges_of(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(merge.split(" ", 1) if isinstance(merge, str) else merge) for merge in merges]


def _tensors(settings: ScratchSettings, vocabulary_size: int, seed: int) -> Iterator[NewTensor]:
    """Yield weights as GPT-2 begins with: the more layers, the less each adds to the residual stream."""
    width, inner = settings.width, settings.feed_forward
    keys = width // settings.num_heads * settings.num_kv_heads
    random = np.random.default_rng(seed)
    small = _SPREAD / (2 * settings.num_layers) ** 0.5

    def matrix(name: str, *shape: int, spread: float = _SPREAD) -> NewTensor:
        own_seed = int(random.integers(1 << 62))
        return _tensor(name, shape, partial(_normal, shape, spread, own_seed))

    def ones(name: str) -> NewTensor:
        return _tensor(name, (width,), lambda: np.ones(width, np.float32))

    yield matrix("token_embd.weight", vocabulary_size, width)
    for layer in range(settings.num_layers):
        block = f"blk.{layer}"
        yield ones(f"{block}.attn_norm.weight")
        yield matrix(f"{block}.attn_q.weight", width, width)
        yield matrix(f"{block}.attn_k.weight", keys, width)
        yield matrix(f"{block}.attn_v.weight", keys, width)
        yield matrix(f"{block}.attn_output.weight", width, width, spread=small)
        yield ones(f"{block}.ffn_norm.weight")
        yield matrix(f"{block}.ffn_gate.weight", inner, width)
        yield matrix(f"{block}.ffn_up.weight", inner, width)
        yield matrix(f"{block}.ffn_down.weight", width, inner, spread=small)
    yield ones("output_norm.weight")


def _tensor(name: str, shape: tuple[int, ...], values: Callable[[], Floats]) -> NewTensor:
    return NewTensor(name, shape, gguf.GGMLQuantizationType.F32, values)


def _normal(shape: tuple[int, ...], spread: float, seed: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32) * np.float32(spread)

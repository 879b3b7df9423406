"""Keys of any type and value: everything that reads, judges, words and shows them goes on."""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts
from lmstudio_lite.library.inspection.model import inspect_model
from lmstudio_lite.words.inspection import say_facts, say_finding, say_value
from tests.library.gguf_files import make_gguf, text

KEYS = (
    *("general.architecture", "general.type", "general.name", "general.file_type", "general.license"),
    *("general.alignment", "general.base_model.0.name", "adapter.lora.alpha", "split.no", "split.count"),
    *("split.tensors.count", "llama.context_length", "llama.block_count", "llama.embedding_length"),
    *("llama.pooling_type", "llama.vocab_size", "tokenizer.ggml.model", "tokenizer.ggml.tokens"),
    *(
        "tokenizer.ggml.scores",
        "tokenizer.ggml.pre",
        "tokenizer.ggml.eos_token_id",
        "tokenizer.chat_template",
    ),
    *("tokenizer.ggml.bos_token_id", "tokenizer.chat_template", "tokenizer.chat_template.tool_use"),
)
_TEXTS = st.text(max_size=8).map(lambda value: struct.pack("<I", 8) + text(value))
_KNOWN = st.sampled_from(("llama", "clip", "bert", "adapter", "model", "mmproj", "gpt2", "none", "imatrix"))
_NUMBERS = {
    0: st.integers(0, 255).map(lambda value: struct.pack("<B", value)),
    4: st.integers(0, 2**32 - 1).map(lambda value: struct.pack("<I", value)),
    5: st.integers(-(2**31), 2**31 - 1).map(lambda value: struct.pack("<i", value)),
    7: st.booleans().map(lambda value: struct.pack("<?", value)),
    10: st.integers(0, 2**64 - 1).map(lambda value: struct.pack("<Q", value)),
    12: st.floats(width=64).map(lambda value: struct.pack("<d", value)),
}


def _array(number: int, items: list[bytes]) -> bytes:
    return struct.pack("<IIQ", 9, number, len(items)) + b"".join(items)


def _typed(number: int) -> st.SearchStrategy[bytes]:
    return _NUMBERS[number].map(lambda value: struct.pack("<I", number) + value)


def _arrays(number: int) -> st.SearchStrategy[bytes]:
    return st.lists(_NUMBERS[number], max_size=5).map(lambda items: _array(number, items))


_SCALARS = st.one_of(
    _TEXTS, _KNOWN.map(lambda value: struct.pack("<I", 8) + text(value)), *map(_typed, _NUMBERS)
)
_ARRAYS = st.one_of(
    st.lists(st.text(max_size=4).map(text), max_size=5).map(lambda items: _array(8, items)),
    *map(_arrays, _NUMBERS),
)


@given(st.lists(st.tuples(st.sampled_from(KEYS), _SCALARS | _ARRAYS), max_size=24), st.booleans())
def test_any_value_under_any_key(entries: list[tuple[str, bytes]], has_tensors: bool) -> None:
    extra = b"".join(text(key) + value for key, value in entries)
    tensors = [("token_embd.weight", (64, 32)), ("blk.0.w", (32, 2))] if has_tensors else []
    content = make_gguf({}, tensors=tensors, extra=extra, num_extra=len(entries))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Odd-7B-Q4_K_M.gguf")
        path.write_bytes(content)
        inspection = inspect_model(path)
        if inspection.failure is None:
            model_facts(read_gguf_header(path, needs_tensors=False))
    sentences = [say_finding(finding) for finding in inspection.findings]
    assert all(sentences)
    assert all(value for _, value in say_facts(inspection))
    assert all(isinstance(say_value(entry), str) for entry in inspection.header.entries)
    json.dumps([finding.details for finding in inspection.findings])

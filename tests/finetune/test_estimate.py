from __future__ import annotations

from pathlib import Path

from lmstudio_lite.finetune.data.model_format import read_chat_format
from lmstudio_lite.library.gguf import read_gguf_header


def test_a_models_own_template_is_read_without_loading_it(starter_model: Path) -> None:
    chat_format = read_chat_format(starter_model)
    assert chat_format.problem == ""
    assert chat_format.reasoning_marks is None


def test_wanted_arrays_of_a_header_are_kept(starter_model: Path) -> None:
    keys = frozenset(("tokenizer.ggml.tokens", "tokenizer.ggml.token_type"))
    header = read_gguf_header(starter_model, kept_arrays=keys)
    tokens, types = (
        header.text_arrays["tokenizer.ggml.tokens"],
        header.number_arrays["tokenizer.ggml.token_type"],
    )
    assert len(tokens) == len(types) == header.array_lengths["tokenizer.ggml.tokens"]
    assert "<|im_end|>" in tokens
    assert read_gguf_header(starter_model).text_arrays == {}

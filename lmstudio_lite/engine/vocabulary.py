"""A model's tokenizer and chat template without its weights: loaded in a moment, a few megabytes.

For work on texts that needs no generation, such as preparing what a model is trained on: the same tokens
and the same template as in use. One thread at a time.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import TracebackType

import llama_cpp

from lmstudio_lite.domain.generation import Message
from lmstudio_lite.engine import llama_log
from lmstudio_lite.engine.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.llama_context import ATTRIBUTE_CONTROL
from lmstudio_lite.engine.llama_refusal import load_error
from lmstudio_lite.engine.model_path import check_model_path


class Vocabulary:
    """The tokenizer of the GGUF file at ``path``; a context manager."""

    def __init__(self, path: Path) -> None:
        """Read the file's vocabulary.

        Raises:
            ModelNotFoundError, ModelFileError: there is no such file, or it is none.
            ModelLoadError: llama.cpp refuses it.
        """
        check_model_path(path)
        llama_log.install()
        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.vocab_only = True
        llama_log.take_last_error()
        self._model: int | None = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not self._model:
            raise load_error(path)
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._control_texts = cache(self._find_control_texts)
        template = llama_cpp.llama_model_chat_template(self._model, None)
        self.chat_template = template.decode("utf-8", "replace") if template else None
        special = (
            self.piece(llama_cpp.llama_vocab_bos(self._vocab)),
            self.piece(llama_cpp.llama_vocab_eos(self._vocab)),
        )
        self.chat_format: ChatFormat = choose_format(
            self.chat_template, special_texts=special, control_texts=self._control_texts
        )

    def __enter__(self) -> Vocabulary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back. Idempotent."""
        if self._model is not None:
            llama_cpp.llama_model_free(self._model)
            self._model = None

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return int(llama_cpp.llama_vocab_n_tokens(self._vocab))

    @property
    def end_of_text(self) -> int:
        """The token that ends a text, -1 if there is none."""
        return int(llama_cpp.llama_vocab_eos(self._vocab))

    def is_end_of_generation(self, token_id: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token_id))

    def tokenize(self, text: str, *, add_special: bool = False, parse_special: bool = False) -> list[int]:
        """Return the tokens of ``text``.

        ``add_special`` puts before and after it what the model expects there, ``parse_special`` reads the
        names of control tokens as such.
        """
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        while True:
            ids = (llama_cpp.llama_token * size)()
            count = llama_cpp.llama_tokenize(
                self._vocab, data, len(data), ids, size, add_special, parse_special
            )
            if count >= 0:
                return list(ids[:count])
            size = -count

    def tokenize_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a chat up to where the answer begins, as the engine would evaluate them."""
        text = self.chat_format.render(messages)
        return self.tokenize(text, add_special=self.chat_format.adds_special, parse_special=True)

    def piece(self, token_id: int) -> str:
        """Return a token's text, that of a control token as well; "" for a negative id."""
        return self.bytes_of(token_id).decode("utf-8", "replace")

    def bytes_of(self, token_id: int) -> bytes:
        if token_id < 0:
            return b""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(self._vocab, token_id, buffer, size, 0, True)
            if count >= 0:
                return buffer.raw[:count]
            size = -count

    def text_of(self, token_ids: Sequence[int]) -> str:
        """Return the text of tokens that were sampled; control tokens say nothing."""
        shown = (i for i in token_ids if not self._is_control(i))
        return b"".join(self.bytes_of(token_id) for token_id in shown).decode("utf-8", "replace")

    def _is_control(self, token_id: int) -> bool:
        return bool(llama_cpp.llama_vocab_get_attr(self._vocab, token_id) & ATTRIBUTE_CONTROL)

    def _find_control_texts(self) -> frozenset[str]:
        return frozenset(self.piece(i) for i in range(self.size) if self._is_control(i)) - {""}

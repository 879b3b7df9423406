"""A model's tokenizer and chat template without its weights: loaded in a moment, a few megabytes.

For work on texts that needs no generation, such as preparing what a model is trained on: the same tokens
and the same template as in use. One thread at a time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import llama_cpp

from lmstudio_lite.domain.generation import Message
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama import vocabulary as llama_vocabulary
from lmstudio_lite.engine.llama.model_path import check_model_path
from lmstudio_lite.engine.llama.refusal import load_error
from lmstudio_lite.engine.templates.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.templates.prompt_text import PromptText
from lmstudio_lite.engine.templates.prompt_tokens import PromptTokenizer


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
        template = llama_cpp.llama_model_chat_template(self._model, None)
        self.chat_template = template.decode("utf-8", "replace") if template else None
        special = (
            self.piece(llama_cpp.llama_vocab_bos(self._vocab)),
            self.piece(llama_cpp.llama_vocab_eos(self._vocab)),
        )
        guarded = llama_vocabulary.guarded_texts(self._vocab)
        self.chat_format: ChatFormat = choose_format(
            self.chat_template, special_texts=special, guarded_texts=lambda: guarded
        )
        self._prompts = PromptTokenizer(self, guarded)

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

    @property
    def begin_token(self) -> int | None:
        """The token that a prompt begins with, None where the model wants none."""
        return llama_vocabulary.begin_token(self._vocab)

    def tokenize(self, text: str, *, add_special: bool = False, parse_special: bool = False) -> list[int]:
        """Return the tokens of ``text``; see ``llama_vocabulary.tokenize``."""
        return llama_vocabulary.tokenize(
            self._vocab, text, add_special=add_special, parse_special=parse_special
        )

    def tokenize_words(self, text: str) -> list[int]:
        """Return the tokens of a text that stands alone, in which nothing is read as markup."""
        begin = self.begin_token
        return [*([] if begin is None else [begin]), *self._prompts.encode_words(text)]

    def tokenize_rendered(self, prompt: PromptText, *, begins: bool = True) -> list[int]:
        """Return the tokens of what ``chat_format`` wrote, as the engine would evaluate them.

        Without ``begins`` it is a part that others go before.
        """
        return self._prompts.encode(prompt) if begins else self._prompts.encode_part(prompt)

    def tokenize_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a chat up to where the answer begins, as the engine would evaluate them."""
        return self.tokenize_rendered(self.chat_format.render(messages))

    def piece(self, token_id: int) -> str:
        """Return a token's text, that of a control token as well; "" for a negative id."""
        return self.bytes_of(token_id).decode("utf-8", "replace")

    def bytes_of(self, token_id: int) -> bytes:
        """Return a token's text, that of a control token as well."""
        return llama_vocabulary.piece(self._vocab, token_id, with_control=True)

    def token_bytes(self, token_id: int) -> bytes:
        """Return a token's text; control tokens say nothing."""
        return llama_vocabulary.piece(self._vocab, token_id, with_control=False)

    def text_of(self, token_ids: Sequence[int]) -> str:
        """Return the text of tokens that were sampled; control tokens say nothing."""
        return b"".join(map(self.token_bytes, token_ids)).decode("utf-8", "replace")

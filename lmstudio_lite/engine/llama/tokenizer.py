"""A model's tokenizer and chat template: of a loaded model, or of its file without the weights.

``Tokenizer`` is one part of a loaded model. ``Vocabulary`` opens a file for its tokenizer alone, in a moment
and with a few megabytes, for work on texts that needs no generation, such as preparing what a model is
trained on: the same tokens and the same template as in use. One thread at a time.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import llama_cpp

from lmstudio_lite.domain.generation import Message
from lmstudio_lite.engine.llama import log as llama_log
from lmstudio_lite.engine.llama.model_path import check_model_path
from lmstudio_lite.engine.llama.refusal import load_error
from lmstudio_lite.engine.templates.chat_format import ChatFormat, choose_format
from lmstudio_lite.engine.templates.guarded_texts import GuardedTexts
from lmstudio_lite.engine.templates.prompt_text import PromptText
from lmstudio_lite.engine.templates.prompt_tokens import PromptTokenizer

_CONTROL = int(llama_cpp.LLAMA_TOKEN_ATTR_CONTROL)
_UNKNOWN = int(llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN)
_USER_DEFINED = int(llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED)


class Tokenizer:
    """Reads the vocabulary of a model that llama.cpp has open; ``model`` is its handle."""

    def __init__(self, model: int) -> None:
        self.vocab: int = llama_cpp.llama_model_get_vocab(model)
        self._texts: dict[int, bytes] = {}
        template = llama_cpp.llama_model_chat_template(model, None)
        self.chat_template: str | None = template.decode("utf-8", "replace") if template else None

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return int(llama_cpp.llama_vocab_n_tokens(self.vocab))

    @property
    def end_of_text(self) -> int:
        """The token that ends a text, -1 if there is none."""
        return int(llama_cpp.llama_vocab_eos(self.vocab))

    @property
    def begin_token(self) -> int | None:
        """The token that a prompt begins with, None where the model wants none."""
        token_id = int(llama_cpp.llama_vocab_bos(self.vocab))
        return token_id if token_id >= 0 and llama_cpp.llama_vocab_get_add_bos(self.vocab) else None

    @property
    def special_texts(self) -> tuple[str, str]:
        """The texts of the tokens that begin and end a text, "" where there is none."""
        return self.piece(llama_cpp.llama_vocab_bos(self.vocab)), self.piece(self.end_of_text)

    def guarded_texts(self) -> GuardedTexts:
        """Return what must not be read in somebody's words; takes 0.1 s for a large vocabulary."""
        controls: list[str] = []
        always: list[str] = []
        for token_id in range(self.size):
            attributes = llama_cpp.llama_vocab_get_attr(self.vocab, token_id)
            if attributes & (_CONTROL | _UNKNOWN | _USER_DEFINED):
                text = llama_cpp.llama_vocab_get_text(self.vocab, token_id).decode("utf-8", "replace")
                (always if attributes & _USER_DEFINED else controls).append(text)
        return GuardedTexts(controls, always)

    def is_end_of_generation(self, token_id: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self.vocab, token_id))

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
                self.vocab, data, len(data), ids, size, add_special, parse_special
            )
            if count >= 0:
                return list(ids[:count])
            size = -count

    def piece(self, token_id: int) -> str:
        """Return a token's text, that of a control token as well; "" for a negative id."""
        return self.bytes_of(token_id).decode("utf-8", "replace")

    def bytes_of(self, token_id: int) -> bytes:
        """Return a token's text, that of a control token as well."""
        return self._piece(token_id, with_control=True)

    def token_bytes(self, token_id: int) -> bytes:
        """Return a token's text; control tokens say nothing."""
        text = self._texts.get(token_id)
        if text is None:
            text = self._texts[token_id] = self._piece(token_id, with_control=False)
        return text

    def text_of(self, token_ids: Sequence[int]) -> str:
        """Return the text of tokens that were sampled; control tokens say nothing."""
        return b"".join(map(self.token_bytes, token_ids)).decode("utf-8", "replace")

    def _piece(self, token_id: int, *, with_control: bool) -> bytes:
        if token_id < 0:
            return b""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            count = llama_cpp.llama_token_to_piece(self.vocab, token_id, buffer, size, 0, with_control)
            if count >= 0:
                return buffer.raw[:count]
            size = -count


class Vocabulary(Tokenizer):
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
        super().__init__(self._model)
        guarded = self.guarded_texts()
        self.chat_format: ChatFormat = choose_format(
            self.chat_template, special_texts=self.special_texts, guarded_texts=lambda: guarded
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

    def tokenize_words(self, text: str) -> list[int]:
        """Return the tokens of a text that stands alone, in which nothing is read as markup."""
        return self._prompts.encode_text(text)

    def tokenize_rendered(self, prompt: PromptText, *, begins: bool = True) -> list[int]:
        """Return the tokens of what ``chat_format`` wrote, as the engine would evaluate them.

        Without ``begins`` it is a part that others go before.
        """
        return self._prompts.encode(prompt) if begins else self._prompts.encode_part(prompt)

    def tokenize_prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the tokens of a chat up to where the answer begins, as the engine would evaluate them."""
        return self.tokenize_rendered(self.chat_format.render(messages))

"""What a request is before it runs: its prompt rendered and tokenized, its adapters and sampler ready."""

from __future__ import annotations

import time
from collections.abc import Sequence as Sequence_

from lmstudio_lite.domain.generation import ChatPrompt, GenerationRequest, Message
from lmstudio_lite.engine.backend import Context, Sampler
from lmstudio_lite.engine.core.prompt_fit import fit_prompt
from lmstudio_lite.engine.core.scoring import ContinuationScores
from lmstudio_lite.engine.core.sequence import Sequence, TokenizedRequest
from lmstudio_lite.engine.core.speculation import Speculator
from lmstudio_lite.engine.core.text_stream import TextStream
from lmstudio_lite.engine.templates.chat_format import ChatFormat
from lmstudio_lite.engine.templates.mark_tokens import MarkTokens
from lmstudio_lite.engine.templates.prompt_tokens import PromptTokenizer
from lmstudio_lite.errors import BadRequestError, PromptTooLongError

REPLY_RESERVE = 512


class Intake:
    """Takes requests in for one context; belongs to the engine thread."""

    def __init__(self, context: Context, chat_format: ChatFormat) -> None:
        self._context = context
        self._model = context.model
        self._context_size = context.context_size
        self._tokenizer = context.model.tokenizer
        self._format = chat_format
        self._prompts = PromptTokenizer(self._tokenizer, chat_format.guarded)
        self._known_continuations: tuple[tuple[str, tuple[str, ...]], list[list[int]]] | None = None
        self.marks = MarkTokens(self._tokenizer, chat_format)

    def tokenize(self, request: GenerationRequest) -> TokenizedRequest:
        """Render and tokenize a request's prompt.

        Raises:
            TemplateError, PromptTooLongError, BadRequestError: it can't be rendered, is empty or too long.
        """
        wanted = request.max_tokens or REPLY_RESERVE
        if request.continuations:
            wanted = 1 + max(map(len, self._continuations(request)))
        reserve = min(wanted, self._context_size // 4)
        token_ids, num_dropped = self._tokenize(request.prompt, self._context_size - reserve)
        if not token_ids:
            raise BadRequestError(reason="the prompt is empty")
        return TokenizedRequest(request, token_ids, num_dropped)

    def prepare(self, tokenized: TokenizedRequest, *, arrival: int, leads_group: bool) -> Sequence:
        """Load what a request needs and return the sequence that it will be.

        Raises:
            AdapterError, BadRequestError: its adapters or its sampling can't be used.
        """
        request, token_ids = tokenized.request, tokenized.token_ids
        room = self._context_size - len(token_ids)
        given = self._given(request)
        for use in request.adapters:
            self._model.load_adapter(use.path)
        scores = ContinuationScores(self._continuations(request)) if request.continuations else None
        wanted = scores.num_tokens_max if scores else len(given) or request.max_tokens or room
        if scores is not None and wanted > room:
            raise PromptTooLongError(num_prompt_tokens=len(token_ids), context_size=self._context_size)
        return Sequence(
            request=request,
            sampler=self._sampler(request, token_ids),
            scores=scores,
            speculator=Speculator() if self._may_guess(request) else None,
            arrival=arrival,
            token_ids=token_ids,
            num_prompt_tokens=len(token_ids),
            max_tokens=min(wanted, room),
            given=given,
            stream=self._stream_for(request),
            submitted_at=time.perf_counter(),
            num_dropped_turns=tokenized.num_dropped_turns,
            leads_group=leads_group,
        )

    def count_tokens(self, texts: Sequence_[str]) -> list[int]:
        return [len(self._prompts.encode_words(text)) for text in texts]

    def count_prompt_tokens(self, prompt: ChatPrompt) -> int:
        """Return the tokens of ``prompt`` as a request would evaluate it.

        Raises:
            TemplateError, PromptTooLongError, BadRequestError: it can't be rendered, or does not fit.
        """
        return len(self._tokenize(prompt, self._context_size)[0])

    def _given(self, request: GenerationRequest) -> list[int]:
        if not request.given_text:
            return []
        return self._tokenizer.tokenize(request.given_text, add_special=False, parse_special=False)

    def _may_guess(self, request: GenerationRequest) -> bool:
        """Rows of a batch are rounded differently: what must come out the same again is never guessed."""
        if request.given_text:
            return False
        is_repeatable = request.sampling.temperature > 0 and request.sampling.seed is not None
        return request.copies_prompt and self._model.can_cut and not is_repeatable

    def _sampler(self, request: GenerationRequest, token_ids: list[int]) -> Sampler | None:
        if request.continuations:
            return None
        return self._context.create_sampler(request.sampling, token_ids, self._begun(request.prompt))

    def _continuations(self, request: GenerationRequest) -> list[list[int]]:
        """Return the tokens of each continuation as they stand behind what is given of the text.

        Requests come by the thousand with the same ones: the last are remembered.
        """
        prompt = request.prompt
        given = prompt if isinstance(prompt, str) else prompt.reply_start
        key = (given[-1:], request.continuations)
        if self._known_continuations is None or self._known_continuations[0] != key:
            found = [self._go_on(given[-1:], text) for text in request.continuations]
            self._known_continuations = (key, found)
        return self._known_continuations[1]

    def _go_on(self, before: str, text: str) -> list[int]:
        if before:
            first, whole = self._prompts.encode_words(before), self._prompts.encode_words(before + text)
            if whole[: len(first)] == first:
                return whole[len(first) :]
        return self._prompts.encode_words(text)

    def _begun(self, prompt: ChatPrompt | str) -> list[int]:
        """Return the tokens of the reply that are given."""
        if isinstance(prompt, str) or not prompt.reply_start:
            return []
        return self._tokenizer.tokenize(prompt.reply_start, add_special=False, parse_special=False)

    def _stream_for(self, request: GenerationRequest) -> TextStream:
        if isinstance(request.prompt, str) or request.given_text:
            return TextStream(request.stop)
        splitter = self._format.splitter(request.prompt, marks_are_tokens=self.marks.are_all)
        return TextStream((*request.stop, *self._format.stop), splitter)

    def _tokenize(self, prompt: ChatPrompt | str, limit: int) -> tuple[list[int], int]:
        if isinstance(prompt, str):
            token_ids = self._prompts.encode_text(prompt)
            if len(token_ids) > limit:
                raise PromptTooLongError(num_prompt_tokens=len(token_ids), context_size=self._context_size)
            return token_ids, 0
        if not prompt.messages:
            raise BadRequestError(reason="there are no messages")

        def encode(messages: Sequence_[Message], reply_start: str) -> list[int]:
            return self._prompts.encode(self._format.render(messages, reply_start, prompt.template_options))

        return fit_prompt(prompt, encode=encode, limit=limit, context_size=self._context_size)

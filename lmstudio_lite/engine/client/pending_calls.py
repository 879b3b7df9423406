"""Questions to the engine that somebody waits for: their futures, and what to ask again after a crash."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from lmstudio_lite.engine import protocol
from lmstudio_lite.errors import AppError

Question = protocol.CountTokens | protocol.CountPrompt | protocol.Embed


class PendingCalls:
    """Called with the client's lock held; answers may be given without it."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Future[Any], Question]] = {}
        self._ids = itertools.count(1)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def questions(self) -> list[Question]:
        """What has no answer yet."""
        return [question for _, question in self._open.values()]

    def ask(self, question_of: Callable[[int], Question]) -> tuple[Future[Any], Question]:
        """Number a question; returns where its answer will be."""
        question = question_of(next(self._ids))
        future: Future[Any] = Future()
        self._open[question.call_id] = (future, question)
        return future, question

    def answer(self, call_id: int, answer: object) -> None:
        """Hand an answer, or the error that stands for it, to who waits; unknown ones are ignored."""
        call = self._open.pop(call_id, None)
        if call is None:
            return
        if isinstance(answer, AppError):
            call[0].set_exception(answer)
        else:
            call[0].set_result(answer)

    def fail_all(self, error: AppError) -> None:
        for call_id in list(self._open):
            self.answer(call_id, error)

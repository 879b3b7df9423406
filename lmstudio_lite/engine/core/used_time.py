"""How long a model took for texts that it wrote alone: what is foretold of its speed gives way to it."""

from __future__ import annotations

import time

from lmstudio_lite.domain.generation import Usage
from lmstudio_lite.domain.models import UsedTime

_PROMPT_TOKENS_MIN = 64
"""Shorter prompts are read in a step that costs as much as a longer one's."""


class UseMeter:
    """Adds up the requests that ran alone from their first to their last token."""

    def __init__(self) -> None:
        self.used = UsedTime()
        self._crowded_at = 0.0

    def note_running(self, num_running: int) -> None:
        """Note how many requests share the steps now."""
        if num_running > 1:
            self._crowded_at = time.monotonic()

    def note_finished(self, usage: Usage) -> None:
        """Take a request in that has just ended."""
        if time.monotonic() - usage.prompt_s - usage.generation_s < self._crowded_at:
            return
        used = self.used
        num_read = usage.num_prompt_tokens - usage.num_cached_tokens
        reads = num_read >= _PROMPT_TOKENS_MIN
        writes = usage.tokens_per_s > 0
        self.used = UsedTime(
            num_generated=used.num_generated + (usage.num_generated_tokens - 1 if writes else 0),
            generation_s=used.generation_s + (usage.generation_s if writes else 0.0),
            num_read=used.num_read + (num_read if reads else 0),
            prompt_s=used.prompt_s + (usage.prompt_s if reads else 0.0),
        )

"""How fast a model would summarize, from its rates: what a summary asks of a model for each page.

Counted over runs of the summarizer with its default options on a chronicle of 300 words a page, tokens
evaluated and written a page: 617 and 42 with Qwen2.5 Coder 0.5B (12 pages), 425 and 34 with the 1.5B (8
pages), 533 and 139 with SmolLM2 135M (20 pages), which writes on where it should stop. Asking the judge is
in it. ``tests/benchmarks/test_reading_pace.py`` holds what is foretold against a run.
"""

from __future__ import annotations

from lmstudio_lite.domain.fit import Speed

WORDS_A_PAGE = 300

_PROMPT_TOKENS_A_PAGE = 600.0
_GENERATED_TOKENS_A_PAGE = 45.0
_BATCH_GAIN = 1.7


def pages_per_min(speed: Speed | None) -> float:
    """Return how many pages of 300 words are summarized in a minute; 0.0 where no speed is known.

    The parts of a document are written many at once, which shares the reading of the weights.
    """
    if speed is None or speed.decode_tokens_per_s <= 0 or speed.prompt_tokens_per_s <= 0:
        return 0.0
    reading_s = _PROMPT_TOKENS_A_PAGE / speed.prompt_tokens_per_s
    writing_s = _GENERATED_TOKENS_A_PAGE / (speed.decode_tokens_per_s * _BATCH_GAIN)
    return 60 / (reading_s + writing_s)

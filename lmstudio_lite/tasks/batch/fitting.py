"""Texts cut to what a model can read beside its instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_SHARE = 0.75
_CHARACTERS_A_TOKEN = 16
"""More than a token has in any text that people write."""


def cut_to_fit(
    text: str, context_size: int, count_tokens: Callable[[Sequence[str]], list[int]]
) -> tuple[str, bool]:
    """Return as much of a text as fits into three quarters of the context, and whether that is not all.

    Most need no counting: a token is a byte at least. The rest is cut at a space where there is one.
    """
    limit = max(1, int(context_size * _SHARE))
    if len(text) * 4 <= limit or len(text.encode("utf-8", "replace")) <= limit:
        return text, False
    kept = text[: limit * _CHARACTERS_A_TOKEN]
    while (count := count_tokens([kept])[0]) > limit:
        end = max(1, int(len(kept) * limit / count * 0.98))
        space = kept.rfind(" ", end // 2, end)
        kept = kept[: space if space > 0 else end]
    return kept, len(kept) < len(text)

"""Attention over examples that lie behind each other in one row, each seeing only itself.

Instead of a mask of the whole row's length squared, every example is attended to by itself: nothing is
padded, nothing computed that a mask would throw away, and no example can see another one. transformers
calls it by its name (``AttentionInterface``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

NAME = "packed"
_bounds: list[tuple[int, int]] = []
_captured: list[torch.Tensor] | None = None


@contextmanager
def packed(lengths: list[int]) -> Iterator[None]:
    """Within the block, forwards and backwards, a row holds examples of these ``lengths`` in order."""
    start = 0
    _bounds.clear()
    for length in lengths:
        _bounds.append((start, start + length))
        start += length
    try:
        yield
    finally:
        _bounds.clear()


@contextmanager
def captured() -> Iterator[list[torch.Tensor]]:
    """Within the block every layer puts its weights, (heads, tokens, tokens), into the list, in order.

    For one short example; sliding windows and soft caps are left out of account.
    """
    global _captured
    _captured = []
    try:
        yield _captured
    finally:
        _captured = None


def _forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend; ``query`` is (1, heads, tokens, width of a head), as are the others. Returns tokens first.

    ``s_aux`` are gpt-oss's sinks: each head's score of looking at nothing.
    """
    del module, attention_mask
    if _captured is not None:
        _captured.append(_weights(query, key, scaling))
    if query.shape[2] != key.shape[2]:  # a reply being generated, from a cache
        parts = [_attend(query, key, value, dropout, scaling, sliding_window, softcap, s_aux)]
    else:
        parts = [
            _attend(
                query[:, :, start:end],
                key[:, :, start:end],
                value[:, :, start:end],
                dropout,
                scaling,
                sliding_window,
                softcap,
                s_aux,
            )
            for start, end in _bounds or [(0, query.shape[2])]
        ]
    attended = parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)
    return attended.transpose(1, 2).contiguous(), None


def _attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    dropout: float,
    scaling: float | None,
    window: int | None,
    softcap: float | None,
    sinks: torch.Tensor | None,
) -> torch.Tensor:
    num_queries, num_keys = query.shape[2], key.shape[2]
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (part.repeat_interleave(groups, dim=1) for part in (key, value))
    is_plain = softcap is None and sinks is None
    if is_plain and (window is None or num_keys <= window):
        if num_queries in (1, num_keys):
            return scaled_dot_product_attention(
                query, key, value, dropout_p=dropout, is_causal=num_queries > 1, scale=scaling
            )
        mask = _mask(num_queries, num_keys, None, query.device)
        return scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropout, scale=scaling
        )
    mask = _mask(num_queries, num_keys, window, query.device)
    if is_plain:
        return scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropout, scale=scaling
        )
    scores = torch.matmul(query, key.transpose(2, 3)) * (scaling or query.shape[-1] ** -0.5)
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    scores = scores.masked_fill(~mask, float("-inf"))
    if sinks is not None:
        nothing = sinks.to(scores.dtype).reshape(1, -1, 1, 1).expand(-1, -1, num_queries, 1)
        scores = torch.cat([scores, nothing], dim=-1)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32)[..., :num_keys]
    weights = torch.dropout(weights.to(query.dtype), dropout, train=dropout > 0)
    return torch.matmul(weights, value)


def _weights(query: torch.Tensor, key: torch.Tensor, scaling: float | None) -> torch.Tensor:
    key = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1)
    scores = torch.matmul(query, key.transpose(2, 3)) * (scaling or query.shape[-1] ** -0.5)
    unseen = ~_mask(query.shape[2], key.shape[2], None, query.device)
    return torch.softmax(scores.masked_fill(unseen, float("-inf")).float(), dim=-1)[0].cpu()


def _mask(num_queries: int, num_keys: int, window: int | None, device: torch.device) -> torch.Tensor:
    """Return who sees whom: no key behind the query, none ``window`` or more before it."""
    queries = torch.arange(num_keys - num_queries, num_keys, device=device)[:, None]
    keys = torch.arange(num_keys, device=device)[None, :]
    seen = keys <= queries
    return seen if window is None else seen & (queries - keys < window)


def _no_mask(*_: Any, **__: Any) -> None:
    """Tell transformers to build no mask: ``_forward`` knows the bounds."""


AttentionInterface.register(NAME, _forward)
AttentionMaskInterface.register(NAME, _no_mask)

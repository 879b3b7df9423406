"""Cross entropy without the logits of a whole batch: only of learned tokens, and only a few at a time.

A vocabulary of 150,000 makes the logits of 2,000 tokens 1.2 GB, several times over in a common backward
pass. Here they are made for a slice of tokens, turned into the gradient of the hidden states on the spot and
forgotten (the idea of Liger Kernel's fused linear cross entropy, in plain PyTorch).
"""

from __future__ import annotations

from typing import Any

import torch

_SLICE_ELEMENTS = 8 << 20


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        labels: torch.Tensor,
        softcap: float | None,
    ) -> torch.Tensor:
        needs_hidden, needs_weight = ctx.needs_input_grad[:2]
        grad_hidden = torch.empty_like(hidden) if needs_hidden else None
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if needs_weight else None
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        size = max(64, _SLICE_ELEMENTS // weight.shape[0])
        for start in range(0, hidden.shape[0], size):
            part, wanted = hidden[start : start + size], labels[start : start + size, None]
            logits = _logits(part, weight, bias, softcap)
            log_total = torch.logsumexp(logits, dim=-1, keepdim=True)
            total += (log_total - logits.gather(1, wanted)).sum()
            if not (needs_hidden or needs_weight):
                continue
            slope = None if softcap is None else 1 - (logits / softcap) ** 2
            grad = logits.sub_(log_total).exp_()
            grad.scatter_add_(1, wanted, grad.new_full(wanted.shape, -1.0))
            if slope is not None:
                grad *= slope
            grad = grad.to(weight.dtype)
            if grad_hidden is not None:
                grad_hidden[start : start + size] = (grad @ weight).to(hidden.dtype)
            if grad_weight is not None:
                grad_weight += (grad.T @ part.to(weight.dtype)).float()
        ctx.save_for_backward(*(g for g in (grad_hidden, grad_weight) if g is not None))
        ctx.has = (grad_hidden is not None, grad_weight is not None)
        ctx.weight_dtype = weight.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        (grad_output,) = grads
        saved = list(ctx.saved_tensors)
        has_hidden, has_weight = ctx.has
        grad_hidden = saved.pop(0) * grad_output if has_hidden else None
        grad_weight = (saved.pop(0) * grad_output).to(ctx.weight_dtype) if has_weight else None
        return grad_hidden, grad_weight, None, None, None


def cross_entropy_sum(
    hidden: torch.Tensor,
    head: torch.nn.Module,
    labels: torch.Tensor,
    *,
    softcap: float | None = None,
) -> torch.Tensor:
    """Return the summed loss in nats of ``labels`` (n), predicted from ``hidden`` (n, width)."""
    weight, bias = head.weight, getattr(head, "bias", None)
    assert isinstance(weight, torch.Tensor)
    loss: torch.Tensor = _LinearCrossEntropy.apply(  # type: ignore[no-untyped-call]
        hidden, weight, bias, labels, softcap
    )
    return loss


def logits_of(hidden: torch.Tensor, head: torch.nn.Module, *, softcap: float | None = None) -> torch.Tensor:
    """Return the logits (n, vocabulary) in f32."""
    weight = head.weight
    assert isinstance(weight, torch.Tensor)
    return _logits(hidden, weight, getattr(head, "bias", None), softcap)


def _logits(hidden: torch.Tensor, weight: torch.Tensor, bias: Any, softcap: float | None) -> torch.Tensor:
    logits = torch.nn.functional.linear(hidden.to(weight.dtype), weight, bias).float()
    return logits if softcap is None else torch.tanh(logits / softcap) * softcap

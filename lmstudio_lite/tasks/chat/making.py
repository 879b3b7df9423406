"""What is kept of how a reply was made (``ReplyMaking``): before it is asked for, and when it has ended."""

from __future__ import annotations

from msgspec.structs import replace

from lmstudio_lite.domain.generation import GenerationRequest, Usage
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.reply_making import ReplyMaking


def making_of(request: GenerationRequest, model: LoadedModel | None) -> ReplyMaking:
    """Return what ``request`` asks for; ``model`` None is one that is still loading."""
    sampling = request.sampling
    adapter = request.adapters[0] if request.adapters else None
    return ReplyMaking(
        model=model.name if model is not None else "",
        adapter=adapter.path.name if adapter is not None else "",
        adapter_strength=adapter.strength if adapter is not None else 1.0,
        temperature=sampling.temperature,
        top_k=sampling.top_k,
        top_p=sampling.top_p,
        min_p=sampling.min_p,
        repeat_penalty=sampling.repeat_penalty,
        seed=sampling.seed,
        max_tokens=request.max_tokens,
        stop=request.stop,
        has_schema=bool(sampling.json_schema),
    )


def with_usage(making: ReplyMaking, usage: Usage, model: LoadedModel | None) -> ReplyMaking:
    """Return ``making`` with what the reply cost; ``model`` is the one that was in use at its end."""
    return replace(
        making,
        model=making.model or (model.name if model is not None else ""),
        num_prompt_tokens=usage.num_prompt_tokens,
        num_cached_tokens=usage.num_cached_tokens,
        num_generated_tokens=usage.num_generated_tokens,
        prompt_s=round(usage.prompt_s, 3),
        generation_s=round(usage.generation_s, 3),
    )

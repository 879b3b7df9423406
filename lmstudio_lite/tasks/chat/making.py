"""What is kept of how a reply was made (``ReplyMaking``): before it is asked for, and when it has ended."""

from __future__ import annotations

from msgspec.structs import replace

from lmstudio_lite.domain.generation import GenerationRequest, Usage
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.reply_making import ReplyMaking
from lmstudio_lite.tasks.chat.choices import ReplyPlan
from lmstudio_lite.tasks.chat.summarizing import StandIn


def making_of(
    request: GenerationRequest, plan: ReplyPlan, stand_in: StandIn, model: LoadedModel | None
) -> ReplyMaking:
    """Return what ``request`` asks for; ``model`` None is one that is still loading."""
    sampling = request.sampling
    adapter = request.adapters[0] if request.adapters else None
    return ReplyMaking(
        model=model.name if model is not None else "",
        adapter=adapter.path.name if adapter is not None else "",
        adapter_strength=adapter.strength if adapter is not None else 1.0,
        persona=plan.persona,
        missing_model=plan.missing_model,
        temperature=sampling.temperature,
        top_k=sampling.top_k,
        top_p=sampling.top_p,
        min_p=sampling.min_p,
        repeat_penalty=sampling.repeat_penalty,
        seed=sampling.seed,
        max_tokens=request.max_tokens,
        stop=request.stop,
        has_schema=bool(sampling.json_schema),
        num_summarized_turns=stand_in.num_turns,
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


def checked(making: ReplyMaking, text: str, schema: str) -> ReplyMaking:
    """Return ``making`` with what came of holding the reply's text to a JSON schema, "" for none."""
    if not schema:
        return making
    # Imported late: jsonschema, which few replies need.
    from lmstudio_lite.tasks.chat.schema_check import check_reply

    return replace(making, schema_check=check_reply(text, schema))

"""Personas and what a conversation is controlled by as plain values, for a column or a file, and back.

What comes back may have been written by anyone: a value that is missing, of another type or out of range is
left out, a text is cut where it is too long. Nothing is looked up and nothing is run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.personas import (
    NAME_LENGTH_MAX,
    NUM_STARTERS_MAX,
    PROMPT_LENGTH_MAX,
    STARTER_LENGTH_MAX,
    KeptPersona,
    Persona,
    WantedModel,
)
from lmstudio_lite.domain.profiles import SamplingChoice

SCHEMA_LENGTH_MAX = 100_000
STOP_LENGTH_MAX = 200
NUM_STOPS_MAX = 16

_SAMPLING: dict[str, Any] = {
    "temperature": Annotated[float, Meta(ge=0.0, le=5.0)],
    "top_k": Annotated[int, Meta(ge=0, le=1 << 20)],
    "top_p": Annotated[float, Meta(ge=0.0, le=1.0)],
    "min_p": Annotated[float, Meta(ge=0.0, le=1.0)],
    "repeat_penalty": Annotated[float, Meta(ge=0.5, le=3.0)],
    "seed": Annotated[int, Meta(ge=0, le=(1 << 32) - 1)],
}


def sampling_from(values: object) -> SamplingChoice:
    """Read a choice of sampling; what makes no sense is not chosen."""
    if not isinstance(values, Mapping):
        return SamplingChoice()
    found = {name: _converted(values.get(name), kind) for name, kind in _SAMPLING.items()}
    return SamplingChoice(**{name: value for name, value in found.items() if value is not None})


def persona_values(persona: Persona) -> dict[str, Any]:
    """Return a persona as plain values, without what is as always."""
    values: dict[str, Any] = {"name": persona.name, "system_prompt": persona.system_prompt}
    if persona.model is not None:
        values["model"] = {name: value for name, value in asdict(persona.model).items() if value}
    if persona.adapter:
        values["adapter"] = persona.adapter
        values["adapter_strength"] = persona.adapter_strength
    if persona.sampling.chosen:
        values["sampling"] = persona.sampling.chosen
    if persona.starters:
        values["starters"] = list(persona.starters)
    return values


def persona_from(values: object) -> Persona | None:
    """Read a persona; None where there is no name."""
    if not isinstance(values, Mapping):
        return None
    name = " ".join(_text(values, "name", NAME_LENGTH_MAX).split())
    if not name:
        return None
    model = values.get("model")
    model_name = _text(model, "name", NAME_LENGTH_MAX * 4) if isinstance(model, Mapping) else ""
    fingerprint = _text(model, "fingerprint", 64) if isinstance(model, Mapping) else ""
    strength = _converted(values.get("adapter_strength"), Annotated[float, Meta(ge=0.0, le=2.0)])
    return Persona(
        name=name,
        system_prompt=_text(values, "system_prompt", PROMPT_LENGTH_MAX),
        model=WantedModel(model_name, fingerprint) if model_name else None,
        adapter=_text(values, "adapter", 4096) if model_name else "",
        adapter_strength=1.0 if strength is None else strength,
        sampling=sampling_from(values.get("sampling")),
        starters=_texts(values.get("starters"), NUM_STARTERS_MAX, STARTER_LENGTH_MAX),
    )


def control_values(control: ConversationControl) -> dict[str, Any]:
    """Return what controls a conversation as plain values, without what is as always."""
    values: dict[str, Any] = {
        "sampling": control.sampling.chosen,
        "stop": list(control.stop),
        "json_schema": control.json_schema,
        "is_schema_once": control.is_schema_once,
        "max_tokens": control.max_tokens,
        "summarizes": control.summarizes,
    }
    if control.persona is not None:
        values["persona"] = {"id": control.persona.id, **persona_values(control.persona.persona)}
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def control_from(values: object) -> ConversationControl:
    """Read what controls a conversation; what makes no sense is left out."""
    if not isinstance(values, Mapping):
        return ConversationControl()
    kept = values.get("persona")
    persona = persona_from(kept)
    persona_id = _text(kept, "id", NAME_LENGTH_MAX) if isinstance(kept, Mapping) else ""
    summarizes, is_once = values.get("summarizes"), values.get("is_schema_once")
    return ConversationControl(
        persona=KeptPersona(persona_id, persona) if persona is not None else None,
        sampling=sampling_from(values.get("sampling")),
        max_tokens=_converted(values.get("max_tokens"), Annotated[int, Meta(ge=1, le=1 << 31)]),
        stop=_texts(values.get("stop"), NUM_STOPS_MAX, STOP_LENGTH_MAX, keeps_space=True),
        json_schema=_text(values, "json_schema", SCHEMA_LENGTH_MAX),
        is_schema_once=is_once is True,
        summarizes=summarizes if isinstance(summarizes, bool) else None,
    )


def _converted(value: object, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        return None


def _text(values: Mapping[str, object], name: str, length_max: int) -> str:
    value = values.get(name)
    return value[:length_max] if isinstance(value, str) else ""


def _texts(values: object, num_max: int, length_max: int, *, keeps_space: bool = False) -> tuple[str, ...]:
    if not isinstance(values, list):
        return ()
    cut = [value[:length_max] for value in values if isinstance(value, str)]
    return tuple(value for value in cut if (value if keeps_space else value.strip()))[:num_max]

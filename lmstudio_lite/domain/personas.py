"""Personas: whom the model is to be, with what it needs for that. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.domain.profiles import NO_CHOICE, SamplingChoice

NAME_LENGTH_MAX = 100
PROMPT_LENGTH_MAX = 100_000
STARTER_LENGTH_MAX = 2_000
NUM_STARTERS_MAX = 12


@dataclass(frozen=True, slots=True)
class WantedModel:
    """A model by its name, and by the fingerprint of its content where that is known ("")."""

    name: str
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Persona:
    """``system_prompt`` takes the place of the model's and the settings', also where it is "".

    ``model`` None is whichever is in use. ``adapter`` is the path of a LoRA adapter for that model, "" for
    none; in a persona that came from elsewhere only a file's name. ``starters`` are questions to begin with.
    """

    name: str
    system_prompt: str = ""
    model: WantedModel | None = None
    adapter: str = ""
    adapter_strength: float = 1.0
    sampling: SamplingChoice = NO_CHOICE
    starters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPersona:
    """A persona under an id. A built-in one is not changed: a copy of it is."""

    id: str
    persona: Persona
    is_built_in: bool = False

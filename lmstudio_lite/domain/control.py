"""What controls the replies of a conversation, and which of several choices counts: here and nowhere else.

The nearer choice counts: what was chosen for the conversation, then its persona, then the model, then the
settings for all chats, then what the model's makers recommend. Each value is decided by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.personas import KeptPersona
from lmstudio_lite.domain.profiles import NO_CHOICE, ModelProfile, SamplingChoice
from lmstudio_lite.settings import ChatSettings


class Source(StrEnum):
    """Who decided a value, the one that counts first at the top."""

    CONVERSATION = "conversation"
    PERSONA = "persona"
    MODEL = "model"
    SETTINGS = "settings"
    MAKERS = "makers"


@dataclass(frozen=True, slots=True)
class ConversationControl:
    """What was chosen for one conversation; None and "" leave it to what comes after.

    ``system_prompt`` is for a terminal's option and is not kept. Replies are held to ``json_schema``, only
    the next one if ``is_schema_once``. ``summarizes`` says whether older turns are summarized when the
    context is nearly full, None as the settings say.
    """

    persona: KeptPersona | None = None
    sampling: SamplingChoice = NO_CHOICE
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    json_schema: str = ""
    is_schema_once: bool = False
    summarizes: bool | None = None
    system_prompt: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return self == NO_CONTROL

    def over(self, below: ConversationControl) -> ConversationControl:
        """Return what holds where this is asked first, and ``below`` where it says nothing."""
        mine = {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) not in (None, "", ()) and field.name != "sampling"
        }
        if self.system_prompt == "":
            mine["system_prompt"] = ""
        if not self.json_schema:
            mine.pop("is_schema_once", None)
        return replace(below, **mine, sampling=replace(below.sampling, **self.sampling.chosen))


NO_CONTROL = ConversationControl()


@dataclass(frozen=True, slots=True)
class Decided:
    """What a reply is made with, and who decided each value of the sampling by its name in ``Sampling``.

    ``max_tokens`` None lets a reply go on until the model or the context ends it.
    """

    sampling: Sampling
    sources: dict[str, Source]
    system_prompt: str
    system_prompt_source: Source
    max_tokens: int | None
    max_tokens_source: Source
    stop: tuple[str, ...]
    json_schema: str
    summarizes: bool


def decide(
    control: ConversationControl, profile: ModelProfile, chat: ChatSettings, recommended: Sampling
) -> Decided:
    """Return what holds for a reply: the first of the choices that says something, for each value."""
    persona = control.persona.persona if control.persona is not None else None
    choices: Sequence[tuple[Source, SamplingChoice]] = (
        (Source.CONVERSATION, control.sampling),
        (Source.PERSONA, persona.sampling if persona is not None else NO_CHOICE),
        (Source.MODEL, profile.sampling),
        (Source.SETTINGS, SamplingChoice(temperature=chat.temperature)),
    )
    sampling, sources = recommended, {field.name: Source.MAKERS for field in fields(SamplingChoice)}
    for source, choice in reversed(choices):
        sampling = choice.applied_to(sampling)
        sources |= dict.fromkeys(choice.chosen, source)
    prompts = (
        (Source.CONVERSATION, control.system_prompt),
        (Source.PERSONA, persona.system_prompt if persona is not None else None),
        (Source.MODEL, profile.system_prompt),
        (Source.SETTINGS, chat.system_prompt),
    )
    prompt_source, prompt = next((source, text) for source, text in prompts if text is not None)
    length_source = Source.SETTINGS if control.max_tokens is None else Source.CONVERSATION
    return Decided(
        sampling=replace(sampling, json_schema=control.json_schema),
        sources=sources,
        system_prompt=prompt.strip(),
        system_prompt_source=prompt_source,
        max_tokens=control.max_tokens or chat.max_tokens or None,
        max_tokens_source=length_source,
        stop=control.stop,
        json_schema=control.json_schema,
        summarizes=chat.summarizes if control.summarizes is None else control.summarizes,
    )

"""What was chosen for a conversation, and what follows from it for the next reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl, Decided, decide
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse, Sampling
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.domain.personas import WantedModel
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.tasks.adapters import chosen_adapters


class ChoiceStore(Protocol):
    """Where choices are kept, and who knows models. Thread-safe; may wait for the disk."""

    def control_of(self, conversation_id: str) -> ConversationControl:
        """Return what was chosen for a conversation."""

    def keep_control(self, conversation_id: str, control: ConversationControl) -> None:
        """Let ``control`` hold for what follows in a conversation."""

    def is_model(self, path: Path, name: str, wanted: WantedModel) -> bool:
        """Tell whether the model at ``path``, called ``name``, is the one that is wanted."""


class NoChoices:
    """For conversations for which nothing can be chosen."""

    def control_of(self, conversation_id: str) -> ConversationControl:
        return NO_CONTROL

    def keep_control(self, conversation_id: str, control: ConversationControl) -> None:
        """Keep nothing."""

    def is_model(self, path: Path, name: str, wanted: WantedModel) -> bool:
        return name == wanted.name


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """What a reply is made with. ``missing_model`` is its persona's where that is not in use, "" for none."""

    decided: Decided
    control: ConversationControl
    adapters: tuple[AdapterUse, ...] = ()
    persona: str = ""
    missing_model: str = ""

    @property
    def json_schema(self) -> str:
        return self.decided.json_schema

    def without_schema(self) -> ReplyPlan:
        """Return the plan for a text that is free."""
        sampling = replace(self.decided.sampling, json_schema="")
        return replace(self, decided=replace(self.decided, sampling=sampling, json_schema=""))


class ReplyChoices:
    """Decides what replies are made with, by the choices as they are now. Thread-safe; reads the disk."""

    def __init__(
        self,
        engine: EngineClient,
        settings: SettingsStore,
        profile_of: Callable[[Path], ModelProfile],
        store: ChoiceStore,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._profile_of = profile_of
        self._store = store
        self._forced = NO_CONTROL

    def override(self, forced: ConversationControl) -> None:
        """Let ``forced`` hold before what was chosen, in this process only: a terminal's options."""
        self._forced = forced

    def plan(self, conversation_id: str, unkept: ConversationControl | None = None) -> ReplyPlan:
        """Return what the next reply of a conversation is made with; ``unkept`` instead of what is kept."""
        control = self._store.control_of(conversation_id) if unkept is None else unkept
        control = self._forced.over(control)
        state = self._engine.state
        recommended = state.model.sampling if state.model is not None else Sampling()
        profile = self._profile_of(state.path) if state.path is not None else NO_PROFILE
        decided = decide(control, profile, self._settings.value.chat, recommended)
        persona = control.persona.persona if control.persona is not None else None
        if persona is None:
            return ReplyPlan(decided, control, chosen_adapters(self._settings, self._engine))
        is_its_model = persona.model is None or self._is_in_use(state.model, persona.model)
        adapters = chosen_adapters(self._settings, self._engine)
        if persona.adapter and is_its_model and Path(persona.adapter).is_file():
            adapters = (AdapterUse(Path(persona.adapter), persona.adapter_strength),)
        missing = persona.model.name if persona.model is not None and not is_its_model else ""
        return ReplyPlan(decided, control, adapters, persona.name, missing)

    def schema_used(self, conversation_id: str, plan: ReplyPlan) -> None:
        """Forget a schema that was meant for one reply."""
        kept = self._store.control_of(conversation_id)
        if kept.is_schema_once and kept.json_schema == plan.json_schema:
            self._store.keep_control(conversation_id, replace(kept, json_schema="", is_schema_once=False))

    def _is_in_use(self, model: LoadedModel | None, wanted: WantedModel) -> bool:
        return model is None or self._store.is_model(model.path, model.name, wanted)

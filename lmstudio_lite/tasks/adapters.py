"""The adapter that the user put on the model in use, if there is one."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.settings import SettingsStore


def chosen_adapters(settings: SettingsStore, engine: EngineClient) -> tuple[AdapterUse, ...]:
    """Return what a request is to be answered with; an adapter of another model is none."""
    chosen, path = settings.value.model, engine.state.path
    if not chosen.adapter or path is None or Path(chosen.adapter_base) != path:
        return ()
    return (AdapterUse(Path(chosen.adapter), chosen.adapter_strength),)

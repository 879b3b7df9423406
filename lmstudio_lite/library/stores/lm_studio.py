"""LM Studio's models: ``<home>/models/<publisher>/<repository>/*.gguf``.

Its home is ``~/.lmstudio``, in older versions ``~/.cache/lm-studio``, or where the file
``~/.lmstudio-home-pointer`` points to; its settings say where its user moved the models
(``downloadsFolder``). Source: https://lmstudio.ai/docs/app/basics/import-model.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.library.stores.folders import find_in_folder
from lmstudio_lite.library.stores.found import Place
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.library.stores.manifests import read_json, read_text

_MODELS = "models"
_BUNDLED = Path(".internal", "bundled-models")


@dataclass(frozen=True, slots=True)
class _Settings:
    downloadsFolder: str = ""


def places(machine: Machine) -> list[Place]:
    """Return the folders that LM Studio keeps models in."""
    return [
        Place(Store.LM_STUDIO, root, functools.partial(find_in_folder, root, Store.LM_STUDIO))
        for root in dict.fromkeys(_roots(machine))
    ]


def _roots(machine: Machine) -> Iterator[Path]:
    pointed = machine.path(read_text(machine.home / ".lmstudio-home-pointer").partition("\n")[0])
    homes = [machine.home / ".lmstudio", machine.home / ".cache" / "lm-studio"]
    for home in dict.fromkeys([pointed, *homes] if pointed is not None else homes):
        if home is None:
            continue
        yield home / _MODELS
        yield home / _BUNDLED
        yield from _moved_to(machine, home / "settings.json")
    yield from _moved_to(machine, machine.config / "LM Studio" / "settings.json")


def _moved_to(machine: Machine, file: Path) -> Iterator[Path]:
    settings = read_json(file, _Settings)
    moved = machine.path(settings.downloadsFolder) if settings is not None else None
    if moved is not None:
        yield moved

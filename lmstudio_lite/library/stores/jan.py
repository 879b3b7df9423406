"""Jan's models: ``<data>/llamacpp/models/<author>/<model>/`` with ``model.gguf`` and a ``model.yml``.

The data folder is the system's for "Jan", or what its settings name (``data_folder``); older versions kept
models in ``~/jan/models`` and ``<data>/models``. ``model.yml`` has ``name``, ``model_path`` and
``mmproj_path``, relative to the data folder unless the user imported a file from elsewhere.
Source: https://github.com/janhq/jan (``src-tauri/src/core/app``, ``extensions/llamacpp-extension``).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.library.stores.folders import find_in_folder, found_file
from lmstudio_lite.library.stores.found import FoundFile, Place
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.library.stores.manifests import is_on_another_machine, read_json, read_pairs

_NAMES = ("Jan", "jan.ai.app")
_MAX_DEPTH = 5
_MAX_CARDS = 2_000
_NAMELESS = frozenset(("model", "mmproj"))


@dataclass(frozen=True, slots=True)
class _Settings:
    data_folder: str = ""


def places(machine: Machine) -> list[Place]:
    """Return the folders that Jan keeps models in."""
    roots = dict.fromkeys(_roots(machine))
    return [Place(Store.JAN, root, functools.partial(find, root, machine)) for root in roots]


def find(data: Path, machine: Machine) -> Iterator[FoundFile]:
    """Yield the models below Jan's data folder, and those elsewhere that it was told of.

    Raises:
        OSError: the folder is there and can't be read.
    """
    for folder in (data / "llamacpp" / "models", data / "models"):
        for found in find_in_folder(folder, Store.JAN, max_depth=_MAX_DEPTH):
            stem = found.path.parent.name if found.path.stem.lower() in _NAMELESS else ""
            yield replace(found, stem=stem, signature=f"{found.signature} {stem}")
        for card in _cards(folder):
            yield from _told_of(data, card, machine)


def _roots(machine: Machine) -> Iterator[Path]:
    for name in _NAMES:
        for folder in dict.fromkeys((machine.config, machine.data)):
            settings = read_json(folder / name / "settings.json", _Settings)
            moved = machine.path(settings.data_folder) if settings is not None else None
            if moved is not None:
                yield moved
    yield machine.data / "Jan" / "data"
    yield machine.home / "jan"


def _cards(folder: Path) -> list[Path]:
    """Return the ``model.yml`` files below ``folder``, two or three folders down."""
    cards = [card for pattern in ("*/model.yml", "*/*/model.yml") for card in folder.glob(pattern)]
    return sorted(cards)[:_MAX_CARDS]


def _told_of(data: Path, card: Path, machine: Machine) -> Iterator[FoundFile]:
    pairs = read_pairs(card)
    path = _path(data, pairs.get("model_path", ""), machine)
    found = found_file(path, Store.JAN) if path is not None else None
    if found is None or card.parent in found.path.parents:
        return
    name = pairs.get("name", "")
    yield replace(
        found,
        stem=name,
        signature=f"{found.signature} {name}",
        projector=_path(data, pairs.get("mmproj_path", ""), machine),
    )


def _path(data: Path, text: str, machine: Machine) -> Path | None:
    """Return a file that a card names, if it is there."""
    if not text or "\0" in text or is_on_another_machine(text):
        return None
    path = machine.path(text) or data / text
    return path if path.is_file() else None

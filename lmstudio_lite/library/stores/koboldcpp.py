"""Models that KoboldCpp is used with. It has no folder of its own: people put models beside the program.

Its saved settings (``*.kcpps``, JSON) name the model, the projector, the adapters and the draft model; those
beside the program are followed, wherever the files lie on this machine.
Source: https://github.com/LostRuins/koboldcpp/wiki.
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
from lmstudio_lite.library.stores.manifests import is_on_another_machine, read_json

_FOLDERS = ("koboldcpp", "KoboldCpp", "koboldcpp-models", "kobold")
_MAX_SETTINGS = 500

_Paths = str | list[str] | None


@dataclass(frozen=True, slots=True)
class _Settings:
    model: _Paths = None
    model_param: _Paths = None
    mmproj: _Paths = None
    lora: _Paths = None
    draftmodel: _Paths = None


def places(machine: Machine) -> list[Place]:
    """Return the folders that KoboldCpp is usually put into."""
    above = [machine.home, machine.home / "Documents", machine.home / "Downloads", machine.local_data]
    roots = [folder / name for folder in above for name in _FOLDERS]
    return [
        Place(Store.KOBOLDCPP, root, functools.partial(find, root, machine))
        for root in dict.fromkeys(roots)
        if root.is_dir()
    ]


def find(root: Path, machine: Machine) -> Iterator[FoundFile]:
    """Yield the models below ``root`` and those that the settings there name.

    Raises:
        OSError: the folder can't be read.
    """
    for file in sorted(root.glob("*.kcpps"))[:_MAX_SETTINGS]:
        settings = read_json(file, _Settings)
        if settings is not None:
            yield from _named(settings, root, machine)
    yield from find_in_folder(root, Store.KOBOLDCPP)


def _named(settings: _Settings, root: Path, machine: Machine) -> Iterator[FoundFile]:
    models = _paths((settings.model_param, settings.model), root, machine)
    projectors = _paths((settings.mmproj,), root, machine)
    for path in models:
        found = found_file(path, Store.KOBOLDCPP)
        if found is not None:
            yield replace(
                found,
                projector=projectors[0] if projectors else None,
                adapters=tuple(_paths((settings.lora,), root, machine)),
            )
    for path in _paths((settings.draftmodel,), root, machine):
        found = found_file(path, Store.KOBOLDCPP)
        if found is not None:
            yield found


def _paths(said: tuple[_Paths, ...], root: Path, machine: Machine) -> list[Path]:
    texts = [text for each in said for text in (each if isinstance(each, list) else [each or ""])]
    paths = [
        machine.path(text) or root / text
        for text in texts
        if text.lower().endswith(".gguf") and "\0" not in text and not is_on_another_machine(text)
    ]
    return [path for path in dict.fromkeys(paths) if path.is_file()]

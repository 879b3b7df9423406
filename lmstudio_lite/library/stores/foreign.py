"""The folders of other programs, whose models are used where they lie. Nothing in them is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.library.stores import (
    gpt4all,
    hugging_face,
    jan,
    koboldcpp,
    llama_cpp,
    lm_studio,
    ollama,
)
from lmstudio_lite.library.stores.found import Place
from lmstudio_lite.library.stores.machine import Machine

_PLACES: Mapping[Store, Callable[[Machine], list[Place]]] = {
    Store.LM_STUDIO: lm_studio.places,
    Store.OLLAMA: ollama.places,
    Store.JAN: jan.places,
    Store.GPT4ALL: gpt4all.places,
    Store.KOBOLDCPP: koboldcpp.places,
    Store.HUGGING_FACE: hugging_face.places,
    Store.LLAMA_CPP: llama_cpp.places,
}


def foreign_places(machine: Machine, switched_off: Collection[str] = ()) -> list[Place]:
    """Return the folders that other programs keep models in; ``switched_off`` are values of ``Store``."""
    return [
        place
        for store, places in _PLACES.items()
        if store.value not in switched_off
        for place in places(machine)
    ]


def foreign_store_of(path: Path, machine: Machine) -> Store | None:
    """Return the program whose folder ``path`` lies in, switched off or not; None for none.

    Links are resolved on both sides: a folder of the user's that leads there is theirs as well.
    """
    real = os.path.normcase(os.path.realpath(path))
    for place in foreign_places(machine):
        root = os.path.normcase(os.path.realpath(place.root))
        if real == root or real.startswith(root.rstrip(os.sep) + os.sep):
            return place.store
    return None

r"""GPT4All's models: GGUF files in one folder, ``nomic.ai/GPT4All`` among the user's data.

Its settings name another folder where its user chose one (``modelPath`` in ``nomic.ai/GPT4All.ini``). While
it downloads, a file's name begins with ``incomplete-``. The Python package keeps models in
``~/.cache/gpt4all``.
Source: https://docs.gpt4all.io/gpt4all_desktop/settings.html and ``gpt4all-chat/src/mysettings.cpp``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from lmstudio_lite.domain.shelf import Store
from lmstudio_lite.library.stores.folders import find_in_folder
from lmstudio_lite.library.stores.found import FoundFile, Place
from lmstudio_lite.library.stores.machine import Machine
from lmstudio_lite.library.stores.manifests import read_pairs

_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{1,4})")
"""How Qt writes letters beyond ASCII into an INI file."""


def places(machine: Machine) -> list[Place]:
    """Return the folders that GPT4All keeps models in."""
    return [
        Place(Store.GPT4ALL, root, functools.partial(_find, root)) for root in dict.fromkeys(_roots(machine))
    ]


def _find(root: Path) -> Iterator[FoundFile]:
    return find_in_folder(root, Store.GPT4ALL, skipped_beginnings=("incomplete-",))


def _roots(machine: Machine) -> Iterator[Path]:
    settings = machine.data if machine.system == "win32" else machine.home / ".config"
    for folder in dict.fromkeys((settings, machine.config)):
        said = read_pairs(folder / "nomic.ai" / "GPT4All.ini").get("modelPath", "")
        chosen = machine.path(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), said).replace("\\\\", "\\"))
        if chosen is not None:
            yield chosen
    yield machine.local_data / "nomic.ai" / "GPT4All"
    yield machine.home / ".cache" / "gpt4all"

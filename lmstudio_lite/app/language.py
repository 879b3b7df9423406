"""The language that the program speaks, known before anything is opened: the help texts have one, too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmstudio_lite.paths import portable_paths, user_paths
from lmstudio_lite.settings import stored_language
from lmstudio_lite.words.translate import use_language

_OPTION = "--data-dir"


def speak(arguments: Sequence[str], system: Sequence[str] | None = None) -> str:
    """Show texts in the language of the settings that a command line leads to; returns its code.

    Without one in the settings the ``system``'s first language that there is a translation for is taken;
    None asks the environment.
    """
    folder = _data_dir(arguments)
    paths = portable_paths(Path(folder)) if folder else user_paths()
    return use_language(stored_language(paths.settings_file), system)


def _data_dir(arguments: Sequence[str]) -> str:
    """Return what ``--data-dir`` says, "" for nothing; what is wrong with it is for the parser to say."""
    for number, argument in enumerate(arguments):
        if argument == _OPTION:
            return arguments[number + 1] if number + 1 < len(arguments) else ""
        if argument.startswith(f"{_OPTION}="):
            return argument.partition("=")[2]
    return ""

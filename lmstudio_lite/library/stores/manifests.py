"""Reading the small files in which programs write down what they keep. None of them is trusted.

A file that is absurdly long, nested without end, no regular file or no text at all reads as nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from lmstudio_lite.files import read_regular

MAX_BYTES = 1 << 20
_PAIR = re.compile(r"^(?P<key>[A-Za-z_]\w*)\s*[:=][ \t]*(?P<value>.*?)[ \t]*$", re.MULTILINE)

T = TypeVar("T")


def read_json(path: Path, kind: type[T]) -> T | None:
    """Return the JSON file at ``path`` as a ``kind``, None where it is not that."""
    try:
        return msgspec.json.decode(read_regular(path, MAX_BYTES), type=kind)
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def read_text(path: Path) -> str:
    """Return the text file at ``path``, "" where there is none."""
    try:
        return read_regular(path, MAX_BYTES).decode("utf-8-sig", "replace")
    except (OSError, ValueError):
        return ""


def read_pairs(path: Path) -> dict[str, str]:
    """Return the keys that stand at the beginning of a line, with their values (plain YAML and INI)."""
    return {found["key"]: _unquoted(found["value"]) for found in _PAIR.finditer(read_text(path))}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def is_on_another_machine(path: str) -> bool:
    r"""Tell whether a path leads over the network by its form (``\\server\share``).

    What another program's file names is not followed there: even looking tells that server of the user.
    """
    return path.replace("/", "\\").startswith("\\\\")

"""A persona as a file that people pass on: JSON, as readable as its prompt, without paths of this computer.

A file from elsewhere is never trusted: it is small, it is only read for the values of a persona
(``domain.persona_values``), and it names a model and an adapter, which are not fetched and not looked for
outside the user's own library.
"""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from lmstudio_lite.domain.persona_values import persona_from, persona_values
from lmstudio_lite.domain.personas import Persona
from lmstudio_lite.errors import PersonaFileError
from lmstudio_lite.files import read_regular

SUFFIX = ".persona.json"
SIZE_LIMIT_BYTES = 512 * 1024
_KIND = "lmstudio-lite persona"


def write_persona(persona: Persona) -> bytes:
    """Return the file's content; of the adapter only its file's name."""
    plain = replace(persona, adapter=_file_name(persona.adapter))
    values = {"kind": _KIND, "version": 1, **persona_values(plain)}
    return json.dumps(values, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"


def read_persona(path: Path) -> Persona:
    """Read a persona of whatever origin.

    Raises:
        PersonaFileError: it can't be read, is too large, or is no persona.
    """
    try:
        content = read_regular(path, SIZE_LIMIT_BYTES)
    except OSError as error:
        reason = "too_large" if error.errno == errno.EFBIG else "unreadable"
        raise PersonaFileError(path=str(path), reason=reason) from None
    try:
        values = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        values = None
    is_one = isinstance(values, dict) and values.get("kind") == _KIND
    persona = persona_from(values) if is_one else None
    if persona is None:
        raise PersonaFileError(path=str(path), reason="not_a_persona")
    return replace(persona, adapter=_file_name(persona.adapter))


def _file_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return PureWindowsPath(path).name

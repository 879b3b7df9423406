"""Names for files here, made of what strangers call them: never a way out of the folder, or a trick.

A name from the network can hold "../", a drive's letter, control characters, letters that turn the reading
direction, a name that Windows keeps for devices, or more bytes than a file system takes.
"""

from __future__ import annotations

import re
import unicodedata

_MAX_BYTES = 200
"""Of 255 that file systems take, the rest is for what a download puts behind the name."""
_MAX_FOLDER_LENGTH = 100
_ENDING = re.compile(r"(?:-\d{5}-of-\d{5})?\.gguf$", re.IGNORECASE)
_UNWANTED = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\\/\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]'
)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)


def local_name(path: str) -> str:
    """Return the name under which a file that is called ``path`` elsewhere is kept here; it ends in ".gguf".

    A part's number ("-00001-of-00003") stays as it is, for llama.cpp finds the other parts by it.
    """
    name = unicodedata.normalize("NFC", _UNWANTED.sub("_", re.split(r"[/\\]", path)[-1]))
    ending = _ENDING.search(name)
    suffix = ending[0] if ending else ".gguf"
    stem = name[: ending.start()] if ending else name
    stem = stem.strip(". ") or "model"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    room = _MAX_BYTES - len(suffix)
    stem = stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rstrip(". ") or "model"
    return stem + suffix


def local_folder(name: str) -> str:
    """Return the name of the folder here for what is called ``name`` elsewhere: an owner, a model, a host."""
    plain = _UNWANTED.sub("_", name).strip(". ")[:_MAX_FOLDER_LENGTH].rstrip(". ") or "model"
    return f"_{plain}" if _RESERVED.match(plain) else plain

"""Parts of ``tokenizer.json``, read without trust, and llama.cpp's kinds of tokens."""

from __future__ import annotations

from typing import Any

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
"""``llama_token_type``."""


def section(of: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the object at ``key``, an empty one where there is none."""
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def objects(found: object) -> list[dict[str, Any]]:
    """Return the objects of a list, none where it is no list."""
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

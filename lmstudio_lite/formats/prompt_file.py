"""Prompts as one file that people can read and write: TOML, a table ``[[prompt]]`` for each."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence

import tomli_w

from lmstudio_lite.domain.prompts import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Prompt
from lmstudio_lite.errors import PromptFileError

SUFFIX = ".toml"
SIZE_LIMIT_BYTES = 10_000_000


def prompts_to_text(prompts: Sequence[Prompt]) -> str:
    """Return the file."""
    tables = [{"name": each.name, "text": each.text} for each in prompts]
    return tomli_w.dumps({"prompt": tables}, multiline_strings=True)


def prompts_from_text(content: bytes, name: str) -> tuple[list[Prompt], int]:
    """Return the prompts of a file called ``name``, and how many lack a name or a text, or are too long.

    Raises:
        PromptFileError: it is none; ``reason`` says where.
    """
    try:
        tables = tomllib.loads(content.decode("utf-8")).get("prompt")
    except UnicodeDecodeError:
        raise PromptFileError(path=name, reason="no UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PromptFileError(path=name, reason=str(error)) from None
    if not isinstance(tables, list):
        raise PromptFileError(path=name, reason="no [[prompt]]")
    found = [_prompt(table) for table in tables]
    prompts = [prompt for prompt in found if prompt is not None]
    return prompts, len(found) - len(prompts)


def _prompt(table: object) -> Prompt | None:
    if not isinstance(table, dict):
        return None
    name, text = table.get("name"), table.get("text")
    if not isinstance(name, str) or not isinstance(text, str):
        return None
    name = " ".join(name.split())
    is_fit = name and text.strip() and len(name) <= NAME_LENGTH_MAX and len(text) <= TEXT_LENGTH_MAX
    return Prompt(name, text) if is_fit else None

"""The languages that the program knows by name."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from lmstudio_lite.paths import resources


@dataclass(frozen=True, slots=True)
class Language:
    """``code`` is ISO 639-1; the names are the English one and the language's own.

    In figures ``thousands_mark`` stands between groups of three and ``decimal_mark`` before decimals; both
    are "" where more than one way is usual.
    """

    code: str
    english_name: str
    native_name: str
    thousands_mark: str = ""
    decimal_mark: str = ""


def _read_languages() -> dict[str, Language]:
    with (resources() / "languages.toml").open("rb") as file:
        rows = tomllib.load(file)["languages"]
    return {
        row["code"]: Language(
            row["code"], row["english"], row["native"], row["numbers"][:1], row["numbers"][1:]
        )
        for row in rows
    }


LANGUAGES: dict[str, Language] = _read_languages()
"""By code, in the order people should see them."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi"})
"""ISO 639-1 codes of the languages written from right to left."""

"""Which languages a file of terms or segments means by its codes and names."""

from __future__ import annotations

import functools
import re

from lmstudio_lite.domain.languages import LANGUAGES

_OTHER_CODES = {
    "nb": "no", "nn": "no", "iw": "he", "zho": "zh", "chi": "zh", "cmn": "zh", "eng": "en", "deu": "de",
    "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "jpn": "ja", "kor": "ko", "rus": "ru",
    "por": "pt", "nld": "nl", "dut": "nl", "pol": "pl", "ara": "ar",
}  # fmt: skip


@functools.lru_cache(maxsize=1024)
def language_of(code: str) -> str:
    """Return ISO 639-1 for a code with or without a country: "de" for "DE-at"; "" for none."""
    base = re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0]
    return _OTHER_CODES.get(base, base)


def language_named(text: str) -> str:
    """Return ISO 639-1 for a column's name: "en-US", "German", "Deutsch (Schweiz)"; "" for other words."""
    plain = text.strip().casefold()
    if re.fullmatch(r"[a-z]{2,3}(?:[-_][a-z]{2,4})*", plain):
        code = language_of(plain)
        if code in LANGUAGES:
            return code
    for language in LANGUAGES.values():
        for name in (language.english_name.casefold(), language.native_name.casefold()):
            if plain == name or re.fullmatch(rf"{re.escape(name)}[\s_]*[-(_][\s\w()]*", plain):
                return language.code
    return ""

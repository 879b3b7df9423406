"""A translation that nobody wrote: every text in brackets, 40 % longer, so that what was forgotten shows."""

from __future__ import annotations

import math
import re
from pathlib import Path

import polib

from lmstudio_lite.paths import resources
from lmstudio_lite.words.translate import DOMAIN, catalogue_path

CODE = "en_ZZ"
LONGER = 0.4


def write_pseudo_translation(folder: Path) -> None:
    """Write a translation of every text in the template into ``folder``, for the language ``CODE``."""
    entries = polib.pofile(str(resources() / "translations" / f"{DOMAIN}.pot"))
    entries.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
    for entry in entries:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: _longer(entry.msgid), 1: _longer(entry.msgid_plural)}
        else:
            entry.msgstr = _longer(entry.msgid)
    path = catalogue_path(CODE, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    entries.save(str(path))


def untranslated(text: str) -> str:
    """Return what of ``text`` stands outside of all brackets and says something, "" if nothing does."""
    rest = re.sub(r"<style.*?</style>|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)
    before = ""
    while rest != before:
        before, rest = rest, re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)
    rest = re.sub(r"⟦.*", "", rest, flags=re.DOTALL)  # its end was elided
    return rest.strip() if re.search(r"[^\W\d_]{2}", rest) else ""


def _longer(text: str) -> str:
    return f"⟦{text}{'~' * math.ceil(LONGER * len(text))}⟧"

"""The one way from the English in the code to the language that is shown, for the window and the terminal.

GNU gettext, not Qt Linguist: the terminal speaks without Qt, translators know its tools, and its plural forms
fit every language. A translation is one file, ``resources/translations/<code>/LC_MESSAGES/lmstudio-lite.po``.
polib reads it as it is when the program starts; nothing is compiled, so nothing can be out of date. Without
one, or where it is damaged, what is shown is the English of the code: never an error.

    tr("Open…")                                        # a text
    tr("Loaded {0}").format(name)                      # never an f-string: translators see the placeholder
    trn("{n} page", "{n} pages", num)                  # an amount; languages have one to six forms
    trc("a model's file", "Open…")                     # one English text that means two things

Texts are looked up when they are shown, never when a module is imported: tables hold ``mark("…")``.
``packaging/translations.py`` collects them all.
"""

from __future__ import annotations

import gettext
import io
import logging
import os
import re
import string
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmstudio_lite.files import open_regular
from lmstudio_lite.paths import resources

if TYPE_CHECKING:
    import polib

log = logging.getLogger(__name__)

DOMAIN = "lmstudio-lite"
_SIZE_LIMIT_BYTES = 10_000_000
_ENGLISH = frozenset({"en", "c", "posix"})

_catalogue = gettext.NullTranslations()
_language = "en"


def tr(text: str) -> str:
    """Return ``text`` in the language in use."""
    return _catalogue.gettext(text) if text else ""


def trn(singular: str, plural: str, number: int) -> str:
    """Return the form for ``number`` in the language in use, with the number in place of ``{n}``: "1,024"."""
    return _catalogue.ngettext(singular, plural, number).replace("{n}", f"{number:,}")


def trc(context: str, text: str) -> str:
    """Return ``text`` in the language in use, in the meaning that ``context`` tells the translator."""
    return _catalogue.pgettext(context, text)


def mark(text: str) -> str:
    """Return ``text`` as it is, to be translated by ``tr`` where it is shown: for tables in a module."""
    return text


def use_language(code: str = "", system: Sequence[str] | None = None, folder: Path | None = None) -> str:
    """Show texts in the language ``code`` from now on, "" for the system's; returns the code in use.

    Called once, before anything is shown. ``system`` are the languages that the user wants of all programs,
    the first one first; None asks the environment. "en" is returned where the English of the code is shown.
    """
    global _catalogue, _language
    _catalogue, _language = gettext.NullTranslations(), "en"
    for wanted in [code] if code else system_languages() if system is None else system:
        for name in _names(wanted):
            path = catalogue_path(name, folder)
            if path.is_file():
                read = _read(path)
                if read is not None:
                    _catalogue, _language = read, name
                return _language
            if name.lower() in _ENGLISH:
                return "en"
    if code:
        log.warning("there is no translation for the language %r: the texts stay in English", code)
    return "en"


def language() -> str:
    """Return the code of the language in use: "en", or a translation's folder."""
    return _language


def languages(folder: Path | None = None) -> list[str]:
    """Return the codes of the languages that there is a translation for, besides English."""
    return sorted(
        path.parent.parent.name for path in _translations(folder).glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    )


def catalogue_path(code: str, folder: Path | None = None) -> Path:
    """Return where the translation for ``code`` lies, if there is one."""
    return _translations(folder) / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def system_languages() -> list[str]:
    """Return the languages that the environment asks for, as gettext does; on Windows the system's own."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return value.split(":")
    if sys.platform == "win32":
        import ctypes
        import locale

        return [locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")]
    return []


def _translations(folder: Path | None) -> Path:
    return folder if folder is not None else resources() / "translations"


def _names(code: str) -> Iterator[str]:
    """Yield what a folder for ``code`` may be called: ``pt_BR``, then ``pt``, for ``pt-BR.UTF-8``."""
    plain = code.partition(".")[0].partition("@")[0].replace("-", "_")
    if not re.fullmatch(r"[A-Za-z]{1,8}(_[A-Za-z0-9]{1,8})*", plain):
        return
    parts = plain.split("_")
    for number in range(len(parts), 0, -1):
        yield "_".join(parts[:number])


def _read(path: Path) -> gettext.GNUTranslations | None:
    """Return the translation at ``path``, without the texts that would break a sentence; None if damaged."""
    import polib  # English is shown without it

    try:
        with open_regular(path) as file:
            content = file.read(_SIZE_LIMIT_BYTES + 1)
        if len(content) > _SIZE_LIMIT_BYTES:
            raise ValueError(f"larger than {_SIZE_LIMIT_BYTES:,} bytes")
        entries = polib.pofile(content.decode("utf-8-sig"), encoding="utf-8", check_for_duplicates=False)
        for entry in entries.translated_entries():
            if not _keeps_placeholders(entry):
                log.warning("%s: the placeholders of %r are not those of the English", path, entry.msgid)
                entry.msgstr, entry.msgstr_plural = "", {}
        return gettext.GNUTranslations(io.BytesIO(entries.to_binary()))
    except Exception as error:  # polib and gettext raise what their parsers meet: IndexError, AttributeError…
        log.warning("the translation %s can't be read (%s): the texts stay in English", path, error)
        return None


def _keeps_placeholders(entry: polib.POEntry) -> bool:
    """Tell whether ``format`` works on the translation wherever it works on the English."""
    known = {field for text in (entry.msgid, entry.msgid_plural) for field in _fields(text)}
    said: Iterable[str] = entry.msgstr_plural.values() or [entry.msgstr]
    try:
        return all(set(_fields(text)) <= known for text in said)
    except ValueError:  # a brace that is not closed
        return False


def _fields(text: str) -> Iterator[tuple[str, str | None, str | None]]:
    for _, name, specification, conversion in string.Formatter().parse(text):
        if name is not None:
            yield name, specification, conversion

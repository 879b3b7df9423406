"""The window's language: that of the program, with Qt's own texts and the direction of writing to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.language import speak
from lmstudio_lite.words.translate import language, languages, tr


def speak_as_the_system(arguments: Sequence[str]) -> None:
    """Show texts in the language of the settings that ``arguments`` lead to, else in the desktop's."""
    speak(arguments, QLocale.system().uiLanguages())


def language_choices() -> list[tuple[str, str]]:
    """Return what the user may choose, by name and code: the system's language, and all that are there."""
    names = [(_own_name(code), code) for code in languages()]
    return [(tr("Like the system"), ""), ("English", "en"), *sorted(names)]


def _own_name(code: str) -> str:
    """Return what its speakers call a language: "Deutsch", with a country "português (Brasil)"."""
    locale = QLocale(code)
    name = locale.nativeLanguageName() or code
    return f"{name} ({locale.nativeTerritoryName()})" if "_" in code else name


def translate_qt(app: QApplication) -> None:
    """Give Qt's own buttons and menus the language in use, where PySide brings their texts.

    English needs nothing: it is the language of Qt's code as well as of ours.
    """
    code = language()
    if code == "en":
        return
    locale = QLocale(code)
    app.setLayoutDirection(locale.textDirection())
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(locale, "qtbase", "_", folder):
        app.installTranslator(translator)

"""Every text that a window's widgets show or would read out, wherever they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialogButtonBox,
    QDoubleSpinBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSpinBox,
    QTabBar,
    QTextEdit,
    QWidget,
)

from lmstudio_lite.domain.languages import LANGUAGES
from tests.support.pseudo import untranslated


def texts_of(window: QWidget) -> Iterator[tuple[str, str]]:
    """Yield the texts of ``window`` and all in it, each with who shows it; hidden ones too.

    Left out are what the user wrote and the buttons of Qt, whose texts come from Qt's own translations.
    """
    qts: list[QWidget] = [
        button
        for box in window.findChildren(QDialogButtonBox)
        for button in box.buttons()
        if box.standardButton(button) is not QDialogButtonBox.StandardButton.NoButton
    ]
    qts += [button for bar in window.findChildren(QTabBar) for button in bar.findChildren(QAbstractButton)]
    for widget in [window, *window.findChildren(QWidget)]:
        if widget in qts or widget.objectName().startswith("qt_"):
            continue
        who = f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for text in (*_texts(widget), widget.toolTip(), widget.accessibleName(), widget.windowTitle()):
            if text:
                yield who, text
        if not isinstance(widget, QLineEdit):
            yield from ((f"action of {who}", text) for text in _actions(widget))


def _texts(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit() | QPlainTextEdit() | QTextEdit():
            yield widget.placeholderText()
        case QComboBox():
            yield from (widget.itemText(number) for number in range(widget.count()))
        case QGroupBox() | QMenu():
            yield widget.title()
        case QTabBar():
            yield from (widget.tabText(number) for number in range(widget.count()))
        case QSpinBox() | QDoubleSpinBox():
            yield from (widget.prefix(), widget.suffix(), widget.specialValueText())


def _actions(widget: QWidget) -> Iterator[str]:
    for action in widget.actions():
        yield from (action.text(), action.toolTip())


_LANGUAGES_THEMSELVES = {language.native_name for language in LANGUAGES.values()}
_KEYS = re.compile(r"(Ctrl|Shift|Alt|Enter|Esc|Return|F\d+)\b[+\w, /\-]*")
_NAMES = re.compile(r"LM Studio Lite|English|SmolLM2[\w ]*|Q4_1|llama|CPU|[^\s⟦“]+\.gguf")
"""What has the same name in every language: the program, a language in itself, files, models, devices."""
_QTS = frozenset({"Show Details...", "Hide Details..."})
"""Of a message box; Qt translates them itself."""
_DETAILS = re.compile(r"[a-z_]+\(.*\)$")
"""An error as a developer wants it reported: ``decode(status=-3)``."""


def forgotten(window: QWidget, *names: str) -> list[str]:
    """Return what ``window`` shows outside of the brackets of the pseudo language, and who shows it.

    ``names`` are the user's own words that are on the screen.
    """
    found = set()
    for who, text in texts_of(window):
        if _DETAILS.match(text) or text in _QTS:
            continue
        plain = " · ".join(part for part in text.split(" · ") if part not in _LANGUAGES_THEMSELVES)
        for name in names:
            plain = plain.replace(name, "")
        if untranslated(_NAMES.sub("", _KEYS.sub("", plain))):
            found.add(f"{who}: {text!r}")
    return sorted(found)

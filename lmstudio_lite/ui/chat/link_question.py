"""Asks before a link of a message is opened, with the address that it leads to.

A model, or a document that it repeats, writes what a link says and where it leads; the two need not agree.
Only addresses of the web and of mail are opened at all.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.words.translate import tr

_SCHEMES = ("http", "https", "mailto")
_SHOWN_CHARS = 400
_NAMED_HOST = re.compile(r"(?:https?://)?(?:www\.)?((?:[\w-]+\.)+[A-Za-z]{2,})(?:[/:?#]\S*)?", re.ASCII)


class LinkQuestion(PlainMessageBox):
    """Open it with ``open``; it waits for nobody."""

    def __init__(self, url: QUrl, words: str, parent: QWidget) -> None:
        """``words`` is what the link says."""
        super().__init__(parent)
        self._url = url
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setWindowTitle(tr("Link"))
        address = shown_address(url)
        can_open = url.scheme().lower() in _SCHEMES
        self.setText(
            tr("Open this address in another program?") if can_open else tr("This address is not opened.")
        )
        warning = other_host(words, url)
        self.setInformativeText("\n\n".join(filter(None, (address, warning))))
        self.setIcon(QMessageBox.Icon.Warning if warning else QMessageBox.Icon.NoIcon)
        self.open_button: QPushButton | None = None
        if can_open:
            self.open_button = self.addButton(tr("Open"), QMessageBox.ButtonRole.AcceptRole)
            self.open_button.clicked.connect(lambda: QDesktopServices.openUrl(self._url))
        self.copy_button = self.addButton(tr("Copy address"), QMessageBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(encoded(self._url)))
        cancel = self.addButton(QMessageBox.StandardButton.Cancel)
        self.setDefaultButton(cancel)


def encoded(url: QUrl) -> str:
    """Return the address in ASCII: letters of other scripts in its host can't pass for Latin ones."""
    return bytes(url.toEncoded().data()).decode("ascii", "replace")


def shown_address(url: QUrl) -> str:
    """Return the address as it is shown, its middle left out if it is long."""
    address = encoded(url)
    half = _SHOWN_CHARS // 2
    return address if len(address) <= _SHOWN_CHARS else f"{address[:half]} … {address[-half:]}"


def other_host(words: str, url: QUrl) -> str:
    """Say that a link names another place than it leads to; "" if it names none, or the same."""
    named = _NAMED_HOST.fullmatch(words.strip())
    if named is None:
        return ""
    host = urlsplit(encoded(url)).hostname or ""
    name = named[1].lower()
    if host.removeprefix("www.") == name or host.endswith(f".{name}"):
        return ""
    return tr("The link says {0}, but it leads to {1}.").format(name, host or encoded(url)[:80])

"""A quiet box where the work is: what happened, what to do next, at most two buttons.

An ``AppError`` is worded by ``words``; its code and details fold out for whoever wants to report it.
Closing a notice loses nothing.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.errors import AppError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain
from lmstudio_lite.words.translate import tr

_ICON_SIZE = 20
_ICONS = {"info": "info", "warning": "warning", "danger": "error"}


class Notice(QFrame):
    """Hidden until something is shown. ``kind`` is "info", "warning" or "danger"."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, closable: bool = True) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = "info"
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._on_button: Callable[[], None] | None = None
        self._on_second: Callable[[], None] | None = None

        self._icon = QLabel(self)
        self._what = text_label("", self, role="heading", wrap=True)
        self._remedy = text_label("", self, wrap=True)
        self._details = text_label("", self, role="small", wrap=True)
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.button = text_button("", self)
        self.second_button = text_button("", self)
        self.second_button.hide()
        self._details_button = text_button(tr("Details"), self, role="quiet")
        self._details_button.setCheckable(True)
        self._close = IconButton(theme, "close", tr("Close this message"), self)

        words = QVBoxLayout()
        words.setSpacing(2)
        words.setContentsMargins(0, 1, 0, 0)
        words.addWidget(self._what)
        words.addWidget(self._remedy)
        words.addWidget(self._details)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        row.setSpacing(design.SPACE_8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._details_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.second_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

        self._close.setVisible(closable)
        self.button.clicked.connect(self._on_button_clicked)
        self.second_button.clicked.connect(self._on_second_clicked)
        self._details_button.toggled.connect(self._details.setVisible)
        self._close.clicked.connect(self._on_close_clicked)
        theme.changed.connect(self._on_theme_changed)
        self.hide()

    def event(self, event: QEvent) -> bool:
        """Keep the words whole where the page is too low for all it holds: they say what to do."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self.setMinimumHeight(max(0, self.heightForWidth(self.width())))
        return super().event(event)

    @property
    def text(self) -> str:
        """What stands in the box, without the details."""
        return f"{self._what.text()} {self._remedy.text()}".strip()

    def show_error(
        self, error: Exception, button: str = "", on_button: Callable[[], None] | None = None
    ) -> None:
        """Say what ``error`` means; anything but an ``AppError`` is a bug of ours and is called one."""
        if isinstance(error, AppError):
            explanation = explain(error)
            self.show_message(explanation.what, explanation.remedy, button, on_button, kind="danger")
            self._set_details(str(error))
        else:
            self.show_message(
                tr("LM Studio Lite made a mistake."),
                tr("Your texts are safe. Try again; if it happens again, please report the details."),
                button,
                on_button,
                kind="danger",
            )
            self._set_details("".join(traceback.format_exception_only(error)).strip())

    def show_message(
        self,
        what: str,
        remedy: str = "",
        button: str = "",
        on_button: Callable[[], None] | None = None,
        *,
        kind: str = "info",
        second: str = "",
        on_second: Callable[[], None] | None = None,
    ) -> None:
        """Show words of the caller's own; a button is there if it has a text."""
        self._kind = kind
        self._on_button = on_button
        self._what.setText(what)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        self.button.setText(button)
        self.button.setAccessibleName(button)
        self.button.setVisible(bool(button))
        self._on_second = on_second
        self.second_button.setText(second)
        self.second_button.setAccessibleName(second)
        self.second_button.setVisible(bool(second))
        self._set_details("")
        self.setAccessibleName(self.text)
        set_role(self, f"notice-{kind}")
        self._on_theme_changed()
        self.show()

    def clear(self) -> None:
        """Take the notice away, as if it had never been there."""
        self._on_button = self._on_second = None
        self.hide()

    def _set_details(self, details: str) -> None:
        self._details.setText(details)
        self._details.hide()
        self._details_button.setChecked(False)
        self._details_button.setVisible(bool(details))

    @Slot()
    def _on_button_clicked(self) -> None:
        if self._on_button is not None:
            self._on_button()

    @Slot()
    def _on_second_clicked(self) -> None:
        if self._on_second is not None:
            self._on_second()

    @Slot()
    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        tokens = self._theme.tokens
        colour = {"info": tokens.accent, "warning": tokens.warning, "danger": tokens.danger}[self._kind]
        size, field = self._theme.scaled(_ICON_SIZE), self._theme.scaled(design.SPACE_24)
        self._icon.setFixedSize(field, field)
        self._icon.setPixmap(tinted_pixmap(_ICONS[self._kind], colour, size, self.devicePixelRatioF()))

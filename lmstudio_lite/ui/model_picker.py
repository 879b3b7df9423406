"""The popup under the model's name: every model of the library, whether it fits here, and how to add one.

A file that can't be used stays in the list with its reason: a model that silently disappeared would be
searched for.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.fit import FitVerdict
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.private_files import make_private_folder
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import CardButton, WrappingButton, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.model_control import ModelChoice, ModelControl
from lmstudio_lite.ui.model_switch import SwitchQuestion, choose_model
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain, say_size
from lmstudio_lite.words.fit import say_verdict
from lmstudio_lite.words.shelf import say_profile
from lmstudio_lite.words.translate import tr

_WIDTH = 420
_HEIGHT_MAX = 420
_ROW_HEIGHT_MIN = 48
_TICK_SIZE = 16
_BAR_WIDTH = 10
_ROLES = {FitVerdict.SLOW: "warning", FitVerdict.TOO_LARGE: "danger"}


class ModelPicker(QFrame):
    """Shown with ``show_below``; chooses through ``ModelControl``."""

    add_requested = Signal()
    details_requested = Signal()
    all_requested = Signal()
    offers_requested = Signal()

    def __init__(
        self, theme: Theme, control: ModelControl, models_folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        set_role(self, "popup")
        self.setAccessibleName(tr("Models"))
        self._theme = theme
        self._control = control
        self._models_folder = models_folder
        self.rows: list[ModelRow] = []
        self._list = QWidget(self)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(design.SPACE_8, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        self._column.setSpacing(2)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._list)
        self._empty = text_label(
            tr("There is no model yet. Add a GGUF file to begin."), self, role="muted", wrap=True
        )
        self._empty.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_8)
        self._empty.hide()
        self.offers_button = WrappingButton(tr("Better models for this computer…"), "row", self)
        self.all_button = text_button(tr("All models…"), self, role="quiet")
        self.add_button = text_button(tr("Add model file…"), self, role="quiet")
        self.folder_button = text_button(tr("Open models folder"), self, role="quiet")
        self.details_button = text_button(tr("How it runs…"), self, role="quiet")
        self.question: SwitchQuestion | None = None
        self._below: QWidget | None = None
        line = QFrame(self)
        set_role(line, "separator")
        bottom = self._bottom = QHBoxLayout()
        bottom.setContentsMargins(design.SPACE_8, design.SPACE_4, design.SPACE_8, design.SPACE_4)
        bottom.addWidget(self.all_button)
        bottom.addWidget(self.add_button)
        bottom.addWidget(self.details_button)
        bottom.addWidget(self.folder_button)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        outer.addWidget(self._empty)
        outer.addWidget(self._scroll, 1)
        offers = QVBoxLayout()
        offers.setContentsMargins(design.SPACE_8, 0, design.SPACE_8, design.SPACE_8)
        offers.addWidget(self.offers_button)
        outer.addLayout(offers)
        outer.addWidget(line)
        outer.addLayout(bottom)
        control.choices_listed.connect(self._on_choices_listed)
        self.offers_button.clicked.connect(self._on_offers_clicked)
        self.all_button.clicked.connect(self._on_all_clicked)
        self.add_button.clicked.connect(self._on_add_clicked)
        self.folder_button.clicked.connect(self._on_folder_clicked)
        self.details_button.clicked.connect(self._on_details_clicked)

    def show_below(self, widget: QWidget) -> None:
        """Open under ``widget``, aligned with its right edge and inside the screen."""
        self._control.list_choices()
        self._fit()
        self._below = widget
        self._place()
        self.show()

    def _place(self) -> None:
        widget = self._below
        if widget is None:
            return
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4))
        screen = widget.screen().availableGeometry()
        left = min(max(screen.left(), corner.x()), screen.right() - self.width())
        self.move(left, max(screen.top(), min(corner.y(), screen.bottom() - self.height())))

    def _fit(self) -> None:
        screen = self.screen().availableGeometry()
        width = min(self._theme.scaled(_WIDTH), screen.width() - 2 * design.SPACE_16)
        self._lay_out_buttons(width)
        for row in self.rows:
            row.set_width(width - 2 * design.SPACE_8 - _BAR_WIDTH)
        rows_height = self._column.totalSizeHint().height() if self.rows else 0
        below = self._bottom.sizeHint().height() + self.offers_button.sizeHint().height()
        room = screen.height() - below - 2 * design.SPACE_32
        self._scroll.setFixedHeight(max(0, min(rows_height, self._theme.scaled(_HEIGHT_MAX), room)))
        self._scroll.setVisible(bool(self.rows))
        self.setFixedWidth(width)
        self.adjustSize()

    def _lay_out_buttons(self, width: int) -> None:
        """Put the buttons below each other where they don't fit into ``width`` beside each other."""
        buttons = (self.all_button, self.add_button, self.details_button, self.folder_button)
        needed = sum(button.sizeHint().width() for button in buttons) + 4 * design.SPACE_8
        fits = needed <= width
        direction = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        self._bottom.setDirection(direction)

    @Slot(object)
    def _on_choices_listed(self, choices: list[ModelChoice]) -> None:
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for choice in choices:
            is_current = choice.entry.path == self._control.path
            row = ModelRow(self._theme, choice, is_current, self._list)
            row.clicked.connect(lambda _checked=False, path=choice.entry.path: self._choose(path))
            self._column.addWidget(row)
            row.show()  # a child of a list that is on the screen has no size until it is shown
            self.rows.append(row)
        self._empty.setVisible(not choices)
        self._fit()
        self._place()
        if self.isVisible() and self.rows:
            self.rows[0].setFocus(Qt.FocusReason.PopupFocusReason)

    def _choose(self, path: Path) -> None:
        self.hide()
        self.question = choose_model(path, self._control, self.parentWidget() or self)

    @Slot()
    def _on_offers_clicked(self) -> None:
        self.hide()
        self.offers_requested.emit()

    @Slot()
    def _on_all_clicked(self) -> None:
        self.hide()
        self.all_requested.emit()

    @Slot()
    def _on_add_clicked(self) -> None:
        self.hide()
        ask_for_model(self.parentWidget() or self, self._control)

    @Slot()
    def _on_details_clicked(self) -> None:
        self.hide()
        self.details_requested.emit()

    @Slot()
    def _on_folder_clicked(self) -> None:
        self.hide()
        make_private_folder(self._models_folder)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._models_folder)))


def ask_for_model(parent: QWidget, control: ModelControl) -> None:
    """Let the user pick a GGUF file with the system's dialog and use it."""
    dialog = QFileDialog(parent, tr("Add a model file"))
    dialog.setNameFilter(tr("Models (*.gguf)"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: control.add(Path(name)))
    dialog.open()


class ModelRow(CardButton):
    """One model: name, size and quantization, fit or failure; a tick on the one in use."""

    def __init__(self, theme: Theme, choice: ModelChoice, is_current: bool, parent: QWidget) -> None:
        super().__init__("choice", parent)
        self._width = _WIDTH
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        file = choice.entry.file
        name = ElidedLabel(self, role="heading")
        name.set_full_text(file.name if file else choice.entry.path.name)
        about = text_label(self._about(choice), self, role="small", wrap=file is None)
        fit_words, fit_role = self._fit_words(choice)
        fit = text_label(fit_words, self, role=fit_role)
        tick = QLabel(self)
        tick_size = theme.scaled(_TICK_SIZE)
        tick.setFixedWidth(tick_size + 2)
        if is_current:
            tick.setPixmap(tinted_pixmap("check", theme.tokens.accent, tick_size, self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(name)
        words.addWidget(about)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_8, 6, design.SPACE_12, 6)
        row.setSpacing(design.SPACE_8)
        row.addWidget(tick)
        row.addLayout(words, 1)
        row.addWidget(fit)
        for label in (name, about, fit, tick):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.fit()
        self.setEnabled(file is not None and not file.is_embedding)
        self.setToolTip(plain_tip(str(choice.entry.path)))
        current = tr("in use") if is_current else ""
        spoken = (name.full_text, about.text(), fit_words, current)
        self.setAccessibleName(", ".join(part for part in spoken if part))

    def set_width(self, width: int) -> None:
        """Say how wide the row will be in pixels: it decides where the words break."""
        self._width = width
        self.fit()

    def wanted_height(self) -> int:
        """Return the height of the words where they break in the popup."""
        row = self.layout()
        if row is None or not row.hasHeightForWidth():
            return max(_ROW_HEIGHT_MIN, super().wanted_height())
        return max(_ROW_HEIGHT_MIN, row.heightForWidth(self._width))

    def _about(self, choice: ModelChoice) -> str:
        file, failure = choice.entry.file, choice.entry.failure
        if file is not None:
            parts = [say_size(file.size_bytes), file.quantization]
            if choice.entry.is_starter:
                parts.append(tr("comes with the program"))
            parts.append(say_profile(choice.profile))
            return " · ".join(filter(None, parts))
        if failure is None:
            return ""
        return explain(error_from_code(failure.code, failure.details)).what

    def _fit_words(self, choice: ModelChoice) -> tuple[str, str]:
        if choice.entry.file is not None and choice.entry.file.is_embedding:
            return tr("finds evidence"), "small"
        if choice.fit is None:
            return tr("can't be used"), "danger"
        return say_verdict(choice.fit), _ROLES.get(choice.fit.verdict, "small")

"""Names of attached documents, each in a small box; in the composer with a button that takes it away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

_ICON = 14
_BUTTON = 20
_WIDTH_MAX = 260


class ChipRow(QWidget):
    """A row of chips that shrink when there are many. Hidden without any."""

    removal_requested = Signal(int)  # place in the row

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, can_remove: bool, is_end: bool = False
    ) -> None:
        """``is_end`` puts them at the end of the line, where the user's own words stand."""
        super().__init__(parent)
        self._theme = theme
        self._can_remove = can_remove
        self.chips: list[Chip] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, design.SPACE_4)
        self._row.setSpacing(design.SPACE_8)
        if is_end:
            self._row.setAlignment(Qt.AlignmentFlag.AlignRight)
        else:
            self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_titles(self, titles: Sequence[str], num_reading: int = 0) -> None:
        """Show one chip for each title; the last ``num_reading`` are still being read."""
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self.chips = []
        for number, title in enumerate(titles):
            is_reading = number >= len(titles) - num_reading
            chip = Chip(self._theme, title, self, can_remove=self._can_remove, is_reading=is_reading)
            if chip.remove_button is not None:
                chip.remove_button.clicked.connect(
                    lambda _checked=False, place=number: self.removal_requested.emit(place)
                )
            self._row.addWidget(chip, 0)
            self.chips.append(chip)
        self.setVisible(bool(titles))


class Chip(QFrame):
    """One document's name."""

    def __init__(
        self, theme: Theme, title: str, parent: QWidget, *, can_remove: bool, is_reading: bool
    ) -> None:
        super().__init__(parent)
        set_role(self, "chip")
        self.title = title
        self.setMaximumWidth(theme.scaled(_WIDTH_MAX))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        picture = QLabel(self)
        size = theme.scaled(_ICON)
        picture.setPixmap(theme.icon("document").pixmap(QSize(size, size)))
        name = ElidedLabel(self, role="small", mode=Qt.TextElideMode.ElideMiddle, fewest_characters=6)
        name.set_full_text(tr("{0}, opening…").format(title) if is_reading else title)
        self.setAccessibleName(tr("Attached: {0}").format(title))
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_8, design.SPACE_4, design.SPACE_8, design.SPACE_4)
        row.setSpacing(design.SPACE_4)
        row.addWidget(picture)
        row.addWidget(name)
        self.remove_button: IconButton | None = None
        if can_remove:
            name_of_button = tr("Remove {0}").format(title)
            self.remove_button = IconButton(
                theme, "close", name_of_button, self, size=_BUTTON, icon_size=_ICON - 2
            )
            row.setContentsMargins(design.SPACE_8, 2, 2, 2)
            row.addWidget(self.remove_button)

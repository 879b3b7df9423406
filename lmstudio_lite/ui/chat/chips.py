"""Names of attached documents, each in a small box; in the composer with a button that takes it away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from lmstudio_lite.domain.conversations import Attachment
from lmstudio_lite.domain.unseen import named_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import IconButton
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.reading_notice import InventoryButton, say_missing
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

    def show_attachments(self, ready: Sequence[Attachment], reading: Sequence[str] = ()) -> None:
        """Show one chip for each document, then one for each that is being read, by its name."""
        for chip in self.chips:
            self._row.removeWidget(chip)
            chip.deleteLater()
        self.chips = []
        shown_here: list[Attachment | str] = [*ready, *reading]
        for number, shown in enumerate(shown_here):
            chip = Chip(self._theme, shown, self, can_remove=self._can_remove)
            if chip.remove_button is not None:
                chip.remove_button.clicked.connect(
                    lambda _checked=False, place=number: self.removal_requested.emit(place)
                )
            self._row.addWidget(chip, 0)
            self.chips.append(chip)
        self.setVisible(bool(self.chips))


class Chip(QFrame):
    """One document's name, with a button that tells what was read of it."""

    def __init__(self, theme: Theme, shown: Attachment | str, parent: QWidget, *, can_remove: bool) -> None:
        """``shown`` is a document, or the name of one that is still being read."""
        super().__init__(parent)
        set_role(self, "chip")
        title = shown if isinstance(shown, str) else shown.title
        inventory = () if isinstance(shown, str) else shown.inventory
        self.title = title
        self.setMaximumWidth(theme.scaled(_WIDTH_MAX))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        picture = QLabel(self)
        size = theme.scaled(_ICON)
        picture.setPixmap(theme.icon("document").pixmap(QSize(size, size)))
        name = ElidedLabel(self, role="small", mode=Qt.TextElideMode.ElideMiddle, fewest_characters=6)
        said = named_line(title)
        name.set_full_text(tr("{0}, opening…").format(said) if isinstance(shown, str) else said)
        missing = say_missing(inventory)
        said = tr("Attached: {0}").format(title)
        self.setAccessibleName(" ".join([f"{said}.", *missing]) if missing else said)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_8, design.SPACE_4, design.SPACE_8, design.SPACE_4)
        row.setSpacing(design.SPACE_4)
        row.addWidget(picture)
        row.addWidget(name)
        self.parts_button = InventoryButton(theme, self, size=_BUTTON, icon_size=_ICON)
        row.addWidget(self.parts_button)
        if inventory:
            self.parts_button.show_parts(title, inventory)
            row.setContentsMargins(design.SPACE_8, 2, 2, 2)
        self.remove_button: IconButton | None = None
        if can_remove:
            name_of_button = tr("Remove {0}").format(title)
            self.remove_button = IconButton(
                theme, "close", name_of_button, self, size=_BUTTON, icon_size=_ICON - 2
            )
            row.setContentsMargins(design.SPACE_8, 2, 2, 2)
            row.addWidget(self.remove_button)

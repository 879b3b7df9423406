"""A box to choose a language by its own name or its English one; typing finds it.

Languages that the user keeps at the top come first, then those chosen last, then all. The box's own menu
(right click, or the menu key) keeps the chosen one at the top.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QMenu, QSizePolicy, QWidget

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import tr

_FEWEST_CHARACTERS = 9


class LanguageBox(ChoiceBox):
    """The chosen language's code is ``code``, "" for "Detect" where that is offered."""

    code_chosen = Signal(str)  # by the user
    pin_toggled = Signal(str, bool)  # code, whether it is to stay at the top

    def __init__(self, name: str, parent: QWidget | None = None, *, offers_detection: bool = False) -> None:
        super().__init__(parent)
        self._offers_detection = offers_detection
        self._detected = ""
        self._pinned: tuple[str, ...] = ()
        self._recent: tuple[str, ...] = ()
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(tr("{0}. Its menu keeps a language at the top.").format(name)))
        self.setMaxVisibleItems(18)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(_FEWEST_CHARACTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.currentTextChanged.connect(self._on_text_changed)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self.activated.connect(self._on_activated)
        self._fill()

    @property
    def code(self) -> str:
        return str(self.currentData() or "")

    @property
    def detected(self) -> str:
        """Return the code shown as detected, "" for none."""
        return self._detected

    @property
    def effective_code(self) -> str:
        """Return the chosen language, or the detected one while detection is chosen."""
        return self.code or self._detected

    @property
    def codes_at_top(self) -> list[str]:
        """Return what stands above all languages: those that are kept there, then the recent ones."""
        known = [code for code in (*self._pinned, *self._recent) if code in LANGUAGES]
        return list(dict.fromkeys(known))

    def set_code(self, code: str) -> None:
        """Choose a language without telling; an unknown code leaves the choice."""
        row = self.findData(code)
        if row >= 0:
            self.setCurrentIndex(row)

    def set_at_top(self, pinned: Sequence[str], recent: Sequence[str]) -> None:
        """Say which languages stand above all; the choice stays."""
        if (tuple(pinned), tuple(recent)) == (self._pinned, self._recent):
            return
        self._pinned, self._recent = tuple(pinned), tuple(recent)
        code = self.code
        self.blockSignals(True)
        self.clear()
        self._fill()
        self.set_code(code)
        self.blockSignals(False)
        self._on_text_changed()

    def set_detected(self, code: str) -> None:
        """Show what was detected: "Chinese, detected"; "" shows the invitation again."""
        if not self._offers_detection or code == self._detected:
            return
        self._detected = code
        self.setItemText(0, self._detection_words())

    def sizeHint(self) -> QSize:
        """Ask for room for the words that are shown."""
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        frame = hint.width() - _FEWEST_CHARACTERS * metrics.horizontalAdvance("X")
        return QSize(max(hint.width(), metrics.horizontalAdvance(self.currentText()) + frame), hint.height())

    def _fill(self) -> None:
        if self._offers_detection:
            self.addItem(self._detection_words(), "")
            self.insertSeparator(1)
        at_top = self.codes_at_top
        for code in at_top:
            self._add(code)
        if at_top:
            self.insertSeparator(self.count())
        for code in LANGUAGES:
            self._add(code)

    def _add(self, code: str) -> None:
        name, own_name = say_language(code), LANGUAGES[code].native_name
        self.addItem(name if own_name == name else f"{name} · {own_name}", code)
        self.setItemData(self.count() - 1, name, Qt.ItemDataRole.AccessibleTextRole)

    def _detection_words(self) -> str:
        if not self._detected:
            return tr("Detect language")
        return tr("{0}, detected").format(say_language(self._detected))

    @Slot()
    def _on_text_changed(self) -> None:
        self.updateGeometry()

    @Slot(int)
    def _on_activated(self, _row: int) -> None:
        self.code_chosen.emit(self.code)

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        code = self.effective_code
        if not code:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction(tr("Keep {0} at the top").format(say_language(code)))
        action.setCheckable(True)
        action.setChecked(code in self._pinned)
        action.toggled.connect(lambda is_pinned: self.pin_toggled.emit(code, is_pinned))
        menu.popup(self.mapToGlobal(place))

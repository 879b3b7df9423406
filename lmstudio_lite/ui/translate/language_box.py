"""A box to choose a language by its own name or its English one; typing finds it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import tr

_FEWEST_CHARACTERS = 9


class LanguageBox(ChoiceBox):
    """The chosen language's code is ``code``, "" for "Detect" where that is offered."""

    code_chosen = Signal(str)  # by the user

    def __init__(self, name: str, parent: QWidget | None = None, *, offers_detection: bool = False) -> None:
        super().__init__(parent)
        self._offers_detection = offers_detection
        self._detected = ""
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setMaxVisibleItems(18)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(_FEWEST_CHARACTERS)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.currentTextChanged.connect(self._on_text_changed)
        if offers_detection:
            self.addItem(tr("Detect language"), "")
            self.insertSeparator(1)
        for code, language in LANGUAGES.items():
            name = say_language(code)
            self.addItem(name, code)
            row = self.count() - 1
            if language.native_name != name:
                self.setItemText(row, f"{name} · {language.native_name}")
            self.setItemData(row, name, Qt.ItemDataRole.AccessibleTextRole)
        self.activated.connect(self._on_activated)

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

    def set_code(self, code: str) -> None:
        """Choose a language without telling; an unknown code leaves the choice."""
        row = self.findData(code)
        if row >= 0:
            self.setCurrentIndex(row)

    def set_detected(self, code: str) -> None:
        """Show what was detected: "Chinese, detected"; "" shows the invitation again."""
        if not self._offers_detection or code == self._detected:
            return
        self._detected = code
        words = tr("{0}, detected").format(say_language(code)) if code else tr("Detect language")
        self.setItemText(0, words)

    def sizeHint(self) -> QSize:
        """Ask for room for the words that are shown."""
        hint = super().sizeHint()
        metrics = self.fontMetrics()
        frame = hint.width() - _FEWEST_CHARACTERS * metrics.horizontalAdvance("X")
        return QSize(max(hint.width(), metrics.horizontalAdvance(self.currentText()) + frame), hint.height())

    @Slot()
    def _on_text_changed(self) -> None:
        self.updateGeometry()

    @Slot(int)
    def _on_activated(self, _row: int) -> None:
        self.code_chosen.emit(self.code)

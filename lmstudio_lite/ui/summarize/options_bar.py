"""Style, length and language of a summary: three compact boxes, remembered in the settings."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from lmstudio_lite.documents.language import LANGUAGES
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.tasks.summarize import SummaryLength, SummaryOptions, SummaryStyle
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.tokens import SPACE_8

_BOX_WIDTH_MIN = 88


class OptionsBar(QWidget):
    """The options of the next run. ``options_changed`` fires when the user changes one."""

    options_changed = Signal(object)  # SummaryOptions

    def __init__(self, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.style_box = self._box(
            self.tr("Form of the summary"),
            [
                (self.tr("Bullet points"), SummaryStyle.BULLETS),
                (self.tr("Paragraphs"), SummaryStyle.PARAGRAPH),
                (self.tr("Outline"), SummaryStyle.OUTLINE),
            ],
        )
        self.length_box = self._box(
            self.tr("Length of the summary"),
            [
                (self.tr("Short"), SummaryLength.SHORT),
                (self.tr("Medium"), SummaryLength.MEDIUM),
                (self.tr("Long"), SummaryLength.LONG),
            ],
        )
        languages = [(language.native_name, code) for code, language in LANGUAGES.items()]
        self.language_box = self._box(
            self.tr("Language of the summary"), [(self.tr("Language of the text"), ""), *languages]
        )
        self.language_box.setMaxVisibleItems(18)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_8)
        for box in (self.style_box, self.length_box, self.language_box):
            layout.addWidget(box)
        saved = settings.value.summarize
        self.set_options(
            SummaryOptions(SummaryStyle(saved.style), SummaryLength(saved.length), saved.language)
        )
        for box in (self.style_box, self.length_box, self.language_box):
            box.activated.connect(self._on_box_activated)

    @property
    def options(self) -> SummaryOptions:
        return SummaryOptions(
            style=SummaryStyle(self.style_box.currentData()),
            length=SummaryLength(self.length_box.currentData()),
            language=str(self.language_box.currentData()),
        )

    def set_options(self, options: SummaryOptions) -> None:
        """Show other options without remembering them."""
        self._select(self.style_box, options.style)
        self._select(self.length_box, options.length)
        self._select(self.language_box, options.language)

    def _box(self, name: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setMinimumWidth(_BOX_WIDTH_MIN)
        for words, value in choices:
            box.addItem(words, str(value))
        return box

    def _select(self, box: QComboBox, value: str) -> None:
        box.setCurrentIndex(max(0, box.findData(str(value))))

    @Slot(int)
    def _on_box_activated(self, _index: int) -> None:
        options = self.options
        remember(
            self._settings,
            "summarize",
            style=options.style.value,
            length=options.length.value,
            language=options.language,
        )
        self.options_changed.emit(options)

"""What the Translate tab looks like: the widgets, their places, and how each state is drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.translate import TranslationOutcome
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.domain.translations import TranslationProgress
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.controls import IconButton, text_button
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.reading_notice import ReadingNotice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.ui.translate.language_box import LanguageBox
from lmstudio_lite.ui.translate.options_row import OptionsRow
from lmstudio_lite.ui.translate.panes import TextPane
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.translate import tr
from lmstudio_lite.words.translations import say_characters, say_outcome, say_progress

TRANSLATE_KEYS = QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return)
SWAP_KEYS = QKeySequence(Qt.Modifier.CTRL | Qt.Modifier.SHIFT | Qt.Key.Key_S)
_NOT_BEGUN = "…"
"""Stands for a sentence that is still to be translated, before one that is done."""


class TranslateView(QWidget):
    """Two cards under two language boxes. Knows nothing of jobs; the tab tells it what to show."""

    def __init__(self, theme: Theme, settings: SettingsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.options = OptionsRow(settings, self)
        self.source_box = LanguageBox(tr("Language of the text"), self, offers_detection=True)
        self.target_box = LanguageBox(tr("Language to translate into"), self)
        self.swap_button = IconButton(theme, "swap", tr("Swap languages and texts"), self)
        self.swap_button.set_name(tr("Swap languages and texts"), SWAP_KEYS)
        self.open_button = text_button(tr("Open…"), self)
        self.open_button.setToolTip(
            tr("Choose a document ({0})").format(QKeySequence(QKeySequence.StandardKey.Open).toString())
        )
        self.translate_button = text_button(tr("Translate"), self, role="primary")
        self.translate_button.setToolTip(tr("Translate ({0})").format(TRANSLATE_KEYS.toString()))
        self.stop_button = text_button(tr("Stop"), self)
        self.stop_button.setToolTip(tr("Stop and keep what is done (Esc)"))
        self.live_check = QCheckBox(tr("As you type"), self)
        self.live_check.setToolTip(tr("Translate while typing"))
        self.live_check.setAccessibleName(tr("Translate while typing"))
        self.source_pane = TextPane(
            theme, tr("Text to translate"), tr("Type or paste text, or drop a document here"), self
        )
        self.target_pane = TextPane(theme, tr("Translation"), tr("The translation appears here"), self)
        self.target_pane.editor.setReadOnly(True)
        self.target_pane.editor.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.target_pane.editor.setAcceptDrops(False)
        self.extent = ElidedLabel(self, role="muted", mode=Qt.TextElideMode.ElideMiddle, fewest_characters=0)
        self.clear_button = IconButton(theme, "close", tr("Clear the text"), self)
        self.figures = ElidedLabel(self, role="muted")
        self.undo_button = IconButton(theme, "undo", tr("Undo the last choice of words"), self)
        self.undo_button.hide()
        self.copy_button = IconButton(theme, "copy", tr("Copy the translation"), self)
        self.save_button = IconButton(theme, "save", tr("Save the translation…"), self)
        self.progress_bar = QProgressBar(self)
        self.progress_bar.setTextVisible(False)
        self.progress_bar.setAccessibleName(tr("Sentences that are translated"))
        self.notice = Notice(theme, self)
        self.warning = Notice(theme, self)
        self.reading_notice = ReadingNotice(theme, self)
        self._terms_place = QHBoxLayout()
        self._build()
        self.copy_button.clicked.connect(self._on_copy_clicked)

    def add_terms_button(self, button: QWidget) -> None:
        """Put the button of the glossaries and the memory beside the one that opens a document."""
        self._terms_place.addWidget(button)

    def show_directions(self) -> None:
        """Let both texts run the way their languages do."""
        self.source_pane.set_language(self.source_box.effective_code)
        self.target_pane.set_language(self.target_box.code)

    def show_source(self, title: str) -> None:
        """Name the document on the left, "" for typed text, and count its characters."""
        num_characters = self.source_pane.num_characters
        self.extent.set_full_text(
            " · ".join(part for part in (title, say_characters(num_characters)) if part)
        )
        self.clear_button.setVisible(num_characters > 0)
        self.translate_button.setEnabled(num_characters > 0)

    def show_working(
        self, progress: TranslationProgress | None, engine: EngineState, *, is_live: bool
    ) -> None:
        """Draw a running translation; what is done already stands on the right.

        A live one leaves the text before it until it has other words to show, so that nothing flickers.
        """
        if progress is None or progress.num_total <= 1:
            self.progress_bar.setRange(0, 0)
        else:
            self.progress_bar.setRange(0, progress.num_total)
            self.progress_bar.setValue(progress.num_done)
        set_role(self.figures, "muted")
        self.figures.set_full_text(say_progress(progress, engine))
        text = progress.text_so_far if progress is not None else ""
        if text and (not is_live or says_otherwise(text, self.target_pane.text)):
            self.target_pane.set_text(text)
        self._set_working(True)

    def show_reading(self) -> None:
        """Draw a document that is being opened."""
        self.progress_bar.setRange(0, 0)
        self._set_working(True)
        self.figures.set_full_text("")

    def show_idle(
        self, outcome: TranslationOutcome | None, hint: str = "", *, can_continue: bool = False
    ) -> None:
        """Draw the end of work: an outcome's figures and warnings, or a ``hint`` instead of figures.

        ``can_continue`` if the button goes on with what is there.
        """
        self._set_working(False)
        self.translate_button.setText(tr("Continue") if can_continue else tr("Translate"))
        is_partial = outcome is not None and outcome.is_partial and not hint
        set_role(self.figures, "warning" if is_partial else "muted")
        self.figures.set_full_text(hint or (say_outcome(outcome) if outcome else ""))
        warnings = [explain_warning(warning) for warning in outcome.warnings] if outcome else []
        if warnings and not hint:
            self.warning.show_message(warnings[0], " ".join(warnings[1:]), kind="warning")
        else:
            self.warning.clear()

    def _set_working(self, is_working: bool) -> None:
        self.progress_bar.setVisible(is_working)
        self.stop_button.setVisible(is_working)
        self.translate_button.setVisible(not is_working)
        has_text = self.target_pane.num_characters > 0
        self.copy_button.setVisible(has_text)
        self.save_button.setVisible(has_text and not is_working)

    def _build(self) -> None:
        left = QHBoxLayout()
        left.setSpacing(SPACE_8)
        left.addWidget(self.source_box)
        left.addStretch(1)
        left.addLayout(self._terms_place)
        left.addWidget(self.open_button)
        right = QHBoxLayout()
        right.setSpacing(SPACE_8)
        right.addWidget(self.target_box)
        right.addStretch(1)
        right.addWidget(self.translate_button)
        right.addWidget(self.stop_button)
        source_foot = self.source_pane.foot
        source_foot.addWidget(self.live_check)
        source_foot.addStretch(1)
        source_foot.addWidget(self.extent)
        source_foot.addWidget(self.reading_notice.button_of_all)
        source_foot.addWidget(self.clear_button)
        target_foot = self.target_pane.foot
        target_foot.addWidget(self.figures)
        target_foot.addStretch(1)
        target_foot.addWidget(self.undo_button)
        target_foot.addWidget(self.copy_button)
        target_foot.addWidget(self.save_button)
        panes = QGridLayout()
        panes.setHorizontalSpacing(SPACE_8)
        panes.setVerticalSpacing(SPACE_8)
        panes.addLayout(left, 0, 0)
        panes.addWidget(self.swap_button, 0, 1)
        panes.addLayout(right, 0, 2)
        panes.addWidget(self.source_pane, 1, 0)
        panes.addWidget(self.target_pane, 1, 2)
        panes.setColumnStretch(0, 1)
        panes.setColumnStretch(2, 1)
        panes.setRowStretch(1, 1)
        height = self.clear_button.height()
        for foot in (source_foot, target_foot):
            foot.addStrut(height)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_12, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_8)
        layout.addWidget(self.notice)
        layout.addWidget(self.reading_notice)
        layout.addWidget(self.warning)
        layout.addLayout(panes, 1)
        layout.addWidget(self.progress_bar)
        layout.addWidget(self.options)
        policy = self.progress_bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress_bar.setSizePolicy(policy)

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.target_pane.text)


def says_otherwise(text: str, shown: str) -> bool:
    """Tell whether a growing text has come to other words than those that are shown."""
    if shown.startswith(text):
        return False
    at = next((n for n, (new, old) in enumerate(zip(text, shown, strict=False)) if new != old), len(shown))
    return not text.startswith(_NOT_BEGUN, at)

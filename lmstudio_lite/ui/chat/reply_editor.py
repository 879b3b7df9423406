"""A reply in the user's hands, where it stands: its Markdown, saved as another version or left as it was."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.growing_editor import GrowingEditor
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

_NATIVE = QKeySequence.SequenceFormat.NativeText


class ReplyEditor(QFrame):
    """Announces ``saved`` and stays open until it is hidden: what can't be kept is not lost. GUI thread.

    ``cancelled`` drops nothing either: the text is still here, for whoever hides the editor to keep.
    """

    saved = Signal(str)
    edited = Signal(str)  # the text, as it is being typed
    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "composer")
        self._original = ""
        self._is_resumed = False
        self._is_busy = False
        self._is_saving = False
        self._height_max = 300
        self.text_edit = _ReplyText(theme, tr("Text of the reply"), self)
        self._hint = text_label("", self, role="small", wrap=True)
        self.cancel_button = text_button(tr("Cancel"), self)
        self.cancel_button.setToolTip(QKeySequence(Qt.Key.Key_Escape).toString(_NATIVE))
        self.save_button = text_button(tr("Save"), self, role="primary")
        self.save_button.setToolTip(QKeySequence("Ctrl+Return").toString(_NATIVE))
        under = QHBoxLayout()
        under.setContentsMargins(design.SPACE_4, 0, 0, 0)
        under.setSpacing(design.SPACE_8)
        under.addWidget(self._hint, 1)
        under.addWidget(self.cancel_button)
        under.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_8, design.SPACE_8)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.text_edit)
        column.addLayout(under)
        self.setFocusProxy(self.text_edit)
        self.text_edit.textChanged.connect(self._on_text_changed)
        self._announced = ""
        self.text_edit.document().documentLayout().documentSizeChanged.connect(self._on_text_changed)
        self.text_edit.focus_changed.connect(self._on_focus_changed)
        self.text_edit.save_requested.connect(self._on_save_requested)
        self.save_button.clicked.connect(self._on_save_requested)
        self.cancel_button.clicked.connect(self.cancelled)

    @property
    def text(self) -> str:
        return self.text_edit.toPlainText()

    @property
    def is_changed(self) -> bool:
        """True while there is something to save that the reply does not say."""
        return self.text.rstrip() != self._original.rstrip()

    def begin(self, original: str, text: str) -> None:
        """Edit ``text``, which is ``original`` unless it was edited before; undoing leads back to it."""
        self._original = original
        self._is_saving = False
        self._is_resumed = text != original
        self.text_edit.setPlainText(original)
        if self._is_resumed:
            cursor = self.text_edit.textCursor()
            cursor.select(cursor.SelectionType.Document)
            cursor.insertText(text)
            self.text_edit.setTextCursor(cursor)
        self._show_state()

    def set_busy(self, is_busy: bool) -> None:
        """While a reply streams, nothing can be branched off: writing goes on, saving waits."""
        self._is_busy = is_busy
        self._show_state()

    def set_saving(self, is_saving: bool) -> None:
        """Take no more changes while the text is on its way to the database."""
        self._is_saving = is_saving
        self._show_state()

    def set_height_max(self, height: int) -> None:
        """Limit the text to ``height`` pixels; beyond it scrolls."""
        self._height_max = height
        self.text_edit.fit(height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves editing before it stops anything, from the buttons too."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
            return
        super().keyPressEvent(event)

    def _show_state(self) -> None:
        self.text_edit.setReadOnly(self._is_saving)
        is_free = not self._is_busy and not self._is_saving
        self.save_button.setEnabled(is_free and bool(self.text.strip()))
        self._hint.setText(self._hint_words())

    def _hint_words(self) -> str:
        if self._is_busy:
            return tr("You can save when the reply under way has ended.")
        if self._is_resumed and self.is_changed:
            undo = QKeySequence(QKeySequence.StandardKey.Undo).toString(_NATIVE)
            return tr("Your changes from before; {0} takes them back.").format(undo)
        return tr("The version before stays; ‹ › switches between them.")

    @Slot()
    def _on_save_requested(self) -> None:
        if not self.save_button.isEnabled():
            return
        if not self.is_changed:
            self.cancelled.emit()
            return
        self.set_saving(True)
        self.saved.emit(self.text.rstrip())

    @Slot()
    def _on_text_changed(self) -> None:
        self.text_edit.fit(self._height_max)
        self._show_state()
        if not self._is_saving and self.text != self._announced:
            self._announced = self.text
            self.edited.emit(self.text if self.is_changed else "")

    @Slot(bool)
    def _on_focus_changed(self, has_focus: bool) -> None:
        self.setProperty("focused", has_focus)
        self.style().unpolish(self)
        self.style().polish(self)


class _ReplyText(GrowingEditor):
    """In the font of long text, which the application's style sheet would otherwise take away."""

    save_requested = Signal()

    _theme: Theme | None = None  # changeEvent is called before __init__ has ended

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(name, parent)
        self._theme = theme
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._on_theme_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        if self._theme is not None:
            self.document().setDefaultFont(self._theme.prose_font())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter breaks the line, Ctrl+Enter saves, Esc is left to the frame around."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self.is_composing and (is_enter or event.key() == Qt.Key.Key_Escape):
            event.accept()
        elif is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.save_requested.emit()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

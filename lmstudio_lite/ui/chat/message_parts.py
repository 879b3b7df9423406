"""The parts of a message: the user's words, the line while the model reads, the line when it ended badly."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.conversations import MessageState, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.more_button import SHOWN_CHARS, MoreButton
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain
from lmstudio_lite.words.replies import say_reply
from lmstudio_lite.words.saying import say_time_left
from lmstudio_lite.words.translate import tr

_USER_CHARS = 50_000
"""Of the user's own words so many are shown at first: who pastes a book wants to read the answer."""
_CAN_CONTINUE = (MessageState.STOPPED, MessageState.LENGTH, MessageState.INTERRUPTED, MessageState.FAILED)


class UserText(QWidget):
    """The user's words as they were typed, in a soft box that is no wider than they need."""

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        box = QFrame(self)
        set_role(box, "soft")
        self._view = ProseView(theme, box)
        self._view.setAccessibleName(tr("Your message"))
        inner = QVBoxLayout(box)
        inner.setContentsMargins(design.SPACE_16, design.SPACE_8 + 2, design.SPACE_16, design.SPACE_4)
        inner.addWidget(self._view)
        self._num_shown = min(len(text), _USER_CHARS)
        self._more = MoreButton(box)
        self._more.clicked.connect(self._on_more_clicked)
        inner.addWidget(self._more)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(box, 0)
        self._box = box
        self._ideal_width = 0.0
        self._measured_font: QFont | None = None
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def views(self) -> list[QTextEdit]:
        """What shows the text."""
        return [self._view]

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        margins = 2 * design.SPACE_16
        widest = max(120, round(self.width() * 0.82))
        shown = self._view.document()
        if self._measured_font != shown.defaultFont():
            # On a copy, since the view's own document is as wide as the view; not with every resize.
            document = shown.clone(self)
            document.setTextWidth(-1)
            self._ideal_width = document.idealWidth()
            self._measured_font = shown.defaultFont()
            document.deleteLater()
        self._box.setFixedWidth(min(widest, round(self._ideal_width) + margins + 2))

    @Slot()
    def _on_theme_changed(self) -> None:
        self._view.document().clear()
        ProseWriter(self._view.document(), self._theme).write_plain(self._text[: self._num_shown])
        self._more.show_share(self._num_shown, len(self._text))
        self._measured_font = None
        self._fit()

    @Slot()
    def _on_more_clicked(self) -> None:
        self._num_shown = min(len(self._text), self._num_shown + SHOWN_CHARS)
        self._on_theme_changed()


class ReadingLine(QWidget):
    """What the model has read so far, with a thin bar, until the first word of the reply comes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.words = text_label("", self, role="muted")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(160)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, design.SPACE_4, 0, design.SPACE_4)
        row.setSpacing(design.SPACE_12)
        row.addWidget(self.words)
        row.addWidget(self._bar)
        row.addStretch(1)

    def set_waiting(self, is_waiting: bool) -> None:
        if (is_waiting and self.isHidden()) or not self.words.text():
            self.words.setText(tr("Thinking…"))
            self._bar.hide()
        self.setVisible(is_waiting)

    def set_summarizing(self, num_done: int, num_total: int) -> None:
        """Say that older turns are summarized first: ``num_done`` of ``num_total`` blocks are."""
        self.words.setText(
            tr("Summarizing older turns, {0} of {1}").format(min(num_done + 1, num_total), num_total)
        )
        self._bar.setRange(0, max(1, num_total))
        self._bar.setValue(num_done)
        self._bar.show()

    def set_comparing(self, num_done: int, num_total: int) -> None:
        """Say that passages are compared by meaning: ``num_done`` of ``num_total`` new ones are."""
        self.words.setText(
            tr("Comparing meanings, {0} of {1} passages").format(f"{num_done:,}", f"{num_total:,}")
        )
        self._bar.setRange(0, max(1, num_total))
        self._bar.setValue(num_done)
        self._bar.show()

    def set_progress(self, num_done: int, num_total: int) -> None:
        self.words.setText(
            tr("Reading, {0} of {1} tokens").format(f"{num_done:,}", f"{num_total:,}")
            if num_done < num_total
            else tr("Thinking…")
        )
        self._bar.setRange(0, max(1, num_total))
        self._bar.setValue(num_done)
        self._bar.setVisible(num_done < num_total)

    def set_parts(self, num_done: int, num_total: int, seconds_left: float | None) -> None:
        """Show how far whole documents have been read."""
        words = tr("Reading part {0} of {1}").format(f"{min(num_done + 1, num_total):,}", f"{num_total:,}")
        if seconds_left is not None:
            words = tr("{0}, {1}").format(words, say_time_left(seconds_left))
        self.words.setText(words)
        self._bar.setRange(0, max(1, num_total))
        self._bar.setValue(num_done)
        self._bar.show()


class NoteLine(QWidget):
    """How a reply ended, if not well, and the one button that helps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._message: StoredMessage | None = None
        self._error: AppError | None = None
        self._is_last = False
        self._is_busy = False
        self._is_unsaved = False
        self.words = text_label("", self, role="muted", wrap=True)
        self.continue_button = text_button(tr("Continue"), self)
        self.retry_button = text_button(tr("Try again"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, design.SPACE_4, 0, design.SPACE_4)
        row.setSpacing(design.SPACE_12)
        row.addWidget(self.words, 1)
        row.addWidget(self.continue_button)
        row.addWidget(self.retry_button)

    def show_state(self, message: StoredMessage) -> None:
        self._message = message
        if message.state is not MessageState.FAILED:
            self._error = None
        self._show_words(say_reply(message, self._error))
        set_role(self.words, "danger" if message.state is MessageState.FAILED else "muted")
        self._show_buttons()

    def show_error(self, error: AppError) -> None:
        self._error = error
        explanation = explain(error)
        self._show_words(f"{explanation.what} {explanation.remedy}")

    def set_unsaved(self, is_unsaved: bool) -> None:
        """Say that the user's changes to this reply wait in its editor."""
        is_new, self._is_unsaved = is_unsaved is not self._is_unsaved, is_unsaved
        if is_new and self._message is not None:
            self.show_state(self._message)

    def set_last(self, is_last: bool) -> None:
        self._is_last = is_last
        self._show_buttons()

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._show_buttons()

    def _show_words(self, words: str) -> None:
        unsaved = tr("Your changes are not saved: Edit brings them back.") if self._is_unsaved else ""
        self.words.setText(" ".join(filter(None, (words, unsaved))))

    def _show_buttons(self) -> None:
        message = self._message
        if message is None:
            return
        is_free = self._is_last and not self._is_busy
        is_unanswered = is_free and message.role is Role.USER
        is_unfinished = is_free and message.role is Role.ASSISTANT and message.state in _CAN_CONTINUE
        has_text = bool(message.text.strip())
        if message.role is Role.USER:
            damage = say_reply(message) if message.is_damaged else ""
            self._show_words(damage or (tr("There is no reply yet.") if is_unanswered else ""))
        self.continue_button.setVisible(is_unfinished and has_text)
        self.retry_button.setVisible(is_unanswered or (is_unfinished and not has_text))
        self.setVisible(bool(self.words.text()))

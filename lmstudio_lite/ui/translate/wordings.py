"""Other ways to say a sentence: a list below it, filled by the model; a choice can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QProgressBar, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translate import TranslationOutcome
from lmstudio_lite.app.wordings import keep_wording, other_wordings, with_wording
from lmstudio_lite.errors import AppError
from lmstudio_lite.formats.direction import RIGHT_TO_LEFT
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8
from lmstudio_lite.ui.translate.pair_light import PairLight
from lmstudio_lite.ui.translate.sentence_pairs import SentencePair
from lmstudio_lite.ui.translate.view import TranslateView
from lmstudio_lite.words import explain
from lmstudio_lite.words.translate import tr

_WIDTH = 460
_MOST_UNDONE = 100


class WordingsPopup(QFrame):
    """A list that closes when something else is clicked, or with Esc."""

    wording_chosen = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        set_role(self, "popup")
        self._theme = theme
        self.state = text_label("", self, role="muted", wrap=True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Looking for other wordings"))
        self.list = QListWidget(self)
        set_role(self.list, "list")
        self.list.setWordWrap(True)
        self.list.setAccessibleName(tr("Other wordings"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE_8, SPACE_8, SPACE_8, SPACE_8)
        self._column.setSpacing(SPACE_4)
        for widget in (self.state, self.bar, self.list):
            self._column.addWidget(widget)
        self.list.itemClicked.connect(self._on_item_chosen)
        self.list.itemActivated.connect(self._on_item_chosen)

    def show_at(self, place: QPoint, language: str) -> None:
        """Open below a sentence, before anything is there."""
        self.list.clear()
        is_right = language in RIGHT_TO_LEFT
        self.list.setLayoutDirection(
            Qt.LayoutDirection.RightToLeft if is_right else Qt.LayoutDirection.LeftToRight
        )
        self._show("", is_waiting=True)
        width = self._theme.scaled(_WIDTH)
        if is_right:
            place.setX(place.x() - width)
        screen = self.screen().availableGeometry()
        place.setX(max(screen.left(), min(place.x(), screen.right() - width)))
        self.setFixedWidth(width)
        self.adjustSize()
        self.move(place)
        self.show()
        self.list.setFocus()

    def show_wordings(self, wordings: Sequence[str]) -> None:
        """Show what there is to choose from."""
        for wording in wordings:
            self.list.addItem(QListWidgetItem(wording))
        self._show("" if wordings else tr("The model finds no other way to say this."))
        if wordings:
            self.list.setCurrentRow(0)

    def show_error(self, error: Exception) -> None:
        """Say why there is nothing."""
        self._show(explain(error).what if isinstance(error, AppError) else tr("A mistake of the program"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.closed.emit()

    def _show(self, words: str, *, is_waiting: bool = False) -> None:
        self.state.setText(tr("Looking for other wordings…") if is_waiting else words)
        self.state.setVisible(bool(self.state.text()))
        self.bar.setVisible(is_waiting)
        self.list.setVisible(self.list.count() > 0)
        rows = sum(self.list.sizeHintForRow(row) for row in range(self.list.count()))
        self.list.setFixedHeight(rows + SPACE_8)
        self._column.activate()
        self.adjustSize()

    @Slot(QListWidgetItem)
    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        wording = item.text()
        self.close()
        self.wording_chosen.emit(wording)


class Wordings(QObject):
    """Works the translation's pane: opens the list, puts the choice in, takes it back. On the GUI thread."""

    changed = Signal(object)  # TranslationOutcome, with another wording or the one before
    failed = Signal(object)  # Exception: the choice stands on the screen and could not be stored

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        view: TranslateView,
        light: PairLight,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._view = view
        self._light = light
        self._job: Job | None = None
        self._outcome: TranslationOutcome | None = None
        self._pair: SentencePair | None = None
        self._before: list[TranslationOutcome] = []
        self.popup = WordingsPopup(theme, parent)
        self.popup.wording_chosen.connect(self._on_wording_chosen)
        self.popup.closed.connect(self._on_closed)
        light.sentence_chosen.connect(self.open)
        view.target_pane.editor.wordings_requested.connect(self._on_wordings_requested)
        view.target_pane.editor.undo_requested.connect(self.undo)
        view.undo_button.clicked.connect(self.undo)

    def follow(self, outcome: TranslationOutcome | None) -> None:
        """Work on another translation; None while there is none, or while it may change any moment."""
        self._outcome = outcome
        self._before.clear()
        self._view.undo_button.hide()

    @Slot(object)
    def open(self, pair: SentencePair) -> None:
        """Ask the model for other wordings of a sentence, and show them below it."""
        services, outcome = self._services, self._outcome
        if outcome is None:
            return
        self._pair = pair
        self.popup.show_at(self._view.target_pane.place_of(pair.target), outcome.task.target)
        self._job = self._bridge.run(
            lambda context: other_wordings(services, outcome, pair.segment, context.cancellation),
            on_done=self._when_open(pair, self.popup.show_wordings),
            on_failed=self._when_open(pair, self.popup.show_error),
        )

    @Slot()
    def undo(self) -> None:
        """Take back the last choice."""
        if self._before:
            self._show(self._before.pop())

    def _when_open(self, pair: SentencePair, show: Callable[..., None]) -> Callable[..., None]:
        def if_open(result: object) -> None:
            if self._pair is pair and self.popup.isVisible():
                show(result)

        return if_open

    def _show(self, outcome: TranslationOutcome) -> None:
        services, view = self._services, self._view
        self._outcome = outcome
        view.target_pane.set_text(outcome.text)
        view.undo_button.setVisible(bool(self._before))
        self._light.follow(outcome.segments)
        self.changed.emit(outcome)
        self._bridge.run(
            lambda _context: keep_wording(services, outcome), on_failed=self.failed.emit, lane=STORAGE_LANE
        )

    @Slot()
    def _on_wordings_requested(self) -> None:
        pair = self._light.pair_at_caret()
        if pair is not None:
            self.open(pair)

    @Slot(str)
    def _on_wording_chosen(self, wording: str) -> None:
        outcome, pair = self._outcome, self._pair
        if outcome is not None and pair is not None:
            self._before = [*self._before[1 - _MOST_UNDONE :], outcome]
            start, end = pair.target.start, pair.target.end
            self._show(with_wording(outcome, pair.segment, start, end, wording))

    @Slot()
    def _on_closed(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

"""A text with its changes, each to be taken or left: by click, or with the arrows and Enter or Delete.

A change that was not decided stands with both wordings; taken, it stands as it will be, left, as it was. What
is shown is text, whatever it holds: nothing of it is read as markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from lmstudio_lite.app.write import apply_pieces
from lmstudio_lite.domain.writing import DiffPiece, Mark
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import mix
from lmstudio_lite.words.translate import tr

_OUT_SHARE, _IN_SHARE = 0.14, 0.18
_UNDONE_MAX = 500


def let_text_choose_its_side(document: QTextDocument) -> None:
    """Have each paragraph run from the side of its own script, whatever the window's is."""
    option = document.defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)


class DiffView(QTextBrowser):
    """``accepted`` are the numbers of the pieces that are taken. GUI thread."""

    changed = Signal()
    moved = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._before = ""
        self._pieces: tuple[DiffPiece, ...] = ()
        self._spans: list[tuple[int, int]] = []
        self._decided: dict[int, bool] = {}
        self._past: list[dict[int, bool]] = []
        self._changes: list[int] = []
        self._current = -1
        self.setOpenLinks(False)
        self.setAccessibleName(tr("Changes"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setUndoRedoEnabled(False)
        let_text_choose_its_side(self.document())
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def accepted(self) -> frozenset[int]:
        return frozenset(number for number, is_taken in self._decided.items() if is_taken)

    @property
    def num_changes(self) -> int:
        return len(self._changes)

    @property
    def num_decided(self) -> int:
        return len(self._decided)

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def current(self) -> int:
        """The place of the change that the keys are for among all changes, from 0; -1 where there is none."""
        return self._current

    @property
    def current_piece(self) -> DiffPiece | None:
        return self._pieces[self._changes[self._current]] if self._current >= 0 else None

    @property
    def current_decision(self) -> bool | None:
        """Whether the current change is taken, None while that is open."""
        return self._decided.get(self._changes[self._current]) if self._current >= 0 else None

    @property
    def result(self) -> str:
        """The text with what was taken, and nothing else changed."""
        return apply_pieces(self._before, self._pieces, self.accepted)

    def show_pieces(self, before: str, pieces: Sequence[DiffPiece]) -> None:
        """Show the pieces of ``before``, none decided."""
        self._before, self._pieces = before, tuple(pieces)
        self._decided, self._past = {}, []
        self._changes = [number for number, piece in enumerate(self._pieces) if piece.is_change]
        self._current = 0 if self._changes else -1
        self._write_all()
        self._show_current()
        self.changed.emit()

    def decide(self, is_taken: bool) -> None:
        """Take or leave the current change, and go to the next one that is open."""
        if self._current < 0:
            return
        number = self._changes[self._current]
        self._remember()
        self._decided[number] = is_taken
        self._write_one(number)
        self._go_on()
        self.changed.emit()

    @Slot()
    def accept_all(self) -> None:
        """Take all changes that are not decided."""
        self._decide_rest(True)

    @Slot()
    def reject_all(self) -> None:
        """Leave all changes that are not decided."""
        self._decide_rest(False)

    @Slot()
    def undo_decision(self) -> None:
        """Take back the last decision, or the last of all at once."""
        if not self._past:
            return
        before, self._decided = self._decided, self._past.pop()
        changed = [n for n in self._changes if before.get(n) != self._decided.get(n)]
        if len(changed) == 1:
            self._write_one(changed[0])
        else:
            self._write_all()
        if changed:
            self._current = self._changes.index(changed[0])
        self._show_current()
        self.changed.emit()

    @Slot()
    def go_to_next(self) -> None:
        self._go(1)

    @Slot()
    def go_to_previous(self) -> None:
        self._go(-1)

    def place_of(self, number: int) -> QPoint:
        """Return where the change at place ``number`` begins, in the viewport."""
        cursor = self.textCursor()
        cursor.setPosition(self._spans[self._changes[number]][0] + 1)
        return self.cursorRect(cursor).center()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move between changes, Enter takes, Delete leaves, Ctrl+Z takes a decision back."""
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_decision()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.decide(True)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.decide(False)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Right) and self._changes:
            self._go(1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Left) and self._changes:
            self._go(-1)
        elif key == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click takes a change; on one that is taken it leaves it."""
        super().mouseReleaseEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton or self.textCursor().hasSelection():
            return
        place = self._change_at(self.cursorForPosition(event.position().toPoint()).position())
        if place is None:
            return
        self._current = place
        number = self._changes[place]
        self._remember()
        self._decided[number] = not self._decided.get(number, False)
        self._write_one(number)
        self._show_current()
        self.changed.emit()

    def _change_at(self, position: int) -> int | None:
        for place, number in enumerate(self._changes):
            start, end = self._spans[number]
            if start <= position <= end and start < end:
                return place
        return None

    def _decide_rest(self, is_taken: bool) -> None:
        rest = [number for number in self._changes if number not in self._decided]
        if rest:
            self._remember()
            self._decided.update(dict.fromkeys(rest, is_taken))
            self._write_all()
            self._show_current()
            self.changed.emit()

    def _remember(self) -> None:
        self._past = [*self._past[1 - _UNDONE_MAX :], dict(self._decided)]

    def _go(self, step: int) -> None:
        if self._changes:
            self._current = (self._current + step) % len(self._changes)
            self._show_current()

    def _go_on(self) -> None:
        order = [*range(self._current + 1, len(self._changes)), *range(self._current)]
        following = next((place for place in order if self._changes[place] not in self._decided), None)
        if following is not None:
            self._current = following
        self._show_current()

    def _write_all(self) -> None:
        document = self.document()
        bar = self.verticalScrollBar().value()
        document.clear()
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        self._spans = []
        for number, piece in enumerate(self._pieces):
            start = cursor.position()
            self._insert(cursor, number)
            self._spans.append((start, cursor.position()))
            cursor.insertText(piece.gap_before if piece.before else piece.gap_after, QTextCharFormat())
        cursor.endEditBlock()
        self.verticalScrollBar().setValue(bar)

    def _write_one(self, number: int) -> None:
        """Show one piece anew; the others only move."""
        start, end = self._spans[number]
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self._insert(cursor, number)
        cursor.endEditBlock()
        moved = cursor.position() - end
        self._spans[number] = (start, cursor.position())
        if moved:
            for later in range(number + 1, len(self._spans)):
                first, last = self._spans[later]
                self._spans[later] = (first + moved, last + moved)

    def _insert(self, cursor: QTextCursor, number: int) -> None:
        piece = self._pieces[number]
        if not piece.is_change:
            cursor.insertText(piece.before, QTextCharFormat())
            return
        decision = self._decided.get(number)
        if decision is None:
            for mark, words in piece.runs:
                cursor.insertText(words, self._format(mark))
        elif decision:
            cursor.insertText(piece.after or "⌫", self._format(Mark.IN if piece.after else Mark.OUT))
        else:
            cursor.insertText(piece.before or "⌫", self._format(Mark.SAME, is_soft=True))

    def _format(self, mark: Mark, *, is_soft: bool = False) -> QTextCharFormat:
        tokens, shape = self._theme.tokens, QTextCharFormat()
        shape.setForeground(QColor(tokens.text))
        match mark:
            case Mark.OUT:
                shape.setBackground(QColor(mix(tokens.danger, tokens.surface, _OUT_SHARE)))
                shape.setFontStrikeOut(True)
            case Mark.IN:
                shape.setBackground(QColor(mix(tokens.accent, tokens.surface, _IN_SHARE)))
                shape.setFontWeight(QFont.Weight.DemiBold)
            case Mark.SAME if is_soft:
                shape.setBackground(QColor(tokens.soft))
            case Mark.SAME:
                shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                shape.setUnderlineColor(QColor(tokens.muted))
        return shape

    def _show_current(self) -> None:
        """Light the current change up and bring it into sight."""
        if self._current >= 0:
            place = QTextCursor(self.document())
            place.setPosition(self._spans[self._changes[self._current]][0])
            self.setTextCursor(place)
            self.ensureCursorVisible()
        self.setExtraSelections(self._lights())
        self.moved.emit()

    def _lights(self) -> list[QTextEdit.ExtraSelection]:
        """Return what lights the current change up: its unchanged words where both wordings are shown."""
        if self._current < 0:
            return []
        number = self._changes[self._current]
        start, end = self._spans[number]
        stretches = [(start, end)]
        if number not in self._decided:
            stretches = []
            for mark, words in self._pieces[number].runs:
                behind = start + len(words.encode("utf-16-le", "surrogatepass")) // 2
                if mark is Mark.SAME:
                    stretches.append((start, behind))
                start = behind
        return [self._light(*stretch) for stretch in stretches]

    def _light(self, start: int, end: int) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor, shape = QTextCursor(self.document()), QTextCharFormat()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        shape.setBackground(QColor(self._theme.tokens.highlight))
        selection.cursor, selection.format = cursor, shape
        return selection

    @Slot()
    def _on_theme_changed(self) -> None:
        document: QTextDocument = self.document()
        document.setDefaultFont(self._theme.prose_font())
        if self._pieces:
            self._write_all()
            self._show_current()

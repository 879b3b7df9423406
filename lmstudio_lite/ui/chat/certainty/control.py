"""Marks the unsure words of the open conversation, tells of a word what else there was, and goes another way.

Off until somebody turns it on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QTextEdit, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.certainty import OtherWay, Word
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.certainty.bar import CertaintyBar
from lmstudio_lite.ui.chat.certainty.reply_marks import ReplyMarks
from lmstudio_lite.ui.chat.certainty.shading import ShownWord
from lmstudio_lite.ui.chat.certainty.word_box import WordBox
from lmstudio_lite.ui.chat.message_widget import MessageWidget
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr


class ReplyCertainty(QObject):
    """Of one Chat tab. GUI thread."""

    failed = Signal(object)  # Exception
    shown_changed = Signal(bool)

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        work: ChatWork,
        view: ThreadView,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._theme = services, bridge, theme
        self._work, self._view, self._parent = work, view, parent
        self._waiting_way: tuple[str, OtherWay] | None = None
        self._shown: tuple[str, Word] | None = None  # whose box is open, or was last
        self._was_following = False
        self.marks = ReplyMarks(services, bridge, theme, work, view, self._on_pointed, self)
        self.marks.failed.connect(self.failed)
        self.marks.set_on(is_on=self.is_shown)
        self.bar = CertaintyBar(theme, parent)
        self.box = WordBox(theme, parent)
        self.bar.close_button.clicked.connect(lambda: self.set_shown(is_shown=False))
        self.bar.next_button.clicked.connect(self.show_next)
        self.bar.previous_button.clicked.connect(self.show_previous)
        self.box.way_chosen.connect(self._on_way_chosen)
        self.box.step_requested.connect(self._on_step_requested)
        self.box.closed.connect(self._on_box_closed)
        view.widget_removed.connect(self._on_widget_removed)
        view.menu_wanted.connect(self._on_menu_wanted)
        view.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        work.working_changed.connect(self._on_working_changed)
        self.bar.setVisible(self.is_shown)
        for keys, slot in (("F8", self.show_next), ("Shift+F8", self.show_previous)):
            shortcut = QShortcut(QKeySequence(keys), parent)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    @property
    def is_shown(self) -> bool:
        return self._services.settings.value.chat.marks_unsure_words

    def set_shown(self, *, is_shown: bool) -> None:
        """Mark the unsure words, or none; kept for the next start."""
        if is_shown == self.is_shown:
            return
        remember(self._services.settings, "chat", marks_unsure_words=is_shown)
        self.bar.setVisible(is_shown)
        self.box.end()
        self.marks.set_on(is_on=is_shown)
        self.shown_changed.emit(is_shown)

    @Slot()
    def toggle(self) -> None:
        """Mark the unsure words, or no more."""
        self.set_shown(is_shown=not self.is_shown)

    @Slot()
    def show_next(self) -> None:
        """Go to the next unsure word, from the last one to the first, and tell of it."""
        self._show_unsure(1)

    @Slot()
    def show_previous(self) -> None:
        """Go to the unsure word before."""
        self._show_unsure(-1)

    @Slot(object, object)
    def _on_menu_wanted(self, message: StoredMessage, menu: QMenu) -> None:
        if message.role is Role.ASSISTANT:
            action = menu.addAction(tr("Mark unsure words"))
            action.setCheckable(True)
            action.setChecked(self.is_shown)
            action.triggered.connect(self.toggle)

    # One word

    def _on_pointed(self, message_id: str, view: QTextEdit, shown: ShownWord) -> None:
        if self.box.isVisible() and self._shown == (message_id, shown.word):
            return
        self._open_box(message_id, view, shown, takes_keys=False)

    def _open_box(self, message_id: str, view: QTextEdit, shown: ShownWord, *, takes_keys: bool) -> None:
        widget, shading = self._view.widget_of(message_id), self.marks.of(message_id)
        if widget is None or shading is None:
            return
        self._shown = (message_id, shown.word)
        place = shading.rect_of(view, shown).toAlignedRect()
        self._was_following = self._view.hold() or self._was_following
        corner = view.viewport().mapTo(self._parent, QPoint(0, 0))
        text = self._work.newest(widget.message).text
        self.box.show_word(shown.word, text, QRect(place).translated(corner), takes_keys=takes_keys)

    def _show_unsure(self, step: int) -> None:
        """Tell of the unsure word ``step`` further among those that are drawn, round and round."""
        found = list(self.marks.unsure_words())
        order = [widget.message.id for widget in self._view.widgets]
        begin = _neighbour(found, self._shown, step, order)
        for number in range(len(found)):
            if self._show_word(*found[(begin + number * step) % len(found)]):
                return

    @Slot(int)
    def _on_step_requested(self, step: int) -> None:
        """Tell of the word before or behind the one that is told of, sure or not."""
        if self._shown is None:
            return
        message_id, word = self._shown
        shading = self.marks.of(message_id)
        words = shading.words if shading is not None else ()
        place = bisect_left(words, word.start, key=lambda each: each.start) + step
        while 0 <= place < len(words) and not self._show_word(message_id, words[place]):
            place += step

    def _show_word(self, message_id: str, word: Word) -> bool:
        """Bring a word into sight and open its box with the keys in it; False if it is not drawn: a mark."""
        widget, shading = self._view.widget_of(message_id), self.marks.of(message_id)
        found = shading.place_of(word) if shading is not None else None
        if widget is None or shading is None or found is None:
            return False
        view, shown = found
        place = shading.rect_of(view, shown).toAlignedRect()
        self._was_following = self._view.hold() or self._was_following
        self._view.show_at_once(view.viewport().mapTo(widget, place.center()), widget)
        self._open_box(message_id, view, shown, takes_keys=True)
        return True

    @Slot(object)
    def _on_way_chosen(self, way: OtherWay) -> None:
        if self._shown is None:
            return
        self._waiting_way = (self._shown[0], way)
        self._shown = None
        if self._work.is_replying_here:
            self._work.stop()
        else:
            self._go()

    @Slot()
    def _on_working_changed(self) -> None:
        """A reply that was stopped for it has ended: go the other way now."""
        if not self._work.is_replying_here:
            self._go()

    def _go(self) -> None:
        way, self._waiting_way = self._waiting_way, None
        if way is not None and self._view.widget_of(way[0]) is not None:
            self._work.go_another_way(*way)
            self._view.follow()

    @Slot()
    def _on_box_closed(self) -> None:
        """Go on following a reply that grows, if that was so before a word of it was looked at."""
        if self._was_following and self._work.is_replying_here:
            self._view.follow()
        self._was_following = False

    @Slot(object)
    def _on_widget_removed(self, widget: MessageWidget) -> None:
        if self._shown is not None and widget.message.id == self._shown[0]:
            self._was_following = False
            self.box.end()

    @Slot(int)
    def _on_scrolled(self, _value: int) -> None:
        self.box.end()


def _neighbour(
    found: Sequence[tuple[str, Word]], shown: tuple[str, Word] | None, step: int, order: Sequence[str]
) -> int:
    """Return which of ``found`` comes behind (``step`` 1) or before ``shown``; None: in the last reply."""
    if shown is None or shown[0] not in order:
        last = found[-1][0] if found else ""
        return next((n for n, each in enumerate(found) if each[0] == last), 0) if step > 0 else len(found) - 1
    here = (order.index(shown[0]), shown[1].start)
    places = [(order.index(message_id), word.start) for message_id, word in found]
    return bisect_right(places, here) if step > 0 else bisect_left(places, here) - 1

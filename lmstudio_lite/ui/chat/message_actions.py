"""What can be done with a message besides its buttons: its menu, and keys that go from one to another.

The menu is ``ThreadView.menu_wanted``, to which others add too. The work is done by ``ChatWork`` and below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from lmstudio_lite.app.branches import MapRow, fork, read_map
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Conversation, StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.message_details import MessageDetails
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.chat.tree_map import TreeMap
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.palette.commands import Command
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

MAP_KEYS = QKeySequence("Ctrl+Shift+B")
T = TypeVar("T")


class MessageActions(QObject):
    """Serves one thread view. GUI thread."""

    model_wanted = Signal(object, str)  # Path of a model that shall answer, id of the question
    failed = Signal(object)  # Exception

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
        self._work, self._view, self._window = work, view, parent
        self._sought = ""
        view.menu_wanted.connect(self._on_menu_wanted)
        work.thread_changed.connect(self._on_thread_changed)
        for keys, callback in (
            (QKeySequence("Alt+Left"), partial(self.switch, -1)),
            (QKeySequence("Alt+Right"), partial(self.switch, +1)),
            (QKeySequence("Alt+Up"), partial(view.focus_message, -1)),
            (QKeySequence("Alt+Down"), partial(view.focus_message, +1)),
            (MAP_KEYS, self.show_map),
        ):
            shortcut = QShortcut(keys, parent)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(callback)

    def switch(self, step: int) -> None:
        """Show another version of the message that has the focus, or else of the last that has several."""
        focused = self._view.focused
        if focused is not None:
            message = focused.message
        else:
            several = [each for each in self._view.messages if each.num_siblings > 1]
            if not several:
                return
            message = several[-1]
        if not self._work.is_replying_here and 0 <= message.sibling_index + step < message.num_siblings:
            self._work.switch_branch(message, step)

    @Slot()
    def show_map(self) -> None:
        """Open the map of the conversation, at the message that has the focus or the last one."""
        conversation_id = self._work.conversation_id
        if not conversation_id:
            return
        focused = self._view.focused
        messages = self._view.messages
        current = focused.message if focused is not None else messages[-1] if messages else None

        def show(rows: list[MapRow]) -> None:
            if conversation_id == self._work.conversation_id:
                tree = TreeMap(self._theme, rows, current.id if current else "", self._window)
                tree.chosen.connect(self.go_to)
                tree.open()

        services = self._services.at(conversation_id)
        self._run(lambda: read_map(services, conversation_id), show)

    def offer(self, add: Callable[[Sequence[Command]], None]) -> None:
        """Offer in the palette what can be done in the open conversation."""
        messages = self._view.messages
        if not messages:
            return
        native = QKeySequence.SequenceFormat.NativeText
        if messages[-1].conversation_id not in self._services.temporary:
            words = tr("New conversation from the last message")
            add([Command(words, "", lambda: self.fork(messages[-1]))])
        add(
            [
                Command(tr("Map of the conversation…"), "", self.show_map, MAP_KEYS.toString(native)),
                Command(tr("Details of the last message…"), "", lambda: self.show_details(messages[-1])),
                Command(tr("Previous version of a message"), "", lambda: self.switch(-1), "Alt+Left"),
                Command(tr("Next version of a message"), "", lambda: self.switch(+1), "Alt+Right"),
            ]
        )

    @Slot(str)
    def go_to(self, message_id: str) -> None:
        """Show a message of the open conversation, on whichever branch it lies."""
        if any(each.id == message_id for each in self._view.messages):
            self._reveal(message_id)
        elif not self._work.is_replying_here:
            self._sought = message_id
            self._work.show_branch(message_id)

    def fork(self, message: StoredMessage) -> None:
        """Begin a conversation that goes on from here, and show it."""
        services = self._services

        def work() -> Conversation:
            title = services.conversations.get(message.conversation_id).title or tr("New conversation")
            return fork(services, message, tr("{0} (branch)").format(title))

        def show(made: Conversation) -> None:
            self._work.list_changed.emit()
            self._work.open(made.id)

        self._run(work, show)

    def show_details(self, message: StoredMessage) -> None:
        """Say when a message was written, by whom and with what."""
        MessageDetails(self._theme, message, self._window).open()

    @Slot(object, object)
    def _on_menu_wanted(self, message: StoredMessage, menu: QMenu) -> None:
        is_free = not self._work.is_replying_here
        question_id = message.id if message.role is Role.USER else message.parent_id
        if question_id is not None:
            self._add_models(menu, question_id).setEnabled(is_free)
        if message.conversation_id not in self._services.temporary:
            self._add(menu, "copy", tr("New conversation from here"), lambda: self.fork(message))
        shown = self._add(menu, "sidebar", tr("Map of the conversation…"), self.show_map)
        shown.setShortcut(MAP_KEYS)
        self._add(menu, "info", tr("Details…"), lambda: self.show_details(message))

    def _add_models(self, menu: QMenu, question_id: str) -> QAction:
        """Offer the models that are here; they are looked for when the submenu opens."""
        models = menu.addMenu(self._theme.icon("model"), tr("Ask again with another model"))
        models.addAction(tr("Looking for models…")).setEnabled(False)
        models.aboutToShow.connect(lambda: self._list_models(models, question_id))
        return models.menuAction()

    def _list_models(self, menu: QMenu, question_id: str) -> None:
        services = self._services

        def read() -> list[tuple[str, Path]]:
            entries = services.library.list()
            return [
                (each.name, each.path)
                for each in entries
                if each.file is not None and not each.file.is_embedding
            ]

        def show(found: list[tuple[str, Path]]) -> None:
            present = services.engine.state.path
            others = [(name, path) for name, path in found if path != present]
            menu.clear()
            for name, path in others:
                action = menu.addAction(safe_line(name).replace("&", "&&"))
                action.triggered.connect(
                    lambda _checked=False, path=path: self.model_wanted.emit(path, question_id)
                )
            if not others:
                menu.addAction(tr("There is no other model here: Ctrl+Shift+M gets one.")).setEnabled(False)

        self._run(read, show, lane="library")

    def _add(self, menu: QMenu, icon: str, words: str, on_chosen: Callable[[], object]) -> QAction:
        action = menu.addAction(self._theme.icon(icon), words)
        action.triggered.connect(lambda _checked=False: on_chosen())
        return action

    def _run(self, work: Callable[[], T], on_done: Callable[[T], None], lane: str = STORAGE_LANE) -> None:
        self._bridge.run(lambda context: work(), on_done=on_done, on_failed=self.failed.emit, lane=lane)

    @Slot(object)
    def _on_thread_changed(self, thread: list[StoredMessage]) -> None:
        sought = self._sought
        if sought and any(each.id == sought for each in thread):
            self._sought = ""
            QTimer.singleShot(0, self, lambda: self._reveal(sought))  # when the view shows it, too

    def _reveal(self, message_id: str) -> None:
        widget = self._view.reveal(message_id)
        if widget is not None:
            self._window.activateWindow()  # from the map's
            # A widget that is new takes no focus before it is shown.
            QTimer.singleShot(0, widget, lambda: widget.setFocus(Qt.FocusReason.OtherFocusReason))
            self._view.show_place(QPoint(0, 0), widget)

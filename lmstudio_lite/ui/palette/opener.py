"""Opens the palette over the main window with all that can be done there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QTabBar, QTextEdit, QWidget

from lmstudio_lite.app.history import EntryKind
from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.model_control import ModelChoice, ModelControl
from lmstudio_lite.ui.model_switch import choose_model
from lmstudio_lite.ui.palette.commands import Command
from lmstudio_lite.ui.palette.popup import CommandPalette
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

KEYS = QKeySequence("Ctrl+K")
_FIELDS = (QPlainTextEdit, QTextEdit, QLineEdit)


class PaletteOpener(QObject):
    """Ctrl+K, while the window has the keys. The palette is made when it is first asked for."""

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        control: ModelControl,
        menu: QMenu,
        tabs: QTabBar,
        own: Sequence[tuple[str, Callable[[], object], str]],
        open_entry: Callable[[EntryKind, str], None],
        window: QWidget,
        more: Callable[[Callable[[Sequence[Command]], None]], None],
    ) -> None:
        """``own`` are the window's: words, what is done, keys. All entries of ``menu`` are offered behind.

        ``more`` is asked each time for what else can be done just then, and passes it on, soon or at once.
        """
        super().__init__(window)
        self._parts = (theme, services, bridge, open_entry, window)
        self._control, self._menu, self._window = control, menu, window
        self._more = more
        self._own = [Command(words, "", run, keys) for words, run, keys in own]
        self._own += [
            Command(
                tabs.tabText(number), tr("Tab"), partial(tabs.setCurrentIndex, number), f"Ctrl+{number + 1}"
            )
            for number in range(tabs.count())
        ]
        self.palette: CommandPalette | None = None
        control.choices_listed.connect(self._on_choices_listed)
        QShortcut(KEYS, window).activated.connect(self.show)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    @Slot()
    def show(self) -> None:
        """Open it."""
        if self.palette is None:
            self.palette = CommandPalette(*self._parts)
        self.palette.show_over(self._window, [*self._own, *_of_menu(self._menu)])
        self._control.list_choices()
        self._more(self._add)

    def _add(self, commands: Sequence[Command]) -> None:
        if self.palette is not None and self.palette.isVisible():
            self.palette.add_commands(commands)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep a field from taking the keys: on Linux they delete to the end of the line there."""
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride:
            return super().eventFilter(watched, event)
        is_ours = QKeySequence(event.keyCombination()) == KEYS
        if is_ours:
            event.ignore()
        return is_ours

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None:
            before.removeEventFilter(self)
        if isinstance(now, _FIELDS):
            now.installEventFilter(self)

    @Slot(object)
    def _on_choices_listed(self, choices: list[ModelChoice]) -> None:
        if self.palette is None or not self.palette.isVisible():
            return
        kind = tr("Use this model")
        self.palette.add_commands(
            [
                Command(
                    choice.entry.name,
                    kind,
                    partial(choose_model, choice.entry.path, self._control, self._window),
                )
                for choice in choices
                if choice.fit is not None
            ]
        )


def _of_menu(menu: QMenu, prefix: str = "") -> Iterator[Command]:
    """Yield what a menu offers now, submenus with their names before."""
    for action in menu.actions():
        if action.isSeparator() or not action.isVisible():
            continue
        words = f"{prefix}{action.text().replace('&', '')}"
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _of_menu(inner, f"{words}: ")
        elif action.isEnabled():
            yield Command(words, "", _trigger(action), action.shortcut().toString(_NATIVE))


def _trigger(action: QAction) -> Callable[[], object]:
    return lambda: action.trigger()


_NATIVE = QKeySequence.SequenceFormat.NativeText

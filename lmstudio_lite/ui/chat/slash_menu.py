"""What "/" at the beginning of a message offers: presets, one's own prompts, and the ways to their windows.

The list lies above the composer, which keeps the keys: typing filters, the arrows choose, Enter and Tab take,
Esc leaves the text as it is. What has blanks is filled in above the composer first.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.prompts import KeptPrompt, Prompt, Variable
from lmstudio_lite.domain.writing import Brief, Preset
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.history_model import STORAGE_LANE
from lmstudio_lite.ui.palette.commands import Command, find_commands
from lmstudio_lite.ui.palette.delegate import HINT, CommandDelegate
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.write.fill_form import FillForm
from lmstudio_lite.words.translate import tr
from lmstudio_lite.words.writing import preset_name, preset_takes

_LONGEST_QUERY = 40
_ROWS_MAX = 9


class SlashMenu(QObject):
    """Follows the composer's text. GUI thread."""

    compose_wanted = Signal()
    library_wanted = Signal()
    role_wanted = Signal(object, str)  # ConversationControl, the first message

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        composer: Composer,
        form: FillForm,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._theme = services, bridge, theme
        self._composer, self._form, self._widget = composer, form, parent
        self._own: list[KeptPrompt] = []
        self._shown: list[Command] = []
        self._is_left = self._is_asked = False
        self.list = QListWidget(parent)
        set_role(self.list, "popup")
        self.list.setAccessibleName(tr("Presets and prompts"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(CommandDelegate(theme, self.list))
        self.list.setMouseTracking(True)
        self.list.hide()
        self.list.itemClicked.connect(self._on_item_clicked)
        composer.editor.installEventFilter(self)
        composer.editor.textChanged.connect(self._on_text_changed)
        form.left.connect(self._on_form_left)

    @property
    def is_open(self) -> bool:
        return not self.list.isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move in the list while it is open."""
        if event.type() is QEvent.Type.FocusOut and self.is_open and not self.list.underMouse():
            self.list.hide()
        is_key = isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress
        if not is_key or not self.is_open or self._composer.editor.is_composing:
            return super().eventFilter(watched, event)
        assert isinstance(event, QKeyEvent)
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self.list.setCurrentRow(min(max(0, self.list.currentRow() + step), self.list.count() - 1))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and not event.modifiers():
            self._do(self.list.currentRow())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self._is_left = True
            self.list.hide()
            return True
        return super().eventFilter(watched, event)

    @Slot()
    def _on_text_changed(self) -> None:
        query = self._query()
        if query is None:
            self._is_left = self._is_asked = False
            self.list.hide()
            return
        if self._is_left or not self._composer.editor.hasFocus():
            return
        if not self._is_asked:
            self._is_asked = True
            self._bridge.run(
                lambda context: self._services.prompts.list(), on_done=self._on_listed, lane=STORAGE_LANE
            )
        self._fill(query)

    def _query(self) -> str | None:
        """Return what stands behind the stroke, None where the message is another; cheap for long texts."""
        document = self._composer.editor.document()
        line = document.firstBlock().text() if document.blockCount() == 1 else ""
        is_query = line.startswith("/") and len(line) <= _LONGEST_QUERY
        return line[1:] if is_query else None

    def _on_listed(self, prompts: list[KeptPrompt]) -> None:
        self._own = prompts
        query = self._query()
        if query is not None and self._is_asked and not self._is_left:
            self._fill(query)

    def _fill(self, query: str) -> None:
        self._shown = find_commands(self._commands(), query)
        self.list.clear()
        for command in self._shown:
            item = QListWidgetItem(command.words)
            item.setData(HINT, command.kind)
            name = ", ".join(filter(None, (command.words, command.kind)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, name)
            self.list.addItem(item)
        self.list.setVisible(bool(self._shown))
        if self._shown:
            self.list.setCurrentRow(0)
            self._place()

    def _commands(self) -> list[Command]:
        own = [
            Command(safe_line(kept.prompt.name), tr("Your prompt"), partial(self._use, kept.prompt))
            for kept in self._own
        ]
        presets = [
            Command(f"{preset_name(preset)} /{preset.value}", "", partial(self._ask, preset))
            for preset in Preset
        ]
        ways = [
            Command(tr("Write with all settings…"), tr("Window"), self.compose_wanted.emit),
            Command(tr("Your prompts…"), tr("Window"), self.library_wanted.emit),
        ]
        return [*own, *presets, *ways]

    def _place(self) -> None:
        """Lie above the composer, as wide as it is and no higher than there is room."""
        rows = min(_ROWS_MAX, self.list.count())
        height = rows * self.list.sizeHintForRow(0) + 2 * self.list.frameWidth() + design.SPACE_4
        corner = self._composer.mapTo(self._widget, QPoint(0, 0))
        height = min(height, max(1, corner.y() - design.SPACE_8))
        top = corner.y() - height - design.SPACE_4
        self.list.setGeometry(corner.x(), top, self._composer.width(), height)
        self.list.raise_()

    @Slot(QListWidgetItem)
    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._do(self.list.row(item))

    def _do(self, row: int) -> None:
        if not 0 <= row < len(self._shown):
            return
        command = self._shown[row]
        self.list.hide()
        self._composer.set_text("")
        command.run()

    def _use(self, prompt: Prompt) -> None:
        """Put a prompt into the message, once its blanks are filled in."""
        if not prompt.variables:
            self._put(prompt.text)
            return
        blanks = [(variable.name, variable) for variable in prompt.variables]
        self._form.ask(safe_line(prompt.name), blanks, lambda values: self._put(prompt.filled(values)))

    def _ask(self, preset: Preset) -> None:
        """Ask what a text of a preset is to be about, and put the request into the message."""
        blanks = [(tr("About"), Variable("text", preset_takes(preset))), (tr("Tone"), Variable("tone"))]
        if preset.takes_words:
            blanks.append((tr("Words"), Variable("words")))
        blanks.append((tr("Readers"), Variable("audience")))
        self._form.ask(
            preset_name(preset),
            blanks,
            partial(self._take_brief, preset),
            done_words=tr("Begin") if preset.is_conversation else "",
        )

    def _take_brief(self, preset: Preset, values: dict[str, str]) -> None:
        words = values.get("words", "").strip()
        brief = Brief(
            preset,
            values["text"].strip(),
            values["tone"],
            int(words) if words.isdecimal() and len(words) < 5 else 0,
            values["audience"],
        )
        if not brief.text:
            self._on_form_left()
            return
        # Imported late: the window is there sooner without what writes and checks texts.
        from lmstudio_lite.app.write import request_text, role_control

        if preset.is_conversation:
            self.role_wanted.emit(role_control(brief, preset_name(preset)), tr("Let us begin."))
        else:
            self._put(request_text(brief))

    def _put(self, text: str) -> None:
        self._composer.set_text(text)
        self._on_form_left()

    @Slot()
    def _on_form_left(self) -> None:
        self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

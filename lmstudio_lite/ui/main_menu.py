"""The menu behind ⋯: settings, folders, shortcuts, about."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QMenu, QVBoxLayout, QWidget

from lmstudio_lite import __version__
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.plain_words import PlainMessageBox
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr


class MainMenu(QMenu):
    """Built once; the theme's entries are filled with what is chosen.

    ``on_text_size`` is called with 1 for larger text, -1 for smaller and 0 for the system's own.
    """

    def __init__(
        self,
        theme: Theme,
        *,
        on_theme: Callable[[str], None],
        on_text_size: Callable[[int], None],
        on_settings: Callable[[], None],
        on_models: Callable[[], None],
        on_add_model: Callable[[], None],
        on_finetune: Callable[[], None],
        on_compare: Callable[[], None],
        on_write: Callable[[], None],
        on_prompts: Callable[[], None],
        on_folders: Callable[[], None],
        on_batch: Callable[[], None],
        on_data_folder: Callable[[], None],
        on_quit: Callable[[], object],
        on_unsure_words: Callable[[], object],
        marks_unsure_words: Callable[[], bool],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icons: list[tuple[QAction, str]] = []
        self._add_themes(on_theme)
        self._add_text_sizes(on_text_size, parent)
        self._marks_unsure_words = marks_unsure_words
        self._unsure_words = self.addAction(tr("Mark unsure words"))
        self._unsure_words.setCheckable(True)
        self._unsure_words.setShortcut(QKeySequence("Ctrl+Shift+U"))
        self._unsure_words.triggered.connect(lambda _checked=False: on_unsure_words())
        parent.addAction(self._unsure_words)
        self._add("settings", tr("Settings…"), on_settings, QKeySequence("Ctrl+,"))
        self.addSeparator()
        self._add("model", tr("Models…"), on_models, QKeySequence("Ctrl+Shift+M"))
        self._add("plus", tr("Add model file…"), on_add_model)
        self._add("finetune", tr("Fine-tune…"), on_finetune, QKeySequence("Ctrl+Shift+F"))
        self._add("swap", tr("Compare…"), on_compare, QKeySequence("Ctrl+Shift+D"))
        self._add("rewrite", tr("Write a text…"), on_write, QKeySequence("Ctrl+Shift+W"))
        self._add("edit", tr("Your prompts…"), on_prompts)
        self._add("document", tr("My folders…"), on_folders)
        self._add("tag", tr("Many texts at once…"), on_batch, QKeySequence("Ctrl+Shift+L"))
        self._add("folder", tr("Open data folder"), on_data_folder)
        self.addSeparator()
        self._add("keyboard", tr("Keyboard shortcuts"), self._show_shortcuts, QKeySequence("Ctrl+/"))
        self.actions()[-1].setShortcuts([QKeySequence("Ctrl+/"), QKeySequence("F1")])
        self._add("info", tr("About LM Studio Lite"), self._show_about)
        self.addSeparator()
        self._add("close", tr("Quit"), on_quit, QKeySequence("Ctrl+Q"))
        self.aboutToShow.connect(self._on_about_to_show)

    def _add_themes(self, on_theme: Callable[[str], None]) -> None:
        self._themes = QMenu(tr("Theme"), self)
        self._group = QActionGroup(self)
        names = (
            (tr("Like the system"), "system"),
            (tr("Light"), "light"),
            (tr("Dark"), "dark"),
        )
        for words, value in names:
            action = self._themes.addAction(words)
            action.setCheckable(True)
            action.setData(value)
            self._group.addAction(action)
            action.triggered.connect(lambda _checked=False, value=value: on_theme(value))
        self._icons.append((self.addMenu(self._themes), "theme"))

    def _add_text_sizes(self, on_text_size: Callable[[int], None], window: QWidget) -> None:
        self._sizes = QMenu(tr("Text size"), self)
        for words, step, keys in (
            (tr("Larger"), 1, ["Ctrl++", "Ctrl+="]),
            (tr("Smaller"), -1, ["Ctrl+-"]),
            (tr("As in the system"), 0, ["Ctrl+0"]),
        ):
            action = self._sizes.addAction(words)
            action.setShortcuts([QKeySequence(each) for each in keys])
            action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
            action.triggered.connect(lambda _checked=False, step=step: on_text_size(step))
            window.addAction(action)
        self._icons.append((self.addMenu(self._sizes), "text-size"))

    def _add(
        self, icon: str, words: str, callback: Callable[[], object], keys: QKeySequence | None = None
    ) -> None:
        action = self.addAction(words)
        action.triggered.connect(lambda _checked=False: callback())
        if keys is not None:
            action.setShortcut(keys)
            self.parentWidget().addAction(action)  # type: ignore[union-attr]
        self._icons.append((action, icon))

    @Slot()
    def _on_about_to_show(self) -> None:
        for action, icon in self._icons:
            action.setIcon(self._theme.icon(icon, self._theme.tokens.muted))
        for action in self._group.actions():
            action.setChecked(action.data() == self._theme.preference)
        self._unsure_words.setChecked(self._marks_unsure_words())

    def _show_about(self) -> None:
        box = PlainMessageBox(self.parentWidget())
        box.setWindowTitle(tr("About LM Studio Lite"))
        box.setText(tr("LM Studio Lite {0}").format(__version__))
        box.setInformativeText(
            tr(
                "Chat, summarize and translate with a language model on your own computer. "
                "Nothing leaves it.\n\nApache License 2.0. Built on llama.cpp and Qt."
            )
        )
        _show(box)

    def _show_shortcuts(self) -> None:
        dialog = QDialog(self.parentWidget())
        dialog.setWindowTitle(tr("Keyboard shortcuts"))
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_32)
        form.setVerticalSpacing(design.SPACE_8)
        for keys, words in self._shortcuts():
            form.addRow(text_label(keys, dialog, role="heading"), text_label(words, dialog))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
        buttons.rejected.connect(dialog.reject)
        column = QVBoxLayout(dialog)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_16)
        column.addLayout(form)
        column.addWidget(buttons)
        _show(dialog)

    def _shortcuts(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Ctrl+1 / 2 / 3", tr("Chat, Summarize, Translate")),
            ("Ctrl+K", tr("Do or open something by its name")),
            ("Ctrl+N", tr("Something new in this tab")),
            ("Ctrl+Shift+N", tr("Temporary chat: nothing of it is kept")),
            ("Ctrl+O", tr("Open a document")),
            ("Ctrl+F", tr("Find in the conversation, or else in the list")),
            ("F3 / Shift+F3", tr("Next or previous place of what is looked for, in other conversations too")),
            ("Ctrl+L", tr("Search the list")),
            ("Ctrl+B", tr("Show or hide the list")),
            ("Ctrl+M", tr("Choose a model")),
            ("Ctrl+Shift+P", tr("Choose a persona for the conversation")),
            ("Ctrl+Shift+M", tr("All models")),
            ("Ctrl+Shift+F", tr("Fine-tune a model")),
            ("Ctrl+Shift+D", tr("Compare two models, adapters or personas")),
            ("Ctrl+Shift+U", tr("Mark the words that the model was unsure of")),
            ("F8 / Shift+F8", tr("Next or previous unsure word, and what else there was")),
            ("Ctrl+Shift+L", tr("Label many texts, or take values out of them")),
            ("Ctrl+Shift+W", tr("Write a text")),
            ("Ctrl+Shift+E", tr("Change what is selected with the model")),
            ("/", tr("Presets and prompts, at the beginning of a message")),
            ("Enter", tr("Send")),
            ("Shift+Enter", tr("New line")),
            ("Esc", tr("Stop")),
            ("F2 / Del", tr("Rename or delete in the list")),
            ("Ctrl+Shift+O", tr("Move to a folder, in the list")),
            ("← / →", tr("Close or open a folder, in the list")),
            ("Alt+↑ / ↓", tr("To the message before, after")),
            ("Alt+← / →", tr("Another version of the message")),
            ("Ctrl+Shift+B", tr("Map of the conversation")),
            ("Ctrl+Z", tr("Undo what was done in the list: deleted, moved, archived")),
            ("Ctrl++ / - / 0", tr("Larger, smaller, normal text")),
            ("Ctrl+,", tr("Settings")),
            ("Ctrl+Q", tr("Quit")),
        )


def _show(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()

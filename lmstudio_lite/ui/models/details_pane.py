"""What is known of the chosen model, and what can be done with it.

Everything that can be decided for the model stands here (``model_settings``): there is one place to look
for how it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.fit import FitVerdict, ModelFit
from lmstudio_lite.domain.shelf import ModelEntry
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.models.card import Card
from lmstudio_lite.ui.models.model_settings import ModelSettings
from lmstudio_lite.ui.models.note_box import NoteBox
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain, say_parameters, say_size
from lmstudio_lite.words.model_changes import name_store
from lmstudio_lite.words.shelf import say_kind, say_languages, say_traits
from lmstudio_lite.words.translate import tr

PANE_WIDTH_MIN = 300
_SHARE_OF_SCREEN = 0.36


class DetailsPane(QFrame):
    """Shows the card of ``show_card``; what is asked for goes out as a signal with the model's path."""

    use_requested = Signal(object)  # Path
    anyway_requested = Signal(object)  # Path
    favourite_chosen = Signal(object, bool)  # ModelEntry
    move_requested = Signal(object)  # ModelEntry
    verify_requested = Signal(object)  # ModelEntry
    delete_requested = Signal(object)  # ModelEntry

    def __init__(
        self,
        theme: Theme,
        services: Services,
        bridge: Bridge,
        control: ModelControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self.setAccessibleName(tr("About the model"))
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self._card: Card | None = None
        self.name_label = text_label("", self, role="heading", wrap=True)
        self.path_label = ElidedLabel(self, role="small", mode=Qt.TextElideMode.ElideMiddle)
        self.problem_label = text_label("", self, role="danger", wrap=True)
        self.remedy_label = text_label("", self, wrap=True)
        self.use_button = text_button(tr("Use it"), self, role="primary")
        self.anyway_button = text_button(tr("Load anyway"), self)
        self.favourite_button = IconButton(theme, "heart", tr("Favourite"), self)
        self.favourite_button.setCheckable(True)
        self.more_button = IconButton(theme, "more", tr("More about this model"), self)
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = QMenu(self)
        self.more_button.setMenu(self.menu)
        self.settings = ModelSettings(theme, services, bridge, control, self)
        self.note_box = NoteBox(theme, services, bridge, self)
        self.facts = QWidget(self)
        self._form = QFormLayout(self.facts)
        self._body = QWidget(self)
        self._bar = QWidget(self)
        self._lay_out()
        self._fill_menu()
        self.use_button.clicked.connect(self._on_use_clicked)
        self.anyway_button.clicked.connect(self._on_anyway_clicked)
        self.favourite_button.clicked.connect(self._on_favourite_clicked)
        self.settings.drafted.connect(self._on_drafted)
        self.settings.fit_panel.fitted.connect(self._on_fitted)
        self.show_card(None)

    @property
    def path(self) -> Path | None:
        """Return the path of the model that is shown."""
        return self._card.entry.path if self._card is not None else None

    def show_card(self, card: Card | None) -> None:
        """Show a model, or nothing; a newer card of the same model changes only what is different."""
        if card is not None and card == self._card:
            return
        is_other = self._card is None or card is None or card.entry.path != self._card.entry.path
        self._card = card
        self.setVisible(card is not None)
        if card is None:
            self.settings.show_entry(None)
            return
        entry = card.entry
        self.name_label.setText(card.name)
        self.path_label.set_full_text(str(entry.path))
        failure = entry.failure
        if failure is not None:
            explanation = explain(error_from_code(failure.code, failure.details))
            self.problem_label.setText(explanation.what)
            self.remedy_label.setText(explanation.remedy)
        self.problem_label.setVisible(failure is not None)
        self.remedy_label.setVisible(failure is not None)
        self.use_button.setVisible(card.can_write)
        self.use_button.setEnabled(not card.is_in_use)
        self.use_button.setText(tr("In use") if card.is_in_use else tr("Use it"))
        self.settings.setVisible(card.can_write)
        self.settings.show_entry(entry if card.can_write else None)
        if is_other:
            self.anyway_button.hide()
            self._scroll.verticalScrollBar().setValue(0)
        self.favourite_button.setChecked(card.note.is_favourite)
        self.favourite_button.set_icon("heart-filled" if card.note.is_favourite else "heart")
        self.note_box.show_note(entry, card.note.note)
        for action in (self.convert_action, self.inspect_action, self.verify_action):
            action.setEnabled(not entry.is_pending)
        self.convert_action.setEnabled(entry.file is not None)
        self.parts_action.setEnabled(entry.file is not None)
        for action in (self.move_action, self.delete_action):
            action.setEnabled(entry.is_changeable)
            action.setToolTip(plain_tip("" if entry.is_changeable else name_store(entry.store)))
        self._show_facts(entry)
        self._on_drafted()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.anyway_button)
        buttons.addStretch(1)
        buttons.addWidget(self.favourite_button)
        buttons.addWidget(self.more_button)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(design.SPACE_16)
        self._form.setVerticalSpacing(design.SPACE_4)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        for widget in (self.name_label, self.path_label, self.problem_label, self.remedy_label):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.settings)
        column.addWidget(text_label(tr("Note"), self, role="heading"))
        column.addWidget(self.note_box)
        column.addWidget(text_label(tr("In the file"), self, role="heading"))
        column.addWidget(self.facts)
        column.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._body)
        bar = QVBoxLayout(self._bar)
        bar.setContentsMargins(design.SPACE_16, design.SPACE_8, design.SPACE_16, design.SPACE_8)
        bar.addWidget(self.settings.notice)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.settings.keep_button)
        row.addWidget(self.settings.undo_button)
        row.addStretch(1)
        bar.addLayout(row)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._scroll, 1)
        outer.addWidget(self._bar)
        room = self.screen().availableSize().width()
        self.setMinimumWidth(min(self._theme.scaled(PANE_WIDTH_MIN), round(_SHARE_OF_SCREEN * room)))

    def _fill_menu(self) -> None:
        self.folder_action = self._action("folder", tr("Show in folder"), self._on_folder_chosen)
        self.inspect_action = self._action("search", tr("Look inside…"), self._on_inspect_chosen)
        self.verify_action = self._action("check", tr("Verify"), self._on_verify_chosen)
        self.convert_action = self._action("swap", tr("Convert…"), self._on_convert_chosen)
        self.parts_action = self._action("document", tr("Split or merge…"), self._on_parts_chosen)
        self.menu.addSeparator()
        self.move_action = self._action("open", tr("Move…"), self._on_move_chosen)
        self.delete_action = self._action("trash", tr("Delete"), self._on_delete_chosen)
        keys = QShortcut(QKeySequence("Ctrl+I"), self.window())
        keys.activated.connect(self._on_inspect_chosen)

    def _action(self, icon: str, words: str, callback: Callable[[], None]) -> QAction:
        action = self.menu.addAction(self._theme.icon(icon), words)
        action.triggered.connect(callback)
        return action

    def _show_facts(self, entry: ModelEntry) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, words in _facts(entry):
            label = text_label(words, self.facts, wrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._form.addRow(text_label(name, self.facts, role="small"), label)

    @Slot()
    def _on_drafted(self) -> None:
        self._bar.setVisible(self.settings.has_draft)

    @Slot(object)
    def _on_fitted(self, fit: ModelFit) -> None:
        is_in_use = self._card is not None and self._card.is_in_use
        self.anyway_button.setVisible(fit.verdict is FitVerdict.TOO_LARGE and not is_in_use)

    @Slot()
    def _on_use_clicked(self) -> None:
        self.use_requested.emit(self.path)

    @Slot()
    def _on_anyway_clicked(self) -> None:
        self.anyway_requested.emit(self.path)

    @Slot()
    def _on_favourite_clicked(self) -> None:
        if self._card is not None:
            self.favourite_chosen.emit(self._card.entry, self.favourite_button.isChecked())

    @Slot()
    def _on_inspect_chosen(self) -> None:
        if self.path is not None:
            from lmstudio_lite.ui.models.inspector import InspectorDialog

            InspectorDialog(self._theme, self._bridge, self.path, self.window()).open()

    @Slot()
    def _on_convert_chosen(self) -> None:
        if self.path is not None:
            from lmstudio_lite.ui.models.convert_dialog import ConvertDialog

            dialog = ConvertDialog(self._theme, self._services, self._bridge, self.path, self.window())
            dialog.use_requested.connect(self.use_requested)
            dialog.open()

    @Slot()
    def _on_parts_chosen(self) -> None:
        if self.path is not None:
            from lmstudio_lite.ui.models.parts_dialog import PartsDialog

            PartsDialog(self._theme, self._services, self._bridge, self.path, self.window()).show()

    @Slot()
    def _on_verify_chosen(self) -> None:
        if self._card is not None:
            self.verify_requested.emit(self._card.entry)

    @Slot()
    def _on_move_chosen(self) -> None:
        if self._card is not None:
            self.move_requested.emit(self._card.entry)

    @Slot()
    def _on_delete_chosen(self) -> None:
        if self._card is not None:
            self.delete_requested.emit(self._card.entry)

    @Slot()
    def _on_folder_chosen(self) -> None:
        if self.path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.path.parent)))


def _facts(entry: ModelEntry) -> list[tuple[str, str]]:
    file, traits = entry.file, entry.traits
    facts = [(tr("Kept in"), name_store(entry.store)), (tr("Size"), say_size(entry.size_bytes))]
    if len(entry.files) > 1:
        facts.append((tr("Files"), str(len(entry.files))))
    if file is not None:
        facts += [
            (tr("Family"), traits.family),
            (tr("Architecture"), file.architecture),
            (tr("Parameters"), say_parameters(file.num_parameters) if file.num_parameters else ""),
            (tr("Quantization"), file.quantization),
            (tr("Longest context"), f"{file.context_length:,}" if file.context_length else ""),
            (tr("Layers"), str(file.num_layers) if file.num_layers else ""),
            (tr("Purpose"), say_kind(entry.kind)),
            (tr("Chat template"), tr("yes") if file.has_chat_template else tr("no")),
            (tr("Can do"), ", ".join(say_traits(traits))),
            (tr("Languages"), say_languages(traits.languages)),
            (tr("Licence"), traits.licence),
            (tr("Made from"), ", ".join(traits.base_models)),
            (tr("Pictures"), entry.projector.name if entry.projector else ""),
            (tr("Adapters"), ", ".join(path.name for path in entry.adapters)),
        ]
    return [(name, words) for name, words in facts if words]

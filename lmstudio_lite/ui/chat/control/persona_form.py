"""One persona: its name, instructions, model, knobs and questions to begin with."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.personas import (
    NAME_LENGTH_MAX,
    NUM_STARTERS_MAX,
    PROMPT_LENGTH_MAX,
    STARTER_LENGTH_MAX,
    Persona,
    WantedModel,
)
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.control.knob_form import KnobForm
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_PROMPT_HEIGHT, _STARTERS_HEIGHT = 130, 80


class PersonaForm(QWidget):
    """``changed`` follows what the user changes; ``persona`` is what stands in the form."""

    changed = Signal()

    def __init__(self, settings: SettingsStore, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_showing = False
        self._shown = Persona("")
        self._adapter: AdapterUse | None = None
        self.name_edit = QLineEdit(self)
        self.name_edit.setMaxLength(NAME_LENGTH_MAX)
        self.prompt_edit = _edit(tr("Who the model is to be, and how it is to answer"), self)
        self.model_box = choice_box(self, [(tr("Whichever is in use"), None)], None)
        self.knobs = KnobForm(settings, self)
        self.starters_edit = _edit(tr("One a line; shown before the first message"), self)
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_16)
        form.setVerticalSpacing(design.SPACE_12)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("Name"), self.name_edit),
            (tr("Instructions"), self.prompt_edit),
            (tr("Model"), self.model_box),
            (tr("Questions to begin with"), self.starters_edit),
        )
        for name, field in rows:
            label = text_label(name, self)
            label.setBuddy(field)
            form.addRow(label, field)
            field.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, design.SPACE_12, 0)
        column.setSpacing(design.SPACE_12)
        column.addLayout(form)
        column.addWidget(self.knobs)
        column.addStretch(1)
        self.name_edit.textEdited.connect(self._on_changed)
        self.prompt_edit.textChanged.connect(self._on_changed)
        self.starters_edit.textChanged.connect(self._on_changed)
        self.model_box.activated.connect(self._on_changed)
        self.knobs.changed.connect(self._on_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def persona(self) -> Persona:
        """Return what stands in the form; a name that was emptied is the one before."""
        model: WantedModel | None = self.model_box.currentData()
        is_same = model == self._shown.model
        adapter = self._adapter if not is_same and model is not None else None
        lines = [line.strip() for line in self.starters_edit.toPlainText().split("\n")]
        return replace(
            self._shown,
            name=" ".join(self.name_edit.text().split()) or self._shown.name,
            system_prompt=self.prompt_edit.toPlainText()[:PROMPT_LENGTH_MAX],
            model=model,
            adapter=self._shown.adapter if is_same else str(adapter.path) if adapter is not None else "",
            adapter_strength=(
                self._shown.adapter_strength if is_same else adapter.strength if adapter is not None else 1.0
            ),
            sampling=self.knobs.choice,
            starters=tuple(line[:STARTER_LENGTH_MAX] for line in lines if line)[:NUM_STARTERS_MAX],
        )

    def show_persona(self, persona: Persona, present: WantedModel | None, adapter: AdapterUse | None) -> None:
        """Fill the form; ``present`` is the model in use, ``adapter`` is on it. Nothing is announced."""
        self._is_showing = True
        self._shown, self._adapter = persona, adapter
        self.name_edit.setText(persona.name)
        self.prompt_edit.setPlainText(persona.system_prompt)
        self.starters_edit.setPlainText("\n".join(persona.starters))
        self.model_box.clear()
        self.model_box.addItem(tr("Whichever is in use"), None)
        if persona.model is not None:
            self.model_box.addItem(_words(persona.model, persona.adapter), persona.model)
        if present is not None and present != persona.model:
            words = _words(present, str(adapter.path) if adapter is not None else "")
            self.model_box.addItem(tr("The one in use: {0}").format(words), present)
        self.model_box.setCurrentIndex(1 if persona.model is not None else 0)
        self.knobs.show_choice(persona.sampling)
        self._is_showing = False

    def set_readable_only(self, is_readable_only: bool) -> None:
        """Show a persona that is not to be changed."""
        self.name_edit.setReadOnly(is_readable_only)
        self.prompt_edit.setReadOnly(is_readable_only)
        self.starters_edit.setReadOnly(is_readable_only)
        self.model_box.setEnabled(not is_readable_only)
        self.knobs.setEnabled(not is_readable_only)

    @Slot()
    def _on_changed(self) -> None:
        if not self._is_showing:
            self.changed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.prompt_edit.setFixedHeight(self._theme.scaled(_PROMPT_HEIGHT))
        self.starters_edit.setFixedHeight(self._theme.scaled(_STARTERS_HEIGHT))


def _edit(hint: str, parent: QWidget) -> QPlainTextEdit:
    edit = QPlainTextEdit(parent)
    edit.setTabChangesFocus(True)
    edit.setPlaceholderText(hint)
    return edit


def _words(model: WantedModel, adapter: str) -> str:
    name = safe_line(model.name)
    if not adapter:
        return name
    return tr("{0} with {1}").format(name, safe_line(adapter.replace("\\", "/").rsplit("/", 1)[-1]))

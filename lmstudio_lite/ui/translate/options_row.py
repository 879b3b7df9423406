"""How a text is translated: the tone, for whom, in which project; quiet, below the panes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from lmstudio_lite.domain.translations import Register
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_16
from lmstudio_lite.ui.translate.project_box import ProjectBox
from lmstudio_lite.words.translate import tr

_TYPING_PAUSE_MS = 500
_AUDIENCE_CHARACTERS = 28


class OptionsRow(QWidget):
    """Remembers what is chosen."""

    changed = Signal()

    def __init__(self, settings: SettingsStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        chosen = settings.value.translate
        self.register_box = choice_box(
            self,
            [
                (tr("As the model likes"), Register.ANY),
                (tr("Formal"), Register.FORMAL),
                (tr("Informal"), Register.INFORMAL),
            ],
            Register(chosen.register),
        )
        self.register_box.setAccessibleName(tr("How the reader is addressed"))
        self.audience_edit = QLineEdit(chosen.audience, self)
        self.audience_edit.setMaxLength(200)
        self.audience_edit.setPlaceholderText(tr("Anybody"))
        self.audience_edit.setAccessibleName(tr("For whom it is"))
        self.audience_edit.setToolTip(
            tr("For whom it is, such as “children” or “engineers”. Small models may not follow this.")
        )
        width = self.audience_edit.fontMetrics().averageCharWidth() * _AUDIENCE_CHARACTERS
        self.audience_edit.setMaximumWidth(width)
        self.project_box = ProjectBox(self)
        self.project_box.set_project(chosen.project)
        self._project_label = text_label(tr("Project"), self, role="muted")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_PAUSE_MS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_8)
        row.addWidget(text_label(tr("Tone"), self, role="muted"))
        row.addWidget(self.register_box)
        row.addSpacing(SPACE_16)
        row.addWidget(text_label(tr("For"), self, role="muted"))
        row.addWidget(self.audience_edit, 1)
        row.addSpacing(SPACE_16)
        row.addWidget(self._project_label)
        row.addWidget(self.project_box)
        row.addStretch(1)
        self.register_box.activated.connect(self._on_changed)
        self.audience_edit.textEdited.connect(self._on_audience_typed)
        self.audience_edit.editingFinished.connect(self._on_audience_left)
        self._typing.timeout.connect(self._on_changed)
        self.project_box.chosen.connect(self._on_changed)
        self.show_projects(())

    @property
    def register(self) -> Register:
        """Return how the reader is addressed."""
        return Register(self.register_box.currentData())

    @property
    def audience(self) -> str:
        """Return for whom it is, "" for anybody."""
        return " ".join(self.audience_edit.text().split())

    @property
    def project(self) -> str:
        """Return the project whose glossaries and memory count too, "" for none."""
        return self.project_box.project

    def show_projects(self, projects: Sequence[str]) -> None:
        """Offer the projects that there are; where there are none, nobody has to choose."""
        self.project_box.offer(projects)
        for widget in (self._project_label, self.project_box):
            widget.setVisible(bool(projects) or bool(self.project))

    @Slot()
    def _on_audience_typed(self) -> None:
        self._typing.start()

    @Slot()
    def _on_audience_left(self) -> None:
        if self._typing.isActive():
            self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        self._typing.stop()
        remember(
            self._settings,
            "translate",
            register=self.register.value,
            audience=self.audience,
            project=self.project,
        )
        self.changed.emit()

"""The choice of a project: one that glossaries or memories have already, or a new name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from lmstudio_lite.words.translate import tr

_LONGEST_NAME = 100


class ProjectBox(QComboBox):
    """Editable; "" is work of no project. ``chosen`` is told once for each choice of the user."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(tr("Project"))
        self.setToolTip(
            tr("Glossaries and the memory of a project are used in it alone, besides those of every project")
        )
        self.field = QLineEdit(self)
        self.setLineEdit(self.field)
        self.field.setMaxLength(_LONGEST_NAME)
        self.field.setPlaceholderText(tr("None"))
        self._known = ""
        self.field.editingFinished.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)

    @property
    def project(self) -> str:
        """Return the name, "" for none."""
        return " ".join(self.currentText().split())

    def set_project(self, project: str) -> None:
        """Choose a project, "" for none."""
        self._known = project
        self.setEditText(project)

    def offer(self, projects: Sequence[str]) -> None:
        """Offer ``projects``; what is chosen stays."""
        chosen = self.currentText()
        self.clear()
        self.addItems(["", *projects])
        self.setEditText(chosen)

    @Slot()
    def _on_chosen(self) -> None:
        if self.project != self._known:
            self._known = self.project
            self.chosen.emit(self.project)

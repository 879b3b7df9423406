"""“Inside the file”: what a model file holds and what is wrong with it, also where it can't be used.

The file is read in the background, and so are the arrays that are too long to be kept; nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from lmstudio_lite.app.models.inspecting import inspect_file, read_array
from lmstudio_lite.domain.inspection import Severity
from lmstudio_lite.errors import AppError, error_from_code
from lmstudio_lite.library.gguf import MetadataEntry, Scalar
from lmstudio_lite.library.inspection.model import Inspection
from lmstudio_lite.library.inspection.tokenizer import TEMPLATE_KEY
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.models.inspector_pages import KeysPage, OverviewPage, TablePage, TemplatePage
from lmstudio_lite.ui.models.inspector_rows import Table, keys_table, tensors_table
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import explain
from lmstudio_lite.words.inspection import say_facts, say_finding
from lmstudio_lite.words.translate import tr

_SIZE = QSize(820, 600)
_ROOM_FOR_WINDOW = 0.9


@dataclass(frozen=True, slots=True)
class _Contents:
    """What is shown, made in the background."""

    inspection: Inspection
    facts: Sequence[tuple[str, str]]
    findings: Sequence[tuple[Severity, str]]
    keys: Table
    tensors: Table
    templates: Sequence[tuple[str, str]]


class InspectorDialog(QDialog):
    """Shows one file; nothing can be changed in it. Opened with ``open``; deletes itself once closed."""

    def __init__(self, theme: Theme, bridge: Bridge, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bridge = bridge
        self._inspection: Inspection | None = None
        self.setWindowTitle(tr("Inside the file"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.title.set_full_text(safe_line(path.name))
        self.state = text_label(tr("Reading the file…"), self, role="muted", wrap=True)
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(tr("Parts of the file's description"))
        for name in (tr("Overview"), tr("Keys"), tr("Tensors"), tr("Template")):
            self.tabs.addTab(name)
        self.overview = OverviewPage(self)
        self.keys = KeysPage(theme, self)
        self.tensors = TablePage(theme, tr("Tensors"), self)
        self.template = TemplatePage(theme, self)
        self.close_button = text_button(tr("Close"), self, role="primary")
        self._pages = QStackedWidget(self)
        self._build()
        self.resize(self._wanted_size())
        bridge.run(lambda context: _read(path), on_done=self._on_read, on_failed=self._on_failed)

    def _build(self) -> None:
        for page in (self.overview, self.keys, self.tensors, self.template):
            self._pages.addWidget(page)
        self.tabs.hide()
        self._pages.hide()
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self.title)
        column.addWidget(self.state)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        column.addStretch(0)
        column.addLayout(buttons)
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.keys.array_wanted.connect(self._on_array_wanted)
        self.close_button.clicked.connect(self.accept)

    def _wanted_size(self) -> QSize:
        wanted = QSize(self._theme.scaled(_SIZE.width()), self._theme.scaled(_SIZE.height()))
        screen = self.screen().availableSize()
        return wanted.boundedTo(
            QSize(round(screen.width() * _ROOM_FOR_WINDOW), round(screen.height() * _ROOM_FOR_WINDOW))
        )

    def _on_read(self, contents: _Contents) -> None:
        self._inspection = contents.inspection
        self.state.hide()
        self.overview.show_facts(contents.facts, contents.findings)
        self.keys.keys.show_table(contents.keys)
        self.tensors.show_table(contents.tensors)
        self.template.show_templates(contents.templates)
        self.tabs.show()
        self._pages.show()
        self.tabs.setFocus()

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, AppError):
            said = explain(error)
            self.state.setText(f"{said.what} {said.remedy}")
            self.state.show()

    @Slot(object)
    def _on_array_wanted(self, entry: MetadataEntry) -> None:
        inspection = self._inspection
        if inspection is not None and inspection.failure is None:
            self._bridge.run(
                lambda context: (entry, read_array(inspection, entry.key)),
                on_done=self._on_array_read,
                on_failed=self._on_failed,
            )

    def _on_array_read(self, read: tuple[MetadataEntry, tuple[Scalar, ...]]) -> None:
        entry, values = read
        if values:
            self.keys.show_array(entry, values)


def _read(path: Path) -> _Contents:
    inspection = inspect_file(path)
    findings = [(finding.severity, say_finding(finding)) for finding in inspection.findings]
    failure = inspection.failure
    if failure is not None:
        said = explain(error_from_code(failure.code, failure.details))
        findings.insert(0, (Severity.UNUSABLE, f"{said.what} {said.remedy}"))
    return _Contents(
        inspection,
        say_facts(inspection),
        findings,
        keys_table(inspection),
        tensors_table(inspection),
        _templates(inspection),
    )


def _templates(inspection: Inspection) -> list[tuple[str, str]]:
    """Return the templates by their names, the one that is used first."""
    metadata = inspection.header.metadata
    found = {
        key.removeprefix(TEMPLATE_KEY).removeprefix("."): str(value)
        for key, value in metadata.items()
        if key == TEMPLATE_KEY or key.startswith(f"{TEMPLATE_KEY}.")
    }
    return [(name or tr("chat"), found[name]) for name in sorted(found) if found[name].strip()]

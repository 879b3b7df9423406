"""The pages of the inspector: what was found, the table of keys or tensors, and the chat template."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.inspection import Severity
from lmstudio_lite.library.gguf import MetadataEntry, Scalar
from lmstudio_lite.safe_text import safe_text
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.long_text import break_long_lines
from lmstudio_lite.ui.models.inspector_rows import Row, RowsModel, Table, ValuesModel
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.inspection import say_severity
from lmstudio_lite.words.translate import tr, trn

_ROW_PADDING = design.SPACE_8
_LEAST_BELOW = 150
_SEVERITY_ROLES = {Severity.UNUSABLE: "danger", Severity.WARNING: "warning", Severity.NOTE: "muted"}


class OverviewPage(QScrollArea):
    """What a file is, and what is wrong with it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Overview"))
        self._body = QWidget(self)
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._column.setSpacing(design.SPACE_8)
        self.setWidget(self._body)

    def show_facts(self, facts: Sequence[tuple[str, str]], findings: Sequence[tuple[Severity, str]]) -> None:
        """Show findings, worst first, above names and values. Called once."""
        if not findings:
            self._column.addWidget(text_label(tr("Nothing is wrong with it."), self._body))
        for severity, sentence in findings:
            self._column.addWidget(self._finding(severity, sentence))
        form = QFormLayout()
        form.setContentsMargins(0, design.SPACE_12, 0, 0)
        form.setHorizontalSpacing(design.SPACE_16)
        form.setVerticalSpacing(design.SPACE_4)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, value in facts:
            said = text_label(value, self._body, wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(text_label(name, self._body, role="muted"), said)
        self._column.addLayout(form)
        self._column.addStretch(1)

    def _finding(self, severity: Severity, sentence: str) -> QWidget:
        words = tr("{0}: {1}").format(say_severity(severity), sentence)
        label = text_label(words, self._body, role=_SEVERITY_ROLES[severity], wrap=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label


class TablePage(QWidget):
    """A table that is searched, sorted and copied."""

    row_chosen = Signal(object)  # Row

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.model = RowsModel(self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Search"))
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.count = text_label("", self, role="small")
        self.copy_button = text_button(tr("Copy"), self)
        self.copy_button.setToolTip(tr("Copy the chosen rows, or all that are shown"))
        self.table = QTableView(self)
        self.table.setAccessibleName(name)
        self._build()

    def _build(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_8)
        top.addWidget(self.search, 1)
        top.addWidget(self.count)
        top.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addLayout(top)
        column.addWidget(table, 1)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._on_copy_requested)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._on_find_requested)
        self.copy_button.clicked.connect(self._on_copy_requested)
        self.search.textChanged.connect(self._on_search_changed)
        table.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self._theme.changed.connect(self._on_theme_changed)

    def show_table(self, table: Table) -> None:
        """Show rows."""
        self.model.show_table(table)
        self._say_count()
        self._fit()

    def _fit(self) -> None:
        table = self.table
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _ROW_PADDING)
        table.resizeColumnsToContents()
        table.setColumnWidth(0, min(table.columnWidth(0), self._theme.scaled(320)))
        last = self.model.columnCount() - 1
        if last >= 0:
            header = table.horizontalHeader()
            room = table.viewport().width() - sum(table.columnWidth(column) for column in range(last))
            table.setColumnWidth(last, min(table.columnWidth(last), max(room, self._theme.scaled(160))))
            header.setStretchLastSection(True)

    def _say_count(self) -> None:
        shown, everything = self.model.rowCount(), self.model.num_all
        self.count.setText(
            f"{everything:,}"
            if shown == everything
            else tr("{0} of {1}").format(f"{shown:,}", f"{everything:,}")
        )

    @Slot()
    def _on_theme_changed(self) -> None:
        self._fit()

    @Slot(str)
    def _on_search_changed(self, text: str) -> None:
        self.model.look_for(text)
        self._say_count()

    @Slot()
    def _on_find_requested(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def _on_copy_requested(self) -> None:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        QGuiApplication.clipboard().setText(self.model.as_text(rows))

    @Slot(QModelIndex, QModelIndex)
    def _on_row_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self.model.row_at(current.row()))


class KeysPage(QSplitter):
    """The keys above, the whole value of the chosen one below."""

    array_wanted = Signal(object)  # MetadataEntry

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setChildrenCollapsible(False)
        self.keys = TablePage(theme, tr("Keys"), self)
        self.text = _text_view(theme, tr("Value"), self)
        self.values = ValuesModel(self)
        self.list = QListView(self)
        self.list.setModel(self.values)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Values"))
        self.heading = text_label("", self, role="small", wrap=True)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.text)
        self._stack.addWidget(self.list)
        self._entry: MetadataEntry | None = None
        below = QWidget(self)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, design.SPACE_8, 0, 0)
        column.setSpacing(design.SPACE_4)
        column.addWidget(self.heading)
        column.addWidget(self._stack, 1)
        self.addWidget(self.keys)
        self.addWidget(below)
        self.setStretchFactor(0, 2)
        self.setStretchFactor(1, 1)
        self._below = below
        below.setMinimumHeight(theme.scaled(_LEAST_BELOW))
        below.hide()
        self.keys.row_chosen.connect(self._on_row_chosen)

    def show_array(self, entry: MetadataEntry, values: Sequence[Scalar]) -> None:
        """Show all values of ``entry``, if it is still the one that is looked at."""
        if entry is self._entry:
            self.values.show_values(values)
            self.heading.setText(self._heading(entry))

    @Slot(object)
    def _on_row_chosen(self, row: Row) -> None:
        entry = row.entry
        if entry is None or entry is self._entry:
            return
        self._entry = entry
        self._below.show()
        self.heading.setText(self._heading(entry))
        self._stack.setCurrentWidget(self.list if entry.is_array else self.text)
        if not entry.is_array:
            self.text.setPlainText(break_long_lines(safe_text(str(entry.values[0]))))
            return
        self.values.show_values(entry.values)
        if len(entry.values) < entry.length:
            self.heading.setText(tr("{0}: the first {1}").format(self._heading(entry), len(entry.values)))
            self.array_wanted.emit(entry)

    def _heading(self, entry: MetadataEntry) -> str:
        if not entry.is_array:
            return self._name_of(entry)
        return tr("{0}: {1}").format(self._name_of(entry), trn("{n} value", "{n} values", entry.length))

    def _name_of(self, entry: MetadataEntry) -> str:
        return safe_text(entry.key)


class TemplatePage(QWidget):
    """The chat template; some models have several, for other uses."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._templates: Sequence[tuple[str, str]] = ()
        self.box = ChoiceBox(self)
        self.box.setAccessibleName(tr("Template"))
        self.copy_button = text_button(tr("Copy"), self)
        self.copy_button.setToolTip(tr("Copy the template"))
        self.text = _text_view(theme, tr("Template"), self)
        self.none = text_label(tr("It has no chat template."), self, role="muted")
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_8)
        top.addWidget(self.box)
        top.addStretch(1)
        top.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.none)
        column.addLayout(top)
        column.addWidget(self.text, 1)
        column.addStretch(0)
        self.box.currentIndexChanged.connect(self._on_chosen)
        self.copy_button.clicked.connect(self._on_copy_clicked)

    def show_templates(self, templates: Sequence[tuple[str, str]]) -> None:
        """Show names and texts; the first is the one that is used."""
        self._templates = templates
        self.box.clear()
        for name, _ in templates:
            self.box.addItem(safe_text(name))
        self.box.setVisible(len(templates) > 1)
        self.none.setVisible(not templates)
        self.text.setVisible(bool(templates))
        self.copy_button.setVisible(bool(templates))

    @Slot(int)
    def _on_chosen(self, number: int) -> None:
        if 0 <= number < len(self._templates):
            self.text.setPlainText(break_long_lines(safe_text(self._templates[number][1])))

    @Slot()
    def _on_copy_clicked(self) -> None:
        number = self.box.currentIndex()
        if 0 <= number < len(self._templates):
            QGuiApplication.clipboard().setText(self._templates[number][1])


def _text_view(theme: Theme, name: str, parent: QWidget) -> QPlainTextEdit:
    view = QPlainTextEdit(parent)
    view.setReadOnly(True)
    view.setTabChangesFocus(True)
    view.setAccessibleName(name)
    set_role(view, "code-text")
    view.setFont(theme.code_font())
    view.setMinimumSize(QSize(0, 0))
    return view

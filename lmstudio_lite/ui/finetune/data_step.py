"""The second step: what the model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.own_examples import OwnWork, own_source
from lmstudio_lite.app.session import Services
from lmstudio_lite.finetune.data.figures import warnings_of
from lmstudio_lite.finetune.data.sources import FileFormat, FileSource, Source
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.drop_area import DropArea
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.finetune.column_box import ColumnDialog
from lmstudio_lite.ui.finetune.draft import FinetuneDraft
from lmstudio_lite.ui.finetune.figures_view import FiguresView
from lmstudio_lite.ui.finetune.preview import ExamplePreview
from lmstudio_lite.ui.finetune.problems_view import ProblemsView
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.training_data import say_num_problems, say_source
from lmstudio_lite.words.translate import tr, trn

_SOURCES_WIDTH = 226
_PREVIEW, _PROBLEMS, _FIGURES = range(3)


class DataStep(StepPage):
    """Sources at the left; preview, problems and numbers at the right."""

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, draft: FinetuneDraft, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._theme = theme
        self._draft = draft
        self.set_title(tr("What should it learn from?"))
        self.drop_area = DropArea(
            theme,
            tr("Drop your examples here"),
            tr(
                "JSON lines (chat, Alpaca, ShareGPT), CSV, Excel, translation memories, "
                "two files of translated lines, or texts and documents to be learned whole"
            ),
            self,
        )
        self.drop_area.paste_button.setText(tr("My own work…"))
        self.drop_area.paste_button.setToolTip(tr("Conversations, summaries and translations made here"))
        self.drop_area.paste_button.setAccessibleName(tr("My own work…"))
        self.notice = Notice(theme, self)
        self.own_menu = self._build_own_menu()
        self.add_button = text_button(tr("Add files…"), self)
        self.own_button = text_button(tr("My own work"), self)
        self.own_button.setMenu(self.own_menu)
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setRange(0, 1000)
        self._progress.setAccessibleName(tr("Reading the examples"))
        self._doing = text_label("", self, role="small", wrap=True)
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.setAccessibleName(tr("Views of the data"))
        for name in (tr("Preview"), tr("Problems"), tr("Numbers")):
            self.tabs.addTab(name)
        self.preview = ExamplePreview(bridge, theme, draft, self)
        self.problems = ProblemsView(self)
        self.figures = FiguresView(theme, self)
        self._views = QStackedWidget(self)
        for view in (self.preview, self.problems, self.figures):
            self._views.addWidget(view)
        self.rows: list[SourceRow] = []
        self._rows_column = QVBoxLayout()
        self._shown: object = None
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._centred(self.drop_area))
        self._stack.addWidget(self._two_columns())
        self.column.addWidget(self.notice)
        self.column.addWidget(self._stack, 1)
        self._connect()
        self._on_draft_changed()

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Take dropped or chosen files."""
        self.notice.clear()
        self._draft.data.add_paths(paths)

    def _connect(self) -> None:
        self.drop_area.open_clicked.connect(self.ask)
        self.drop_area.paste_clicked.connect(self._on_own_clicked)
        self.add_button.clicked.connect(self.ask)
        self.tabs.currentChanged.connect(self._views.setCurrentIndex)
        self.problems.fix_chosen.connect(self._draft.data.set_fixed)
        self._draft.changed.connect(self._on_draft_changed)
        self._draft.data.failed.connect(self.notice.show_error)

    def _build_own_menu(self) -> QMenu:
        menu = QMenu(self)
        names = (
            (OwnWork.ANSWERS, tr("Answers I liked or edited")),
            (OwnWork.DUELS, tr("Answers I voted for")),
            (OwnWork.CHATS, tr("All my conversations")),
            (OwnWork.SUMMARIES, tr("Summaries I edited")),
            (OwnWork.TRANSLATIONS, tr("My translations")),
            (OwnWork.SEGMENTS, tr("Translated files I reviewed")),
        )
        for kind, name in names:
            action = QAction(name, menu)
            action.triggered.connect(lambda _checked=False, kind=kind, name=name: self._add_own(kind, name))
            menu.addAction(action)
        return menu

    def _add_own(self, kind: OwnWork, name: str) -> None:
        self.notice.clear()
        source = own_source(kind, name, self._services)
        self._draft.data.add_stored(source)

    def _centred(self, widget: QWidget) -> QWidget:
        page = QWidget(self)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(widget, 8)
        row.addStretch(1)
        column = QVBoxLayout(page)
        column.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
        return page

    def _two_columns(self) -> QWidget:
        page = QWidget(self)
        rows = QWidget(page)
        self._rows_column = QVBoxLayout(rows)
        self._rows_column.setContentsMargins(0, 0, design.SPACE_4, 0)
        self._rows_column.setSpacing(design.SPACE_8)
        self._rows_column.addStretch(1)
        scroll = QScrollArea(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFixedWidth(_SOURCES_WIDTH)
        scroll.setWidget(rows)
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.own_button)
        buttons.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(design.SPACE_8)
        left.addWidget(scroll, 1)
        left.addWidget(self._progress)
        left.addWidget(self._doing)
        left.addLayout(buttons)
        right = QVBoxLayout()
        right.setSpacing(design.SPACE_8)
        right.addWidget(self.tabs)
        right.addWidget(self._views, 1)
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(design.SPACE_16)
        row.addLayout(left)
        row.addLayout(right, 1)
        return page

    @Slot()
    def ask(self) -> None:
        """Let the user choose files."""
        ask_for_files(self, tr("Choose examples"), (), self.add_paths)

    @Slot()
    def _on_own_clicked(self) -> None:
        button = self.drop_area.paste_button
        self.own_menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    @Slot()
    def _on_draft_changed(self) -> None:
        data = self._draft.data
        self._stack.setCurrentIndex(1 if data.sources or data.is_working else 0)
        self._progress.setVisible(data.is_working)
        self._doing.setVisible(data.is_working)
        if data.is_working:
            progress = data.progress
            if progress is None:
                self._progress.setRange(0, 0)
                self._doing.setText(tr("Looking what this is"))
            else:
                self._progress.setRange(0, 1000)
                self._progress.setValue(round(progress.fraction * 1000))
                self._doing.setText(tr("{0} examples so far").format(f"{progress.num_examples:,}"))
        self._show_sources()
        self._show_collection()

    def _show_sources(self) -> None:
        data = self._draft.data
        wanted = (tuple(data.sources), data.collection)
        if self._shown is not None and self._shown[:2] == wanted:  # type: ignore[index]
            return
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        collection = data.collection
        counts = {count.name: count for count in collection.sources} if collection is not None else {}
        for number, source in enumerate(data.sources):
            count = counts.get(source.name)
            words = trn("{n} example", "{n} examples", count.num_examples) if count is not None else ""
            if count is not None and count.num_problems:
                words += " · " + say_num_problems(count.num_problems)
            row = SourceRow(self._theme, source, words, self)
            row.remove_button.clicked.connect(lambda _checked=False, number=number: data.remove(number))
            row.columns_button.clicked.connect(
                lambda _checked=False, number=number: self._ask_for_columns(number)
            )
            self._rows_column.insertWidget(number, row)
            self.rows.append(row)

    def _show_collection(self) -> None:
        data, settings = self._draft.data, self._draft.settings
        wanted = (tuple(data.sources), data.collection, settings.max_length, data.fixes)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.preview.refresh()
        collection = data.collection
        if collection is None:
            return
        num_problems = sum(count for _, count, _ in collection.figures.num_problems)
        name = tr("Problems ({0})").format(f"{num_problems:,}") if num_problems else tr("Problems")
        self.tabs.setTabText(_PROBLEMS, name)
        too_long = collection.index.num_longer_than(settings.max_length)
        warnings = warnings_of(collection.figures, too_long)
        self.tabs.setTabText(_FIGURES, _say_numbers(len(warnings)))
        self.problems.show_problems(collection.figures.num_problems, collection.problems, data.fixes)
        self.figures.show_figures(collection.figures, warnings)
        if collection.figures.num_examples == 0 and num_problems:
            self.tabs.setCurrentIndex(_PROBLEMS)

    def _ask_for_columns(self, number: int) -> None:
        source = self._draft.data.sources[number]
        if isinstance(source, FileSource):
            dialog = ColumnDialog(source, self)
            dialog.mapped.connect(lambda mapped: self._draft.data.replace(number, mapped))
            dialog.open()


def _say_numbers(num_warnings: int) -> str:
    if not num_warnings:
        return tr("Numbers")
    return trn("Numbers: {n} warning", "Numbers: {n} warnings", num_warnings)


class SourceRow(QFrame):
    """A source: its name, what it was taken for, what came out of it."""

    def __init__(self, theme: Theme, source: Source, count: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        name = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        name.set_full_text(source.name)
        name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.remove_button = IconButton(theme, "close", tr("Leave {0} out").format(source.name), self)
        self.columns_button = text_button(tr("Columns…"), self)
        is_table = isinstance(source, FileSource) and source.format in (
            FileFormat.TABLE,
            FileFormat.SPREADSHEET,
        )
        self.columns_button.setVisible(is_table)
        top = QHBoxLayout()
        top.setSpacing(design.SPACE_4)
        top.addWidget(name, 1)
        top.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_4, design.SPACE_4, design.SPACE_8)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(text_label(say_source(source), self, role="small", wrap=True))
        if count:
            column.addWidget(text_label(count, self, role="small", wrap=True))
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.addWidget(self.columns_button)
        buttons.addStretch(1)
        column.addLayout(buttons)

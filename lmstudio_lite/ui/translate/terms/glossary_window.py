"""The window of glossaries: their list at the left, the terms of the chosen one at the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QListView,
    QMenu,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.glossaries import TERM_SUFFIXES, Glossaries
from lmstudio_lite.domain.glossary import Glossary, ImportReport, KeptTerm, Term
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import file_name_for
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.ui.translate.language_box import LanguageBox
from lmstudio_lite.ui.translate.project_box import ProjectBox
from lmstudio_lite.ui.translate.terms.glossaries_model import GlossariesModel
from lmstudio_lite.ui.translate.terms.kind_delegate import KindDelegate
from lmstudio_lite.ui.translate.terms.terms_model import TermColumn, TermsModel
from lmstudio_lite.words.glossaries import say_left_out, say_report
from lmstudio_lite.words.translate import tr, trn

_LANE = "terms"
_LIST_WIDTH = 260
_SIZE = (900, 560)


class GlossaryWindow(QWidget):
    """Non-modal. What it changes is kept at once, in jobs; what it deletes comes back with “Undo”."""

    changed = Signal()

    def __init__(
        self, glossaries: Glossaries, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Glossaries"))
        self._glossaries = glossaries
        self._bridge = bridge
        self._theme = theme
        self._wanted_id = ""
        self.notice = Notice(theme, self)
        self.lists = GlossariesModel(self)
        self.list_view = QListView(self)
        self.list_view.setModel(self.lists)
        set_role(self.list_view, "list")
        self.list_view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list_view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list_view.setAccessibleName(tr("Glossaries"))
        self.list_view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.terms = TermsModel(self)
        self.table = QTableView(self)
        self.source_box = LanguageBox(tr("Language of the terms"), self)
        self.target_box = LanguageBox(tr("Language of their translations"), self)
        self.new_button = text_button(tr("New glossary"), self)
        self.delete_button = text_button(tr("Delete the glossary"), self, role="quiet")
        self.delete_terms_button = text_button(tr("Delete the terms"), self, role="quiet")
        self.project_box = ProjectBox(self)
        self.import_button = text_button(tr("Import…"), self)
        self.export_button = text_button(tr("Export…"), self)
        self.empty = text_label(
            tr(
                "A glossary holds translations to its terms. Make one for a pair of languages, or drop a "
                "CSV, TSV or TBX file here."
            ),
            self,
            role="muted",
            wrap=True,
        )
        self._set_up_table()
        self._lay_out()
        self._connect()
        install_drops(self, lambda: [DropZone(tr("Drop to import terms"), self._import)], lambda _text: None)
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self.load()

    @property
    def current(self) -> Glossary | None:
        """Return the chosen glossary."""
        return self.lists.glossary(self.list_view.currentIndex().row())

    def show_for(self, source: str, target: str) -> None:
        """Come to the front; a new glossary is for this pair of languages."""
        if source:
            self.source_box.set_code(source)
        self.target_box.set_code(target)
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def load(self) -> None:
        """Read the list again; the chosen glossary stays."""
        self._run(self._glossaries.list, self._show_list)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the window, where no field had a use for it; Delete deletes what is chosen."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Delete and self.table.hasFocus():
            self._on_delete_terms()
        elif event.key() == Qt.Key.Key_Delete and self.list_view.hasFocus():
            self._on_delete()
        else:
            super().keyPressEvent(event)

    def _run(self, work: Callable[[], object], on_done: Callable[..., None] | None = None) -> None:
        def done(result: object) -> None:
            if on_done is not None:
                on_done(result)

        self._bridge.run(lambda _context: work(), on_done=done, on_failed=self.notice.show_error, lane=_LANE)

    def _show_list(self, glossaries: list[Glossary]) -> None:
        current = self.current
        wanted = self._wanted_id or (current.id if current is not None else "")
        self._wanted_id = ""
        self.lists.show(glossaries)
        self.project_box.offer(sorted({each.project for each in glossaries} - {""}, key=str.casefold))
        row = self.lists.row_of(wanted)
        index = self.lists.index(max(0, row)) if glossaries else QModelIndex()
        if index != self.list_view.currentIndex():
            self.list_view.setCurrentIndex(index)
        self.empty.setVisible(not glossaries)
        self._show_enabled()
        self.changed.emit()

    def _show_enabled(self) -> None:
        current = self.current
        self.project_box.set_project(current.project if current is not None else "")
        for widget in (
            self.delete_button,
            self.delete_terms_button,
            self.export_button,
            self.table,
            self.project_box,
        ):
            widget.setEnabled(current is not None)

    def _show_terms(self, glossary_id: str, terms: list[KeptTerm]) -> None:
        current = self.current
        if current is not None and current.id == glossary_id:
            self.terms.show(terms)

    def _import(self, paths: list[Path]) -> None:
        """Add the terms of files to the chosen glossary, or to one that is made for them."""
        current, pair = self.current, (self.source_box.code, self.target_box.code)

        def work() -> list[tuple[Path, ImportReport]]:
            glossary = current or self._glossaries.create(paths[0].stem, *pair)
            self._wanted_id = glossary.id
            return [(path, self._glossaries.import_file(glossary.id, path)) for path in paths]

        def show(reports: list[tuple[Path, ImportReport]]) -> None:
            self.load()
            self._read_terms()
            left_out = [line for _, report in reports for line in say_left_out(report)]
            words = " ".join(say_report(path.name, report) for path, report in reports)
            self.notice.show_message(words, "\n".join(left_out), kind="warning" if left_out else "info")

        self._run(work, show)

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.terms)
        table.setItemDelegateForColumn(TermColumn.KIND, KindDelegate(self))
        table.setAccessibleName(tr("Terms"))
        table.setShowGrid(False)
        table.setCornerButtonEnabled(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        trigger = QAbstractItemView.EditTrigger
        table.setEditTriggers(
            trigger.DoubleClicked | trigger.SelectedClicked | trigger.EditKeyPressed | trigger.AnyKeyPressed
        )
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in TermColumn:
            is_wide = column in (TermColumn.SOURCE, TermColumn.TARGET, TermColumn.NOTE)
            mode = QHeaderView.ResizeMode.Stretch if is_wide else QHeaderView.ResizeMode.ResizeToContents
            header.setSectionResizeMode(column, mode)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(SPACE_8)
        left.addWidget(self.list_view, 1)
        left.addWidget(self.empty)
        left.addWidget(self.source_box)
        left.addWidget(self.target_box)
        left.addWidget(self.new_button)
        holder = QWidget(self)
        holder.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        holder.setFixedWidth(self._theme.scaled(_LIST_WIDTH))
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addWidget(self.import_button)
        buttons.addWidget(self.export_button)
        buttons.addStretch(1)
        buttons.addWidget(self.delete_terms_button)
        buttons.addWidget(self.delete_button)
        project = QHBoxLayout()
        project.setSpacing(SPACE_8)
        project.addWidget(text_label(tr("Project"), self, role="muted"))
        project.addWidget(self.project_box, 1)
        project.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(SPACE_8)
        right.addLayout(project)
        right.addWidget(self.table, 1)
        right.addLayout(buttons)
        line = QFrame(self)
        line.setFixedWidth(1)
        set_role(line, "vertical-separator")
        row = QHBoxLayout()
        row.setSpacing(SPACE_12)
        row.addWidget(holder)
        row.addWidget(line)
        row.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.addWidget(self.notice)
        layout.addLayout(row, 1)

    def _connect(self) -> None:
        self.list_view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.list_view.customContextMenuRequested.connect(self._on_menu_requested)
        self.lists.renamed.connect(self._on_renamed)
        self.lists.use_changed.connect(self._on_use_changed)
        self.terms.added.connect(self._on_term_added)
        self.terms.changed.connect(self._on_term_changed)
        self.project_box.chosen.connect(self._on_project_chosen)
        self.new_button.clicked.connect(self._on_new)
        self.delete_button.clicked.connect(self._on_delete)
        self.delete_terms_button.clicked.connect(self._on_delete_terms)
        self.import_button.clicked.connect(self._on_import_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self).activated.connect(self._on_new)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)

    def _read_terms(self) -> None:
        glossary = self.current
        if glossary is None:
            self.terms.show(None)
            return
        wanted = glossary.id
        self._run(lambda: self._glossaries.terms(wanted), lambda terms: self._show_terms(wanted, terms))

    @Slot()
    def _on_current_changed(self) -> None:
        self._read_terms()
        self._show_enabled()

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        index = self.list_view.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Rename")).triggered.connect(lambda: self.list_view.edit(index))
        menu.addAction(tr("Delete the glossary")).triggered.connect(self._on_delete)
        menu.popup(self.list_view.viewport().mapToGlobal(place))

    @Slot(str, str)
    def _on_renamed(self, glossary_id: str, name: str) -> None:
        self._run(lambda: self._glossaries.rename(glossary_id, name), lambda _glossary: self.load())

    @Slot(str, bool)
    def _on_use_changed(self, glossary_id: str, is_in_use: bool) -> None:
        self._run(
            lambda: self._glossaries.set_in_use(glossary_id, is_in_use=is_in_use),
            lambda _glossary: self.load(),
        )

    @Slot(str)
    def _on_project_chosen(self, project: str) -> None:
        glossary = self.current
        if glossary is not None and project != glossary.project:
            wanted = glossary.id
            self._run(lambda: self._glossaries.set_project(wanted, project), lambda _glossary: self.load())

    @Slot(object)
    def _on_term_added(self, term: Term) -> None:
        glossary = self.current
        if glossary is not None:
            wanted = glossary.id

            def show(kept: list[KeptTerm]) -> None:
                self.terms.add(kept)
                self.load()
                if not kept:
                    self.notice.show_message(tr("“{0}” is in this glossary already.").format(term.source))

            self._run(lambda: self._glossaries.add_terms(wanted, [term]), show)

    @Slot(int, object)
    def _on_term_changed(self, number: int, term: Term) -> None:
        glossary = self.current
        if glossary is not None:
            wanted = glossary.id
            self._run(lambda: self._glossaries.change_term(wanted, number, term))

    @Slot()
    def _on_new(self) -> None:
        pair = (self.source_box.code, self.target_box.code)
        if pair[0] == pair[1]:
            self.notice.show_message(tr("Choose two different languages below the list."))
            return

        def show(glossary: Glossary) -> None:
            self._wanted_id = glossary.id
            self.load()

        self._run(lambda: self._glossaries.create(tr("Glossary"), *pair), show)

    @Slot()
    def _on_delete(self) -> None:
        glossary = self.current
        if glossary is None:
            return

        def restore() -> None:
            self.notice.clear()
            self._wanted_id = glossary.id
            self._run(lambda: self._glossaries.restore(glossary.id), lambda _glossary: self.load())

        def show(_none: object) -> None:
            self.load()
            words = tr("“{0}” is deleted.").format(glossary.name)
            self.notice.show_message(words, "", tr("Undo"), restore)

        self._run(lambda: self._glossaries.delete(glossary.id), show)

    @Slot()
    def _on_delete_terms(self) -> None:
        glossary = self.current
        rows = {index.row() for index in self.table.selectionModel().selectedRows()}
        numbers = [number for row in sorted(rows) if (number := self.terms.number_at(row)) is not None]
        if glossary is None or not numbers:
            return

        def come_up_to_date(_none: object = None) -> None:
            self.load()
            self._read_terms()

        def restore() -> None:
            self.notice.clear()
            self._run(lambda: self._glossaries.restore_terms(glossary.id, numbers), come_up_to_date)

        def show(_none: object) -> None:
            come_up_to_date()
            words = trn("{n} term is deleted.", "{n} terms are deleted.", len(numbers))
            self.notice.show_message(words, "", tr("Undo"), restore)

        self._run(lambda: self._glossaries.delete_terms(glossary.id, numbers), show)

    @Slot()
    def _on_import_clicked(self) -> None:
        patterns = "*.csv *.tsv *.tab *.txt *.tbx *.xml"
        filters = [f"{tr('Terms')} ({patterns})", f"{tr('All files')} (*)"]
        ask_for_files(self, tr("Import terms"), filters, self._import)

    @Slot()
    def _on_export_clicked(self) -> None:
        glossary = self.current
        if glossary is None:
            return
        dialog = QFileDialog(self, tr("Export terms"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{suffix[1:].upper()} (*{suffix})" for suffix in TERM_SUFFIXES])
        dialog.setDefaultSuffix(TERM_SUFFIXES[0][1:])
        dialog.selectFile(file_name_for(glossary.name, TERM_SUFFIXES[0]))
        dialog.filterSelected.connect(
            lambda chosen: dialog.setDefaultSuffix(chosen.split("*.")[1].rstrip(")"))
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._export(glossary, Path(name)))
        dialog.open()

    def _export(self, glossary: Glossary, path: Path) -> None:
        def show(num_terms: int) -> None:
            words = trn("{n} term written to “{0}”.", "{n} terms written to “{0}”.", num_terms)
            self.notice.show_message(words.format(path.name), str(path.parent))

        self._run(lambda: self._glossaries.export_file(glossary.id, path), show)

"""The window of personas: their list at the left, the chosen one at the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.personas import SUFFIX
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.personas import KeptPersona, Persona, WantedModel
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.control.persona_form import PersonaForm
from lmstudio_lite.ui.chat.control.personas_model import PersonasModel
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drops import DropZone, install_drops
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import file_name_for
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_12, SPACE_16
from lmstudio_lite.words.translate import tr

_LANE = "personas"
_LIST_WIDTH = 220
_SIZE = (860, 640)
_SAVE_DELAY_MS = 500


class PersonasWindow(QWidget):
    """Non-modal. What is changed is kept half a second later; what is deleted comes back with “Undo”.

    ``present`` tells the adapter that chats use on the model in use. ``changed`` follows what is kept,
    ``chosen`` the wish to answer as a persona.
    """

    changed = Signal()
    chosen = Signal(object)  # KeptPersona

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        adapter_in_use: Callable[[], AdapterUse | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        set_role(self, "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("Personas"))
        self._services = services
        self._personas = services.personas
        self._bridge = bridge
        self._adapter_in_use = adapter_in_use
        self._wanted_id = ""
        self._unsaved_id = ""
        self._present: WantedModel | None = None
        self.notice = Notice(theme, self)
        self.model = PersonasModel(self)
        self.list_view = QListView(self)
        self.list_view.setModel(self.model)
        set_role(self.list_view, "list")
        self.list_view.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list_view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list_view.setAccessibleName(tr("Personas"))
        self.form = PersonaForm(services.settings, theme, self)
        self.new_button = text_button(tr("New persona"), self)
        self.copy_button = text_button(tr("Make a copy"), self)
        self.import_button = text_button(tr("Import…"), self)
        self.export_button = text_button(tr("Export…"), self)
        self.delete_button = text_button(tr("Delete"), self, role="quiet")
        self.use_button = text_button(tr("Answer as this persona"), self, role="primary")
        self.hint = text_label(
            tr("A built-in persona is not changed. Make a copy of it and change that."),
            self,
            role="muted",
            wrap=True,
        )
        self._save_due = QTimer(self)
        self._save_due.setSingleShot(True)
        self._save_due.setInterval(_SAVE_DELAY_MS)
        self._lay_out(theme.scaled(_LIST_WIDTH))
        self._connect()
        install_drops(
            self, lambda: [DropZone(tr("Drop to add personas"), self.import_files)], lambda _text: None
        )
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))

    @property
    def current(self) -> KeptPersona | None:
        """Return the chosen persona as it is kept."""
        return self.model.persona(self.list_view.currentIndex().row())

    def show_at(self, persona_id: str = "") -> None:
        """Come to the front, with a persona chosen."""
        self._wanted_id = persona_id
        self.load()
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def load(self) -> None:
        """Read the list again; the chosen persona stays."""
        state, personas = self._services.engine.state, self._personas
        model = state.model

        def read() -> tuple[list[KeptPersona], WantedModel | None]:
            present = personas.wanted(model.path, model.name) if model is not None else None
            return personas.list(), present

        self._run(read, self._show_list)

    def import_files(self, paths: list[Path]) -> None:
        """Add the personas of files."""

        def work() -> list[KeptPersona]:
            return [self._personas.import_file(path) for path in paths]

        def show(kept: list[KeptPersona]) -> None:
            names = ", ".join(f"“{safe_line(each.persona.name)}”" for each in kept)
            self.notice.show_message(tr("Added: {0}.").format(names))
            self._changed(kept[-1].id)

        self._run(work, show)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the window; Delete deletes what is chosen in the list, which can be undone."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_Delete and self.list_view.hasFocus():
            self._on_delete()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.save_now()
        super().closeEvent(event)

    @Slot()
    def save_now(self) -> None:
        """Keep what was typed at once."""
        self._save_due.stop()
        unsaved_id, self._unsaved_id = self._unsaved_id, ""
        if unsaved_id:
            persona = self.form.persona
            self._run(
                lambda: self._personas.change(unsaved_id, persona), lambda _kept: self._changed(unsaved_id)
            )

    def _run(self, work: Callable[[], object], on_done: Callable[..., None] | None = None) -> None:
        def run(context: JobContext) -> object:
            return work()

        def done(result: object) -> None:
            if on_done is not None:
                on_done(result)

        self._bridge.run(run, on_done=done, on_failed=self.notice.show_error, lane=_LANE)

    def _changed(self, persona_id: str) -> None:
        current = self.current
        self._wanted_id = persona_id if current is None or current.id != persona_id else ""
        self.load()
        self.changed.emit()

    def _show_list(self, found: tuple[list[KeptPersona], WantedModel | None]) -> None:
        personas, self._present = found
        current = self.current
        wanted = self._wanted_id or (current.id if current is not None else "")
        self._wanted_id = ""
        self.model.show(personas)
        index = self.model.index(max(0, self.model.row_of(wanted))) if personas else QModelIndex()
        if index != self.list_view.currentIndex():
            self.list_view.setCurrentIndex(index)
        elif not self._unsaved_id:
            self._show_current()

    def _show_current(self) -> None:
        kept = self.current
        if kept is not None and not self._is_being_typed(kept):
            self.form.show_persona(kept.persona, self._present, self._adapter_in_use())
        is_own = kept is not None and not kept.is_built_in
        self.form.setEnabled(kept is not None)
        self.form.set_readable_only(not is_own)
        self.hint.setVisible(kept is not None and kept.is_built_in)
        self.delete_button.setEnabled(is_own)
        for button in (self.copy_button, self.export_button, self.use_button):
            button.setEnabled(kept is not None)

    def _is_being_typed(self, kept: KeptPersona) -> bool:
        """Tell whether the form shows this already: filling it again would move the cursor."""
        return self.form.isEnabled() and self.form.persona == kept.persona

    def _lay_out(self, list_width: int) -> None:
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(SPACE_8)
        left.addWidget(self.list_view, 1)
        left.addWidget(self.new_button)
        left.addWidget(self.import_button)
        holder = QWidget(self)
        holder.setLayout(left)
        holder.setFixedWidth(list_width)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.form)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_8)
        buttons.addWidget(self.use_button)
        buttons.addStretch(1)
        buttons.addWidget(self.copy_button)
        buttons.addWidget(self.export_button)
        buttons.addWidget(self.delete_button)
        right = QVBoxLayout()
        right.setSpacing(SPACE_8)
        right.addWidget(self.hint)
        right.addWidget(scroll, 1)
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
        self.form.changed.connect(self._on_form_changed)
        self._save_due.timeout.connect(self.save_now)
        self.new_button.clicked.connect(self._on_new)
        self.copy_button.clicked.connect(self._on_copy)
        self.delete_button.clicked.connect(self._on_delete)
        self.import_button.clicked.connect(self._on_import_clicked)
        self.export_button.clicked.connect(self._on_export_clicked)
        self.use_button.clicked.connect(self._on_use)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self).activated.connect(self._on_new)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)

    @Slot()
    def _on_current_changed(self) -> None:
        self.save_now()
        self._show_current()

    @Slot()
    def _on_form_changed(self) -> None:
        kept = self.current
        if kept is not None and not kept.is_built_in:
            self._unsaved_id = kept.id
            self._save_due.start()

    @Slot()
    def _on_new(self) -> None:
        self.save_now()
        self._run(lambda: self._personas.add(Persona(tr("New persona"))), self._on_made)

    @Slot()
    def _on_copy(self) -> None:
        self.save_now()
        kept = self.current
        if kept is not None:
            copy = replace(self.form.persona, name=tr("{0} (copy)").format(self.form.persona.name))
            self._run(lambda: self._personas.add(copy), self._on_made)

    def _on_made(self, kept: KeptPersona) -> None:
        self._changed(kept.id)
        self.form.name_edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_delete(self) -> None:
        kept = self.current
        if kept is None or kept.is_built_in:
            return
        self.save_now()

        def restore() -> None:
            self.notice.clear()
            self._run(lambda: self._personas.restore(kept.id), lambda _none: self._changed(kept.id))

        def show(_none: object) -> None:
            self._changed("")
            words = tr("“{0}” is deleted.").format(safe_line(kept.persona.name))
            told = tr("Conversations that have it keep it.")
            self.notice.show_message(words, told, tr("Undo"), restore)

        self._run(lambda: self._personas.delete(kept.id), show)

    @Slot()
    def _on_use(self) -> None:
        self.save_now()
        kept = self.current
        if kept is not None:
            self.chosen.emit(replace(kept, persona=self.form.persona))

    @Slot()
    def _on_import_clicked(self) -> None:
        filters = [f"{tr('Personas')} (*{SUFFIX} *.json)", f"{tr('All files')} (*)"]
        ask_for_files(self, tr("Import personas"), filters, self.import_files)

    @Slot()
    def _on_export_clicked(self) -> None:
        self.save_now()
        if self.current is None:
            return
        persona = self.form.persona
        dialog = QFileDialog(self, tr("Export a persona"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{tr('Personas')} (*{SUFFIX})"])
        dialog.selectFile(file_name_for(persona.name, SUFFIX))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.export_to(persona, Path(name)))
        dialog.open()

    def export_to(self, persona: Persona, path: Path) -> None:
        """Write a persona into a file that can be passed on."""

        def show(_none: object) -> None:
            self.notice.show_message(tr("Written to “{0}”.").format(path.name), str(path.parent))

        self._run(lambda: self._personas.export_file(persona, path), show)

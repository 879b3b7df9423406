"""The Translate tab: a page for texts, one for files, and the list of what was translated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import read_outcome
from lmstudio_lite.app.translate import TranslationOutcome
from lmstudio_lite.domain.results import ResultKind, StoredResult
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE, HistoryModel
from lmstudio_lite.ui.history_source import HistoryWords
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.result_history import ResultSource
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.files.page import FilesPage
from lmstudio_lite.ui.translate.files.sorting import SortedPaths, is_text, sort_paths
from lmstudio_lite.ui.translate.terms.menu import TermsMenu
from lmstudio_lite.ui.translate.text_page import TextPage
from lmstudio_lite.ui.unsaved_notice import UnsavedNotice
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import tr


class TranslateTab(QWidget):
    """Lives on the GUI thread; reading, detecting, the model and the database are jobs."""

    working_changed = Signal()
    model_wanted = Signal()
    translated = Signal(object)  # TranslationOutcome

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._wanted_id = ""
        self.history_model = HistoryModel(
            bridge,
            ResultSource(services, ResultKind.TRANSLATION),
            HistoryWords(
                new=tr("New translation"),
                search=tr("Search translations"),
                empty=tr("Translations you make are kept here."),
                deleted=tr("Translation deleted"),
            ),
            self,
        )
        self.text_page = TextPage(services, bridge, theme, self.history_model, self)
        self.view = self.text_page.view
        self.translator = self.text_page.translator
        self.encoding_question = self.text_page.encoding_question
        self.unsaved_notice = UnsavedNotice(theme, services.unsaved, bridge, Place.TRANSLATE, self)
        self.unsaved_notice.setContentsMargins(design.SPACE_24, design.SPACE_8, design.SPACE_24, 0)
        self.files_page = FilesPage(services, bridge, theme, self.history_model, self)
        self.terms = TermsMenu(services, bridge, theme, self._chosen_pair, self)
        self.view.add_terms_button(self.terms.button(self.view))
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.text_page)
        self._pages.addWidget(self.files_page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.unsaved_notice)
        layout.addWidget(self._pages)
        for page in (self.text_page, self.files_page):
            page.working_changed.connect(self.working_changed)
            page.model_wanted.connect(self.model_wanted)
        self.terms.model_wanted.connect(self.model_wanted)
        self.text_page.paths_chosen.connect(self.load_paths)
        self.terms.glossaries_changed.connect(self.text_page.read_projects)
        self.files_page.left.connect(self._on_files_left)
        self.files_page.terms_wanted.connect(self.terms.propose)
        self.text_page.translated.connect(self.translated)
        self.text_page.begun.connect(self._on_something_begun)
        self.history_model.item_deleted.connect(self._on_history_item_deleted)
        self.history_model.failed.connect(self._on_history_failed)
        self.history_model.load()

    @property
    def is_working(self) -> bool:
        return self.text_page.is_working or self.files_page.is_working

    @property
    def outcome(self) -> TranslationOutcome | None:
        """Return the translation of a text that is shown, None while there is none."""
        return self.text_page.outcome

    def showEvent(self, event: QShowEvent) -> None:
        """Let the user type at once."""
        super().showEvent(event)
        if self._pages.currentWidget() is self.text_page:
            self.view.source_pane.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def load_paths(self, paths: Sequence[Path]) -> None:
        """Open a text in the panes; ask how files that keep their form are to be translated."""
        if is_text(paths):
            self._open_text(paths[0])
        elif paths:
            self._bridge.run(
                lambda _context: sort_paths(paths), on_done=self._on_sorted, on_failed=self._on_history_failed
            )

    def load_text(self, text: str) -> None:
        """Put dropped text into the left pane."""
        self._pages.setCurrentWidget(self.text_page)
        self.text_page.load_text(text)

    def translate_now(self) -> None:
        """Translate the left pane, whatever its length."""
        self.text_page.translate_now()

    def open_history_item(self, item_id: str) -> None:
        """Show a stored translation; the one that is being made is shown already."""
        if self.text_page.is_running(item_id):
            self._pages.setCurrentWidget(self.text_page)
            return
        self._wanted_id = item_id
        services = self._services

        def read(_context: JobContext) -> tuple[StoredResult, TranslationOutcome | None]:
            result = services.results.get(item_id)
            return result, read_outcome(services, result) if result.translation.file is None else None

        self._bridge.run(
            read,
            on_done=lambda found: self._on_result_read(*found),
            on_failed=self._on_history_failed,
            lane=STORAGE_LANE,
        )

    def start_new(self) -> None:
        """Empty both panes; a translation that was stored stays in the history, and files go on."""
        self._pages.setCurrentWidget(self.text_page)
        self.text_page.start_new()
        self.view.source_pane.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush_drafts(self) -> None:
        """Write what is not on the disk yet: the program ends."""
        self.text_page.flush_drafts()
        self.files_page.flush_drafts()

    def begin_find(self) -> bool:
        """Look in the review of a file, where one is shown."""
        return self._pages.currentWidget() is self.files_page and self.files_page.begin_find()

    def stop(self) -> None:
        """Stop what the page does that is shown, else the other; what is translated stays."""
        is_shown = self._pages.currentWidget() is self.files_page
        if self.files_page.is_working and (is_shown or not self.text_page.is_working):
            self.files_page.stop()
        else:
            self.text_page.stop()

    def _on_result_read(self, result: StoredResult, outcome: TranslationOutcome | None) -> None:
        if result.id != self._wanted_id:
            return
        if outcome is None:
            self.files_page.show_stored(result)
            self._pages.setCurrentWidget(self.files_page)
            return
        self.text_page.show_stored(result, outcome)
        self._pages.setCurrentWidget(self.text_page)

    def _chosen_pair(self) -> tuple[str, str]:
        return self.view.source_box.effective_code, self.view.target_box.code

    def _open_text(self, path: Path) -> None:
        self._pages.setCurrentWidget(self.text_page)
        self.text_page.open_path(path)

    def _on_sorted(self, paths: SortedPaths) -> None:
        if not paths.files:
            self._open_text(paths.texts[0])
            self._say_left_out(paths.texts[1:], self.view.notice)
            return
        self._wanted_id = ""
        self.files_page.offer(paths.files)
        self._say_left_out(paths.texts, self.files_page.notice)
        self._pages.setCurrentWidget(self.files_page)

    def _say_left_out(self, paths: Sequence[Path], notice: Notice) -> None:
        """Name the files of a drop that nothing is done with."""
        notice.clear()
        if paths:
            names = tr(", ").join(f"“{path.name}”" for path in paths)
            notice.show_message(
                tr("Left out: {0}.").format(names),
                tr("Such files are translated as text, one at a time: drop them alone."),
            )

    @Slot()
    def _on_files_left(self) -> None:
        self._pages.setCurrentWidget(self.text_page)

    @Slot()
    def _on_something_begun(self) -> None:
        """Forget what was to be shown: something else was begun meanwhile."""
        self._wanted_id = ""

    @Slot(str)
    def _on_history_item_deleted(self, item_id: str) -> None:
        outcome = self.text_page.outcome
        if outcome is not None and outcome.result_id == item_id:
            self.start_new()
        self.files_page.forget(item_id)

    @Slot(object)
    def _on_history_failed(self, error: Exception) -> None:
        if isinstance(error, NotStoredError):
            self.history_model.load()
            self.view.notice.show_error(error)
        else:
            self.view.notice.show_error(error, tr("Try again"), self.history_model.load)

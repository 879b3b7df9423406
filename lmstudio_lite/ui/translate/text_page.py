"""A text and its translation: what is typed or opened on the left appears translated on the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.app.held_to import known_projects
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import outcome_from_result, source_document
from lmstudio_lite.app.translate import TranslationOutcome, TranslationTask, title_of
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.domain.results import StoredResult
from lmstudio_lite.domain.translations import TranslationProgress
from lmstudio_lite.errors import ModelError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.history_model import STORAGE_LANE, HistoryModel
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.left_behind import LeftBehind
from lmstudio_lite.ui.translate.live import LiveTranslator
from lmstudio_lite.ui.translate.pair import LanguagePair
from lmstudio_lite.ui.translate.pair_light import PairLight
from lmstudio_lite.ui.translate.text_documents import TextDocuments
from lmstudio_lite.ui.translate.text_saver import TranslationSaver
from lmstudio_lite.ui.translate.view import SWAP_KEYS, TRANSLATE_KEYS, TranslateView
from lmstudio_lite.ui.translate.wordings import Wordings
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.translate import tr


class TextPage(QWidget):
    """Lives on the GUI thread; reading, detecting, the model and the database are jobs."""

    working_changed = Signal()
    model_wanted = Signal()
    translated = Signal(object)  # TranslationOutcome
    paths_chosen = Signal(object)  # list[Path], in the dialog
    begun = Signal()  # something new: what was to be shown is not wanted any more

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        history_model: HistoryModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._document: Document | None = None
        self._outcome: TranslationOutcome | None = None
        self._task: TranslationTask | None = None
        self._progress: TranslationProgress | None = None
        self._engine_state = services.engine.state
        self._live_result_id = ""
        self._running_id = ""
        self._left_behind = LeftBehind(services, bridge, self)
        self.history_model = history_model
        self.view = TranslateView(theme, services.settings, self)
        self.translator = LiveTranslator(services, bridge, self)
        self.light = PairLight(self.view.source_pane, self.view.target_pane, self)
        self.wordings = Wordings(services, bridge, theme, self.view, self.light, self)
        self._pair = LanguagePair(self.view, services.settings, bridge, self)
        self._documents = TextDocuments(services, bridge, theme, self.view.notice, self)
        self.encoding_question = self._documents.encoding_question
        self._saving = TranslationSaver(bridge, self.view.notice, self)
        self.view.live_check.setChecked(services.settings.value.translate.live)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self._connect()
        self._show_state()
        self._left_behind.restore()
        self.read_projects()

    @Slot()
    def read_projects(self) -> None:
        """Offer the projects that glossaries and memories are of now."""
        services = self._services
        self._bridge.run(
            lambda _context: known_projects(services),
            on_done=self.view.options.show_projects,
            lane=STORAGE_LANE,
        )

    @property
    def is_working(self) -> bool:
        return self.translator.is_working or self._documents.is_working

    @property
    def outcome(self) -> TranslationOutcome | None:
        """Return the translation that is shown, None while there is none."""
        return self._outcome

    @Slot(object)
    def open_path(self, path: Path) -> None:
        """Read a document into the left pane."""
        self.start_new()
        self._documents.open(path)
        self._show_state()
        self.view.show_source(tr("Opening “{0}”…").format(path.name))

    def load_text(self, text: str) -> None:
        """Put dropped text into the left pane."""
        self.start_new()
        self.view.source_pane.set_text(text)
        self._on_source_edited()

    def is_running(self, item_id: str) -> bool:
        """Tell whether the translation with this row is being made, and so is shown already."""
        return self.translator.is_working and item_id == self._running_id

    def show_stored(self, result: StoredResult, outcome: TranslationOutcome) -> None:
        """Show a stored translation, and what it is now."""
        self._begin_draft()
        view = self.view
        self._pair.show(outcome.task.source, outcome.task.target, outcome.source)
        view.source_pane.set_text(result.source_text)
        view.target_pane.set_text(outcome.text)
        self._document = source_document(result)
        self._outcome = outcome
        if not outcome.is_partial:
            self.light.follow(outcome.segments)
            self.wordings.follow(outcome)
        self._show_state()
        self.history_model.set_current(result.id)

    def start_new(self) -> None:
        """Empty both panes; a translation that was stored stays in the history.

        After one of the history was looked at, what was typed before comes back.
        """
        draft = self._left_behind.text if self.history_model.current_id else ""
        draft = draft if draft != self._source_text() else ""
        self._begin_draft()
        self._left_behind.follow(draft)
        self.view.source_pane.set_text(draft)
        self.view.target_pane.set_text("")
        self._pair.follow(draft)
        self._show_state()

    def flush_drafts(self) -> None:
        """Write what is not on the disk yet: the program ends."""
        self._left_behind.flush()

    def stop(self) -> None:
        """Stop reading or translating; what is translated stays."""
        self._documents.stop()
        self.translator.stop()
        self._show_state()

    def translate_now(self) -> None:
        """Translate the left pane, whatever its length."""
        text = self._source_text()
        if text.strip() and not self._documents.is_working:
            self.translator.start(self._task_for(text, is_live=False))

    def _task_for(self, text: str, *, is_live: bool) -> TranslationTask:
        document = self._document
        is_same = not is_live and self._can_continue
        return TranslationTask(
            text=text,
            source=self._pair.source,
            target=self._pair.target,
            path=document.path if document else None,
            title=self._title(),
            mime_type=document.mime_type if document else "",
            inventory=document.inventory if document else (),
            encoding=document.encoding if document else "",
            register=self.view.options.register,
            audience=self.view.options.audience,
            project=self.view.options.project,
            is_live=is_live,
            replaces="" if is_same else self._live_result_id,
            continues=self._outcome.result_id if is_same and self._outcome else "",
        )

    @property
    def _can_continue(self) -> bool:
        """True where a part of just this translation is on the screen."""
        outcome = self._outcome
        if outcome is None or not outcome.is_partial or not outcome.result_id:
            return False
        task, options = outcome.task, self.view.options
        asked = (task.text, task.source, task.target, task.register, task.audience, task.project)
        chosen = (
            *(self._pair.source, self._pair.target),
            *(options.register, options.audience, options.project),
        )
        return asked == (self._source_text(), *chosen)

    def _title(self) -> str:
        """Return the file's name, or the first line of a text."""
        if self._document is not None:
            return self._document.path.name if self._document.path else self._document.title
        return title_of(self.view.source_pane.text)

    def _source_text(self) -> str:
        """Return the document's own text while nobody changed it, else what stands in the pane."""
        return self._document.text if self._document is not None else self.view.source_pane.text

    def _begin_draft(self) -> None:
        """Begin something new: what runs is dropped, the last result is no earlier state of this one."""
        self.translator.overtake()
        self._documents.stop()
        self._pair.forget()
        self.light.clear()
        self.wordings.follow(None)
        self._document = None
        self._outcome = None
        self._progress = None
        self._live_result_id = ""
        self.view.notice.clear()
        self.history_model.set_current("")
        self.begun.emit()

    def _follow(self) -> None:
        """Answer a change of text or language; a translation that was asked for is not disturbed."""
        if self.translator.is_working and self._task is not None and not self._task.is_live:
            self._show_state()
            return
        self.translator.overtake()
        text = self._source_text()
        if text.strip():
            self._show_state(self._hint_for(text))
            return
        self._outcome = None
        self.view.target_pane.set_text("")
        self._show_state()

    def _hint_for(self, text: str) -> str:
        """Begin to wait for a pause of typing, or return what the user is told instead."""
        if self._pair.is_pointless:
            words = tr("This is {0} already: choose another language above")
            return words.format(say_language(self._pair.target))
        if self.view.live_check.isChecked():
            if self.translator.follow(self._task_for(text, is_live=True)):
                return tr("Translates when you stop typing")
            return tr("A long text: press Translate")
        if self._outcome is not None:
            return tr("Changed since: press Translate")
        return ""

    def _show_state(self, hint: str = "") -> None:
        self.view.show_source(self._title() if self._document else "")
        self.view.reading_notice.show_document(self._document)
        if self._documents.is_working:
            self.view.show_reading()
        elif self.translator.is_working:
            keeps_text = self._task is not None and (self._task.is_live or bool(self._task.continues))
            self.view.show_working(self._progress, self._engine_state, is_live=keeps_text)
        else:
            self.view.show_idle(self._outcome, hint, can_continue=self._can_continue)

    def _connect(self) -> None:
        view = self.view
        for keys, slot in (
            (TRANSLATE_KEYS, self._on_translate_requested),
            (QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Enter), self._on_translate_requested),
            (SWAP_KEYS, self._on_swap_requested),
            (QKeySequence(QKeySequence.StandardKey.Open), self._on_open_requested),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        view.translate_button.clicked.connect(self._on_translate_requested)
        view.stop_button.clicked.connect(self._on_stop_clicked)
        view.swap_button.clicked.connect(self._on_swap_requested)
        view.open_button.clicked.connect(self._on_open_requested)
        view.clear_button.clicked.connect(self._on_clear_clicked)
        view.save_button.clicked.connect(self._on_save_clicked)
        view.live_check.toggled.connect(self._on_live_toggled)
        view.source_pane.text_edited.connect(self._on_source_edited)
        self.wordings.changed.connect(self._on_wording_changed)
        self.wordings.failed.connect(view.notice.show_error)
        self._pair.changed.connect(self._on_pair_changed)
        view.options.changed.connect(self._on_pair_changed)
        self._documents.paths_chosen.connect(self.paths_chosen)
        self._documents.reopening.connect(self.open_path)
        self._documents.opened.connect(self._on_document_opened)
        self._documents.failed.connect(self._on_document_failed)
        self._documents.working_changed.connect(self.working_changed)
        self._left_behind.draft_found.connect(self._on_draft_found)
        self._left_behind.translation_found.connect(self._on_interrupted_found)
        self.translator.row_begun.connect(self._on_row_begun)
        self.translator.started.connect(self._on_translation_started)
        self.translator.progressed.connect(self._on_translation_progressed)
        self.translator.finished.connect(self._on_translation_finished)
        self.translator.failed.connect(self._on_translation_failed)
        self.translator.stopped.connect(self._on_translation_stopped)
        self.translator.working_changed.connect(self.working_changed)
        self._bridge.engine_state_changed.connect(self._on_engine_state_changed)

    @Slot()
    def _on_source_edited(self) -> None:
        self._document = None
        self.view.notice.clear()
        self._left_behind.follow(self.view.source_pane.text)
        self._pair.follow(self.view.source_pane.text)
        self._follow()

    @Slot(str)
    def _on_draft_found(self, text: str) -> None:
        """Bring back what was typed, unless something stands there already."""
        if self.view.source_pane.num_characters or self.is_working:
            return
        self.view.source_pane.set_text(text)
        self._pair.follow(text)
        self._show_state(tr("Typed before the program ended: press Translate"))

    @Slot(object)
    def _on_interrupted_found(self, result: StoredResult) -> None:
        """Open what the program's end cut short, unless something stands there already."""
        if not self.view.source_pane.num_characters and not self.is_working:
            self.show_stored(result, outcome_from_result(result))
        self.history_model.load()

    @Slot(str)
    def _on_row_begun(self, result_id: str) -> None:
        self._running_id = result_id
        self.history_model.set_current(result_id)
        self.history_model.load()

    @Slot()
    def _on_pair_changed(self) -> None:
        if self.view.source_pane.num_characters:
            self._follow()

    @Slot()
    def _on_swap_requested(self) -> None:
        if not self._pair.swap():
            return
        view = self.view
        source, translated = view.source_pane.text, view.target_pane.text
        is_whole = self._outcome is not None and not self._outcome.is_partial and bool(translated.strip())
        self._begin_draft()
        if is_whole:
            view.source_pane.set_text(translated)
            view.target_pane.set_text(source)
            self._left_behind.follow(translated)
        self._follow()

    @Slot(object)
    def _on_wording_changed(self, outcome: TranslationOutcome) -> None:
        self._outcome = outcome

    @Slot(bool)
    def _on_live_toggled(self, is_live: bool) -> None:
        remember(self._services.settings, "translate", live=is_live)
        self._follow()

    @Slot()
    def _on_translate_requested(self) -> None:
        self.translate_now()

    @Slot()
    def _on_stop_clicked(self) -> None:
        self.stop()

    @Slot()
    def _on_clear_clicked(self) -> None:
        self._left_behind.follow("")
        self.start_new()
        self.view.source_pane.editor.setFocus()

    @Slot()
    def _on_open_requested(self) -> None:
        self._documents.ask()

    @Slot()
    def _on_save_clicked(self) -> None:
        # The pane shows an unbreakable space as a space.
        text = self._outcome.text if self._outcome is not None else self.view.target_pane.text
        path = self._document.path if self._document else None
        self._saving.ask(text, self._title(), path, self._pair.target)

    @Slot()
    def _on_document_failed(self) -> None:
        self._show_state()

    @Slot(object)
    def _on_document_opened(self, document: Document) -> None:
        self._document = document
        self.view.source_pane.set_text(document.text)
        self._pair.show_detected(document.language)
        if not document.language:
            self._pair.follow(document.text)
        self._follow()

    @Slot(object)
    def _on_translation_started(self, task: TranslationTask) -> None:
        self._task = task
        self._progress = None
        self.wordings.follow(None)
        self.view.notice.clear()
        self.view.warning.clear()
        if not task.is_live and not task.continues:
            self.view.target_pane.set_text("")
        self._show_state()

    @Slot(object)
    def _on_translation_progressed(self, progress: TranslationProgress) -> None:
        self._progress = progress
        self._show_state()

    @Slot(object)
    def _on_translation_finished(self, outcome: TranslationOutcome) -> None:
        self._outcome = outcome
        self.wordings.follow(outcome)
        self._live_result_id = outcome.result_id if outcome.task.is_live else ""
        view = self.view
        view.target_pane.set_text(outcome.text)
        self.light.follow(outcome.segments if outcome.task.text == self._source_text() else ())
        if not view.source_box.code and not view.source_box.detected:
            self._pair.show_detected(outcome.source)
        self._show_state()
        if not outcome.is_partial and not outcome.storage_error and outcome.task.text == self._source_text():
            self._left_behind.follow("")  # it stands in the history now
        if outcome.failure is not None:
            self._on_translation_failed(outcome.failure)
        self.history_model.set_current(outcome.result_id)
        self.history_model.load()
        self.translated.emit(outcome)
        if outcome.task.text != self._source_text():
            self._follow()

    @Slot(object)
    def _on_translation_failed(self, error: Exception) -> None:
        self._show_state()
        if isinstance(error, ModelError):
            self.view.notice.show_error(error, tr("Choose a model…"), self.model_wanted.emit)
        else:
            self.view.notice.show_error(error, tr("Try again"), self.translate_now)

    @Slot()
    def _on_translation_stopped(self) -> None:
        self._show_state(tr("Stopped"))

    @Slot(object)
    def _on_engine_state_changed(self, state: EngineState) -> None:
        self._engine_state = state
        if self.translator.is_working:
            self._show_state()

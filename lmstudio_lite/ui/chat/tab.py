"""The Chat tab: messages, composer, notice; the conversations' list is shown by the window's panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.control import ConversationControl
from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import EngineState
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.attaching import Attaching
from lmstudio_lite.ui.chat.attachments import DraftAttachments
from lmstudio_lite.ui.chat.certainty.control import ReplyCertainty
from lmstudio_lite.ui.chat.chat_files import ChatFiles
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.chat.control.wiring import ChatControl
from lmstudio_lite.ui.chat.drafting import Drafting
from lmstudio_lite.ui.chat.empty_state import EmptyState
from lmstudio_lite.ui.chat.figures import ConversationFigures
from lmstudio_lite.ui.chat.find_bar import FindBar
from lmstudio_lite.ui.chat.history import ConversationSource, conversation_words
from lmstudio_lite.ui.chat.idle_naming import IdleNaming
from lmstudio_lite.ui.chat.knowledge_choice import KnowledgeChoice
from lmstudio_lite.ui.chat.message_actions import MessageActions
from lmstudio_lite.ui.chat.message_queue import QueueStrip
from lmstudio_lite.ui.chat.queueing import Queueing
from lmstudio_lite.ui.chat.reply_progress import ReplyProgress
from lmstudio_lite.ui.chat.slash_menu import SlashMenu
from lmstudio_lite.ui.chat.sources import ReplySources
from lmstudio_lite.ui.chat.temporary import TemporaryBar, TemporaryChat
from lmstudio_lite.ui.chat.thread_view import ThreadView
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.chat.writing_tools import WritingTools
from lmstudio_lite.ui.clipboard import RichCopy
from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.highlight import highlight
from lmstudio_lite.ui.history_model import HistoryModel
from lmstudio_lite.ui.markdown import parse_blocks
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.unsaved_notice import UnsavedNotice
from lmstudio_lite.ui.write.fill_form import FillForm
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words import say_template_problem
from lmstudio_lite.words.translate import tr


class ChatTab(QWidget):
    """Wires ``ChatWork`` to what is seen. GUI thread."""

    working_changed = Signal()
    reply_finished = Signal(object)  # StoredMessage

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        source = ConversationSource(services)
        self.history_model = HistoryModel(bridge, source, conversation_words(), self, organizer=source)
        self.work = ChatWork(services, bridge, self)
        self.figures = ConversationFigures(services, bridge, self.work, self)
        self._bridge, self._theme = bridge, theme
        self._settings = services.settings
        self._warned_path: Path | None = None
        self.thread_view = ThreadView(
            theme, self, formulas=FormulaPictures(services.formulas.draw, bridge, self)
        )
        self.sources = ReplySources(services, bridge, theme, self.thread_view, self)
        self.message_actions = MessageActions(services, bridge, theme, self.work, self.thread_view, self)
        self.certainty = ReplyCertainty(services, bridge, theme, self.work, self.thread_view, self)
        self.progress = ReplyProgress(self.work, self.thread_view, self)
        self.find_bar = FindBar(theme, self.thread_view, self)
        self.empty_state = EmptyState(theme, self)
        self.notice = Notice(theme, self)
        self.files = ChatFiles(services, bridge, theme, self.notice, self)
        self.composer = Composer(theme, self)
        self.attachments = DraftAttachments(services.reader, bridge, self)
        self.attaching = Attaching(
            *(services, bridge, theme, self.composer, self.attachments, self.notice, self.work), self
        )
        self.unsaved_notice = UnsavedNotice(theme, services.unsaved, bridge, Place.CHAT, self)
        self.drafting = Drafting(services, bridge, self.composer, self.attachments, self.thread_view, self)
        self.knowledge = KnowledgeChoice(services, bridge, self.composer, self)
        self.queue_strip = QueueStrip(theme, self)
        self.queueing = Queueing(
            *(self.work, self.drafting, self.composer, self.attachments),
            *(self.queue_strip, self.thread_view, self.notice, self),
        )
        self.fill_form = FillForm(self)
        self.slash_menu = SlashMenu(services, bridge, theme, self.composer, self.fill_form, self)
        self.writing = WritingTools(services, bridge, theme, self.composer, self.thread_view, self)
        self.naming = IdleNaming(services, bridge, self.work, self)
        self.temporary_bar = TemporaryBar(theme, self)
        self.temporary = TemporaryChat(services, bridge, self.work, self.drafting, self.temporary_bar, self)
        self.control = ChatControl(
            services, bridge, theme, self.work, self.composer, self.empty_state, self.notice, self
        )
        self._stack = QStackedWidget(self)
        self._lay_out()
        self._connect()

    @property
    def is_working(self) -> bool:
        return self.work.is_working

    @Slot(str)
    def open_history_item(self, item_id: str) -> None:
        """Show a conversation, at the words that the list was searched for; the draft before is kept."""
        query = self.history_model.query if item_id else ""
        self.find_bar.look_for(query)
        self.work.open(item_id, end_first=not query)

    @Slot()
    def start_new(self) -> None:
        """Show the empty state with the cursor in the composer."""
        self.open_history_item("")
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def write(self, text: str) -> None:
        """Go to the composer with ``text`` that was typed elsewhere."""
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)
        self.composer.editor.insertPlainText(text)

    def warm_up(self) -> None:
        """Import the parsers of Markdown and code in the background, before the first reply needs them."""
        self._bridge.run(lambda context: [*highlight("", "python"), *parse_blocks("")])

    def flush_drafts(self) -> None:
        """Write what is being typed at once: the program ends."""
        self.drafting.flush()
        self.control.flush()

    def add_to_draft(self, text: str) -> None:
        """Put text behind what the composer holds, to be sent or changed first."""
        self.composer.set_text("\n\n".join(filter(None, (self.composer.text, text))))
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    def attach_paths(self, paths: Sequence[Path]) -> None:
        """Read documents to ask about; the next message takes them along."""
        self.attaching.attach(paths)

    def ask_about(self, document: Document) -> None:
        """Begin a conversation about a document that is read."""
        self.start_new()
        self.attachments.add(document)

    @Slot(object, str)
    def begin_role(self, control: ConversationControl, opening: str) -> None:
        """Begin a conversation in which the model plays a part."""
        self.start_new()
        self.work.send(opening, control=control)

    def begin_find(self) -> bool:
        """Open the bar that finds words, where there is a conversation."""
        is_here = bool(self.work.conversation_id)
        if is_here:
            self.find_bar.begin()
        return is_here

    @Slot(int)
    def _on_beyond_hits(self, step: int) -> None:
        """Go on in the next conversation that the list's search found, or round in the only one."""
        found = self.history_model.neighbour_of(self.work.conversation_id, step)
        if not found:
            self.find_bar.go_round(step)
            return
        self.find_bar.look_for(self.history_model.query, begins_at_first=step > 0)
        self.work.open(found, end_first=False)

    @Slot()
    def _on_find_next(self) -> None:
        self._go_to_hit(self.find_bar.go_on)

    @Slot()
    def _on_find_previous(self) -> None:
        self._go_to_hit(self.find_bar.go_back)

    def _go_to_hit(self, go: Callable[[], None]) -> None:
        if self.find_bar.isVisible():
            go()
        elif self.work.conversation_id and self.history_model.query:
            self.find_bar.look_for(self.history_model.query)
        else:
            self.begin_find()

    @Slot()
    def stop(self) -> None:
        """Stop the reply under way; its text stays."""
        self.work.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.composer.set_height_max(self.height() // 3)

    def _lay_out(self) -> None:
        self._stack.addWidget(self.empty_state)
        self._stack.addWidget(self.thread_view)
        prose = QWidget(self)
        prose.setMaximumWidth(self._theme.reading_width)
        self._theme.changed.connect(self._on_theme_changed)
        self._beneath = prose
        prose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        under = QVBoxLayout(prose)
        under.setContentsMargins(0, 0, 0, 0)
        under.setSpacing(design.SPACE_8)
        under.addWidget(self.unsaved_notice)
        under.addWidget(self.notice)
        under.addWidget(self.queue_strip)
        under.addWidget(self.fill_form)
        under.addWidget(self.composer)
        row = QHBoxLayout()
        row.setContentsMargins(design.SPACE_24, design.SPACE_4, design.SPACE_24, design.SPACE_16)
        row.addStretch(1)
        row.addWidget(prose, 100)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.temporary_bar)
        column.addWidget(self.find_bar)
        column.addWidget(self.certainty.bar)
        column.addWidget(self._stack, 1)
        column.addLayout(row)

    def _connect(self) -> None:
        work, view = self.work, self.thread_view
        work.conversation_opened.connect(self._on_conversation_opened)
        work.thread_changed.connect(self._on_thread_changed)
        work.end_read.connect(view.show_thread)
        work.question_taken.connect(self._on_question_taken)
        work.reply_ended.connect(self.reply_finished)
        self.files.brought_in.connect(self._on_brought_in)
        self.find_bar.beyond.connect(self._on_beyond_hits)
        for keys, go in (
            (QKeySequence.StandardKey.FindNext, self._on_find_next),
            (QKeySequence.StandardKey.FindPrevious, self._on_find_previous),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(go)
        work.failed.connect(self._on_failed)
        work.list_changed.connect(self._on_list_changed)
        work.working_changed.connect(self._on_working_changed)
        self._bridge.engine_state_changed.connect(self._on_engine_state_changed)
        self.history_model.failed.connect(self._on_failed)
        self.history_model.item_deleted.connect(work.forget)
        self.composer.sent.connect(self._on_composer_sent)
        self.composer.stop_requested.connect(self.stop)
        self.composer.edit_cancelled.connect(self.drafting.leave_edit)
        self.composer.thinks_first_chosen.connect(self._on_thinks_first_chosen)
        self.empty_state.example_chosen.connect(self._on_example_chosen)
        view.edit_requested.connect(self._on_edit_requested)
        view.regenerate_requested.connect(self._on_regenerate_requested)
        view.read_all_wanted.connect(self._on_read_all_wanted)
        view.continue_requested.connect(self._on_continue_requested)
        view.branch_requested.connect(work.switch_branch)
        view.reply_edited.connect(work.edit_reply)
        self.message_actions.failed.connect(self._on_failed)
        self.temporary.failed.connect(self._on_failed)
        self.empty_state.temporary_button.clicked.connect(self.temporary.begin)
        work.edit_kept.connect(self._on_edit_kept)
        work.edit_failed.connect(self._on_edit_failed)
        self.drafting.conversation_wanted.connect(work.open)
        self.drafting.failed.connect(self._on_failed)
        self.sources.failed.connect(self._on_failed)
        self.knowledge.failed.connect(self._on_failed)
        self.certainty.failed.connect(self._on_failed)
        view.liked.connect(work.set_liked)
        view.menu_wanted.connect(self._on_menu_wanted)
        view.code_save_wanted.connect(self.files.ask_save_code)
        view.rich_copy_wanted.connect(RichCopy(self._bridge, self).copy)
        self.writing.reply_changed.connect(work.edit_reply)
        self.slash_menu.role_wanted.connect(self.begin_role)

    @Slot()
    def _on_theme_changed(self) -> None:
        self._beneath.setMaximumWidth(self._theme.reading_width)

    @Slot(str)
    def _on_conversation_opened(self, conversation_id: str) -> None:
        """Swap drafts, unless a new conversation only got its id."""
        shown_id = self.drafting.shown_id
        is_given_id = shown_id == "" and self.work.is_replying_here and bool(conversation_id)
        if conversation_id != shown_id:
            self.knowledge.open(conversation_id, is_new=is_given_id)
        if conversation_id == shown_id or is_given_id:
            self.drafting.set_shown_id(conversation_id)
        else:
            self.drafting.show(conversation_id)
            self.thread_view.clear()
            self.notice.clear()
        self.history_model.set_current(conversation_id)
        self._on_working_changed()

    @Slot(object)
    def _on_thread_changed(self, thread: list[StoredMessage]) -> None:
        is_empty = not thread and (not self.work.conversation_id or self.temporary.is_open)
        self._stack.setCurrentWidget(self.empty_state if is_empty else self.thread_view)
        self.empty_state.temporary_button.setVisible(not self.temporary.is_open)
        self.thread_view.show_thread(thread)
        self.find_bar.refresh()

    @Slot()
    def _on_brought_in(self) -> None:
        self.history_model.load()

    @Slot(str)
    def _on_composer_sent(self, text: str) -> None:
        if self.work.is_replying_here:
            return
        if self.attachments.is_reading:
            self.notice.show_message(
                tr("A document is still being opened."), tr("Send again in a moment."), kind="info"
            )
            return
        self.notice.clear()
        attachments = self.attachments.ready
        edited = self.drafting.edited
        if edited is not None:
            self.work.send(
                text,
                edited.parent_id,
                attachments=attachments,
                knowledge=self.knowledge.folder,
                is_edit=True,
            )
        else:
            self.work.send(text, attachments=attachments, knowledge=self.knowledge.folder)
        self.thread_view.follow()

    @Slot(str, str)
    def _on_question_taken(self, conversation_id: str, text: str) -> None:
        is_here = conversation_id == self.drafting.shown_id
        self.drafting.take(conversation_id, text, self.work.conversation_id)
        if is_here:
            self.thread_view.follow()

    @Slot(object, object)
    def _on_menu_wanted(self, message: StoredMessage, menu: QMenu) -> None:
        if not self.temporary.is_open:
            self.files.fill_message_menu(message, menu)

    @Slot(str)
    def _on_example_chosen(self, text: str) -> None:
        """Send it; one that ends with a space waits for what is to be put behind it."""
        self.composer.set_text(text)
        if text.endswith(" "):
            self.composer.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._on_composer_sent(text)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.notice.show_error(error)

    @Slot()
    def _on_list_changed(self) -> None:
        self.history_model.load()

    @Slot()
    def _on_working_changed(self) -> None:
        is_here = self.work.is_replying_here
        self.composer.set_working(is_here)
        self.thread_view.set_busy(is_here)
        working_ids = self.work.working_ids
        self.history_model.set_working(working_ids[-1] if working_ids else "")
        self.working_changed.emit()

    @Slot(object)
    def _on_edit_requested(self, message: StoredMessage) -> None:
        """A question goes back to the composer, to be sent again; a reply is changed where it stands."""
        if message.role is Role.ASSISTANT:
            self.thread_view.begin_edit(message)
            return
        self.drafting.begin_edit(message)

    @Slot(str)
    def _on_edit_kept(self, message_id: str) -> None:
        self.thread_view.end_edit(message_id)
        self.drafting.forget_edit(message_id)
        self.composer.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str, object)
    def _on_edit_failed(self, message_id: str, error: Exception) -> None:
        self.thread_view.go_on_editing(message_id)
        self.notice.show_error(error)

    @Slot(bool)
    def _on_thinks_first_chosen(self, thinks_first: bool) -> None:
        remember(self._settings, "chat", thinks_first=thinks_first)

    @Slot(object)
    def _on_engine_state_changed(self, state: EngineState) -> None:
        """Offer what the model can do, and say once what its file can't."""
        model = state.model
        self.composer.offer_thinking(
            is_offered=model is not None and model.has_thinking_switch,
            is_chosen=self._settings.value.chat.thinks_first,
        )
        if model is not None and model.template_problem and model.path != self._warned_path:
            self._warned_path = model.path
            self.notice.show_message(
                say_template_problem(model.template_problem),
                tr("A plain one takes its place; answers may be worse."),
                kind="warning",
            )

    @Slot(object)
    def _on_regenerate_requested(self, message: StoredMessage) -> None:
        question_id = message.id if message.role is Role.USER else message.parent_id
        if question_id is not None:
            self.work.reply_to(question_id, reads_all=message.note.reads_all)
            self.thread_view.follow()

    @Slot(object)
    def _on_read_all_wanted(self, message: StoredMessage) -> None:
        if message.parent_id is not None:
            self.work.reply_to(message.parent_id, reads_all=True)
            self.thread_view.follow()

    @Slot(object)
    def _on_continue_requested(self, message: StoredMessage) -> None:
        self.work.go_on(message.id)
        self.thread_view.follow()

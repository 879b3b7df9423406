"""Conversations saved as files, and brought in from the exports of other programs, in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from lmstudio_lite.app.chat_files import (
    CHAT_SUFFIXES,
    Wanted,
    all_ids,
    chats_among,
    import_chats,
    listed_ids,
    wanted_of_row,
)
from lmstudio_lite.app.jobs import Job
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.chat_files import ImportProgress, ImportReport
from lmstudio_lite.domain.conversations import Shelf, StoredMessage
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.chat_export import ChatExport
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.history_panel import HistoryPanel
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import TextSaver
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.chat_files import say_import, say_problem
from lmstudio_lite.words.translate import tr, trn

_NUM_SAID = 6
_TITLE_CHARS = 60


class ChatFiles(QObject):
    """GUI thread. ``brought_in`` follows when there are new conversations."""

    brought_in = Signal()
    conversation_wanted = Signal(str)  # that of a file which was opened

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, notice: Notice, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._notice, self._widget = services, bridge, notice, parent
        self._job: Job | None = None
        self._code_saver = TextSaver(bridge, notice, parent)
        self.exporting = ChatExport(services, bridge, theme, notice, parent)

    def serve(self, panel: HistoryPanel) -> None:
        """Do what the list's menus ask for."""
        panel.file_requested.connect(self.export)
        panel.picture_requested.connect(self.copy_picture)
        panel.shelves.import_requested.connect(self.ask_import)
        panel.shelves.export_requested.connect(self.export_all)
        panel.shelves.export_found_requested.connect(self.export_found)

    @Slot(str, str)
    def export(self, row_id: str, title: str) -> None:
        """Ask where to save a conversation, or those of a folder, and save them."""
        services = self._services
        self.exporting.ask(tr("Export"), title, lambda: wanted_of_row(services, row_id))

    @Slot(str, str)
    def copy_picture(self, conversation_id: str, title: str) -> None:
        """Copy a conversation as a picture."""
        self.exporting.copy_picture(title, lambda: Wanted((conversation_id,)))

    @Slot()
    def export_all(self) -> None:
        """Ask where to save all conversations, and save them."""
        services, title = self._services, tr("Conversations")
        self.exporting.ask(tr("Export all conversations"), title, lambda: Wanted(tuple(all_ids(services))))

    @Slot(str, object)
    def export_found(self, query: str, shelf: Shelf) -> None:
        """Ask where to save the conversations that a search or a shelf shows, and save them."""
        services, title = self._services, query.lstrip("#") or tr("Conversations")
        self.exporting.ask(
            tr("Export what is listed"),
            title,
            lambda: Wanted(tuple(listed_ids(services, query, shelf))),
        )

    @Slot(object, object)
    def fill_message_menu(self, message: StoredMessage, menu: QMenu) -> None:
        """Offer a message as a picture and as a file."""
        title = " ".join(message.text.split())[:_TITLE_CHARS]

        def wanted() -> Wanted:
            return Wanted(message_id=message.id)

        picture = menu.addAction(tr("Copy as a picture"))
        picture.triggered.connect(lambda _checked=False: self.exporting.copy_picture(title, wanted))
        export = menu.addAction(tr("Export this message…"))
        export.triggered.connect(
            lambda _checked=False: self.exporting.ask(tr("Export this message"), title, wanted)
        )

    def commands(self, open_id: Callable[[], str]) -> list[tuple[str, Callable[[], object], str]]:
        """Return what the palette offers: words, what is done, no keys; ``open_id`` gives the open one."""

        def with_open(act: Callable[[str], object]) -> Callable[[], object]:
            def run() -> None:
                conversation_id = open_id()
                if conversation_id:
                    act(conversation_id)
                else:
                    self._notice.show_message(tr("No conversation is open."), tr("Choose one in the list."))

            return run

        title = tr("Conversation")
        return [
            (tr("Export this conversation…"), with_open(lambda found: self.export(found, title)), ""),
            (
                tr("Copy this conversation as a picture"),
                with_open(lambda found: self.copy_picture(found, title)),
                "",
            ),
            (tr("Export all conversations…"), self.export_all, ""),
            (tr("Bring conversations in…"), self.ask_import, ""),
        ]

    @Slot(str, str)
    def ask_save_code(self, code: str, name: str) -> None:
        """Ask where to save a block of code, and save it with a line end at its end."""
        content = code if code.endswith("\n") else f"{code}\n"
        self._code_saver.ask(
            tr("Save code as a file"), name, [tr("All files (*)")], lambda path: lambda: content
        )

    @Slot()
    def ask_import(self) -> None:
        """Ask for exports, and bring them in."""
        patterns = " ".join(f"*{suffix}" for suffix in sorted(CHAT_SUFFIXES))
        filters = [tr("Exports of conversations ({0})").format(patterns), tr("All files (*)")]
        ask_for_files(self._widget, tr("Bring conversations in"), filters, self.bring_in)

    def open_or(self, paths: Sequence[Path], on_others: Callable[[list[Path]], object]) -> None:
        """Open exports of conversations, bringing them in first; other files go to ``on_others``."""
        if not any(path.suffix.lower() in CHAT_SUFFIXES for path in paths):
            on_others(list(paths))
            return

        def sort(chats: list[Path]) -> None:
            if chats:
                self.bring_in(chats, opens=True)
            others = [path for path in paths if path not in chats]
            if others:
                on_others(others)

        self._bridge.run(lambda context: chats_among(paths), on_done=sort, lane="chat-import")

    def bring_in(self, paths: Sequence[Path], *, opens: bool = False) -> None:
        """Bring the conversations of these files in, and show the first; what did not come in is said."""
        services = self._services
        self._job = self._bridge.run(
            lambda context: import_chats(services, paths, context.cancellation, context.report),
            on_done=lambda report: self._on_brought_in(report, opens=opens),
            on_failed=self._on_failed,
            on_progress=self._on_progress,
            lane="chat-import",
        )
        self._notice.show_message(tr("Bringing conversations in…"), "", tr("Stop"), self._job.cancel)

    def _on_progress(self, progress: ImportProgress) -> None:
        if self._job is None:
            return
        share = 100 * progress.num_bytes_done // max(1, progress.num_bytes)
        so_far = trn("{n} conversation", "{n} conversations", progress.num_conversations)
        words = tr("Bringing conversations in: {0} %, {1}").format(share, so_far)
        self._notice.show_message(words, "", tr("Stop"), self._job.cancel)

    def _on_brought_in(self, report: ImportReport, *, opens: bool) -> None:
        self._job = None
        found = [*report.ids, *report.known_ids]
        if opens and found:
            self.conversation_wanted.emit(found[0])
        lines = [say_problem(problem) for problem in report.problems[:_NUM_SAID]]
        if len(report.problems) > _NUM_SAID:
            more = len(report.problems) - _NUM_SAID
            lines.append(trn("and {n} more", "and {n} more", more))
        self._notice.show_message(say_import(report), "\n".join(lines), kind="info" if found else "warning")
        self.brought_in.emit()

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self._notice.show_error(error)
        self.brought_in.emit()

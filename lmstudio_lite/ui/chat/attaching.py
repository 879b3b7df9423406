"""How documents get into a message: chosen in a dialog, read, shown as chips, asked about where in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Attachment
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.attachments import DraftAttachments
from lmstudio_lite.ui.chat.composer import Composer
from lmstudio_lite.ui.chat.work import ChatWork
from lmstudio_lite.ui.encoding_question import EncodingQuestion
from lmstudio_lite.ui.file_choice import open_filters
from lmstudio_lite.ui.file_dialog import ask_for_files
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.reading_notice import say_missing
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_LANE = "meanings"


class Attaching(QObject):
    """Wires ``attachments`` to the composer and the notice; owned by the tab."""

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        composer: Composer,
        attachments: DraftAttachments,
        notice: Notice,
        work: ChatWork,
        tab: QWidget,
    ) -> None:
        super().__init__(tab)
        self._services, self._bridge, self._work = services, bridge, work
        self._tab = tab
        self._composer, self._attachments, self._notice = composer, attachments, notice
        self.encoding_question = EncodingQuestion(services, bridge, theme, tab)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Open), tab)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.ask)
        composer.attach_requested.connect(self.ask)
        composer.chips.removal_requested.connect(attachments.remove)
        attachments.changed.connect(self._on_changed)
        attachments.failed.connect(self._on_failed)
        attachments.document_read.connect(self.encoding_question.ask_if_unsure)
        attachments.document_read.connect(self._on_read)
        attachments.read_in_part.connect(self._on_read_in_part)
        self.encoding_question.changed.connect(attachments.read_again)
        self.encoding_question.failed.connect(self._on_choice_not_kept)

    @Slot()
    def ask(self) -> None:
        """Let the user choose documents."""
        ask_for_files(self._tab, tr("Attach documents"), open_filters(), self.attach)

    def attach(self, paths: Sequence[Path]) -> None:
        """Read documents to ask about; the next message takes them along."""
        self._attachments.read(paths)
        self._composer.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_changed(self) -> None:
        ready = [each.attachment for each in self._attachments.ready]
        self._composer.chips.show_attachments(ready, self._attachments.titles_reading)

    @Slot(object)
    def _on_read(self, document: Document) -> None:
        """Begin to work out what it means while the question is typed; asking waits for what is left."""
        chat = self._services.at(self._work.conversation_id).chat
        self._bridge.run(
            lambda context: chat.prepare(document.text, context.cancellation),
            on_failed=lambda _error: None,  # The reply tells it, if there is anything to tell.
            lane=_LANE,
        )

    @Slot(object, object)
    def _on_failed(self, _path: Path, error: Exception) -> None:
        self._notice.show_error(error)

    @Slot(object)
    def _on_choice_not_kept(self, error: Exception) -> None:
        self._notice.show_error(error)

    @Slot(object)
    def _on_read_in_part(self, attached: Attachment) -> None:
        words = " ".join(say_missing(attached.inventory))
        self._notice.show_message(
            tr("“{0}” could not be read whole.").format(attached.title), words, kind="warning"
        )

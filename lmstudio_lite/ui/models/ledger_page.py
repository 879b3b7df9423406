"""The ledger: every connection that this program ever opened, or that it opened none."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.hub.ledger import LedgerPage as LedgerRows
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.models.ledger_model import WHAT, LedgerModel
from lmstudio_lite.ui.models.page import ModelsPage
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.connections import say_totals
from lmstudio_lite.words.translate import tr

_TABLE_STRETCH = 10_000
"""All the room is the table's, and while it is hidden that below the words."""
_LOOK_MS = 500


class LedgerPage(ModelsPage):
    """Comes up to date by itself while it is shown."""

    def __init__(
        self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._ledger = services.connections.ledger
        self._bridge = bridge
        self.totals = text_label("", self, role="heading", wrap=True)
        self.promise = text_label(
            tr(
                "Each connection is written down before it is opened. None is opened unless you ask for it; "
                "your texts are never sent."
            ),
            self,
            role="muted",
            wrap=True,
        )
        self.copy_button = text_button(tr("Copy"), self)
        self.clear_button = text_button(tr("Clear…"), self)
        self.notice = Notice(theme, self)
        self.model = LedgerModel(self)
        self.table = QTableView(self)
        self._changed = threading.Event()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._lay_out()
        withdraw = self._ledger.subscribe(self._changed.set)
        self.destroyed.connect(lambda: withdraw())
        self._timer.timeout.connect(self._on_timeout)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.clear_button.clicked.connect(self._on_clear_clicked)
        self._read()

    def begin(self) -> None:
        """Read the rows, and go on reading while connections come."""
        self._read()
        self._timer.start()

    def end(self) -> None:
        """Stop reading."""
        self._timer.stop()

    def _lay_out(self) -> None:
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Connections"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(WHAT, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        head.setSpacing(design.SPACE_8)
        words = QVBoxLayout()
        words.setSpacing(design.SPACE_4)
        words.addWidget(self.totals)
        words.addWidget(self.promise)
        head.addLayout(words, 1)
        head.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.clear_button, 0, Qt.AlignmentFlag.AlignTop)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_16)
        outer.setSpacing(design.SPACE_12)
        outer.addLayout(head)
        outer.addWidget(self.notice)
        outer.addWidget(self.table, _TABLE_STRETCH)
        outer.addStretch(1)

    def _read(self) -> None:
        self._changed.clear()
        self._bridge.run(
            lambda context: self._ledger.read(),
            on_done=self._on_read,
            on_failed=self.notice.show_error,
            lane="ledger",
        )

    def _on_read(self, found: LedgerRows) -> None:
        self.model.put(found.connections)
        self.totals.setText(say_totals(found.num_connections, found.bytes_sent, found.bytes_received))
        self.table.setVisible(bool(found.connections))
        self.copy_button.setEnabled(bool(found.connections))
        self.clear_button.setEnabled(bool(found.connections))

    @Slot()
    def _on_timeout(self) -> None:
        if self._changed.is_set():
            self._read()

    @Slot()
    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.model.as_text())

    @Slot()
    def _on_clear_clicked(self) -> None:
        """Ask first: the ledger is the user's proof."""
        self.notice.show_message(
            tr("Forget all connections?"),
            tr("What was fetched stays. The list of who was asked for it can't be brought back."),
            tr("Clear the ledger"),
            self._clear,
            kind="warning",
            second=tr("Keep it"),
            on_second=self.notice.clear,
        )

    def _clear(self) -> None:
        self.notice.clear()
        self._bridge.run(
            lambda context: self._ledger.clear(),
            on_done=lambda nothing: self._read(),
            on_failed=self.notice.show_error,
            lane="ledger",
        )

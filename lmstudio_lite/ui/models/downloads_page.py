"""The downloads: what is fetched now, what waits its turn, what is done, and how fast all may go."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.downloads import FetchProgress, FetchState
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.models.download_row import DownloadRow
from lmstudio_lite.ui.models.downloads_watch import DownloadsWatch
from lmstudio_lite.ui.models.page import ModelsPage
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.downloads import say_list, say_rate
from lmstudio_lite.words.translate import tr, trn

_LIMITS_BYTES_PER_S = (500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 50_000_000)


class DownloadsPage(ModelsPage):
    """Rows in the order in which they are fetched; a change is told to ``services.fetching``."""

    def __init__(
        self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._services = services
        self._bridge = bridge
        self.rows: dict[str, DownloadRow] = {}
        limit = services.fetching.limit_bytes_per_s
        limits: list[tuple[str, object]] = [(tr("No limit"), 0)]
        limits += [(say_rate(each), each) for each in sorted({*_LIMITS_BYTES_PER_S, limit} - {0})]
        self.limit_box = choice_box(self, limits, limit)
        self.limit_box.setAccessibleName(tr("Speed limit"))
        self.clear_button = text_button(tr("Clear what is done"), self)
        self.clear_button.hide()
        self.notice = Notice(theme, self)
        self.empty_label = text_label(
            tr(
                "Nothing is being fetched. Models that you choose on the other pages come here: they go on "
                "where they stopped, are checked byte by byte, and only then stand in the library."
            ),
            self,
            role="muted",
            wrap=True,
        )
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._list = QWidget(self)
        set_role(self._list, "page")
        self._column = QVBoxLayout(self._list)
        self._scroll = QScrollArea(self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self.watch = DownloadsWatch(services, bridge, self)
        self.watch.changed.connect(self._on_changed)
        self.watch.failed.connect(self.notice.show_error)
        self.limit_box.activated.connect(self._on_limit_chosen)
        self.clear_button.clicked.connect(self._on_clear_clicked)
        self.watch.read()
        self._say_gone_on()

    def begin(self) -> None:
        """Read the list anew."""
        self.watch.read()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(design.SPACE_16, design.SPACE_16, design.SPACE_16, design.SPACE_8)
        head.setSpacing(design.SPACE_8)
        label = text_label(tr("Speed limit"), self)
        label.setBuddy(self.limit_box)
        head.addWidget(label)
        head.addWidget(self.limit_box)
        head.addStretch(1)
        head.addWidget(self.clear_button)
        self._column.setContentsMargins(design.SPACE_16, 0, design.SPACE_16, design.SPACE_16)
        self._column.setSpacing(design.SPACE_8)
        self._column.addStretch(1)
        self._scroll.setWidget(self._list)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        empty = QWidget(self)
        middle = QHBoxLayout(empty)
        middle.setContentsMargins(design.SPACE_32, 0, design.SPACE_32, design.SPACE_32)
        middle.addWidget(self.empty_label)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._scroll)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(head)
        told = QHBoxLayout()
        told.setContentsMargins(design.SPACE_16, 0, design.SPACE_16, design.SPACE_8)
        told.addWidget(self.notice)
        outer.addLayout(told)
        outer.addWidget(self._stack, 1)

    def _say_gone_on(self) -> None:
        """Say once that connections were opened without a click, and why."""
        num_running = self._services.fetching.num_gone_on
        if num_running:
            self.notice.show_message(
                trn(
                    "{n} download goes on that was running when the program ended.",
                    "{n} downloads go on that were running when the program ended.",
                    num_running,
                ),
                tr("Nothing else connects by itself. Pause what should wait."),
            )

    @Slot(object)
    def _on_changed(self, listed: tuple[FetchProgress, ...]) -> None:
        known = {progress.order.id for progress in listed}
        for order_id in [each for each in self.rows if each not in known]:
            gone = self.rows.pop(order_id)
            self._column.removeWidget(gone)
            gone.deleteLater()
        for place, progress in enumerate(listed):
            row = self.rows.get(progress.order.id) or self._add_row(progress.order.id)
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            row.put(progress, is_first=place == 0, is_last=place == len(listed) - 1)
        self._stack.setCurrentIndex(1 if listed else 0)
        self.clear_button.setVisible(any(each.state is FetchState.DONE for each in listed))
        self.state_changed.emit(say_list(listed))

    def _add_row(self, order_id: str) -> DownloadRow:
        fetching = self._services.fetching
        row = self.rows[order_id] = DownloadRow(self._theme, order_id, self._list)
        row.pause_wanted.connect(lambda each: self._do(lambda: fetching.pause(each)))
        row.resume_wanted.connect(lambda each: self._do(lambda: fetching.resume(each)))
        row.cancel_wanted.connect(lambda each: self._do(lambda: fetching.cancel(each)))
        row.move_wanted.connect(lambda each, by: self._do(lambda: fetching.move(each, by)))
        return row

    @Slot()
    def _on_limit_chosen(self) -> None:
        limit = self.limit_box.currentData()
        self._do(lambda: self._services.fetching.set_limit(limit))

    @Slot()
    def _on_clear_clicked(self) -> None:
        self._do(self._services.fetching.clear_done)

    def _do(self, work: Callable[[], None]) -> None:
        self._bridge.run(lambda context: work(), on_failed=self.notice.show_error, lane="downloads")

"""Where models are looked for: the hub or a mirror of it, and the access token that goes there."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.errors import AppError
from lmstudio_lite.hub.repository import DEFAULT_ENDPOINT
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.models.token_box import TokenBox
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr


class HubPlace(QFrame):
    """Folded away until it is asked for; nothing is sent by changing it."""

    place_changed = Signal()

    def __init__(self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "card")
        self._services = services
        self._bridge = bridge
        label = text_label(tr("Hub or mirror"), self)
        self.field = QLineEdit(self)
        self.field.setAccessibleName(tr("Hub or mirror"))
        self.field.setPlaceholderText(DEFAULT_ENDPOINT)
        label.setBuddy(self.field)
        self.use_button = text_button(tr("Use it"), self)
        self.fixed_label = text_label(
            tr("HF_ENDPOINT or --endpoint says which, for this run of the program."),
            self,
            role="small",
            wrap=True,
        )
        self.notice = Notice(theme, self)
        self.token_box = TokenBox(theme, services, bridge, self)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        row.addWidget(label)
        row.addWidget(self.field, 1)
        row.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_12, design.SPACE_12, design.SPACE_12)
        column.setSpacing(design.SPACE_8)
        column.addLayout(row)
        column.addWidget(self.fixed_label)
        column.addWidget(self.notice)
        column.addWidget(self.token_box)
        self.field.returnPressed.connect(self._on_use_wanted)
        self.use_button.clicked.connect(self._on_use_wanted)
        self.hide()

    def unfold(self) -> None:
        """Show what is in use."""
        is_fixed = self._services.hub.is_endpoint_fixed
        self.field.setText(self._services.hub.wanted_endpoint)
        self.field.setEnabled(not is_fixed)
        self.use_button.setVisible(not is_fixed)
        self.fixed_label.setVisible(is_fixed)
        self._ask_for_token()
        self.show()
        (self.token_box.field if is_fixed else self.field).setFocus()

    def _ask_for_token(self) -> None:
        try:
            self.token_box.ask("", self._services.hub.endpoint)
        except AppError as error:
            self.token_box.hide()
            self.notice.show_error(error)

    @Slot()
    def _on_use_wanted(self) -> None:
        text = self.field.text()
        self.notice.clear()

        def work(context: JobContext) -> None:
            self._services.hub.keep_endpoint(text)

        self._bridge.run(work, on_done=self._on_used, on_failed=self.notice.show_error, lane="hub place")

    def _on_used(self, nothing: None) -> None:
        self.field.setText(self._services.hub.wanted_endpoint)
        self._ask_for_token()
        self.place_changed.emit()

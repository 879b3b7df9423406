"""The first-run card: three better models, while only the starter is here. Closed once, it never comes back.

It stands below the examples in the chat's empty state: the starter can be asked at once, and nothing has to
be decided first.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.models.offers import OffersView
from lmstudio_lite.ui.models.offers_control import OffersControl
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr

_WIDTH = 620


class FirstRunCard(QFrame):
    """Hidden until it is known that it is wanted. ``use_requested`` passes on the view's."""

    use_requested = Signal(object)  # Path

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        set_role(self, "soft")
        self._services = services
        self._bridge = bridge
        self._theme = theme
        self.view: OffersView | None = None
        self._title = text_label(
            tr("The model that came with the program is small. These suit this computer:"),
            self,
            role="heading",
            wrap=True,
        )
        self.close_button = IconButton(theme, "close", tr("Don't offer models again"), self)
        self.close_button.clicked.connect(self._on_close_clicked)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_12, design.SPACE_16)
        self._column.setSpacing(design.SPACE_8)
        self._column.addLayout(top)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self.hide()

    def show_if_wanted(self) -> None:
        """Show the card if it was not dismissed and nothing better than the starter is here."""
        if self._services.settings.value.offers.is_dismissed or self.view is not None:
            return
        recommending = self._services.recommending
        self._bridge.run(
            lambda context: recommending.has_only_starter(), on_done=self._on_known, lane="offers"
        )

    def _on_known(self, has_only_starter: bool) -> None:
        if not has_only_starter or self.view is not None:
            return
        control = OffersControl(self._services, self._bridge, self)
        self.view = OffersView(control, self)
        self.view.use_requested.connect(self.use_requested)
        self._column.addWidget(self.view)
        control.refresh()
        self.show()

    @Slot()
    def _on_close_clicked(self) -> None:
        remember(self._services.settings, "offers", is_dismissed=True)
        self.hide()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.setMaximumWidth(self._theme.scaled(_WIDTH))

"""What a model asks for whose makers want their terms accepted: their page, and an access token."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.hub import TokenPlace
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.hub import say_gated
from lmstudio_lite.words.translate import tr


class TokenBox(QFrame):
    """Hidden until ``ask`` is called. A token that was entered is kept and never shown again."""

    token_kept = Signal()

    def __init__(self, theme: Theme, services: Services, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "notice-info")
        self._services = services
        self._bridge = bridge
        self._endpoint = ""
        self._page = ""
        self.words = text_label("", self, wrap=True)
        self.place = text_label("", self, role="small", wrap=True)
        self.field = QLineEdit(self)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(tr("Access token"))
        self.field.setAccessibleName(tr("Access token"))
        self.keep_button = text_button(tr("Keep it and try again"), self)
        self.page_button = text_button(tr("Open its page in the browser"), self, role="quiet")
        self.forget_button = text_button(tr("Forget the token"), self, role="quiet")
        self.notice = Notice(theme, self)
        entering = QHBoxLayout()
        entering.setSpacing(design.SPACE_8)
        entering.addWidget(self.field, 1)
        entering.addWidget(self.keep_button)
        more = QHBoxLayout()
        more.setSpacing(design.SPACE_8)
        more.addWidget(self.page_button)
        more.addWidget(self.forget_button)
        more.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_12, design.SPACE_12, design.SPACE_12, design.SPACE_8)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.words)
        column.addLayout(entering)
        column.addWidget(self.place)
        column.addWidget(self.notice)
        column.addLayout(more)
        self.field.returnPressed.connect(self._on_keep_wanted)
        self.keep_button.clicked.connect(self._on_keep_wanted)
        self.page_button.clicked.connect(self._on_page_wanted)
        self.forget_button.clicked.connect(self._on_forget_wanted)
        self.hide()

    def ask(self, repo: str, endpoint: str, *, is_gated: bool = True, is_refused: bool = False) -> None:
        """Ask for a token for ``endpoint``, because of ``repo`` or, if that is "", in general.

        ``is_gated``: the makers want their terms accepted; else the model may be somebody's own.
        ``is_refused``: the token that there is was not enough.
        """
        self._endpoint, self._page = endpoint, f"{endpoint}/{repo}"
        steps = tr("Accept them on its page, create an access token there (kind “read”), and enter it here.")
        if is_refused:
            steps = tr(
                "The token that is kept is not enough: accept the terms with the same account, and check "
                "that the token may read gated models."
            )
        if not repo:
            words = tr(
                "An access token is needed only for private models and for those with terms to accept."
            )
        elif is_gated:
            words = f"{say_gated(repo)} {steps}"
        else:
            words = tr("Enter an access token of the account that may see “{0}”.").format(safe_line(repo))
        self.words.setText(words)
        self.page_button.setVisible(bool(repo))
        self.keep_button.setText(tr("Keep it and try again") if repo else tr("Keep it"))
        self.notice.clear()
        self._say_place(self._services.hub.token_place(endpoint))
        self.show()

    def _say_place(self, place: TokenPlace) -> None:
        file = safe_line(str(self._services.paths.tokens_file))
        words = {
            TokenPlace.NONE: tr(
                "It will be kept in the system's keyring and sent to this hub alone. Where there is no "
                "keyring it is kept in a file that you alone may read."
            ),
            TokenPlace.ENVIRONMENT: tr("A token was given in HF_TOKEN, for this run of the program."),
            TokenPlace.KEYRING: tr("A token is kept in the system's keyring."),
            TokenPlace.FILE: tr(
                "A token is kept in the file {0}, which you alone may read: this system has no keyring that "
                "is open."
            ).format(file),
        }
        self.place.setText(words[place])
        self.forget_button.setVisible(place in (TokenPlace.KEYRING, TokenPlace.FILE))

    @Slot()
    def _on_keep_wanted(self) -> None:
        token, endpoint = self.field.text(), self._endpoint
        if not token.strip():
            self.field.setFocus()
            return
        self.field.clear()
        self._bridge.run(
            lambda context: self._services.hub.keep_token(token, endpoint),
            on_done=self._on_kept,
            on_failed=self.notice.show_error,
            lane="hub token",
        )

    def _on_kept(self, place: TokenPlace) -> None:
        self.notice.clear()
        self._say_place(place)
        self.token_kept.emit()

    @Slot()
    def _on_page_wanted(self) -> None:
        QDesktopServices.openUrl(QUrl(self._page))

    @Slot()
    def _on_forget_wanted(self) -> None:
        endpoint = self._endpoint
        self._bridge.run(
            lambda context: self._services.hub.forget_token(endpoint),
            on_done=lambda nothing: self._say_place(self._services.hub.token_place(endpoint)),
            on_failed=self.notice.show_error,
            lane="hub token",
        )

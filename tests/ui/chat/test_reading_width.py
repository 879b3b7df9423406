"""How wide messages may be is chosen in the settings, and grows with the size of the text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.settings_dialog import SettingsDialog
from lmstudio_lite.ui.theme import Theme


def test_it_is_chosen_and_kept(window: MainWindow, services: Services, theme: Theme, qtbot: QtBot) -> None:
    conversation = services.conversations.create("Rivers")
    services.conversations.add_message(conversation.id, None, Role.USER, "Name a long river.")
    window.resize(1900, 700)
    window.chat.open_history_item(conversation.id)
    qtbot.waitUntil(lambda: len(window.chat.thread_view.widgets) == 1)
    (message,) = window.chat.thread_view.widgets
    qtbot.waitUntil(lambda: message.width() == 760)
    window.show_settings()
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    dialog.width_box.setCurrentIndex(dialog.width_box.findData(960))
    save = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: message.width() == 960)
    assert services.settings.value.appearance.reading_width == 960
    theme.apply("light", text_scale=1.5)
    qtbot.waitUntil(lambda: message.width() == 1140)
    theme.apply("light")


def test_a_title_that_deceives_is_marked(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    services.conversations.create("photo_\u202egpj.exe")
    model = window.chat.history_model
    model.load()
    qtbot.waitUntil(lambda: model.rowCount() == 1)
    index = model.index(0, 0)
    assert index.data() == "photo_▪gpj.exe"
    assert "RIGHT-TO-LEFT OVERRIDE" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.EditRole) == "photo_\u202egpj.exe"

"""The windows in a language that nobody speaks: every text is in brackets, or was forgotten.

The walks are those of ``test_walk`` and ``test_walk_work``: all that is on a screen there is looked at here.
"""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.library.catalog import catalog
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.settings_dialog import SettingsDialog
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import tr
from tests.ui.shown_texts import forgotten, texts_of
from tests.ui.test_walk import WindowWalker, test_twice_through_the_window
from tests.ui.test_walk_work import (
    test_a_translation,
    test_documents_in_a_queue,
    test_the_dialog_of_a_bug,
    test_the_steps_of_a_training,
    test_what_goes_wrong_in_a_chat,
    trainings,
)

__all__ = [
    "test_a_translation",
    "test_documents_in_a_queue",
    "test_the_dialog_of_a_bug",
    "test_the_steps_of_a_training",
    "test_twice_through_the_window",
    "test_what_goes_wrong_in_a_chat",
    "trainings",
]

pytestmark = pytest.mark.usefixtures("pseudo_language")

USERS_WORDS = (
    *("Rivers", "fox.txt", "季度报告 第二版.txt", "تقرير.txt", "broken.pdf", "answers.jsonl"),
    *("Who are you?", "A pirate.", "Question", "Answer number", "run · "),
    *("apache-2.0", "smollm2"),  # what a model's file says of itself
    *(model.name for model in catalog()),
)


class TextWalker(WindowWalker):
    """Keeps what is shown in English, in place of what is cut."""

    def look(self, place: str, root: QWidget | None = None) -> None:
        """Collect what was forgotten."""
        self.settle()
        self.cuts += [f"{place}: {text}" for text in forgotten(root or self.window, *USERS_WORDS)]

    def menu_entry(self, words: str) -> None:
        """Choose an entry by its English words."""
        super().menu_entry(tr(words))


@pytest.fixture
def walker(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> TextWalker:
    conversation = services.conversations.create("Rivers")
    question = services.conversations.add_message(conversation.id, None, Role.USER, "Name a long river.")
    services.conversations.add_message(conversation.id, question.id, Role.ASSISTANT, "**The Nile** is long.")
    window = MainWindow(services, bridge, theme)
    qtbot.addWidget(window)
    window.resize(1_680, 1_050)
    window.show()
    qtbot.waitExposed(window)
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY and not window.control.is_checking)
    return TextWalker(window, qtbot)


def test_what_is_hidden_in_the_main_window(window: MainWindow) -> None:
    assert window.tabs.summarize
    assert window.tabs.translate
    assert not forgotten(window)
    assert len(list(texts_of(window))) > 100


def test_the_settings(services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot) -> None:
    keeper = DraftKeeper(services, bridge, Place.CHAT, bridge)
    dialog = SettingsDialog(services, bridge, theme, keeper)
    qtbot.addWidget(dialog)
    assert not forgotten(dialog)


def test_menus(window: MainWindow) -> None:
    menus = window.findChildren(QMenu)
    assert menus
    assert not [text for menu in menus for text in forgotten(menu)]

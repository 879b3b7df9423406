"""The window's language: what may be chosen, and what Qt itself says in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.settings_dialog import SettingsDialog
from lmstudio_lite.ui.spoken_language import translate_qt
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.unsaved import Place
from lmstudio_lite.words.translate import catalogue_path, use_language
from tests.ui.gestures import click


@pytest.fixture
def translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty translations into German, Hebrew and the Portuguese of Brazil."""
    for code in ("de", "he", "pt_BR"):
        path = catalogue_path(code, tmp_path / "translations")
        path.parent.mkdir(parents=True)
        path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n', "utf-8")
    monkeypatch.setattr("lmstudio_lite.words.translate.resources", lambda: tmp_path)
    return tmp_path / "translations"


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application, in English and from left to right again at the end."""
    yield qapp
    for translator in qapp.findChildren(QTranslator):
        qapp.removeTranslator(translator)
        translator.deleteLater()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    use_language("en")


def save_button() -> str:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save)
    return box.button(QDialogButtonBox.StandardButton.Save).text()


def test_qts_own_buttons_speak_it_too(app: QApplication, translations: Path) -> None:
    assert use_language("de", folder=translations) == "de"
    translate_qt(app)
    assert save_button() == "Speichern"
    assert app.layoutDirection() is Qt.LayoutDirection.LeftToRight


def test_a_language_from_right_to_left_turns_the_window_round(app: QApplication, translations: Path) -> None:
    use_language("he", folder=translations)
    translate_qt(app)
    assert app.layoutDirection() is Qt.LayoutDirection.RightToLeft


def test_english_leaves_qt_as_it_is(app: QApplication) -> None:
    use_language("en")
    translate_qt(app)
    assert save_button() == "Save"


def test_a_language_is_chosen_for_the_next_start(
    translations: Path, services: Services, bridge: Bridge, theme: Theme, qtbot: QtBot
) -> None:
    keeper = DraftKeeper(services, bridge, Place.CHAT, bridge)
    dialog = SettingsDialog(services, bridge, theme, keeper)
    qtbot.addWidget(dialog)
    dialog.show()
    box = dialog.language_box
    shown = [box.itemText(number) for number in range(box.count())]
    assert shown == ["Like the system", "English", "Deutsch", "português (Brasil)", "עברית"]
    box.setCurrentIndex(2)
    with qtbot.waitSignal(dialog.accepted):
        click(dialog.buttons.button(QDialogButtonBox.StandardButton.Save))
    assert services.settings.value.appearance.language == "de"
    assert 'language = "de"' in services.paths.settings_file.read_text("utf-8")

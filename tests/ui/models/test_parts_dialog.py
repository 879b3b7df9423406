"""“Split into files” and “Merge into one file” by clicks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.models.parts_dialog import PartsDialog
from lmstudio_lite.ui.theme import Theme
from tests.support.gguf_models import write_model
from tests.ui.gestures import click, press
from tests.ui.shown_texts import forgotten
from tests.ui.walking import cut_texts


class Opener:
    def __init__(self, qtbot: QtBot, theme: Theme, services: Services, bridge: Bridge) -> None:
        self._qtbot = qtbot
        self._parts = (theme, services, bridge)
        self._parent = QWidget()
        qtbot.addWidget(self._parent)
        self._parent.show()

    def __call__(self, path: Path) -> PartsDialog:
        dialog = PartsDialog(*self._parts, path, self._parent)
        dialog.show()
        self._qtbot.waitExposed(dialog)
        self._qtbot.waitUntil(lambda: bool(dialog.folder_label.full_text))
        return dialog


@pytest.fixture
def dialog_of(qtbot: QtBot, theme: Theme, services: Services, bridge: Bridge) -> Opener:
    return Opener(qtbot, theme, services, bridge)


def test_a_model_is_split_and_merged(tmp_path: Path, dialog_of: Opener, qtbot: QtBot) -> None:
    source = write_model(tmp_path / "Tiny.gguf", "moe")
    dialog = dialog_of(source)
    assert dialog.folder_label.full_text == str(tmp_path)
    dialog.size_box.addItem("small", 200_000)
    dialog.size_box.setCurrentIndex(dialog.size_box.count() - 1)
    with qtbot.waitSignal(dialog.made) as made:
        click(dialog.start_button)
    first = made.args[0]
    assert first.name.startswith("Tiny-00001-of-0000")
    assert "Done" in dialog.notice.text
    dialog.close()
    merging = dialog_of(first)
    assert not merging.size_box.isVisible()
    merging.choose_folder(tmp_path / "merged")
    with qtbot.waitSignal(merging.made):
        click(merging.start_button)
    assert (tmp_path / "merged" / "Tiny.gguf").read_bytes() == source.read_bytes()
    merging.close()


def test_what_goes_wrong_is_said_and_nothing_is_left(tmp_path: Path, dialog_of: Opener, qtbot: QtBot) -> None:
    dialog = dialog_of(write_model(tmp_path / "Tiny.gguf", "llama"))
    click(dialog.start_button)
    qtbot.waitUntil(lambda: "fits into one part" in dialog.notice.text)
    assert dialog.start_button.isVisible()
    assert [path.name for path in tmp_path.glob("*.gguf")] == ["Tiny.gguf"]
    press(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.isVisible())


@pytest.mark.usefixtures("pseudo_language")
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_texts_are_translated_and_whole(
    tmp_path: Path, dialog_of: Opener, theme: Theme, scale: float
) -> None:
    theme.apply("dark", text_scale=scale)
    try:
        for name in ("Tiny.gguf", "Tiny-00001-of-00002.gguf"):
            dialog = dialog_of(write_model(tmp_path / name, "llama"))
            for _ in range(6):
                QApplication.processEvents()
            assert list(cut_texts(dialog)) == []
            assert forgotten(dialog, str(tmp_path), dialog.folder_label.text()) == []
            dialog.close()
    finally:
        theme.apply("light")

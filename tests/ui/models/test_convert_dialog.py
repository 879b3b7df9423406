"""The dialog that converts a model, with real clicks: types foretold, a file made, stopped, refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.file_types import ALL_FILE_TYPES
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.models.convert_dialog import ConvertDialog
from lmstudio_lite.ui.models.types_model import NOTES, SIZE, TIME
from lmstudio_lite.ui.theme import Theme
from tests.support.gguf_models import write_adapter, write_model

TIMEOUT_MS = 60_000


@pytest.fixture
def source(services: Services) -> Path:
    services.paths.models.mkdir(parents=True, exist_ok=True)
    return write_model(services.paths.models / "tiny-F32.gguf", "llama")


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


@pytest.fixture
def dialog(
    theme: Theme, services: Services, bridge: Bridge, source: Path, parent: QWidget, qtbot: QtBot
) -> Iterator[ConvertDialog]:
    dialog = ConvertDialog(theme, services, bridge, source, parent)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.model.row_of("IQ1_S") >= 0, timeout=TIMEOUT_MS)
    yield dialog
    if not isValid(dialog):  # closed by the test, and gone with that
        return
    if dialog.stop_button.isVisible():
        qtbot.mouseClick(dialog.stop_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not dialog.stop_button.isVisible(), timeout=TIMEOUT_MS)
    dialog.close()


def choose(dialog: ConvertDialog, file_type: str) -> None:
    dialog.table.selectRow(dialog.model.row_of(file_type))


def start(dialog: ConvertDialog, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)


def test_every_possible_type_has_its_size_and_time(dialog: ConvertDialog) -> None:
    model = dialog.model
    rows = [model.forecast(row) for row in range(model.rowCount())]
    names = [forecast.file_type for forecast in rows if forecast is not None]
    assert set(names) <= set(ALL_FILE_TYPES)
    assert names == [name for name in ALL_FILE_TYPES if name in names], "most bits first"
    assert {"F16", "Q8_0", "Q4_K_M", "IQ4_XS"} <= set(names)
    row = model.row_of("Q8_0")
    assert model.index(row, SIZE).data() != ""
    assert model.index(row, TIME).data() == "1 s"
    assert model.recommended == "Q4_K_M"
    assert str(model.index(model.row_of("Q4_K_M"), NOTES).data()).startswith("Recommended")
    assert model.forecast(dialog.table.currentIndex().row()) == model.forecast(model.row_of("Q4_K_M"))


def test_a_file_is_made_and_compared(dialog: ConvertDialog, services: Services, qtbot: QtBot) -> None:
    choose(dialog, "Q8_0")
    target = services.paths.models / "tiny-Q8_0.gguf"
    assert dialog.options.target == target
    with qtbot.waitSignal(dialog.made, timeout=TIMEOUT_MS) as made:
        start(dialog, qtbot)
        assert not dialog.table.isEnabled()
    assert made.args == [target]
    assert target.is_file()
    assert services.library.describe(target).quantization == "Q8_0"
    assert "→" in dialog.notice.text
    assert "KL divergence" in dialog.notice.text
    assert dialog.options.target == services.paths.models / "tiny-Q8_0-2.gguf"
    assert dialog.start_button.isEnabled()
    assert [path.name for path in services.paths.models.iterdir() if path.name.startswith(".")] == []
    with qtbot.waitSignal(dialog.use_requested) as wanted:
        qtbot.mouseClick(dialog.notice.button, Qt.MouseButton.LeftButton)
    assert wanted.args == [target]


def test_an_adapter_is_baked_in(
    dialog: ConvertDialog, tmp_path: Path, services: Services, qtbot: QtBot
) -> None:
    choose(dialog, "F16")
    dialog.options.take_adapter(write_adapter(tmp_path / "adapter.gguf"))
    with qtbot.waitSignal(dialog.made, timeout=TIMEOUT_MS):
        start(dialog, qtbot)
    assert "Almost the same as the original" in dialog.notice.text, "the original with its adapter"


def test_it_is_not_closed_while_it_works_and_can_be_stopped(
    dialog: ConvertDialog, services: Services, qtbot: QtBot
) -> None:
    choose(dialog, "Q4_0")
    start(dialog, qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert "Stop it first" in dialog.state.text()
    qtbot.mouseClick(dialog.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.start_button.isVisible(), timeout=TIMEOUT_MS)
    assert sorted(path.name for path in services.paths.models.iterdir()) == ["tiny-F32.gguf"]


def test_what_is_there_is_not_written_over(dialog: ConvertDialog, source: Path, qtbot: QtBot) -> None:
    before = source.read_bytes()
    choose(dialog, "Q8_0")
    dialog.options.choose_target(source)
    start(dialog, qtbot)
    qtbot.waitUntil(lambda: dialog.notice.isVisible(), timeout=TIMEOUT_MS)
    assert "is the model itself" in dialog.notice.text
    assert source.read_bytes() == before


def test_a_file_that_is_no_model_is_said_to_be_none(
    theme: Theme, services: Services, bridge: Bridge, parent: QWidget, tmp_path: Path, qtbot: QtBot
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF and then nothing of use")
    dialog = ConvertDialog(theme, services, bridge, broken, parent)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.notice.isVisible(), timeout=TIMEOUT_MS)
    assert not dialog.start_button.isEnabled()
    dialog.close()

"""How one model is loaded and asked: what is shown, decided, kept and given back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.models import KvType, Rung, Tuning
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.models.details_pane import DetailsPane
from lmstudio_lite.ui.models.fit_panel import context_sizes
from lmstudio_lite.ui.models.library_page import LibraryPage
from lmstudio_lite.ui.models.model_settings import ModelSettings
from lmstudio_lite.ui.models.page import Page
from tests.support.gguf_models import write_model
from tests.ui.models.folder import models_folder
from tests.ui.scripted_engine import ScriptedEngine

TUNING = Tuning(flash_attention=False, num_threads=2, num_threads_batch=2, micro_batch_size=256)


def make_ready(window: MainWindow, engine: ScriptedEngine, qtbot: QtBot, path: Path) -> None:
    window.control.load(path)
    qtbot.waitUntil(lambda: window.control.state.model is not None and not window.control.is_checking)
    engine.loads.clear()
    assert engine.state.model is not None
    model = replace(engine.state.model, tuning=TUNING, is_tuned=True)
    engine.set_state(replace(engine.state, model=model))
    qtbot.waitUntil(lambda: window.control.state.model == model)


def show(window: MainWindow, qtbot: QtBot, path: Path) -> DetailsPane:
    window.models.show_model(path)
    models = window.models.window
    assert models is not None
    models.resize(1000, 700)
    page = models.pages[Page.LIBRARY]
    assert isinstance(page, LibraryPage)
    settings = page.details.settings
    qtbot.waitUntil(lambda: page.details.path == path and settings.isEnabled())
    qtbot.waitUntil(lambda: settings.fit_panel.fit is not None)
    return page.details


@pytest.fixture
def path(services: Services) -> Path:
    return write_model(models_folder(services) / "alpha.gguf", "llama")


@pytest.fixture(autouse=True)
def closed_at_the_end(window: MainWindow) -> Iterator[None]:
    yield
    window.models.close_window()


def press(button: QAbstractButton, qtbot: QtBot) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def keep(settings: ModelSettings, qtbot: QtBot) -> None:
    with qtbot.waitSignal(settings.kept):
        press(settings.keep_button, qtbot)


@pytest.mark.parametrize("trained", [0, 100, 512, 4096, 5000, 131_072, 1 << 20])
def test_the_slider_offers_contexts_up_to_what_the_model_was_trained_for(trained: int) -> None:
    sizes = context_sizes(trained)
    assert sizes[0] == 0
    assert sizes == sorted(set(sizes))
    assert not trained or sizes[-1] == trained


def test_the_slider_tells_what_a_context_takes(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    panel = show(window, qtbot, path).settings.fit_panel
    assert panel.context_size is None
    assert panel.size_label.text().startswith("Automatic")
    panel.slider.setFocus()
    needs = []
    for key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(panel.slider, key)
        with qtbot.waitSignal(panel.fitted):
            qtbot.keyClick(panel.slider, Qt.Key.Key_Right if key is Qt.Key.Key_Home else Qt.Key.Key_Left)
        assert panel.fit is not None
        qtbot.waitUntil(
            lambda: panel.fit is not None and panel.fit.context_size <= (panel.context_size or 0) + 256
        )
        needs.append(panel.fit.need.kv_bytes)
        assert "tokens" in panel.size_label.text()
        assert "needs" in panel.verdict_label.text()
    assert needs[0] <= needs[1]


def test_what_it_runs_with_is_shown_and_a_rung_is_reset(
    window: MainWindow, engine: ScriptedEngine, services: Services, path: Path, qtbot: QtBot
) -> None:
    make_ready(window, engine, qtbot, path)
    engine.set_state(replace(engine.state, rung=Rung.NO_EXTRA_BUFFERS, rung_helps=True))
    services.load_profiles.on_state(engine.state)
    qtbot.waitUntil(lambda: window.control.state.rung is Rung.NO_EXTRA_BUFFERS)
    window.show_picker()
    qtbot.mouseClick(window.picker.details_button, Qt.MouseButton.LeftButton)
    settings = show(window, qtbot, path).settings
    assert settings.form.threads_box.text() == "Automatic"
    assert "flash attention off, 2 threads" in settings.runs_label.text()
    assert "measured on this computer" in settings.runs_label.text()
    assert "without the fastest kernels" in settings.rung_label.text()
    assert services.load_profiles.rung_of(path) is Rung.NO_EXTRA_BUFFERS
    press(settings.normal_button, qtbot)
    qtbot.waitUntil(lambda: len(engine.loads) == 1)
    assert engine.loads[0][1].rung is Rung.NORMAL
    assert services.load_profiles.rung_of(path) is Rung.NORMAL
    qtbot.waitUntil(lambda: not settings.normal_button.isVisible())
    press(settings.measure_button, qtbot)
    qtbot.waitUntil(lambda: len(engine.loads) == 2)


def test_what_is_decided_by_hand_is_kept_and_used(
    window: MainWindow, engine: ScriptedEngine, services: Services, path: Path, qtbot: QtBot
) -> None:
    make_ready(window, engine, qtbot, path)
    settings = show(window, qtbot, path).settings
    form, panel = settings.form, settings.fit_panel
    form.flash_box.setCurrentIndex(form.flash_box.findData(True))
    panel.kv_box.setCurrentIndex(panel.kv_box.findData(KvType.Q8_0))
    panel.slider.setValue(1)
    form.threads_box.setValue(3)
    form.layers_box.setValue(0)
    form.batch_box.setCurrentIndex(form.batch_box.findData(128))
    assert settings.keep_button.text() == "Keep and load again"
    keep(settings, qtbot)
    qtbot.waitUntil(lambda: len(engine.loads) == 1)
    options = engine.loads[0][1]
    assert (options.flash_attention, options.kv_type, options.context_size) == (True, KvType.Q8_0, 512)
    assert (options.num_threads, options.num_gpu_layers, options.micro_batch_size) == (3, 0, 128)
    assert not settings.has_draft
    assert not settings.keep_button.isVisible()
    press(form.speed_button, qtbot)
    keep(settings, qtbot)
    assert services.profiles.decided(path) == ModelProfile(context_size=512, kv_type=KvType.Q8_0)


def test_automatic_is_what_the_program_would_choose_whatever_was_kept(
    window: MainWindow, services: Services, path: Path, qtbot: QtBot
) -> None:
    services.profiles.keep(path, "Tiny", ModelProfile(context_size=512))
    panel = show(window, qtbot, path).settings.fit_panel
    qtbot.waitUntil(lambda: panel.fit is not None and panel.fit.context_size == 512)
    with qtbot.waitSignal(panel.fitted):
        panel.slider.setValue(0)
    assert panel.fit is not None
    assert panel.fit.context_size > 512
    assert f"{panel.fit.context_size:,}" in panel.size_label.text()


def test_sampling_and_prompt_need_no_load_and_one_click_gives_them_back(
    window: MainWindow, engine: ScriptedEngine, services: Services, path: Path, qtbot: QtBot
) -> None:
    make_ready(window, engine, qtbot, path)
    settings = show(window, qtbot, path).settings
    form = settings.form
    assert form.temperature_box.text() == "Automatic (0.7)"
    form.temperature_box.setValue(0.3)
    form.top_k_box.setValue(12)
    qtbot.mouseClick(form.prompt_check, Qt.MouseButton.LeftButton, pos=form.prompt_check.rect().center())
    form.prompt_check.setChecked(True)
    qtbot.keyClicks(form.prompt_edit, "Be brief.")
    assert settings.keep_button.text() == "Keep for this model"
    keep(settings, qtbot)
    decided = ModelProfile(sampling=SamplingChoice(temperature=0.3, top_k=12), system_prompt="Be brief.")
    assert services.profiles.decided(path) == decided
    assert window.control.profile == decided
    assert "own sampling · own system prompt" in window.top_bar.pill.toolTip()
    assert engine.loads == []
    press(form.sampling_button, qtbot)
    assert not form.prompt_edit.isVisible()
    keep(settings, qtbot)
    assert services.profiles.decided(path) == NO_PROFILE


def test_a_template_that_cant_be_used_is_not_kept(
    window: MainWindow, services: Services, path: Path, qtbot: QtBot
) -> None:
    settings = show(window, qtbot, path).settings
    form = settings.form
    form.template_check.setChecked(True)
    assert "im_start" in form.template_edit.toPlainText()
    form.template_edit.setPlainText("{% if %}")
    press(settings.keep_button, qtbot)
    qtbot.waitUntil(settings.notice.isVisible, timeout=10_000)
    assert "template" in settings.notice.text
    assert services.profiles.decided(path) == NO_PROFILE
    assert settings.has_draft
    press(settings.undo_button, qtbot)
    assert not settings.has_draft
    assert not form.template_edit.isVisible()


def test_what_is_not_kept_yet_waits_while_another_model_is_looked_at(
    window: MainWindow, services: Services, path: Path, qtbot: QtBot
) -> None:
    other = write_model(models_folder(services) / "beta.gguf", "llama", seed=3)
    show(window, qtbot, path).settings.form.threads_box.setValue(5)
    assert not show(window, qtbot, other).settings.has_draft
    settings = show(window, qtbot, path).settings
    qtbot.waitUntil(lambda: settings.has_draft)
    assert settings.form.threads_box.value() == 5
    assert services.profiles.decided(path) == NO_PROFILE


def test_a_model_is_used_as_it_is_shown(
    window: MainWindow, engine: ScriptedEngine, services: Services, path: Path, qtbot: QtBot
) -> None:
    details = show(window, qtbot, path)
    details.settings.fit_panel.slider.setFocus()
    qtbot.keyClick(details.settings.fit_panel.slider, Qt.Key.Key_End)
    context_size = details.settings.fit_panel.context_size
    assert context_size
    assert details.settings.has_draft
    press(details.use_button, qtbot)
    qtbot.waitUntil(lambda: bool(engine.loads) and engine.loads[-1][0] == path)
    assert engine.loads[-1][1].context_size == context_size
    assert services.profiles.decided(path).context_size == context_size


def test_the_picker_says_what_was_decided(
    window: MainWindow, services: Services, path: Path, qtbot: QtBot
) -> None:
    services.profiles.keep(path, services.library.describe(path).name, ModelProfile(context_size=2048))
    window.show_picker()
    qtbot.waitUntil(lambda: len(window.picker.rows) == 2)
    spoken = [row.accessibleName() for row in window.picker.rows]
    assert sum("context 2,048" in words for words in spoken) == 1

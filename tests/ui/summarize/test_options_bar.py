from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.domain.summaries import SummaryForm, SummaryOptions
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui import history_panel, window_place
from lmstudio_lite.ui.controls import BUTTON_SIZE
from lmstudio_lite.ui.summarize.options_bar import OptionsBar
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8, SPACE_16
from tests.ui.gestures import click
from tests.ui.walking import cut_texts


@pytest.fixture
def settings(tmp_path: Path) -> SettingsStore:
    return SettingsStore(tmp_path / "settings.toml")


@pytest.fixture
def bar(qtbot: QtBot, settings: SettingsStore, theme: Theme) -> OptionsBar:
    bar = OptionsBar(settings, theme)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def choose(bar: OptionsBar, index: int) -> None:
    bar.form_box.setCurrentIndex(index)
    bar.form_box.activated.emit(index)


def test_the_bar_has_room_in_the_smallest_window(bar: OptionsBar) -> None:
    beside = history_panel.WIDTH_MIN + BUTTON_SIZE + 2 * SPACE_16 + 2 * SPACE_8
    bar.resize(window_place.WIDTH_MIN - beside, bar.height())
    assert bar.width() == window_place.WIDTH_MIN - beside  # not held wider by what it needs
    controls = (bar.form_box, bar.words_slider, bar.words_label, bar.language_box, bar.focus_edit)
    for left, right in pairwise((*controls, bar.more_button)):
        assert left.geometry().right() < right.geometry().left()


def test_the_words_stay_whole_when_the_text_grows(bar: OptionsBar, theme: Theme, qtbot: QtBot) -> None:
    bar.words_slider.setValue(60)
    bar.resize(400, bar.height())
    try:
        theme.apply("light", text_scale=2.0)
        bar.resize(400, bar.height())
        qtbot.waitUntil(lambda: cut_texts(bar) == [], timeout=2_000)
    finally:
        theme.apply("light")


def test_every_form_has_a_name(bar: OptionsBar) -> None:
    forms = {bar.form_box.itemData(index) for index in range(bar.form_box.count())}
    assert forms == {form.value for form in SummaryForm} - {"comparison"}


def test_a_length_is_told_once_the_slider_rests(
    qtbot: QtBot, bar: OptionsBar, settings: SettingsStore
) -> None:
    with qtbot.waitSignal(bar.options_changed, timeout=3_000) as changed:
        bar.words_slider.setValue(20)
        bar.words_slider.setValue(25)
    assert changed.args is not None
    assert changed.args[0] == SummaryOptions(words=250)
    assert settings.value.summarize.words == 250
    assert bar.words_label.text() == "250 words"


def test_an_own_instruction_is_kept_as_a_form(
    qtbot: QtBot, bar: OptionsBar, settings: SettingsStore, theme: Theme
) -> None:
    choose(bar, bar.form_box.count() - 1)
    assert bar.instruction_edit.isVisible()
    assert bar.options.form is SummaryForm.BULLETS, "nothing is asked for yet"
    with qtbot.waitSignal(bar.options_changed, timeout=3_000):
        qtbot.keyClicks(bar.instruction_edit, "List every promise that is made")
    assert bar.options == SummaryOptions(SummaryForm.OWN, instruction="List every promise that is made")
    click(bar.keep_button)
    assert settings.value.summarize.presets == {"List every promise that": "List every promise that is made"}
    choose(bar, 0)
    assert bar.options == SummaryOptions()
    choose(bar, bar.form_box.findText("List every promise that"))
    assert bar.options.instruction == "List every promise that is made"
    again = OptionsBar(settings, theme)
    qtbot.addWidget(again)
    assert again.options == bar.options


def keep(bar: OptionsBar, instruction: str) -> None:
    choose(bar, bar.form_box.findData(SummaryForm.OWN.value))
    bar.instruction_edit.setText(instruction)
    bar.instruction_edit.textEdited.emit(instruction)
    click(bar.keep_button)


def test_an_own_form_is_renamed_and_deleted(bar: OptionsBar, settings: SettingsStore) -> None:
    keep(bar, "List all promises")
    keep(bar, "Name the risks")
    bar.name_edit.setText("  Risks  ")
    bar.name_edit.editingFinished.emit()
    assert settings.value.summarize.presets == {
        "List all promises": "List all promises",
        "Risks": "Name the risks",
    }
    assert bar.form_box.currentText() == "Risks"
    bar.name_edit.setText("List all promises")
    bar.name_edit.editingFinished.emit()
    assert bar.name_edit.text() == "Risks", "another form has that name"
    click(bar.delete_button)
    assert settings.value.summarize.presets == {"List all promises": "List all promises"}
    assert bar.options == SummaryOptions(SummaryForm.OWN, instruction="Name the risks")


def test_an_own_form_gets_another_instruction(bar: OptionsBar, settings: SettingsStore) -> None:
    keep(bar, "List all promises")
    assert not bar.keep_button.isVisible()
    bar.instruction_edit.setText("List all promises that were broken")
    bar.instruction_edit.textEdited.emit(bar.instruction_edit.text())
    click(bar.keep_button)
    assert settings.value.summarize.presets == {"List all promises": "List all promises that were broken"}


def test_a_comparison_keeps_its_form(bar: OptionsBar, settings: SettingsStore) -> None:
    bar.set_options(SummaryOptions(SummaryForm.COMPARISON, focus="salt"))
    assert bar.options == SummaryOptions(SummaryForm.COMPARISON, focus="salt")
    bar.language_box.activated.emit(0)
    assert settings.value.summarize.form == "bullets"


def test_references_are_read_too_when_asked(qtbot: QtBot, bar: OptionsBar, settings: SettingsStore) -> None:
    assert not bar.options.reads_all
    with qtbot.waitSignal(bar.options_changed):
        bar.all_action.trigger()
    assert bar.options.reads_all
    assert settings.value.summarize.reads_all

"""Personas, knobs, schema and the context's inventory in the window, by clicks and keys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.control import NO_CONTROL, ConversationControl
from lmstudio_lite.domain.conversations import ReplyStarted, TurnsRead
from lmstudio_lite.domain.generation import ChatPrompt, Role
from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.domain.personas import Persona, WantedModel
from lmstudio_lite.domain.profiles import SamplingChoice
from lmstudio_lite.formats.persona_file import write_persona
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.chat.control.answers_dialog import AnswersDialog
from lmstudio_lite.ui.chat.control.personas_window import PersonasWindow
from lmstudio_lite.ui.chat.control.wiring import ChatControl
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.theme import Theme
from tests.ui.chat.driver import Driver
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine

POET = Persona("Poet", "You write poems.", starters=("Write of rain", "Write about: "))


@pytest.fixture
def control(chat: ChatTab, driver: Driver, window: MainWindow, qtbot: QtBot) -> ChatControl:
    window.control.load()
    qtbot.waitUntil(lambda: window.control.state.phase is ModelPhase.READY)
    driver.settle()
    return chat.control


def choose(control: ChatControl, name: str, qtbot: QtBot) -> None:
    """Open the menu of personas and click an entry."""
    menu: QMenu = control.row.menu
    menu.popup(control.row.persona_button.mapToGlobal(control.row.persona_button.rect().center()))
    qtbot.waitUntil(menu.isVisible)
    action = next(each for each in menu.actions() if each.text() == name)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    qtbot.waitUntil(lambda: not menu.isVisible())


def prompt_of(engine: ScriptedEngine) -> ChatPrompt:
    prompt = engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    return prompt


def add(control: ChatControl, persona: Persona, driver: Driver, services: Services) -> None:
    services.personas.add(persona)
    control.chosen.list_personas()
    driver.settle()


def test_a_new_chat_is_begun_as_a_persona_and_keeps_it(
    control: ChatControl,
    chat: ChatTab,
    driver: Driver,
    services: Services,
    engine: ScriptedEngine,
    qtbot: QtBot,
) -> None:
    add(control, POET, driver, services)
    choose(control, "Poet", qtbot)
    assert control.row.persona_button.text() == "Poet"
    buttons = chat.empty_state.example_buttons
    assert [button.accessibleName() for button in buttons] == ["Write of rain", "Write about: "]
    driver.click(buttons[1])
    assert (chat.composer.text, len(engine.requests)) == ("Write about: ", 0)
    driver.send("snow")
    assert [each.text for each in prompt_of(engine).messages] == ["You write poems.", "Write about: snow"]
    reply = driver.answer("White.")
    assert reply.note.making is not None
    assert reply.note.making.persona == "Poet"
    chat.start_new()
    assert control.row.persona_button.text() == "No persona"
    chat.work.open(reply.conversation_id)
    qtbot.waitUntil(lambda: control.row.persona_button.text() == "Poet")
    choose(control, "No persona", qtbot)
    driver.settle()
    assert services.personas.control_of(reply.conversation_id) == NO_CONTROL
    driver.send("And rain?")
    assert prompt_of(engine).messages[0].role is Role.USER
    driver.answer("Wet.")


def test_a_persona_whose_model_is_gone_says_so_and_goes_on(
    control: ChatControl,
    chat: ChatTab,
    driver: Driver,
    services: Services,
    engine: ScriptedEngine,
    qtbot: QtBot,
) -> None:
    add(control, Persona("Far", model=WantedModel("Nowhere 7B")), driver, services)
    choose(control, "Far", qtbot)
    qtbot.waitUntil(chat.notice.isVisible)
    assert "Nowhere 7B, which is not here" in chat.notice.text
    driver.send("Hello")
    driver.answer("Hi.")
    assert "made for the model Nowhere 7B" in driver.widgets[-1].note.words.text()


def test_knobs_length_and_stop_words_hold_for_this_conversation(
    control: ChatControl, driver: Driver, services: Services, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    services.settings.update("chat", temperature=0.9)
    driver.click(control.row.answers_button)
    dialog = control.answers_dialog
    assert isinstance(dialog, AnswersDialog)
    box = dialog.knobs.boxes["temperature"]
    qtbot.waitUntil(lambda: box.text() == "0.9 (the settings for all chats)")
    preset = dialog.knobs.presets.box
    qtbot.keyClick(preset, Qt.Key.Key_Down)
    assert preset.currentText() == "Exact"
    preset.activated.emit(preset.currentIndex())
    assert box.value() == 0.1
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert (box.value(), preset.currentText()) == (0.2, "My own")
    qtbot.keyClicks(dialog.knobs.seed_edit, "42")
    dialog.form.length_box.setValue(77)
    qtbot.keyClicks(dialog.form.stop_edit, "END")
    driver.click(dialog.save_button)
    assert "temperature 0.2" in control.row.answers_button.text()
    driver.send("Hello")
    request = engine.requests[-1]
    sampling = request.sampling
    assert (sampling.temperature, sampling.top_p, sampling.seed) == (0.2, 0.9, 42)
    assert (request.max_tokens, request.stop) == (77, ("END",))
    driver.answer("Hi.")


def test_a_schema_is_checked_as_it_is_typed_and_so_is_the_reply(
    control: ChatControl, driver: Driver, engine: ScriptedEngine, qtbot: QtBot, tmp_path: Path
) -> None:
    driver.click(control.row.answers_button)
    dialog = control.answers_dialog
    assert dialog is not None
    dialog.form.schema_edit.setPlainText('{"type": "strin"}')
    qtbot.waitUntil(lambda: "no JSON schema" in dialog.form.schema_said.text())
    assert not dialog.save_button.isEnabled()
    file = tmp_path / "name.json"
    file.write_text(json.dumps({"type": "object", "required": ["name"]}))
    dialog.form.open_file(file)
    qtbot.waitUntil(lambda: "checked against it" in dialog.form.schema_said.text())
    qtbot.keyClick(dialog.form.once_box, Qt.Key.Key_Space)
    assert dialog.form.once_box.isChecked()
    driver.click(dialog.save_button)
    driver.send("Who?")
    assert json.loads(engine.requests[-1].sampling.json_schema)["required"] == ["name"]
    driver.answer('{"age": 3}')
    assert "lacks one of" in driver.widgets[-1].note.words.text()
    qtbot.waitUntil(lambda: "JSON" not in control.row.answers_button.text())
    driver.send("And now?")
    assert engine.requests[-1].sampling.json_schema == ""
    driver.answer("Free.")


def shown(control: ChatControl, qtbot: QtBot) -> PersonasWindow:
    control.show_personas()
    window = control.personas
    qtbot.addWidget(window)
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: window.current is not None)
    return window


def test_a_persona_is_made_changed_deleted_and_brought_back(
    control: ChatControl, driver: Driver, services: Services, qtbot: QtBot
) -> None:
    window = shown(control, qtbot)
    assert window.form.name_edit.isReadOnly()
    assert not window.delete_button.isEnabled()
    driver.click(window.copy_button)
    qtbot.waitUntil(lambda: window.form.name_edit.text() == "Writer (copy)")
    qtbot.waitUntil(window.form.name_edit.hasFocus)
    window.form.name_edit.selectAll()
    qtbot.keyClicks(window.form.name_edit, "Ghost")
    qtbot.waitUntil(
        lambda: services.personas.find("ghost").persona.name == "Ghost" if _has(services) else False
    )
    kept = services.personas.find("ghost")
    assert kept.persona.system_prompt.startswith("You are an experienced writer")
    qtbot.waitUntil(lambda: window.current is not None and window.current.persona.name == "Ghost")
    window.list_view.setFocus()
    qtbot.keyClick(window.list_view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.notice.isVisible() and "deleted" in window.notice.text)
    assert not _has(services)
    driver.click(window.notice.button)
    qtbot.waitUntil(lambda: _has(services))
    qtbot.waitUntil(lambda: window.current is not None and window.current.id == kept.id)
    driver.click(window.use_button)
    assert control.chosen.persona is not None
    assert control.chosen.persona.id == kept.id
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()


def _has(services: Services) -> bool:
    return any(each.persona.name == "Ghost" for each in services.personas.list())


def test_what_was_typed_last_is_kept_when_the_window_closes(
    control: ChatControl, driver: Driver, services: Services, qtbot: QtBot
) -> None:
    window = shown(control, qtbot)
    driver.click(window.new_button)
    qtbot.waitUntil(lambda: window.current is not None and not window.current.is_built_in)
    qtbot.keyClicks(window.form.prompt_edit, "Rhyme.")
    window.close()
    driver.settle()
    qtbot.waitUntil(lambda: services.personas.list()[-1].persona.system_prompt == "Rhyme.")


def test_personas_come_in_by_a_file_that_is_opened_and_others_are_refused(
    control: ChatControl, window: MainWindow, services: Services, tmp_path: Path, qtbot: QtBot
) -> None:
    good, bad = tmp_path / "a.persona.json", tmp_path / "b.persona.json"
    good.write_bytes(write_persona(POET))
    bad.write_text("{}")
    window.open_paths([good])
    personas = control.personas
    qtbot.addWidget(personas)
    qtbot.waitUntil(lambda: personas.current is not None and personas.current.persona == POET)
    personas.import_files([bad])
    qtbot.waitUntil(lambda: "is no persona" in personas.notice.text)
    personas.export_to(POET, tmp_path / "out.persona.json")
    qtbot.waitUntil(lambda: (tmp_path / "out.persona.json").exists())
    assert (tmp_path / "out.persona.json").read_bytes() == write_persona(POET)


def test_the_gauge_shows_the_summary_which_is_edited_and_switched_off(
    control: ChatControl,
    chat: ChatTab,
    window: MainWindow,
    driver: Driver,
    services: Services,
    qtbot: QtBot,
) -> None:
    first = services.conversations.begin("Rivers", "Name a long river.")
    here = first.conversation_id
    answer = services.conversations.add_message(here, first.id, Role.ASSISTANT, "The Nile.")
    second = services.conversations.add_message(here, answer.id, Role.USER, "And a short one?")
    services.conversations.add_message(here, second.id, Role.ASSISTANT, "The Roe.")
    services.turn_summaries.add(here, answer.id, num_turns=1, text="- The Nile is long.", model="m")
    chat.work.open(here)
    qtbot.waitUntil(lambda: window.status.context.text().startswith("context"))
    driver.click(window.status.context)
    popup = control.context
    assert popup is not None
    qtbot.waitUntil(lambda: popup.summary_edit.isVisible())
    assert "A summary stands for the oldest turn." in popup.said.text()
    names = [row.accessibleName() for row in popup.rows]
    assert any("Turn 1: Name a long river." in name and "in the summary" in name for name in names)
    assert not popup.keep_button.isEnabled()
    qtbot.keyClicks(popup.summary_edit, "So. ")
    driver.click(popup.keep_button)
    qtbot.waitUntil(lambda: services.turn_summaries.list(here)[0].is_edited)
    assert services.turn_summaries.list(here)[0].text == "So. - The Nile is long."
    driver.click(popup.use_box)
    qtbot.waitUntil(lambda: services.turn_summaries.list(here)[0].is_off)
    qtbot.waitUntil(lambda: "summary" not in popup.said.text())
    assert popup.summary_edit.toPlainText().startswith("So.")
    qtbot.keyClicks(popup.summary_edit, "And ")
    popup.hide()
    qtbot.waitUntil(lambda: "So. And" in services.turn_summaries.list(here)[0].text)


def test_the_wait_for_a_summary_is_told(control: ChatControl, chat: ChatTab, driver: Driver) -> None:
    driver.send("Hello")
    message = driver.widgets[-1].message
    run = chat.work._runs[0]
    chat.work._on_progress(run, ReplyStarted(message))
    chat.work._on_progress(run, TurnsRead(0, 2))
    assert driver.widgets[-1].reading.words.text() == "Summarizing older turns, 1 of 2"
    driver.answer("Hi.")


def test_the_palette_offers_personas_by_name(
    control: ChatControl, driver: Driver, services: Services
) -> None:
    add(control, POET, driver, services)
    offered: list[str] = []
    control.offer(lambda commands: offered.extend(each.words for each in commands))
    assert {"Personas…", "How it answers here…", "Tutor", "Poet"} <= set(offered)


def test_what_a_row_has_no_room_for_is_cut(control: ChatControl) -> None:
    control.chosen.choose(
        ConversationControl(sampling=SamplingChoice(temperature=0.3, top_k=3), max_tokens=200, stop=("END",))
    )
    control.row.resize(220, control.row.height())
    assert control.row.answers_button.text().endswith("…")
    assert "at most 200 tokens" in control.row.answers_button.accessibleName()


def test_a_preset_of_ones_own_is_kept_chosen_and_forgotten(
    control: ChatControl, driver: Driver, services: Services, qtbot: QtBot
) -> None:
    driver.click(control.row.answers_button)
    dialog = control.answers_dialog
    assert dialog is not None
    presets = dialog.knobs.presets
    assert not presets.keep_button.isVisible()
    dialog.knobs.boxes["top_k"].setValue(7)
    driver.click(presets.keep_button)
    assert presets.question is not None
    presets.question.setTextValue("  Narrow  ")
    presets.question.accept()
    assert services.settings.value.chat.presets == {"Narrow": {"top_k": 7}}
    assert presets.box.currentText() == "Narrow"
    presets.box.setCurrentIndex(0)
    presets.box.activated.emit(0)
    assert dialog.knobs.choice == SamplingChoice()
    presets.box.setCurrentIndex(presets.box.findText("Narrow"))
    presets.box.activated.emit(presets.box.currentIndex())
    assert dialog.knobs.choice == SamplingChoice(top_k=7)
    driver.click(presets.forget_button)
    assert services.settings.value.chat.presets == {}
    assert (presets.box.currentText(), dialog.knobs.choice.top_k) == ("My own", 7)
    dialog.reject()


def test_what_is_chosen_in_a_temporary_chat_is_not_written(
    control: ChatControl, chat: ChatTab, driver: Driver, services: Services, qtbot: QtBot
) -> None:
    add(control, POET, driver, services)
    chat.temporary.begin()
    qtbot.waitUntil(lambda: chat.temporary.is_open)
    choose(control, "Poet", qtbot)
    driver.settle()
    conversation_id = chat.work.conversation_id
    driver.send("Rain")
    reply = driver.answer("Wet.")
    assert reply.note.making is not None
    assert reply.note.making.persona == "Poet"
    with services.database.read() as connection:
        assert connection.execute("SELECT count(*) FROM conversation_controls").fetchone()[0] == 0
    chat.temporary.keep()
    qtbot.waitUntil(lambda: not chat.temporary.is_open)
    assert services.personas.control_of(conversation_id).persona is not None


def test_the_keys_open_the_personas(
    control: ChatControl, window: MainWindow, driver: Driver, qtbot: QtBot
) -> None:
    menu = control.row.menu
    QTimer.singleShot(300, menu.hide)  # a menu of a button holds the event loop until it is closed
    opened: list[bool] = []
    menu.aboutToShow.connect(lambda: opened.append(True))
    qtbot.keyClick(
        window,
        Qt.Key.Key_P,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    qtbot.waitUntil(lambda: bool(opened))


def test_a_persona_of_a_chat_that_has_not_begun_is_there_at_the_next_start(
    control: ChatControl,
    chat: ChatTab,
    driver: Driver,
    services: Services,
    engine: ScriptedEngine,
    paths: Paths,
    theme: Theme,
    qtbot: QtBot,
) -> None:
    add(control, POET, driver, services)
    choose(control, "Poet", qtbot)
    driver.settle()
    for _ in range(2):
        with next_start(paths, engine) as (services_then, bridge_then):
            window = MainWindow(services_then, bridge_then, theme)
            qtbot.addWidget(window)
            chosen = window.chat.control.chosen
            qtbot.waitUntil(lambda chosen=chosen: chosen.persona is not None)  # type: ignore[misc]
            assert chosen.persona is not None
            assert chosen.persona.persona == POET
            assert window.chat.control.row.persona_button.text() == "Poet"
            window.close()
    other = services.conversations.begin("Other", "Hello").conversation_id
    chat.work.open(other)
    driver.settle()
    assert control.chosen.persona is None
    chat.start_new()
    driver.settle()
    assert control.chosen.persona is not None  # back at what has not begun
    driver.send("A river")
    driver.answer("The Nile.")
    assert services.drafts.get("control:") is None
    assert services.personas.control_of(chat.work.conversation_id).persona is not None
    chat.start_new()
    driver.settle()
    assert control.chosen.persona is None

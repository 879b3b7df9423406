"""Documents in the composer and in messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.generation import ChatPrompt
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.ui.chat.chips import ChipRow
from lmstudio_lite.ui.chat.tab import ChatTab
from lmstudio_lite.ui.inventory_dialog import InventoryDialog
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE
from tests.ui.chat.driver import Driver
from tests.ui.encoding_dialogs import DOUBTFUL, answer, asked, write_doubtful
from tests.ui.gestures import drag_enter, drop, mime_of
from tests.ui.scripted_engine import ScriptedEngine

if TYPE_CHECKING:
    from lmstudio_lite.tasks.text.meaning import Vectors

TEXT = "The harbour was built in the twelfth century. Most warehouses burned down in 1678."


@pytest.fixture(autouse=True)
def ready_model(engine: ScriptedEngine) -> None:
    engine.set_ready(Path("small.gguf"))


def titles(row: ChipRow) -> list[str]:
    return [chip.title for chip in row.chips]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.txt"
    path.write_text(TEXT, "utf-8")
    return path


def attach(qtbot: QtBot, chat: ChatTab, path: Path) -> None:
    before = len(chat.attachments.ready)
    chat.attach_paths([path])
    qtbot.waitUntil(lambda: len(chat.attachments.ready) > before, timeout=20_000)


def test_a_dropped_document_goes_with_the_next_message(
    qtbot: QtBot, driver: Driver, window: MainWindow, notes: Path
) -> None:
    chat = driver.chat
    native = window.windowHandle()
    assert native is not None
    low = QPoint(40, window.height() - 40)
    assert drag_enter(native, mime_of(notes), low)
    assert drop(native, mime_of(notes), low)
    qtbot.waitUntil(lambda: len(chat.attachments.ready) == 1, timeout=20_000)
    assert titles(chat.composer.chips) == ["harbour.txt"]
    driver.send("When did it burn?")
    assert titles(chat.composer.chips) == []
    driver.answer("In 1678.")
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert TEXT in prompt.messages[0].text
    assert titles(driver.widgets[0].chips) == ["harbour.txt"]
    assert driver.texts == ["When did it burn?", "In 1678."]
    assert window.top_bar.tabs.currentIndex() == CHAT


def test_an_attachment_can_be_taken_away(qtbot: QtBot, driver: Driver, notes: Path) -> None:
    attach(qtbot, driver.chat, notes)
    button = driver.chat.composer.chips.chips[0].remove_button
    driver.click(button)
    assert not driver.chat.attachments.ready
    assert not driver.chat.composer.chips.isVisible()


def test_a_file_that_cannot_be_read_is_told(qtbot: QtBot, driver: Driver, tmp_path: Path) -> None:
    driver.chat.attach_paths([tmp_path / "gone.pdf"])
    qtbot.waitUntil(driver.chat.notice.isVisible, timeout=20_000)
    assert driver.chat.attachments.titles == ()


def test_each_conversation_keeps_what_its_draft_attaches(qtbot: QtBot, driver: Driver, notes: Path) -> None:
    driver.send("Hello")
    first = driver.answer("Hi.").conversation_id
    attach(qtbot, driver.chat, notes)
    driver.chat.start_new()
    driver.settle()
    assert not driver.chat.attachments.titles
    driver.chat.open_history_item(first)
    driver.settle()
    assert driver.chat.attachments.titles == ("harbour.txt",)


def test_an_edited_question_keeps_its_documents(qtbot: QtBot, driver: Driver, notes: Path) -> None:
    attach(qtbot, driver.chat, notes)
    driver.send("When did it burn?")
    driver.answer("In 1678.")
    driver.widgets[0].edit_requested.emit(driver.widgets[0].message)
    assert titles(driver.chat.composer.chips) == ["harbour.txt"]
    driver.chat.composer.set_text("")
    driver.send("When was it built?")
    driver.answer("In the twelfth century.")
    prompt = driver.engine.requests[-1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert TEXT in prompt.messages[0].text
    assert titles(driver.widgets[0].chips) == ["harbour.txt"]


def test_a_summarized_document_can_be_asked_about(driver: Driver, window: MainWindow) -> None:
    window.top_bar.tabs.setCurrentIndex(SUMMARIZE)
    window.tabs.summarize.question_wanted.emit(text_document(TEXT, "Harbour"))
    assert window.top_bar.tabs.currentIndex() == CHAT
    assert titles(driver.chat.composer.chips) == ["Harbour"]


def test_what_was_read_of_long_documents_is_said(qtbot: QtBot, driver: Driver) -> None:
    document = text_document(" ".join(f"Boat {n} came home with {n} fish." for n in range(2000)), "Boats")
    driver.chat.ask_about(document)
    driver.send("How many fish had boat 712?")
    driver.answer("712.")
    words = driver.widgets[1].note.words.text()
    assert words.startswith("Based on ")
    assert "passages" in words


MISSING = (
    Part(PartKind.BODY, num_characters=len(TEXT)),
    Part(PartKind.ATTACHMENT, 0, "plan.zip", None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED),
)


def test_what_of_a_document_is_missing_is_said_where_it_is_attached(
    qtbot: QtBot, driver: Driver, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = replace(text_document(TEXT, "Harbour"), path=notes, inventory=MISSING)
    monkeypatch.setattr(DocumentReader, "read", lambda self, path, cancellation=None: read)
    attach(qtbot, driver.chat, notes)
    assert "“harbour.txt” could not be read whole." in driver.chat.notice.text
    assert "Attachment “plan.zip” was not read" in driver.chat.notice.text
    (chip,) = driver.chat.composer.chips.chips
    assert "plan.zip" in chip.accessibleName()
    driver.click(chip.parts_button)
    (dialog,) = driver.chat.window().findChildren(InventoryDialog)
    assert dialog.model.index(0, 0).data() == "Attachment “plan.zip”"
    dialog.close()
    driver.send("When did it burn?")
    driver.answer("In 1678.")
    (kept,) = driver.widgets[0].chips.chips
    assert "plan.zip" in kept.accessibleName()
    assert kept.parts_button.isVisible()


def test_nothing_more_is_said_of_a_document_that_was_read_whole(
    qtbot: QtBot, driver: Driver, notes: Path
) -> None:
    attach(qtbot, driver.chat, notes)
    assert not driver.chat.notice.isVisible()
    (chip,) = driver.chat.composer.chips.chips
    assert chip.accessibleName() == "Attached: harbour.txt"
    assert chip.parts_button.accessibleName() == "What was read"


def test_a_document_whose_encoding_is_in_doubt_is_attached_as_it_is_chosen(
    qtbot: QtBot, driver: Driver, tmp_path: Path
) -> None:
    chat = driver.chat
    attach(qtbot, chat, write_doubtful(tmp_path))
    answer(asked(qtbot, chat.attaching.encoding_question), "Mac Cyrillic (Cyrillic)")
    qtbot.waitUntil(lambda: [each.text for each in chat.attachments.ready] == [DOUBTFUL], timeout=20_000)


def test_a_long_document_is_prepared_when_it_comes_and_what_is_left_is_shown_when_it_is_asked_about(
    qtbot: QtBot, driver: Driver, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanings, prepared, gate = driver.services.meanings, list[int](), threading.Event()

    def compute(
        texts: Sequence[str], report: Callable[[int, int], None], cancellation: Cancellation
    ) -> Vectors | None:
        report(3, 1200)
        gate.wait(10)
        cancellation.raise_if_cancelled()
        return np.eye(len(texts), dtype=np.float32)

    monkeypatch.setattr(meanings, "can_compare", lambda: True)
    monkeypatch.setattr(meanings, "known", lambda texts: None)
    monkeypatch.setattr(meanings, "prepare", lambda texts, cancellation: prepared.append(len(texts)))
    monkeypatch.setattr(meanings, "compute", compute)
    notes.write_text(" ".join(f"In the year {number} the harbour grew." for number in range(4000)))
    attach(qtbot, driver.chat, notes)
    qtbot.waitUntil(lambda: bool(prepared), timeout=10_000)
    assert prepared[0] > 50
    driver.type("What burned?")
    qtbot.keyClick(driver.chat.composer.editor, Qt.Key.Key_Return)
    said = "Comparing meanings, 3 of 1,200 passages"
    qtbot.waitUntil(
        lambda: len(driver.widgets) == 2 and driver.widgets[-1].reading.words.text() == said, timeout=10_000
    )
    gate.set()
    qtbot.waitUntil(lambda: bool(driver.engine.requests), timeout=10_000)
    driver.answer("Nothing.")
    assert driver.texts == ["What burned?", "Nothing."]

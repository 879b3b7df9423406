"""A full disk under folders, their index, Compose, votes and batches: it is said, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.batch.record import AnswerRecord
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.duels import Vote
from lmstudio_lite.errors import DiskFullError
from lmstudio_lite.ui.compare.window import CompareWindow
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.write.compose_window import ComposeWindow
from tests.support.faulty_disk import FULL, FaultyDisk
from tests.ui.compare.test_compare import Person, compare, person
from tests.ui.gestures import press, type_text
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.test_folders import rows, wait_for
from tests.ui.test_many_rows import ALL, choose, filled, run
from tests.ui.write.conftest import settle
from tests.ui.write.test_compose_window import begin, compose

__all__ = ["compare", "compose", "filled", "person", "settle"]


@pytest.fixture
def disk(services: Services) -> Iterator[FaultyDisk]:
    disk = FaultyDisk(services.database)
    yield disk
    disk.fault = None


def test_folders_and_order(filled: MainWindow, services: Services, disk: FaultyDisk, qtbot: QtBot) -> None:
    before, folders = services.conversations.list(), services.folders.list()
    choose(filled, ["Alpha", "Beta"])
    disk.fault = FULL
    for words in ("Pin 2 conversations", "Archive 2 conversations", "Delete 2 conversations"):
        filled.chat.notice.clear()
        choose(filled, ["Alpha", "Beta"])
        run(filled, "Alpha", words)
        qtbot.waitUntil(lambda: filled.chat.notice.isVisible() and "full" in filled.chat.notice.text)
        wait_for(filled, ALL, qtbot)
        assert not filled.history.undo_button.isVisible()  # nothing was done: there is nothing to undo
    filled.chat.notice.clear()
    filled.history.folders.create_in(None)
    qtbot.waitUntil(lambda: filled.chat.notice.isVisible() and "full" in filled.chat.notice.text)
    disk.fault = None
    choose(filled, ["Alpha", "Beta"])
    assert (services.conversations.list(), services.folders.list()) == (before, folders)
    run(filled, "Alpha", "Archive 2 conversations")
    qtbot.waitUntil(lambda: "Alpha" not in rows(filled))


def test_the_index_of_folders(services: Services, disk: FaultyDisk, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    words = ("lantern", "harbour", "compass")
    for word in words:
        (folder / f"{word}.txt").write_text(f"The keeper has a {word} and needs it every night.", "utf-8")
    services.knowledge.add(folder)
    disk.fault, disk.is_struck = FULL, lambda number: number > 4
    with pytest.raises(DiskFullError):
        services.knowledge.update(lambda progress: None, Cancellation())
    disk.fault = None
    services.knowledge.update(lambda progress: None, Cancellation())
    (known,) = services.knowledge.folders()
    assert known.num_files == known.num_read == 3
    for word in words:
        assert services.knowledge.find(f"Who has a {word}?")[0].title == f"{word}.txt"


def test_compose(
    compose: ComposeWindow,
    window: MainWindow,
    engine: ScriptedEngine,
    services: Services,
    disk: FaultyDisk,
    qtbot: QtBot,
) -> None:
    disk.fault = FULL
    begin(compose, engine, qtbot)
    press(compose.result, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    type_text(compose.result, " B.")
    text = compose.result.toPlainText()
    qtbot.waitUntil(lambda: any(piece.text == text for piece in services.unsaved.texts_at_risk))
    qtbot.waitUntil(window.chat.unsaved_notice.notice.isVisible)
    compose.close()
    window.writing.show_compose()
    assert compose.result.toPlainText() == text
    disk.fault = None
    services.unsaved.retry()
    qtbot.waitUntil(lambda: [each.text for each in services.composed_texts.list()] == [text])
    qtbot.waitUntil(lambda: not window.chat.unsaved_notice.notice.isVisible())


def test_votes(
    person: Person, compare: CompareWindow, services: Services, disk: FaultyDisk, qtbot: QtBot
) -> None:
    person.begin()
    person.answer("The Baltic.", "The North Sea.")
    duel = compare.work.duel
    assert duel is not None
    disk.fault = FULL
    person.click(person.page.view.left_button)
    qtbot.waitUntil(lambda: person.page.notice.isVisible() and "full" in person.page.notice.text)
    assert person.texts == ["The Baltic.", "The North Sea."]
    disk.fault = None
    person.click(person.page.view.left_button)
    qtbot.waitUntil(lambda: compare.work.duels.list()[0].vote is Vote.FIRST)


def test_answers_of_a_batch(services: Services, disk: FaultyDisk) -> None:
    record = AnswerRecord(services.batch_answers)
    disk.fault = FULL
    for number in range(40):
        record.keep(f"key {number}", {"label": "good"})
    record.flush()
    assert len(record.find([f"key {number}" for number in range(40)])) == 40  # in memory meanwhile
    disk.fault = None
    services.unsaved.retry()
    services.unsaved.close()
    assert services.unsaved.state.pieces == ()
    assert len(AnswerRecord(services.batch_answers).find([f"key {number}" for number in range(40)])) == 40

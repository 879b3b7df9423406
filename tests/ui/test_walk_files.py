"""A walk through the screens for files: the order, the review in its states, terms and the memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.file_translations import FileJobState
from lmstudio_lite.domain.glossary import Term
from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.ui.main_window import MainWindow
from tests.ui.gestures import click, press
from tests.ui.translate.files.conftest import ScriptedUnits, units, without_helper, write_catalogue
from tests.ui.walker import Walker

__all__ = ["units", "without_helper"]
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def walker(walking_window: MainWindow, qtbot: QtBot) -> Walker:
    return Walker(walking_window, qtbot)


@pytest.mark.usefixtures("without_helper")
def test_a_file(walker: Walker, units: ScriptedUnits, services: Services, tmp_path: Path) -> None:
    services.settings.update("translate", target="de")
    walker.tab(2)
    tab = walker.window.tabs.translate
    page, review = tab.files_page, tab.files_page.review
    catalogue = write_catalogue(tmp_path / "a rather long name of a catalogue, final version 7.po")
    tab.load_paths([catalogue])
    walker.qtbot.waitUntil(page.form.isVisible)
    walker.look("a file that is asked about")
    walker.boxes(page.form, "a file that is asked about")
    click(page.form.order_button)
    walker.qtbot.waitUntil(review.empty.isVisible)
    walker.look("a file that begins")
    units.let_translate(2)
    walker.qtbot.waitUntil(lambda: review.model.rowCount() == 2, timeout=20_000)
    walker.look("a file on its way")
    units.let_translate()
    walker.qtbot.waitUntil(lambda: [job.state for job in page.jobs.jobs] == [FileJobState.DONE])
    walker.qtbot.waitUntil(lambda: review.model.rowCount() == 3)
    walker.look("a file that is translated")
    walker.boxes(review, "a review")
    walker.menu(review.head.layout_button, "ways to export")
    press(review.table, Qt.Key.Key_H, CTRL)
    walker.look("replacing")
    press(review.table, Qt.Key.Key_R, CTRL)
    walker.look("translating again")
    press(review.foot.instruction, Qt.Key.Key_Escape)
    review.tools.find_edit.setText("zebra")
    walker.qtbot.waitUntil(review.empty.isVisible)
    walker.look("nothing found")
    tab.load_paths([catalogue, write_catalogue(tmp_path / "b.po")])
    walker.qtbot.waitUntil(page.form.isVisible)
    walker.look("two files that are asked about")
    click(page.form.order_button)
    walker.qtbot.waitUntil(lambda: [job.state for job in page.jobs.jobs] == [FileJobState.DONE] * 3)
    walker.look("a queue")
    walker.check()


def test_terms_and_memory(walker: Walker, services: Services) -> None:
    glossary = services.glossaries.create("A project with a long name", "de", "en")
    services.glossaries.add_terms(glossary.id, [Term("Hafen", "harbour", "noun"), Term("Rex", "Rex", "name")])
    services.memories.add_accepted("de", "en", [MemoryEntry("Der Hund.", "The dog.")])
    walker.tab(2)
    terms = walker.window.tabs.translate.terms
    terms.glossaries.show_for("de", "en")
    walker.qtbot.waitUntil(lambda: terms.glossaries.terms.num_terms == 2)
    walker.look("glossaries", terms.glossaries)
    walker.boxes(terms.glossaries, "glossaries")
    click(terms.glossaries.delete_button)
    walker.qtbot.waitUntil(terms.glossaries.notice.isVisible)
    walker.look("a glossary that is deleted", terms.glossaries)
    terms.glossaries.close()
    terms.memory.show_for("de", "en")
    walker.qtbot.waitUntil(lambda: terms.memory.model.rowCount() == 1)
    walker.look("the memory", terms.memory)
    click(terms.memory.clear_button)
    walker.qtbot.waitUntil(terms.memory.empty.isVisible)
    walker.look("an empty memory", terms.memory)
    terms.memory.close()
    walker.check()

"""The windows of glossaries, proposals and the memory, over the real storage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.glossaries import Glossaries
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.translation_memory import TranslationMemories
from lmstudio_lite.domain.glossary import EntryProblem, ImportReport, KeptTerm, LeftOut, Term, TermProposal
from lmstudio_lite.domain.translation_memory import MemoryEntry
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.terms.glossary_window import GlossaryWindow
from lmstudio_lite.ui.translate.terms.memory_window import MemoryWindow
from lmstudio_lite.ui.translate.terms.proposals import ProposalsDialog
from lmstudio_lite.ui.translate.terms.terms_model import TermColumn
from lmstudio_lite.words.glossaries import say_left_out, say_report
from tests.ui.gestures import click, press, type_text


@pytest.fixture
def glossaries(services: Services) -> Glossaries:
    return Glossaries(services.database)


@pytest.fixture
def memories(services: Services) -> TranslationMemories:
    return TranslationMemories(services.database, services.unsaved)


@pytest.fixture
def window(qtbot: QtBot, glossaries: Glossaries, bridge: Bridge, theme: Theme) -> GlossaryWindow:
    window = GlossaryWindow(glossaries, bridge, theme)
    qtbot.addWidget(window)
    window.show_for("de", "en")
    qtbot.waitUntil(window.empty.isVisible)
    return window


def make(qtbot: QtBot, window: GlossaryWindow) -> str:
    click(window.new_button)
    qtbot.waitUntil(lambda: window.current is not None and window.terms.rowCount() == 1)
    assert window.current is not None
    return window.current.id


def type_cell(window: GlossaryWindow, row: int, column: TermColumn, text: str) -> None:
    """Type into a cell as the user does: it opens with the first key, Enter keeps it."""
    window.table.setCurrentIndex(window.terms.index(row, column))
    press(window.table, Qt.Key.Key_F2)
    (field,) = [each for each in window.table.findChildren(QLineEdit) if each.isVisible()]
    field.selectAll()
    type_text(field, text)
    press(field, Qt.Key.Key_Return)


def terms_of(glossaries: Glossaries, glossary_id: str) -> list[Term]:
    return [kept.term for kept in glossaries.terms(glossary_id)]


def test_terms_are_typed_into_the_empty_row_and_changed_in_place(
    qtbot: QtBot, window: GlossaryWindow, glossaries: Glossaries
) -> None:
    glossary_id = make(qtbot, window)
    assert (glossaries.get(glossary_id).source, glossaries.get(glossary_id).target) == ("de", "en")
    type_cell(window, 0, TermColumn.SOURCE, "Hund")
    qtbot.waitUntil(lambda: window.terms.num_terms == 1)
    type_cell(window, 0, TermColumn.TARGET, "hound")
    qtbot.waitUntil(lambda: terms_of(glossaries, glossary_id) == [Term("Hund", "hound")])
    check = window.terms.index(0, TermColumn.CASE)
    window.terms.setData(check, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    wanted = [Term("Hund", "hound", matches_case=True)]
    qtbot.waitUntil(lambda: terms_of(glossaries, glossary_id) == wanted)
    type_cell(window, 1, TermColumn.SOURCE, "Katze")
    qtbot.waitUntil(lambda: len(terms_of(glossaries, glossary_id)) == 2)


def test_what_is_deleted_comes_back(qtbot: QtBot, window: GlossaryWindow, glossaries: Glossaries) -> None:
    glossary_id = make(qtbot, window)
    glossaries.add_terms(glossary_id, [Term("Hund", "dog"), Term("Katze", "cat")])
    window.list_view.setCurrentIndex(QModelIndex())
    window.list_view.setCurrentIndex(window.lists.index(0))
    qtbot.waitUntil(lambda: window.terms.num_terms == 2)
    window.table.setFocus()
    window.table.selectRow(0)
    press(window.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: terms_of(glossaries, glossary_id) == [Term("Katze", "cat")])
    qtbot.waitUntil(window.notice.button.isVisible)
    click(window.notice.button)
    qtbot.waitUntil(lambda: len(terms_of(glossaries, glossary_id)) == 2)
    click(window.delete_button)
    qtbot.waitUntil(lambda: glossaries.list() == [])
    qtbot.waitUntil(window.notice.isVisible)
    click(window.notice.button)
    qtbot.waitUntil(lambda: window.current is not None and window.current.id == glossary_id)


def test_a_glossary_is_renamed_and_put_out_of_use(
    qtbot: QtBot, window: GlossaryWindow, glossaries: Glossaries
) -> None:
    glossary_id = make(qtbot, window)
    window.lists.setData(window.lists.index(0), "Tiere")
    qtbot.waitUntil(lambda: glossaries.get(glossary_id).name == "Tiere")
    window.lists.setData(window.lists.index(0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    qtbot.waitUntil(lambda: not glossaries.get(glossary_id).is_in_use)
    qtbot.waitUntil(lambda: "Tiere" in str(window.lists.index(0).data()))


def test_proposals_are_edited_and_the_checked_ones_are_added(
    qtbot: QtBot, window: GlossaryWindow, glossaries: Glossaries, bridge: Bridge, theme: Theme
) -> None:
    glossary_id = glossaries.create("Tiere", "de", "en").id
    found = [
        TermProposal(Term("Hund", "dog"), 12, "Der Hund bellt."),
        TermProposal(Term("Katze", ""), 5, "Die Katze schläft."),
        TermProposal(Term("Rex", "Rex"), 4),
    ]

    def find(context: JobContext) -> Sequence[TermProposal]:
        context.report((1, 3))
        return found

    def keep(terms: Sequence[Term]) -> Sequence[KeptTerm]:
        return glossaries.add_terms(glossary_id, terms)

    dialog = ProposalsDialog("tiere.docx", find, keep, bridge, theme, window)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.model.rowCount() == 3)
    assert dialog.add_button.text() == "Add 2 terms"
    model = dialog.model
    model.setData(model.index(1, 1), "cat")
    model.setData(model.index(2, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    with qtbot.waitSignal(dialog.kept):
        click(dialog.add_button)
    assert terms_of(glossaries, glossary_id) == [Term("Hund", "dog"), Term("Katze", "cat")]


def test_the_memory_shows_what_it_holds_and_forgets_with_undo(
    qtbot: QtBot, memories: TranslationMemories, bridge: Bridge, theme: Theme
) -> None:
    memories.add_accepted("de", "en", [MemoryEntry("Der Hund.", "The dog."), MemoryEntry("Ja.", "Yes.")])
    window = MemoryWindow(memories, bridge, theme)
    qtbot.addWidget(window)
    window.show_for("de", "en")
    qtbot.waitUntil(lambda: window.model.rowCount() == 1)
    assert [window.model.index(0, column).data() for column in range(3)] == [
        "German → English",
        "Every project",
        "2",
    ]
    click(window.clear_button)
    qtbot.waitUntil(lambda: window.model.rowCount() == 0)
    qtbot.waitUntil(window.notice.isVisible)
    assert window.notice.text == "2 segments are forgotten."
    click(window.notice.button)
    qtbot.waitUntil(lambda: window.model.rowCount() == 1)


def test_an_import_is_told_in_numbers_and_lines() -> None:
    report = ImportReport(2, 1, 1, (LeftOut(4, EntryProblem.NO_TARGET, "Maus"),))
    assert say_report("tiere.csv", report) == "“tiere.csv”: 2 added, 1 known already, 1 left out."
    assert say_left_out(report) == ["Line 4: no translation (Maus)"]


def test_a_glossary_is_given_to_a_project(
    qtbot: QtBot, window: GlossaryWindow, glossaries: Glossaries
) -> None:
    glossary_id = make(qtbot, window)
    field = window.project_box.field
    type_text(field, "Harbour  office")
    press(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: glossaries.get(glossary_id).project == "Harbour office")
    qtbot.waitUntil(lambda: window.project_box.findText("Harbour office") > 0)
    assert window.project_box.project == "Harbour office"

"""Evidence on the screen: passages in the source, marks in the summary, the strip between them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QTextCharFormat
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.summaries import Coverage, Done, Support
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.source_view import SourceView
from lmstudio_lite.ui.summarize.coverage_bar import CoverageBar
from lmstudio_lite.ui.summarize.document_view import DocumentView
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.summaries import say_support
from tests.ui.summarize.documents import make_document

SOURCE = (
    "The harbour was built in 1200 for salt.\r\n\n\n\n\nMost warehouses burned down in 1678.\n"
    + "A line that nobody speaks of.\n" * 300
    + "The mayor signed a contract for barges with batteries.\n"
)
SUMMARY = (
    "## History\n\n- The **harbour** was built for salt.\n- Elephants dance in Peru.\n"
    "- The mayor signed for barges with batteries."
)


@pytest.fixture
def view(qtbot: QtBot, bridge: Bridge, theme: Theme) -> DocumentView:
    view = DocumentView(bridge, theme)
    qtbot.addWidget(view)
    view.resize(900, 500)
    document = replace(make_document(SOURCE, (0, SOURCE.index("A line"))), path=Path("/papers/harbour.txt"))
    support = Support(find_evidence(SUMMARY, document, language="en"), ((0, len(SOURCE)),))
    facts = SummaryFacts(SummaryOptions(), 2, 2, 2, 2, 3.0, "en")
    item = SummaryItem(
        1, document.path, "harbour.txt", SummaryOptions(), Done(SUMMARY, facts, "", support), document
    )
    view.show_item(item)
    view.show()
    qtbot.waitUntil(lambda: view.source.is_complete)
    return view


def highlighted(source: SourceView) -> list[str]:
    return [selection.cursor.selectedText() for selection in source.extraSelections()]


def point_of(view: DocumentView, words: str) -> QPoint:
    cursor = view.summary.document().find(words)
    cursor.setPosition(cursor.selectionStart() + 2)
    return view.summary.cursorRect(cursor).center()


def test_pointing_at_a_sentence_marks_its_passages_and_a_click_shows_them(
    qtbot: QtBot, view: DocumentView
) -> None:
    viewport = view.summary.viewport()
    qtbot.mouseMove(viewport, point_of(view, "mayor signed"))
    qtbot.waitUntil(lambda: bool(highlighted(view.source)))
    assert highlighted(view.source) == ["The mayor signed a contract for barges with batteries."]
    assert view.source.verticalScrollBar().value() == 0
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point_of(view, "mayor signed"))
    assert view.source.verticalScrollBar().value() > 100
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=point_of(view, "built for salt"))
    assert highlighted(view.source) == ["The harbour was built in 1200 for salt."]
    assert view.source.verticalScrollBar().value() < 100


def test_what_has_no_support_is_underlined(view: DocumentView) -> None:
    underlined = {
        selection.cursor.selectedText(): selection.format.underlineStyle()
        for selection in view.summary.extraSelections()
        if selection.format.underlineStyle() is not QTextCharFormat.UnderlineStyle.NoUnderline
    }
    assert underlined == {
        "Elephants dance in Peru.": QTextCharFormat.UnderlineStyle.DotLine,
        "Peru": QTextCharFormat.UnderlineStyle.WaveUnderline,
    }
    assert view.evidence_line.full_text == (
        "2 of 3 sentences are backed by the text · 1 number or name is not in the text"
    )


def test_the_strip_shows_what_was_read_and_leads_there(qtbot: QtBot, view: DocumentView) -> None:
    coverage = view.coverage_bar.coverage
    assert (coverage.length, coverage.read, coverage.left_out) == (len(SOURCE), ((0, len(SOURCE)),), ())
    assert [SOURCE[start:end].partition(" ")[2][:7] for start, end in coverage.spoken_of] == [
        "harbour",
        "mayor s",
    ]
    end = QPoint(view.coverage_bar.width() // 2, view.coverage_bar.height() - 1)
    qtbot.mouseClick(view.coverage_bar, Qt.MouseButton.LeftButton, pos=end)
    assert view.source.verticalScrollBar().value() > 100


def test_an_empty_strip_leads_nowhere(qtbot: QtBot, theme: Theme) -> None:
    bar = CoverageBar(theme)
    qtbot.addWidget(bar)
    bar.show()
    with qtbot.assertNotEmitted(bar.place_chosen):
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    bar.set_coverage(Coverage(100, ((0, 50),), ((50, 100),), ((3, 4),)))
    with qtbot.waitSignal(bar.place_chosen) as chosen:
        qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(5, bar.height() // 2))
    assert chosen.args is not None
    assert 40 <= chosen.args[0] <= 60


def test_what_has_no_evidence_is_removed_when_asked(qtbot: QtBot, view: DocumentView) -> None:
    assert view.head.refine_menu.prune.isEnabled()
    with qtbot.waitSignal(view.text_edited) as edited:
        view.head.refine_menu.prune.trigger()
    assert edited.args is not None
    assert edited.args[1] == SUMMARY.replace("- Elephants dance in Peru.\n", "")


def actions_of(menu: QMenu) -> dict[str, QAction]:
    return {action.text(): action for action in menu.actions()}


def test_a_sentence_can_be_worded_anew_or_said_in_more_detail(qtbot: QtBot, view: DocumentView) -> None:
    position = view.summary.document().find("built for salt").selectionStart()
    sentence = view.summary.sentence_at(position)
    actions = actions_of(view.summary.menu_for(sentence))
    with qtbot.waitSignal(view.rewording_wanted) as wanted:
        actions["Another wording of this sentence"].trigger()
    assert wanted.args == [view.item, sentence]
    with qtbot.waitSignal(view.detail_wanted) as wanted:
        actions["More detail on this"].trigger()
    assert wanted.args == [view.item, sentence]
    elephants = view.summary.sentence_at(view.summary.document().find("Elephants").selectionStart() + 1)
    assert "More detail on this" not in actions_of(view.summary.menu_for(elephants))


def test_more_detail_is_asked_for_at_a_place_of_the_source(qtbot: QtBot, view: DocumentView) -> None:
    position = view.source.document().find("mayor signed").selectionStart()
    actions = actions_of(view.source.menu_at(position))
    with qtbot.waitSignal(view.detail_wanted) as wanted:
        actions["More detail on this in the summary"].trigger()
    offset = wanted.args[1][0]
    assert SOURCE[offset:].startswith("mayor signed")


def test_the_summary_can_be_dragged_out_as_a_file(view: DocumentView) -> None:
    assert view.head.drag_button.isVisible()
    mime = view.head.drag_button.prepare()
    assert mime is not None
    (url,) = mime.urls()
    path = Path(url.toLocalFile())
    assert path.suffix == ".md"
    assert "Elephants dance in Peru." in path.read_text("utf-8")
    assert "Elephants dance in Peru." in mime.html()
    again = view.head.drag_button.prepare()
    assert again is not None
    assert again.urls() == [url]


def test_what_the_text_contradicts_is_marked_and_leads_to_its_passage(
    qtbot: QtBot, bridge: Bridge, theme: Theme
) -> None:
    source = f"{SOURCE}The herring catch in the harbour fell by 12 percent last year."
    text = "The herring catch in the harbour rose by 12 percent last year."
    view = DocumentView(bridge, theme)
    qtbot.addWidget(view)
    view.resize(900, 500)
    document = replace(make_document(source, ()), path=Path("/papers/harbour.txt"))
    support = Support(find_evidence(text, document, language="en"), ((0, len(source)),))
    facts = SummaryFacts(SummaryOptions(), 2, 2, 2, 2, 3.0, "en")
    done = Done(text, facts, "", support)
    view.show_item(SummaryItem(1, document.path, "harbour.txt", SummaryOptions(), done, document))
    view.show()
    qtbot.waitUntil(lambda: view.source.is_complete)
    (marked,) = view.summary.extraSelections()
    assert marked.cursor.selectedText() == text
    assert marked.format.underlineStyle() is QTextCharFormat.UnderlineStyle.WaveUnderline
    assert "1 is contradicted by it" in view.evidence_line.full_text
    sentence = view.summary.sentence_at(5)
    assert sentence is not None
    said = say_support(sentence)
    assert "The text contradicts this sentence." in said
    assert "fell by 12 percent" in said
    qtbot.mouseClick(view.summary.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, "herring catch"))
    assert highlighted(view.source) == ["The herring catch in the harbour fell by 12 percent last year."]
    assert view.source.verticalScrollBar().value() > 100

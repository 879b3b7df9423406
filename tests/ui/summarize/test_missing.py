"""A document of which something could not be read: said beside its summary, before and after, and kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done, read_stored
from lmstudio_lite.app.summarize import SummarizeFile
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document, Page
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, unread_of
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.inventory_dialog import InventoryDialog
from lmstudio_lite.ui.summarize.document_view import DocumentView
from lmstudio_lite.ui.summarize.export import as_markdown
from lmstudio_lite.ui.summarize.items import SummaryItem, Working, item_of
from lmstudio_lite.ui.theme import Theme
from tests.ui.gestures import click
from tests.ui.summarize.conftest import ScriptedSummarizer
from tests.ui.summarize.documents import make_document

SENTENCE = "Page 2 is a picture and could not be read: no text recognition is installed (install Tesseract)."
INVENTORY = (
    Part(PartKind.PAGE, 1, "", 10),
    Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.NO_RECOGNIZER),
    Part(PartKind.PAGE, 3, "", 11),
    Part(PartKind.PICTURE, 1, "logo.png", None, HowRead.NOT_READ, WhyUnread.PICTURE),
)


@pytest.fixture
def document() -> Document:
    made = make_document("Page one.\n\nPage three.")
    pages = (Page(1, 0, 9), Page(2, 9, 9), Page(3, 11, 22))
    return replace(made, path=Path("/papers/report.pdf"), pages=pages, inventory=INVENTORY)


@pytest.fixture
def item(document: Document) -> SummaryItem:
    facts = SummaryFacts(SummaryOptions(), 1, 1, 1, 3, 2.0, "en", unread=unread_of(document.inventory))
    done = Done("- It has pages.", facts)
    return SummaryItem(1, document.path, "report.pdf", SummaryOptions(), done, document)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, bridge: Bridge) -> DocumentView:
    view = DocumentView(bridge, theme)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    return view


def dialog_of(view: DocumentView) -> InventoryDialog:
    (dialog,) = [each for each in view.findChildren(InventoryDialog) if each.isVisible()]
    return dialog


def test_the_figures_a_notice_and_the_bar_say_what_is_missing(view: DocumentView, item: SummaryItem) -> None:
    view.show_item(item)
    assert view.head.figures.full_text == "Read 2 of 3 pages, 2 s; not read: page 2"
    assert view.head.figures.property("role") == "warning"
    assert view.warning.isVisible()
    assert view.warning.text == SENTENCE
    assert view.coverage_bar.coverage.gaps == ((9, INVENTORY[1]),)
    assert view.coverage_bar.accessibleDescription() == "Not read: page 2"
    assert "logo.png" not in view.warning.text


def test_it_is_said_as_soon_as_the_file_is_read(view: DocumentView, item: SummaryItem) -> None:
    view.show_item(replace(item, state=Working()))
    assert view.warning.text == SENTENCE


def test_all_parts_are_told_from_the_notice_and_from_the_head(view: DocumentView, item: SummaryItem) -> None:
    view.show_item(item)
    click(view.warning.button)
    dialog = dialog_of(view)
    assert dialog.model.index(0, 0).data() == "Page 2"
    assert "What picture “logo.png” shows was not read." in dialog.words.text()
    dialog.close()
    click(view.parts_button)
    dialog_of(view).close()


def test_nothing_is_said_of_a_file_that_was_read_whole(view: DocumentView, item: SummaryItem) -> None:
    document = replace(make_document("Page one."), path=Path("a.txt"), inventory=(Part(PartKind.BODY),))
    facts = SummaryFacts(SummaryOptions(), 1, 1, 1, 0, 2.0, "en")
    view.show_item(replace(item, document=document, state=Done("- One.", facts)))
    assert not view.warning.isVisible()
    assert view.parts_button.isVisible()
    assert view.parts_button.accessibleName() == "What was read"


def test_a_pasted_text_has_no_file_to_tell_of(view: DocumentView, item: SummaryItem) -> None:
    view.show_item(replace(item, document=make_document("Page one."), path=None))
    assert not view.parts_button.isVisible()


def test_what_is_exported_says_what_is_missing(qapp: QApplication, item: SummaryItem) -> None:
    assert isinstance(item.state, Done)
    written = as_markdown(item, item.state)
    assert "not read: page 2" in written
    assert "> Page 2 is a picture and could not be read" in written


def test_a_summary_that_is_kept_knows_it_again(
    services: Services, summarizer: ScriptedSummarizer, document: Document
) -> None:
    summarizer.let_read()
    context = JobContext(Cancellation(), lambda event: None)
    SummarizeFile(services, replace(document, encoding="cp1252"), SummaryOptions()).run(context)
    (row,) = services.results.list(ResultKind.SUMMARY)
    kept = item_of(read_stored(services.results, row.id), 1)
    assert kept.document is not None
    assert kept.document.inventory == INVENTORY
    assert kept.document.encoding == "cp1252"
    assert isinstance(kept.state, Done)
    assert kept.state.facts.unread == (INVENTORY[1], INVENTORY[3])

"""One sentence written anew by a scripted engine, through the tab."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done, Support
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.summarize.documents import make_document

SOURCE = (
    "The harbour was built in 1200 for salt. Most warehouses burned down in 1678. "
    "The ones that stand today were rebuilt in brick. The mayor signed a contract for barges with batteries."
)
SUMMARY = "- The harbour was built for salt.\n- Warehouses burned down in 1678."


@pytest.fixture
def item(tab: SummarizeTab, engine: ScriptedEngine) -> SummaryItem:
    engine.set_ready(Path("small.gguf"))
    document = replace(make_document(SOURCE), path=Path("/papers/harbour.txt"))
    support = Support(find_evidence(SUMMARY, document, language="en"), ((0, len(SOURCE)),))
    facts = SummaryFacts(SummaryOptions(), 1, 1, 1, 0, 3.0, "en")
    item = SummaryItem(
        1, document.path, "harbour.txt", SummaryOptions(), Done(SUMMARY, facts, "", support), document
    )
    tab._show(item)
    return item


def text_of(tab: SummarizeTab) -> str:
    assert tab.item is not None
    assert isinstance(tab.item.state, Done)
    return tab.item.state.text


def test_a_sentence_is_worded_anew_and_that_can_be_undone(
    qtbot: QtBot, tab: SummarizeTab, item: SummaryItem, engine: ScriptedEngine, services: Services
) -> None:
    assert isinstance(item.state, Done)
    tab.view.rewording_wanted.emit(item, item.state.support.evidence.sentences[1])
    assert tab.is_working
    engine.wait_for_request(1)
    engine.say("In 1678 most warehouses burned down.")
    engine.finish()
    qtbot.waitUntil(lambda: "In 1678 most" in text_of(tab))
    assert text_of(tab) == "- The harbour was built for salt.\n- In 1678 most warehouses burned down."
    assert isinstance(tab.item and tab.item.state, Done)
    tab.view.notice.button.click()
    qtbot.waitUntil(lambda: text_of(tab) == SUMMARY)


def test_more_on_a_place_comes_behind_its_sentence(
    qtbot: QtBot, tab: SummarizeTab, item: SummaryItem, engine: ScriptedEngine
) -> None:
    start = SOURCE.index("The mayor")
    tab.view.detail_wanted.emit(item, (start, start))
    engine.wait_for_request(1)
    engine.say("The mayor signed for barges that have batteries. Warehouses burned down in 1678.")
    engine.finish()
    qtbot.waitUntil(lambda: "barges" in text_of(tab))
    assert text_of(tab) == f"{SUMMARY}\n- The mayor signed for barges that have batteries."


def test_stopping_leaves_the_text(
    qtbot: QtBot, tab: SummarizeTab, item: SummaryItem, engine: ScriptedEngine
) -> None:
    assert isinstance(item.state, Done)
    tab.view.rewording_wanted.emit(item, item.state.support.evidence.sentences[0])
    engine.wait_for_request(1)
    tab.stop()
    qtbot.waitUntil(lambda: not tab.is_working)
    assert text_of(tab) == SUMMARY

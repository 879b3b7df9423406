"""What is not in the history yet survives a kill: the next start reads the same files, nothing was closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.summaries import Done
from lmstudio_lite.domain.summaries import SummaryForm
from lmstudio_lite.paths import Paths
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.theme import Theme
from tests.ui.gestures import click
from tests.ui.next_start import next_start
from tests.ui.scripted_engine import ScriptedEngine
from tests.ui.summarize.conftest import ScriptedSummarizer
from tests.ui.summarize.test_tab import done, shown, wait_until_idle, write
from tests.ui.summarize.test_versions import choose_next_form, first_version

PASTED = "A pasted letter about the harbour.\n\nIt has a second paragraph, and nobody has a file of it."


def drafts(services: Services) -> list[str]:
    return [draft.text for draft in services.drafts.list("summary-")]


def edit(qtbot: QtBot, tab: SummarizeTab, services: Services, text: str) -> None:
    """Change the summary by hand, and wait until that is on the disk."""
    tab.view.head.refine_menu.edit.trigger()
    tab.view.editor.text_edit.insertPlainText(text)
    qtbot.waitUntil(lambda: any(text in draft for draft in drafts(services)))


@contextmanager
def tab_of_next_start(
    qtbot: QtBot, paths: Paths, engine: ScriptedEngine, theme: Theme
) -> Iterator[SummarizeTab]:
    with next_start(paths, engine) as (services, bridge), qtbot.assertNotEmitted(bridge.bug_found):
        tab = SummarizeTab(services, bridge, theme)
        qtbot.addWidget(tab)
        tab.show()
        qtbot.waitUntil(tab.empty_notice.isVisible)
        yield tab
        tab.flush_drafts()


def test_pasted_texts_that_wait_survive_a_kill(
    qtbot: QtBot,
    tab: SummarizeTab,
    summarizer: ScriptedSummarizer,
    services: Services,
    theme: Theme,
    paths: Paths,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    choose_next_form(qtbot, tab)
    tab.summarize_text(PASTED)
    qtbot.waitUntil(lambda: drafts(services) == [PASTED])
    with tab_of_next_start(qtbot, paths, engine, theme) as later:
        assert later.empty_notice.text.startswith("2 documents were not finished")
        summarizer.let_read(100)
        click(later.empty_notice.button)
        qtbot.waitUntil(lambda: later.queue.rowCount() == 2 and not later.is_working, timeout=20_000)
        pasted = later.queue.items[1]
        assert isinstance(pasted.state, Done)
        assert pasted.document is not None
        assert pasted.document.text == PASTED
        assert pasted.title == "A pasted letter about the harbour."
        assert pasted.options.form is SummaryForm.PARAGRAPH, "what was asked for with it"
        later.flush_drafts()
        assert drafts(services) == [], "it is in the history now"


def test_no_draft_is_left_of_what_was_stopped(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    tab.summarize_paths([write(tmp_path, "fox.txt")])
    qtbot.waitUntil(lambda: len(summarizer.documents) == 1, timeout=20_000)
    tab.summarize_text(PASTED)
    qtbot.waitUntil(lambda: drafts(services) == [PASTED])
    tab.stop()
    wait_until_idle(qtbot, tab)
    qtbot.waitUntil(lambda: drafts(services) == [])


def test_what_stands_in_the_editor_survives_a_kill(
    qtbot: QtBot,
    tab: SummarizeTab,
    summarizer: ScriptedSummarizer,
    services: Services,
    theme: Theme,
    paths: Paths,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    first = first_version(qtbot, tab, summarizer, tmp_path)
    edit(qtbot, tab, services, "Half a thought")
    with tab_of_next_start(qtbot, paths, engine, theme) as later:
        assert later.empty_notice.text.startswith("Your changes to the summary of “fox.txt”")
        click(later.empty_notice.button)
        qtbot.waitUntil(later.view.editor.isVisible)
        assert later.view.editor.text_edit.toPlainText() == f"Half a thought{first.text}"
        click(later.view.editor.keep_button)
        qtbot.waitUntil(lambda: done(later).text.startswith("Half a thought"))
        later.flush_drafts()
        assert drafts(services) == []
        assert services.results.get(first.result_id).text == f"Half a thought{first.text}"


def test_what_stands_in_the_editor_is_there_again_after_another_document_was_looked_at(
    qtbot: QtBot, tab: SummarizeTab, summarizer: ScriptedSummarizer, services: Services, tmp_path: Path
) -> None:
    first = first_version(qtbot, tab, summarizer, tmp_path)
    edit(qtbot, tab, services, "Half a thought")
    tab.start_new()
    tab.open_history_item(first.result_id)
    qtbot.waitUntil(tab.view.editor.isVisible)
    assert tab.view.editor.text_edit.toPlainText().startswith("Half a thought")
    click(tab.view.editor.drop_button)
    assert done(tab).text == shown(tab).versions[0].text == tab.view.summary.markdown
    qtbot.waitUntil(lambda: drafts(services) == [])


def test_a_changed_text_is_on_the_disk_while_its_evidence_is_looked_for(
    qtbot: QtBot,
    tab: SummarizeTab,
    summarizer: ScriptedSummarizer,
    services: Services,
    tmp_path: Path,
) -> None:
    """A sentence that the model wrote anew takes the same way as one that was typed."""
    first_version(qtbot, tab, summarizer, tmp_path)
    tab.refining.text_written.emit(shown(tab), "Written anew.", None)
    tab.flush_drafts()
    stored = services.results.get(done(tab).result_id).text
    assert stored == "Written anew." or drafts(services) == ["Written anew."]
    qtbot.waitUntil(lambda: done(tab).text == "Written anew.")
    tab.flush_drafts()
    assert drafts(services) == []

"""Looks at everything that a start shows, by clicks, and writes it down: is the work there?"""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial
from typing import cast

from PySide6.QtCore import QModelIndex, QObject, QTimer, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.stored_translations import outcome_from_result
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.results import ResultKind
from lmstudio_lite.ui.history_model import HistoryRole
from lmstudio_lite.ui.main_window import MainWindow
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.tab_set import CHAT, SUMMARIZE, TRANSLATE
from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.chaos.activities import Wait
from tests.chaos.journal import Found, FoundMessage, Journal
from tests.chaos.witness import visible_notices
from tests.ui.gestures import click

_STEP_MS = 20
_SETTLE_S = 0.6
_OPEN_S = 5.0
_MOST_ROWS = 12


class Looker(QObject):
    """Opens each tab and each thing of its history, once. Lives on the GUI thread."""

    def __init__(self, window: MainWindow, services: Services, journal: Journal) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._journal = journal
        self._steps = self._look()
        self._wait: Wait = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_step)

    def start(self) -> None:
        """Write ``Found`` in the end, and "looked"."""
        self._timer.start(_STEP_MS)

    @Slot()
    def _on_step(self) -> None:
        if not (self._wait() if callable(self._wait) else time.monotonic() >= self._wait):
            return
        try:
            wanted = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self._journal.reach("looked")
            return
        self._wait = wanted if callable(wanted) else time.monotonic() + wanted

    def _look(self) -> Generator[Wait, None, None]:
        services, window = self._services, self._window
        chat = window.chat
        notices: list[str] = []
        drafts: list[str] = []
        replies: list[str] = []
        messages: list[FoundMessage] = []
        yield _SETTLE_S
        notices += visible_notices(window)
        self._go_to(CHAT)
        yield _SETTLE_S
        drafts.append(chat.composer.text)
        for index in self._rows():
            conversation_id: str = index.data(HistoryRole.ID)
            self._open(index)
            yield partial(self._has_messages, time.monotonic() + _OPEN_S)
            yield 0.1
            drafts.append(chat.composer.text)
            replies += [
                widget.text for widget in chat.thread_view.widgets if widget.message.role is Role.ASSISTANT
            ]
            messages += [
                FoundMessage(stored.id, stored.role.value, stored.state.value, stored.text)
                for stored in services.conversations.thread(conversation_id)
            ]
        chat.start_new()
        yield 0.1
        drafts.append(chat.composer.text)
        notices += visible_notices(window)
        self._go_to(SUMMARIZE)
        summarize = cast("SummarizeTab", window.tabs.current)
        yield _SETTLE_S
        offers = self._offers(summarize)
        titles: list[str] = []
        for index in self._rows():
            self._open(index)
            yield 0.15
            titles.append(summarize.item.title if summarize.item is not None else "")
        notices += visible_notices(window)
        self._go_to(TRANSLATE)
        translate = cast("TranslateTab", window.tabs.current)
        yield _SETTLE_S
        offers += self._offers(translate)
        panes = [translate.view.source_pane.text, translate.view.target_pane.text]
        for index in self._rows():
            self._open(index)
            yield 0.15
            panes.append(translate.view.target_pane.text)
        notices += visible_notices(window)
        runs = services.finetuning.history()
        checkpoints = [run.checkpoint.step for run in runs if run.checkpoint is not None]
        summaries = [services.results.get(row.id) for row in services.results.list(ResultKind.SUMMARY)]
        translations = services.results.list(ResultKind.TRANSLATION)
        self._journal.write(
            Found(
                time.monotonic(),
                messages=messages,
                replies_shown=replies,
                drafts=drafts,
                summary_titles=titles,
                summary_texts=[result.text for result in summaries],
                offers=offers,
                translations=[result.text for result in translations],
                num_segments_kept=max((outcome_from_result(one).num_done for one in translations), default=0),
                panes=panes,
                system_prompt=services.settings.value.chat.system_prompt,
                training_phases=[run.phase.value for run in runs],
                training_steps_kept=max(checkpoints, default=0),
                notices=notices,
            )
        )

    def _has_messages(self, deadline: float) -> bool:
        return bool(self._window.chat.thread_view.widgets) or time.monotonic() > deadline

    def _go_to(self, tab: int) -> None:
        bar = self._window.top_bar.tabs
        click(bar, bar.tabRect(tab).center())

    def _rows(self) -> list[QModelIndex]:
        model = self._window.history.view.model()
        return [model.index(row, 0) for row in range(min(_MOST_ROWS, model.rowCount()))] if model else []

    def _open(self, index: QModelIndex) -> None:
        view = self._window.history.view
        view.scrollTo(index)
        click(view.viewport(), view.visualRect(index).center())

    def _offers(self, tab: SummarizeTab | TranslateTab) -> list[str]:
        """Return what notices with a button say: work that can be gone on with."""
        return [
            notice.text
            for notice in tab.findChildren(Notice)
            if notice.isVisible() and notice.button.isVisible()
        ]

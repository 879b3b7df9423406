from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.summaries import Summary, SummaryOptions, SummaryProgress, SummaryStage
from lmstudio_lite.errors import AppError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.evidence.index import Embedder
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.summarize.tab import SummarizeTab
from lmstudio_lite.ui.theme import Theme


class ScriptedSummarizer:
    """Stands in for ``tasks.summarize``: reads four parts, one for each ``let_read``."""

    num_parts = 4

    def __init__(self) -> None:
        self._may_read = threading.Semaphore(0)
        self.documents: list[Document] = []
        self.options: list[SummaryOptions] = []
        self.error: AppError | None = None

    def let_read(self, num_parts: int = num_parts) -> None:
        for _ in range(num_parts):
            self._may_read.release()

    def __call__(
        self,
        document: Document,
        options: SummaryOptions,
        *,
        engine: EngineClient,
        report: Callable[[SummaryProgress], None],
        cancellation: Cancellation,
        cache: PartCache | None = None,
        embed: Embedder | None = None,
        adapters: tuple[AdapterUse, ...] = (),
        judge: object = None,
    ) -> Summary:
        self.documents.append(document)
        self.options.append(options)
        cancellation.on_cancel(self._may_read.release)
        lines: list[str] = []
        for number in range(1, self.num_parts + 1):
            self._may_read.acquire()
            cancellation.raise_if_cancelled()
            if self.error is not None:
                raise self.error
            lines.append(f"- point {number} of {document.title}")
            text = "\n".join(lines)
            report(SummaryProgress(SummaryStage.MAP, number, self.num_parts, 40.0 - number, text))
        return Summary(
            text="\n".join(lines),
            num_chunks=self.num_parts,
            num_chunks_read=self.num_parts,
            num_chunks_summarized=self.num_parts,
            num_pages=len(document.pages),
            coverage=1.0,
            seconds=23.0,
            language=document.language,
            warnings=(),
            chunk_summaries=(),
        )


@pytest.fixture
def summarizer(monkeypatch: pytest.MonkeyPatch) -> ScriptedSummarizer:
    summarizer = ScriptedSummarizer()
    monkeypatch.setattr("lmstudio_lite.app.summarize.summarize", summarizer)
    return summarizer


@pytest.fixture
def tab(
    qtbot: QtBot, services: Services, bridge: Bridge, theme: Theme, summarizer: ScriptedSummarizer
) -> Iterator[SummarizeTab]:
    tab = SummarizeTab(services, bridge, theme)
    qtbot.addWidget(tab)
    tab.resize(900, 640)
    tab.show()
    yield tab
    tab.stop()
    summarizer.let_read(100)
    qtbot.waitUntil(lambda: not tab.is_working)

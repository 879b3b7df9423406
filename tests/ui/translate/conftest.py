from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.translations import (
    Register,
    SegmentRecord,
    TextForm,
    TranslatedSegment,
    Translation,
    TranslationProgress,
)
from lmstudio_lite.errors import AppError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.tab import TranslateTab


@dataclass(frozen=True, slots=True)
class Call:
    text: str
    source: str
    target: str
    cancellation: Cancellation
    register: Register
    audience: str


class ScriptedTranslator:
    """Stands in for ``tasks.translate``: turns sentences round, one for each ``let_translate``."""

    def __init__(self) -> None:
        self._may_translate = threading.Semaphore(0)
        self.calls: list[Call] = []
        self.translated: list[str] = []
        self.warnings: tuple[TaskWarning, ...] = ()
        self.segments: tuple[TranslatedSegment, ...] = ()
        self.error: AppError | None = None

    def let_translate(self, num_sentences: int = 100) -> None:
        for _ in range(num_sentences):
            self._may_translate.release()

    def __call__(
        self,
        text: str,
        *,
        source: str,
        target: str,
        engine: EngineClient,
        report: Callable[[TranslationProgress], None],
        cancellation: Cancellation,
        cache: PartCache | None = None,
        record: SegmentRecord | None = None,
        form: TextForm = TextForm.PLAIN,
        register: Register = Register.ANY,
        audience: str = "",
        **others: object,
    ) -> Translation:
        self.calls.append(Call(text, source, target, cancellation, register, audience))
        cancellation.on_cancel(self._may_translate.release)
        sentences = text.split(". ")
        so_far = ""
        known = record.find() if record else {}
        for number, sentence in enumerate(sentences, 1):
            if number - 1 not in known:
                self._may_translate.acquire()
                cancellation.raise_if_cancelled()
                if self.error is not None:
                    raise self.error
                self.translated.append(sentence)
            if record is not None:
                stop = "." if number < len(sentences) else ""
                record.keep(
                    {number - 1: TranslatedSegment(sentence + stop, sentence[::-1] + stop, "", is_kept=False)}
                )
            so_far += sentence[::-1] + (". " if number < len(sentences) else "")
            report(TranslationProgress(number, len(sentences), 8.0, so_far))
        return Translation(so_far, source or "de", target, len(sentences), 1.0, self.warnings, self.segments)


@pytest.fixture
def translator(monkeypatch: pytest.MonkeyPatch) -> ScriptedTranslator:
    translator = ScriptedTranslator()
    monkeypatch.setattr("lmstudio_lite.app.translate.translate", translator)
    return translator


@pytest.fixture
def tab(
    qtbot: QtBot, services: Services, bridge: Bridge, theme: Theme, translator: ScriptedTranslator
) -> Iterator[TranslateTab]:
    tab = TranslateTab(services, bridge, theme)
    qtbot.addWidget(tab)
    tab.resize(900, 600)
    tab.show()
    yield tab
    tab.translator.overtake()
    tab.stop()
    translator.let_translate()
    qtbot.waitUntil(lambda: not tab.is_working)

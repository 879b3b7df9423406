from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from lmstudio_lite.app.session import Services
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriter import DocumentRewriter
from lmstudio_lite.documents.rewriting.files import read_units, write_translation
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.progress import TaskWarning
from lmstudio_lite.domain.translations import (
    Flag,
    FlagKind,
    SegmentRecord,
    TranslatedSegment,
    TranslationOptions,
    UnitsProgress,
    UnitsTranslation,
)
from lmstudio_lite.domain.units import FileUnits, ReadUnitsOptions, Unit, UnitText, WriteUnitsOptions
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.translate.tab import TranslateTab

MESSAGES = ("The dog barks.", "There were 12 cats.", "It rains.")


class ScriptedUnits:
    """Stands in for ``tasks.translate.units``: capitals, one unit for each ``let_translate``."""

    def __init__(self) -> None:
        self._may_translate = threading.Semaphore(0)
        self.options: list[TranslationOptions] = []
        self.translated: list[str] = []
        self.error: AppError | None = None
        self.warnings: tuple[TaskWarning, ...] = ()

    def let_translate(self, num_units: int = 100) -> None:
        for _ in range(num_units):
            self._may_translate.release()

    def __call__(
        self,
        units: Sequence[Unit],
        options: TranslationOptions,
        *,
        report: Callable[[UnitsProgress], None],
        cancellation: Cancellation,
        record: SegmentRecord,
        **others: object,
    ) -> UnitsTranslation:
        self.options.append(options)
        cancellation.on_cancel(self._may_translate.release)
        segments = dict(record.find())
        for number, unit in enumerate(units):
            if number not in segments:
                self._may_translate.acquire()
                cancellation.raise_if_cancelled()
                if self.error is not None:
                    raise self.error
                self.translated.append(unit.text)
                flags = (Flag(FlagKind.NUMBER, "12"),) if "12" in unit.text else ()
                segments[number] = TranslatedSegment(
                    unit.text, unit.text.upper(), "", False, number, place=unit.place, flags=flags
                )
                record.keep({number: segments[number]})
            done = {number: segments[number]}
            report(UnitsProgress(number + 1, len(units), 180.0, done))
        texts = {number: UnitText(segment.text) for number, segment in segments.items()}
        done_segments = tuple(segments[number] for number in sorted(segments))
        source = options.source or "en"
        return UnitsTranslation(texts, done_segments, source, options.target, 1.0, self.warnings)


@pytest.fixture
def units(monkeypatch: pytest.MonkeyPatch) -> ScriptedUnits:
    units = ScriptedUnits()
    monkeypatch.setattr("lmstudio_lite.app.translate_file.translate_units", units)
    return units


@pytest.fixture
def without_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read and write files in this process: starting the helper takes seconds on a busy machine."""

    def read(
        self: DocumentRewriter,
        path: Path,
        options: ReadUnitsOptions,
        cancellation: Cancellation | None = None,
    ) -> FileUnits:
        return read_units(path, options, ReadLimits())

    def write(
        self: DocumentRewriter,
        path: Path,
        texts: Mapping[int, UnitText],
        target: Path,
        options: ReadUnitsOptions,
        wanted: WriteUnitsOptions,
        cancellation: Cancellation | None = None,
    ) -> tuple[str, ...]:
        return write_translation(path, texts, target, options, wanted, ReadLimits())

    monkeypatch.setattr(DocumentRewriter, "read_units", read)
    monkeypatch.setattr(DocumentRewriter, "write_translation", write)


@pytest.fixture
def files_tab(
    qtbot: QtBot, services: Services, bridge: Bridge, theme: Theme, units: ScriptedUnits
) -> Iterator[TranslateTab]:
    services.settings.update("translate", target="de")
    tab = TranslateTab(services, bridge, theme)
    qtbot.addWidget(tab)
    tab.resize(1000, 640)
    tab.show()
    yield tab
    tab.files_page.stop()
    units.let_translate()  # what runs ends with the services


def write_catalogue(path: Path, messages: Sequence[str] = MESSAGES) -> Path:
    """Write a file of gettext with ``messages`` to translate."""
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    entries = (f'\nmsgid "{message}"\nmsgstr ""\n' for message in messages)
    path.write_text(head + "".join(entries), "utf-8")
    return path

"""Saves a translated text: under its document's name with the language in it, as that kind of file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from lmstudio_lite.app.translate import file_name_of
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.saving import TextSaver, file_name_for
from lmstudio_lite.words.translate import tr

_TABLES = (".csv", ".tsv", ".tab")
_MARKDOWN = (".md", ".markdown")
_SUBTITLES = (".srt", ".vtt")


class TranslationSaver:
    """Asks where, and writes in a job. Lives on the GUI thread."""

    def __init__(self, bridge: Bridge, notice: Notice, parent: QWidget) -> None:
        """Say in ``notice`` what came of it."""
        self._saver = TextSaver(bridge, notice, parent)

    def ask(self, text: str, title: str, path: Path | None, target: str) -> None:
        """Open the dialog for ``text``, a translation into ``target`` of the document at ``path``."""
        name, suffix = file_name_of(path, target) if path else ("", "")
        if not suffix:
            name = file_name_for(tr("{0} ({1})").format(title, target), ".txt")
        filters = [tr("Plain text (*.txt)"), tr("Markdown (*.md)")]
        if suffix in _SUBTITLES:
            filters.insert(0, tr("Subtitles (*{0})").format(suffix))
        elif suffix in _TABLES:
            filters.insert(0, tr("Tables (*{0})").format(suffix))
        elif suffix in _MARKDOWN:
            filters.reverse()
        self._saver.ask(tr("Save the translation"), name, filters, lambda _path: lambda: text)

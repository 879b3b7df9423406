"""One example after the other as the model will see it, what it learns from tinted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.domain.training import TrainingExample
from lmstudio_lite.finetune.data.model_format import plain_chat_format, read_chat_format
from lmstudio_lite.finetune.data.rendering import RenderedText, render_example
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import IconButton, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.finetune.draft import FinetuneDraft
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_LENGTH_MAX = 20_000
_WAIT_MS = 60


@dataclass(frozen=True, slots=True)
class Preview:
    """Example ``number`` of the collection; ``num_tokens`` as counted or estimated."""

    number: int
    at: str
    num_tokens: int
    texts: tuple[RenderedText, ...]


class ExamplePreview(QWidget):
    """Reads and renders in the background; the newest wish wins."""

    def __init__(self, bridge: Bridge, theme: Theme, draft: FinetuneDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._theme = theme
        self._draft = draft
        self._number = 0
        self._wish = 0
        self._shown: object = None
        self.view = QPlainTextEdit(self)
        self.view.setReadOnly(True)
        self.view.setFont(theme.code_font())
        self.view.setAccessibleName(tr("The example as the model sees it"))
        self.previous_button = IconButton(theme, "chevron-left", tr("Previous example"), self)
        self.next_button = IconButton(theme, "chevron-right", tr("Next example"), self)
        self.place = text_label("", self, role="small")
        self._about = ElidedLabel(self, role="small")
        legend = text_label(tr("Tinted: what the model learns to write"), self, role="small", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(design.SPACE_8)
        row.addWidget(self.previous_button)
        row.addWidget(self.place)
        row.addWidget(self.next_button)
        row.addWidget(self._about, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        column.addWidget(legend)
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(_WAIT_MS)
        self._due.timeout.connect(self._on_due)
        self.previous_button.clicked.connect(lambda: self.show_example(self._number - 1))
        self.next_button.clicked.connect(lambda: self.show_example(self._number + 1))
        theme.changed.connect(self._on_theme_changed)
        draft.changed.connect(self.refresh)
        self._texts: tuple[RenderedText, ...] = ()

    @Slot()
    def refresh(self) -> None:
        """Show what the draft has come to."""
        wanted = (self._draft.data.collection, self._base(), self._draft.is_from_nothing)
        if wanted != self._shown and not self._draft.data.is_working:
            self._shown = wanted
            self.show_example(self._number)

    def show_example(self, number: int) -> None:
        """Show example ``number``, from 0."""
        collection = self._draft.data.collection
        count = collection.figures.num_examples if collection is not None else 0
        self._number = min(max(0, number), max(0, count - 1))
        self.previous_button.setEnabled(self._number > 0)
        self.next_button.setEnabled(self._number + 1 < count)
        self.place.setText(f"{self._number + 1:,} / {count:,}" if count else "")
        if count:
            self._due.start()
        else:
            self._texts = ()
            self._about.set_full_text("")
            self.view.setPlainText("")

    @Slot()
    def _on_due(self) -> None:
        collection, base, number = self._draft.data.collection, self._base(), self._number
        is_from_nothing = self._draft.is_from_nothing
        if collection is None:
            return
        self._wish += 1
        wish = self._wish

        def work(context: JobContext) -> Preview:
            example = collection.example(number)
            if base is None and not is_from_nothing:
                texts = _plain(example)
            else:
                texts = render_example(example, read_chat_format(base) if base else plain_chat_format())
            return Preview(number, example.at, int(collection.index.lengths[number]), tuple(texts))

        self._bridge.run(
            work,
            on_done=lambda preview: self._on_rendered(wish, preview),
            on_failed=lambda error: self._on_failed(wish, error),
            lane="finetune preview",
        )

    def _on_rendered(self, wish: int, preview: Preview) -> None:
        if wish != self._wish:
            return
        tokens = tr("about {0} tokens").format(f"{preview.num_tokens:,}")
        self._about.set_full_text(f"{preview.at} · {tokens}")
        self._texts = preview.texts
        self._draw()

    def _on_failed(self, wish: int, error: Exception) -> None:
        if wish == self._wish:
            self._texts = ()
            self.view.setPlainText(tr("This example can't be shown: {0}").format(error))

    def _draw(self) -> None:
        texts: list[str] = []
        marks: list[tuple[int, int]] = []
        offset = 0
        for rendered in self._texts:
            shown = rendered.text[:_LENGTH_MAX]
            # Qt counts in UTF-16 units.
            marks += [
                (offset + _units(shown[:start]), offset + _units(shown[:end]))
                for start, end in rendered.answers
                if start < _LENGTH_MAX
            ]
            texts.append(shown)
            offset += _units(shown) + len(_BETWEEN)
        self.view.setPlainText(_BETWEEN.join(texts))
        ground = QTextCharFormat()
        ground.setBackground(QColor(self._theme.tokens.highlight))
        selections = []
        for start, end in marks:
            cursor = QTextCursor(self.view.document())
            cursor.setPosition(start)
            cursor.setPosition(min(end, _units(self.view.toPlainText())), QTextCursor.MoveMode.KeepAnchor)
            selection = QTextEdit.ExtraSelection()
            selection.cursor, selection.format = cursor, ground
            selections.append(selection)
        self.view.setExtraSelections(selections)

    def _base(self) -> Path | None:
        return self._draft.base.path if self._draft.base is not None else None

    @Slot()
    def _on_theme_changed(self) -> None:
        self.view.setFont(self._theme.code_font())
        self._draw()


_BETWEEN = "\n\n"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _plain(example: TrainingExample) -> list[RenderedText]:
    """Show an example without a model's template: who says what."""
    if not example.messages:
        return [RenderedText(example.text, ((0, len(example.text)),), needs_end=True)]
    text = ""
    answers: list[tuple[int, int]] = []
    for message in example.messages:
        text += f"{message.role}: "
        if message.role is Role.ASSISTANT:
            answers.append((len(text), len(text) + len(message.text)))
        text += f"{message.text}\n\n"
    return [RenderedText(text, tuple(answers), needs_end=False)]

"""The labels' page of the window of batches: what is wanted, and the table of what comes, to be reviewed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from lmstudio_lite.app.batch.classify import ClassifyRows, HeardAll, LabelledRows
from lmstudio_lite.app.batch.corrections import Corrections
from lmstudio_lite.app.batch.labels import PRESETS, parse_labels
from lmstudio_lite.app.batch.output import write_labelled
from lmstudio_lite.app.batch.rows import BatchInput
from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.batch import BatchRow, Labelled
from lmstudio_lite.ui.batch.confusion_dialog import ConfusionDialog
from lmstudio_lite.ui.batch.labelled_model import LabelledModel
from lmstudio_lite.ui.batch.review_table import ReviewTable
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_4, SPACE_8
from lmstudio_lite.words.batch import say_cut, say_judged, say_known
from lmstudio_lite.words.translate import tr

_RELABEL_MS = 300
_WHOLE_LENGTH = 300
"""Characters of a text that are shown below the table; the rest is in the tooltip."""
Read = Callable[[JobContext], BatchInput]


class LabelTask(QObject):
    """Gives labels; they are reviewed, corrected and judged."""

    said = Signal(str)
    failed = Signal(object)

    def __init__(self, services: Services, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._services, self._bridge, self._theme, self._widget = services, bridge, theme, parent
        self.hint = tr(
            "Every text gets one of your labels, with how probable the model finds it. The least certain "
            "come first: press 1 to 9 for the right label, and the probabilities learn from it."
        )
        self.form = QWidget(parent)
        self.labels = QLineEdit(self.form)
        self.labels.setPlaceholderText(tr("complaint, question, praise"))
        self.labels.setAccessibleName(tr("Labels, with commas between them"))
        self.sentiment_button = text_button(tr("Sentiment"), self.form, role="quiet")
        self.sentiment_button.setToolTip(plain_tip(", ".join(PRESETS["sentiment"])))
        self.confusion_button = text_button(tr("Mistakes…"), parent)
        self.confusion_button.hide()
        self.model = LabelledModel(self)
        self.page = QWidget(parent)
        self.table = ReviewTable(self.model, theme, self.page)
        self.whole = text_label("", self.page, wrap=True)
        self.keys = text_label("", self.page, role="small", wrap=True)
        self._heard: HeardAll | None = None
        self.labelled: Labelled | None = None
        self._undo: list[tuple[BatchRow, str]] = []
        self._is_undoing = False
        self._relabel_due = QTimer(self)
        self._relabel_due.setSingleShot(True)
        self._relabel_due.setInterval(_RELABEL_MS)
        self._lay_out()
        self.sentiment_button.clicked.connect(self._on_sentiment_clicked)
        self.confusion_button.clicked.connect(self._on_confusion_clicked)
        self.model.corrected.connect(self._on_corrected)
        self.model.dataChanged.connect(self._show_whole)
        self.model.modelReset.connect(self._show_whole)
        self.table.selectionModel().currentRowChanged.connect(self._show_whole)
        self._relabel_due.timeout.connect(self._on_relabel_due)

    def begin(self, read: Read) -> Callable[[JobContext], object]:
        """Return the work for the rows that ``read`` gives.

        Raises:
            LabelsError: nothing can be told apart with the labels.
        """
        labels = parse_labels(self.labels.text())
        self.model.begin(labels)
        self._heard = self.labelled = None
        self._undo.clear()
        self.confusion_button.hide()

        def work(context: JobContext) -> tuple[HeardAll, Labelled]:
            rows = Corrections(self._services.batch_answers, labels).put_into(read(context).rows)
            heard = ClassifyRows(self._services, labels, rows).run(context)
            return heard, heard.labelled(labels)

        return work

    def take(self, value: object) -> None:
        """Show what has come while the work runs."""
        if isinstance(value, LabelledRows):
            self.model.add(value.rows)

    def finish(self, result: object) -> str:
        """Show all of it, in the order of review; returns what is to be said."""
        assert isinstance(result, tuple)
        self._heard, self.labelled = result
        assert self.labelled is not None
        self.model.show(self.labelled.rows)
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, 0))
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        return self._say()

    @property
    def has_mistakes_to_show(self) -> bool:
        return self.labelled is not None and self.labelled.judged is not None

    def writer(self) -> Callable[[Path], None] | None:
        """Return what writes the results to a file, None where there are none."""
        labelled = self.labelled
        return None if labelled is None else lambda path: write_labelled(labelled, path)

    @Slot()
    def undo(self) -> None:
        """Take the last correction back."""
        if not self._undo:
            return
        row, before = self._undo.pop()
        at = self.model.row_of(row.number)
        if at >= 0:
            self._is_undoing = True
            self.model.set_truth(at, before)
            self._is_undoing = False
            self.table.setCurrentIndex(self.model.index(at, 0))

    def _say(self) -> str:
        assert self._heard is not None
        assert self.labelled is not None
        judged = self.labelled.judged
        self.confusion_button.setVisible(judged is not None)
        num_cut = sum(each.is_cut for each in self.labelled.rows)
        words = [say_known(self._heard.num_known), say_cut(num_cut)]
        if judged is not None:
            words.append(say_judged(judged.confusion, judged.error))
        return " ".join(filter(None, words))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        label = text_label(tr("Labels"), self.form)
        label.setBuddy(self.labels)
        head.addWidget(label)
        head.addStretch(1)
        head.addWidget(self.sentiment_button)
        column = QVBoxLayout(self.form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        column.addLayout(head)
        column.addWidget(self.labels)
        page = QVBoxLayout(self.page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(SPACE_8)
        page.addWidget(self.table, 1)
        page.addWidget(self.whole)
        page.addWidget(self.keys)

    @Slot()
    def _show_whole(self) -> None:
        """Show the whole text of the chosen row, and which key gives it which label."""
        row = self.table.currentIndex().row()
        rows = self.model.rows
        each = rows[row] if 0 <= row < len(rows) else None
        self.whole.setVisible(each is not None)
        self.keys.setVisible(each is not None)
        if each is None:
            return
        text = " ".join(each.row.text.split())
        self.whole.setText(text if len(text) <= _WHOLE_LENGTH else f"{text[:_WHOLE_LENGTH]}…")
        pairs = enumerate(zip(self.model.labels, each.probabilities, strict=True), 1)
        self.keys.setText(
            "    ".join(
                f"{number if number < 10 else '–'}  {label} {share:.0%}" for number, (label, share) in pairs
            )
        )

    @Slot()
    def _on_sentiment_clicked(self) -> None:
        self.labels.setText(", ".join(PRESETS["sentiment"]))

    @Slot()
    def _on_confusion_clicked(self) -> None:
        if self.labelled is not None and self.labelled.judged is not None:
            ConfusionDialog(self.labelled.judged, self._theme, self._widget).show()

    @Slot(object, str)
    def _on_corrected(self, row: BatchRow, before: str) -> None:
        if not self._is_undoing:
            self._undo.append((row, before))
        corrections = Corrections(self._services.batch_answers, self.model.labels)
        self._bridge.run(
            lambda _context: corrections.keep(row.text, row.truth),
            on_failed=self.failed.emit,
            lane="corrections",
        )
        if self._heard is not None:
            self._relabel_due.start()

    @Slot()
    def _on_relabel_due(self) -> None:
        """Calibrate on the corrections too, and judge by them."""
        heard, labels = self._heard, self.model.labels
        if heard is None:
            return
        truths = {each.row.number: each.row.truth for each in self.model.rows}

        def work(_context: JobContext) -> tuple[HeardAll, Labelled]:
            corrected = heard.with_truths(truths)
            return corrected, corrected.labelled(labels)

        def show(result: tuple[HeardAll, Labelled]) -> None:
            if self._heard is heard and not self._relabel_due.isActive():
                self._heard, self.labelled = result
                self.model.update_rows(self.labelled.rows)
                self.said.emit(self._say())

        self._bridge.run(work, on_done=show, on_failed=self.failed.emit)

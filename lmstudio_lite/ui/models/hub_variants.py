"""What can be fetched of a model, as a table: quantization, size, whether it fits here, how fast it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from lmstudio_lite.domain.fit import FitVerdict, ModelFit
from lmstudio_lite.domain.hub import ModelVariant
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import say_size
from lmstudio_lite.words.shelf import name_verdict
from lmstudio_lite.words.translate import mark, tr, trn

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_HEADINGS = (mark("Quantization"), mark("Size"), mark("Memory"), mark("On this computer"), mark("Speed"))
_VERDICT = 3
_NUM_ROWS_SHOWN = 7


def name_variant(variant: ModelVariant) -> str:
    """Name a variant for people: its quantization, or its file where the name has none."""
    return safe_line(variant.quantization or variant.files[0].name)


class VariantsModel(QAbstractTableModel):
    """Lives on the GUI thread. ``fits`` come later than the files, and not always."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._variants: tuple[ModelVariant, ...] = ()
        self._rows: list[tuple[str, ...]] = []
        self._fits: Mapping[ModelVariant, ModelFit] = {}
        self._is_waiting = False
        self._here: frozenset[ModelVariant] = frozenset()

    @property
    def variants(self) -> tuple[ModelVariant, ...]:
        return self._variants

    def show(self, variants: Sequence[ModelVariant], *, is_waiting: bool) -> None:
        """Show other files; ``is_waiting``: their fits are being found out."""
        self.beginResetModel()
        self._variants = tuple(variants)
        self._fits, self._is_waiting, self._here = {}, is_waiting, frozenset()
        self._say()
        self.endResetModel()

    def set_here(self, variants: Collection[ModelVariant]) -> None:
        """Say which files lie on this computer already."""
        self._here = frozenset(variants)
        self._say()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(_HEADINGS) - 1))

    def set_fits(self, fits: Mapping[ModelVariant, ModelFit]) -> None:
        """Say of the files whether they fit; of those that are not in ``fits`` it stays unknown."""
        self._fits, self._is_waiting = fits, False
        self._say()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(_HEADINGS) - 1))

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(_HEADINGS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        variant = self._variants[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{tr(_HEADINGS[index.column()])}: {self._rows[index.row()][index.column()]}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(safe_line(variant.files[0].path or variant.files[0].name))
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == _VERDICT:
            fit = self._fits.get(variant)
            tokens = self._theme.tokens
            if fit is not None and fit.verdict is FitVerdict.TOO_LARGE:
                return QColor(tokens.danger)
            if fit is not None and fit.verdict is FitVerdict.SLOW:
                return QColor(tokens.warning)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(_HEADINGS[section])
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return None

    def _say(self) -> None:
        shared = [name_variant(variant) for variant in self._variants]
        self._rows = [
            (
                name if shared.count(name) == 1 else safe_line(variant.files[0].name),
                _say_files(variant, is_here=variant in self._here),
                *self._say_fit(variant),
            )
            for name, variant in zip(shared, self._variants, strict=True)
        ]

    def _say_fit(self, variant: ModelVariant) -> tuple[str, str, str]:
        fit = self._fits.get(variant)
        if fit is None:
            return "", tr("reading…") if self._is_waiting else "", ""
        speed = "" if fit.speed is None else tr("{0} tokens/s").format(_rate(fit.speed.decode_tokens_per_s))
        return say_size(fit.need.total_bytes), name_verdict(fit.verdict), speed


class VariantsView(QTableView):
    """One row is chosen at a time; Enter or a double click fetches it."""

    chosen = Signal(object)  # ModelVariant
    fetch_wanted = Signal(object)  # ModelVariant

    def __init__(self, theme: Theme, model: VariantsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._files = model
        self.setModel(model)
        self.setAccessibleName(tr("Files to fetch"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        model.modelReset.connect(self.fit_rows)
        model.dataChanged.connect(self.fit_rows)
        theme.changed.connect(self.fit_rows)
        self.doubleClicked.connect(self._on_double_clicked)

    @property
    def variant(self) -> ModelVariant | None:
        """Return the variant that is chosen."""
        row = self.currentIndex().row()
        return self._files.variants[row] if 0 <= row < len(self._files.variants) else None

    def choose(self, variant: ModelVariant) -> None:
        """Choose the row of ``variant``, if there is one."""
        if variant in self._files.variants:
            # Not selectRow: that looks for a column on the screen, and there is none before the first layout.
            self.setCurrentIndex(self._files.index(self._files.variants.index(variant), 0))

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid() and current.row() < len(self._files.variants):
            self.chosen.emit(self._files.variants[current.row()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.variant is not None:
            self.fetch_wanted.emit(self.variant)
        else:
            super().keyPressEvent(event)

    @Slot()
    def fit_rows(self) -> None:
        """Be as high as the rows need, up to a few; more of them scroll."""
        height = self.fontMetrics().height() + design.SPACE_12
        self.verticalHeader().setDefaultSectionSize(height)
        self.resizeColumnsToContents()
        self._fill_width()
        num_shown = min(max(1, self._files.rowCount()), _NUM_ROWS_SHOWN)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + num_shown * height + design.SPACE_4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill_width()

    def _fill_width(self) -> None:
        """Have the last column reach the edge, and be no narrower than what stands in it."""
        last = len(_HEADINGS) - 1
        used = sum(self.columnWidth(column) for column in range(last))
        needed = max(self.sizeHintForColumn(last), self.horizontalHeader().sectionSizeHint(last))
        self.setColumnWidth(last, max(needed, self.viewport().width() - used))

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.fetch_wanted.emit(self._files.variants[index.row()])


def _say_files(variant: ModelVariant, *, is_here: bool) -> str:
    parts = [say_size(variant.size_bytes) if variant.size_bytes else tr("not known")]
    if len(variant.files) > 1:
        parts.append(trn("{n} part", "{n} parts", len(variant.files)))
    if is_here:
        parts.append(tr("here"))
    return " · ".join(parts)


def _rate(tokens_per_s: float) -> str:
    return f"{tokens_per_s:.1f}" if tokens_per_s < 10 else f"{tokens_per_s:,.0f}"

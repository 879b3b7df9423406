"""Makes another file of a model: its type chosen by size and time, progress, and how near it stayed.

Non-modal, so that chat goes on; it can't be closed while it works, only stopped.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import Job, JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversion import Conversion, ConversionProgress, Order, TypeForecast
from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.drops import local_paths
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.models.convert_options import ConvertOptions
from lmstudio_lite.ui.models.types_model import NOTES, TypesModel
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import explain, say_size, say_time_left
from lmstudio_lite.words.conversion import say_quality, say_requantized, say_stage
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.translate import tr

_SIZE = QSize(760, 620)
_ROOM_FOR_WINDOW = 0.9
_FLOATS = frozenset({"F32", "F16", "BF16"})
_STEPS = 1000
_ADAPTER_SUFFIX = ".gguf"


class ConvertDialog(QDialog):
    """Converts the model at ``path``; ``made`` says that a file is there."""

    made = Signal(object)  # Path
    use_requested = Signal(object)  # Path

    def __init__(self, theme: Theme, services: Services, bridge: Bridge, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.setWindowTitle(tr("Convert a model"))
        self._theme, self._services, self._bridge, self._path = theme, services, bridge, path
        self._job: Job | None = None
        self._foretelling: list[Job] = []
        self.model = TypesModel(theme, self)
        self.title = ElidedLabel(self, role="heading", mode=Qt.TextElideMode.ElideMiddle)
        self.title.set_full_text(safe_line(path.name))
        self.source_words = text_label(tr("Reading the model"), self, role="small", wrap=True)
        self.table = QTableView(self)
        self.options = ConvertOptions(self)
        self.notice = Notice(theme, self)
        self.bar = QProgressBar(self)
        self.state = text_label("", self, role="small", wrap=True)
        self.start_button = text_button(tr("Convert"), self, role="primary")
        self.stop_button = text_button(tr("Stop"), self)
        self.close_button = text_button(tr("Close"), self)
        self._build()
        self._connect()
        self._show_state()
        self.resize(self._wanted_size())
        self._begin()

    def _build(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("Types that the model can be written as"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NOTES, QHeaderView.ResizeMode.Stretch)
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("How much of the conversion is done"))
        buttons = QHBoxLayout()
        buttons.setSpacing(design.SPACE_8)
        buttons.addWidget(self.state, 1)
        for button in (self.stop_button, self.start_button, self.close_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self.title)
        column.addWidget(self.source_words)
        column.addWidget(table, 1)
        column.addWidget(self.options)
        column.addWidget(self.notice)
        column.addWidget(self.bar)
        column.addLayout(buttons)

    def _connect(self) -> None:
        self.table.selectionModel().currentRowChanged.connect(self._on_row_changed)
        self.options.changed.connect(self._on_options_changed)
        self.start_button.clicked.connect(self._on_start_clicked)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        self.close_button.clicked.connect(self.close)
        self._theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _wanted_size(self) -> QSize:
        wanted = QSize(self._theme.scaled(_SIZE.width()), self._theme.scaled(_SIZE.height()))
        screen = self.screen().availableSize()
        return wanted.boundedTo(
            QSize(round(screen.width() * _ROOM_FOR_WINDOW), round(screen.height() * _ROOM_FOR_WINDOW))
        )

    # Foretelling

    def _begin(self) -> None:
        self._bridge.run(
            lambda _: self._services.library.describe(self._path),
            on_done=self._on_described,
            on_failed=self._on_failed,
        )

    def _on_described(self, file: ModelFile) -> None:
        words = tr("{0}, {1}. Each size and time is computed for this model on this computer.").format(
            file.quantization, say_size(file.size_bytes)
        )
        is_quantized = file.quantization not in _FLOATS
        self.source_words.setText(f"{words}\n{say_requantized(file.quantization)}" if is_quantized else words)
        self.model.set_source_bytes(file.size_bytes)
        self._foretell(None)

    def _foretell(self, file_types: list[str] | None) -> None:
        """Ask for all types, or again for those that need a matrix now that there is one."""

        def work(context: JobContext) -> None:
            converting, report = self._services.converting, context.report
            if file_types is None:
                converting.foretell(self._path, report, context.cancellation)
            else:
                converting.foretell(
                    self._path, report, context.cancellation, file_types=file_types, has_matrix=True
                )

        self._foretelling.append(
            self._bridge.run(
                work, on_progress=self._on_forecast, on_failed=self._on_failed, on_done=self._on_all_foretold
            )
        )

    def _on_forecast(self, forecast: TypeForecast) -> None:
        self.model.add(forecast)
        if forecast.file_type == self.model.recommended and not self.table.currentIndex().isValid():
            self._choose(forecast.file_type)
        self._show_state()

    def _on_all_foretold(self, _result: object) -> None:
        if not self.table.currentIndex().isValid():
            self._choose(self.model.first_smaller)

    def _choose(self, file_type: str) -> None:
        flag = QItemSelectionModel.SelectionFlag
        index = self.model.index(self.model.row_of(file_type), 0)
        self.table.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    # Converting

    def _order(self, forecast: TypeForecast) -> Order:
        return Order(
            source=self._path,
            target=self.options.target,
            file_type=forecast.file_type,
            calibration=self.options.calibration,
            adapter=self.options.adapter,
            measuring=self.options.measuring,
        )

    @Slot()
    def _on_start_clicked(self) -> None:
        forecast = self.model.forecast(self.table.currentIndex().row())
        if forecast is None or self._job is not None:
            return
        order = self._order(forecast)
        self.notice.clear()
        self.bar.setValue(0)
        self._job = self._bridge.run(
            lambda context: self._services.converting.convert(order, context.cancellation, context.report),
            on_done=self._on_made,
            on_failed=self._on_failed,
            on_progress=self._on_progress,
            on_cancelled=self._on_cancelled,
            lane="convert",
        )
        self._show_state()
        self.state.setText(tr("Starting"))
        self.stop_button.setFocus()

    def _on_progress(self, progress: ConversionProgress) -> None:
        self.bar.setValue(round(_STEPS * progress.fraction))
        words = begin_sentence(say_stage(progress.stage))
        left = progress.time_left_s
        self.state.setText(f"{words}, {say_time_left(left)}" if left is not None else words)

    def _on_made(self, made: Conversion) -> None:
        self._job = None
        self._show_state()
        what = tr("{0} → {1}").format(say_size(made.size_before_bytes), say_size(made.size_bytes))
        lines = say_quality(made.quality) if made.quality is not None else []
        if made.failure is not None:
            explained = explain(error_from_code(made.failure.code, made.failure.details))
            lines = [tr("It could not be compared with the original:"), explained.what, explained.remedy]
        self.notice.show_message(
            f"{safe_line(made.path.name)}: {what}",
            "\n".join(lines),
            tr("Use it"),
            lambda: self._use(made.path),
        )
        if not self.options.is_target_chosen:
            self._suggest_target()
        self.close_button.setFocus()
        self.made.emit(made.path)

    def _use(self, path: Path) -> None:
        self.close()
        self.use_requested.emit(path)

    def _on_failed(self, error: Exception) -> None:
        self._job = None
        self.notice.show_error(error)
        self._show_state()

    def _on_cancelled(self) -> None:
        self._job = None
        self._show_state()
        self.state.setText(tr("Stopped; no file was left."))

    @Slot()
    def _on_stop_clicked(self) -> None:
        if self._job is not None:
            self.stop_button.setEnabled(False)
            self.state.setText(tr("Stopping"))
            self._job.cancel()

    # What can be done now

    def _show_state(self) -> None:
        is_working = self._job is not None
        forecast = self.model.forecast(self.table.currentIndex().row())
        lacks_matrix = forecast is not None and forecast.needs_matrix and self.options.calibration is None
        self.bar.setVisible(is_working)
        self.stop_button.setVisible(is_working)
        self.stop_button.setEnabled(is_working)
        self.start_button.setVisible(not is_working)
        self.start_button.setEnabled(forecast is not None and not lacks_matrix)
        self.close_button.setEnabled(not is_working)
        self.table.setEnabled(not is_working)
        self.options.setEnabled(not is_working)
        if not is_working:
            hint = tr("This type needs an importance matrix: switch it on above.") if lacks_matrix else ""
            self.state.setText(hint)

    def _suggest_target(self) -> None:
        forecast = self.model.forecast(self.table.currentIndex().row())
        if forecast is not None:
            self.options.suggest_target(self._services.converting.target_of(self._path, forecast.file_type))

    @Slot(QModelIndex, QModelIndex)
    def _on_row_changed(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        if not self.options.is_target_chosen:
            self._suggest_target()
        self._show_state()

    @Slot()
    def _on_options_changed(self) -> None:
        waiting = self.model.without_time()
        if self.options.calibration is not None and waiting:
            self._foretell(waiting)
        self._show_state()

    @Slot()
    def _on_theme_changed(self) -> None:
        height = self.table.fontMetrics().height() + design.SPACE_8
        self.table.verticalHeader().setDefaultSectionSize(height)

    # Files dropped, and the end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._job is None and local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take texts for the importance matrix; a GGUF file's name says whether it is one or an adapter."""
        paths = local_paths(event.mimeData())
        adapters = [path for path in paths if _is_adapter_name(path)]
        if adapters:
            self.options.take_adapter(adapters[0])
        elif paths:
            self.options.take_files(paths)
        event.acceptProposedAction()

    def reject(self) -> None:
        """Close, unless it works: minutes of work are not given up with a key."""
        if self._job is not None:
            self.state.setText(tr("Stop it first, or leave this window open: you can go on meanwhile."))
            return
        self._end()
        super().reject()

    def _end(self) -> None:
        for job in self._foretelling:
            job.cancel()


def _is_adapter_name(path: Path) -> bool:
    return path.suffix.lower() == _ADAPTER_SUFFIX and "imatrix" not in path.name.lower()

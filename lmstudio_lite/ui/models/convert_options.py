"""What else goes into a conversion: an importance matrix, an adapter, a comparison, the file's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QSizePolicy, QWidget

from lmstudio_lite.domain.conversion import Calibration, Measuring
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.file_choice import open_filters
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.words.translate import tr

_MODEL_SUFFIX = ".gguf"


class ConvertOptions(QWidget):
    """Four lines, each a switch or a name, what is chosen, and a button that changes it."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._texts: tuple[Path, ...] = ()
        self._matrix_file: Path | None = None
        self._adapter: Path | None = None
        self._target: Path | None = None
        self._is_target_chosen = False
        self.matrix_check = QCheckBox(tr("Importance matrix"), self)
        self.matrix_check.setToolTip(
            tr("Finds out which weights matter while the model reads a text: small types lose less.")
        )
        self.matrix_words = ElidedLabel(self, role="small")
        self.matrix_button = text_button(tr("Choose texts…"), self)
        self.measure_check = QCheckBox(tr("Compare with the original"), self)
        self.measure_check.setChecked(True)
        self.measure_words = ElidedLabel(self, role="small")
        self.adapter_check = QCheckBox(tr("Bake an adapter in"), self)
        self.adapter_words = ElidedLabel(self, role="small")
        self.adapter_button = text_button(tr("Choose an adapter…"), self)
        self.target_words = ElidedLabel(self, role="small")
        self.target_button = text_button(tr("Save as…"), self)
        for words in (self.matrix_words, self.measure_words, self.adapter_words, self.target_words):
            words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._build()
        self._show()

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(design.SPACE_12)
        grid.setVerticalSpacing(design.SPACE_4)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[QWidget, QWidget, QWidget | None], ...] = (
            (self.matrix_check, self.matrix_words, self.matrix_button),
            (self.adapter_check, self.adapter_words, self.adapter_button),
            (self.measure_check, self.measure_words, None),
            (text_label(tr("New file"), self), self.target_words, self.target_button),
        )
        for row, widgets in enumerate(rows):
            for column, widget in enumerate(widgets):
                if widget is not None:
                    grid.addWidget(widget, row, column)
        for check in (self.matrix_check, self.measure_check):
            check.toggled.connect(self._on_toggled)
        self.adapter_check.toggled.connect(self._on_adapter_toggled)
        self.matrix_button.clicked.connect(self._on_matrix_clicked)
        self.adapter_button.clicked.connect(self._on_adapter_clicked)
        self.target_button.clicked.connect(self._on_target_clicked)

    @property
    def calibration(self) -> Calibration | None:
        if not self.matrix_check.isChecked():
            return None
        return Calibration(self._matrix_file, self._texts)

    @property
    def measuring(self) -> Measuring | None:
        return Measuring() if self.measure_check.isChecked() else None

    @property
    def adapter(self) -> Path | None:
        return self._adapter if self.adapter_check.isChecked() else None

    @property
    def target(self) -> Path:
        """Where the file goes; there is a place once a type is chosen."""
        assert self._target is not None
        return self._target

    @property
    def is_target_chosen(self) -> bool:
        """Whether the user said where the file goes."""
        return self._is_target_chosen

    def suggest_target(self, target: Path) -> None:
        """Show where the file goes unless the user says otherwise."""
        self._target, self._is_target_chosen = target, False
        self._show()

    def choose_target(self, target: Path) -> None:
        """Take the place that the user chose."""
        self._target, self._is_target_chosen = target, True
        self._show()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Take texts for the importance matrix, or a matrix that is one already."""
        models = [path for path in paths if path.suffix.lower() == _MODEL_SUFFIX]
        self._matrix_file = models[0] if models else None
        self._texts = () if models else tuple(paths)
        self.matrix_check.setChecked(True)
        self._show()
        self.changed.emit()

    def take_adapter(self, path: Path) -> None:
        """Take an adapter that is baked in first."""
        self._adapter = path
        self.adapter_check.setChecked(True)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        chosen = [self._matrix_file.name] if self._matrix_file else [path.name for path in self._texts]
        own = tr("from texts that the program carries, in four languages")
        self.matrix_words.set_full_text(safe_line(", ".join(chosen)) if chosen else own)
        self.measure_words.set_full_text(tr("over texts that the program carries; takes a few minutes"))
        self.adapter_words.set_full_text(safe_line(self._adapter.name) if self._adapter else "")
        target = safe_line(str(self._target or ""))
        self.target_words.set_full_text(target)
        self.target_words.setToolTip(plain_tip(target))

    @Slot()
    def _on_toggled(self) -> None:
        self.changed.emit()

    @Slot(bool)
    def _on_adapter_toggled(self, is_checked: bool) -> None:
        if is_checked and self._adapter is None:
            self._on_adapter_clicked()
            self.adapter_check.setChecked(self._adapter is not None)
        self.changed.emit()

    @Slot()
    def _on_matrix_clicked(self) -> None:
        filters = [*open_filters(), f"{tr('Importance matrix')} (*{_MODEL_SUFFIX})"]
        names, _ = QFileDialog.getOpenFileNames(self, tr("Texts for the matrix"), "", ";;".join(filters))
        if names:
            self.take_files([Path(name) for name in names])

    @Slot()
    def _on_adapter_clicked(self) -> None:
        filters = f"{tr('Adapter')} (*{_MODEL_SUFFIX})"
        name, _ = QFileDialog.getOpenFileName(self, tr("Adapter to bake in"), "", filters)
        if name:
            self.take_adapter(Path(name))

    @Slot()
    def _on_target_clicked(self) -> None:
        filters = f"{tr('Model')} (*{_MODEL_SUFFIX})"
        name, _ = QFileDialog.getSaveFileName(self, tr("New file"), str(self._target or ""), filters)
        if name:
            self.choose_target(Path(name))

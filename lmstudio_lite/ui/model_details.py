"""How the model in use runs here, and what about it can be decided by hand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.models import EngineState, LoadedModel, Rung
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import say_size
from lmstudio_lite.words.engine import say_rung, say_tuning
from lmstudio_lite.words.fit import say_promise
from lmstudio_lite.words.translate import tr

_MICRO_BATCHES = (0, 64, 128, 256, 512, 1024)
_UNLOAD_MINUTES = (0, 5, 15, 30, 60, 240)
_THREADS_MAX = 1024
_NUMBER_WIDTH = 140
_WIDTH_MIN = 520
_LAYERS_MAX = 1000


class ModelDetails(QDialog):
    """Follows ``ModelControl``; what is changed is saved and the model loaded again when accepted."""

    def __init__(
        self,
        theme: Theme,
        control: ModelControl,
        settings: SettingsStore,
        bridge: Bridge,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.setWindowTitle(tr("How the model runs"))
        self.setMinimumWidth(theme.scaled(_WIDTH_MIN))
        self._control = control
        self._settings = settings
        engine, model = settings.value.engine, settings.value.model
        self.model_label = self._line()
        self.tuning_label = self._line()
        self.rung_label = self._line()
        self.measure_button = text_button(tr("Measure again"), self)
        self.normal_button = text_button(tr("Run normally again"), self)
        automatic = tr("Automatic")
        on_off = [(automatic, "auto"), (tr("On"), "on"), (tr("Off"), "off")]
        self.flash_box = choice_box(self, on_off, engine.flash_attention)
        cache = [
            (automatic, "auto"),
            (tr("Exact (F16)"), "f16"),
            (tr("Half the size (Q8_0)"), "q8_0"),
        ]
        self.cache_box = choice_box(self, cache, engine.kv_type)
        batches = [(str(size) if size else automatic, size) for size in _MICRO_BATCHES]
        self.batch_box = choice_box(self, batches, engine.micro_batch_size)
        self.threads_box = self._number(0, _THREADS_MAX, model.num_threads, automatic)
        self.layers_box = self._number(-1, _LAYERS_MAX, engine.gpu_layers, automatic)
        minutes = [
            (tr("After {0} minutes without work").format(count) if count else tr("Never"), count)
            for count in _UNLOAD_MINUTES
        ]
        self.unload_box = choice_box(self, minutes, engine.unload_after_minutes)
        self.notice = Notice(theme, self)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        set_role(self.buttons.button(QDialogButtonBox.StandardButton.Save), "primary")
        self._lay_out()
        self.measure_button.clicked.connect(self._on_measure_clicked)
        self.normal_button.clicked.connect(self._on_normal_clicked)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        control.changed.connect(self._on_control_changed)
        self._on_control_changed()

    def _line(self) -> QLabel:
        label = text_label("", self, wrap=True)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        return label

    def _number(self, low: int, high: int, value: int, lowest: str) -> QSpinBox:
        box = QSpinBox(self)
        box.setRange(low, high)
        box.setSpecialValueText(lowest)
        box.setValue(value)
        box.setMinimumWidth(_NUMBER_WIDTH)
        box.lineEdit().setTextMargins(design.SPACE_8, 0, design.SPACE_8, 0)
        return box

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_16)
        form.setVerticalSpacing(design.SPACE_12)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        again = QHBoxLayout()
        again.setSpacing(design.SPACE_8)
        again.addWidget(self.measure_button)
        again.addWidget(self.normal_button)
        again.addStretch(1)
        form.addRow(tr("Model"), self.model_label)
        form.addRow(tr("Runs with"), self.tuning_label)
        form.addRow("", self.rung_label)
        form.addRow("", again)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("Flash attention"), self.flash_box),
            (tr("Cache of the context"), self.cache_box),
            (tr("Prompts in parts of"), self.batch_box),
            (tr("Threads"), self.threads_box),
            (tr("Layers on the graphics card"), self.layers_box),
            (tr("Give memory back"), self.unload_box),
        )
        for name, widget in rows:
            form.addRow(name, widget)
            widget.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_16)
        column.addLayout(form)
        column.addWidget(self.notice)
        column.addWidget(self.buttons)

    @property
    def _path(self) -> Path | None:
        return self._control.path

    @Slot()
    def _on_control_changed(self) -> None:
        state = self._control.state
        model = state.model
        self.model_label.setText(self._describe(model) if model else tr("No model is loaded"))
        self.tuning_label.setText(self._say_tuning(state, model))
        rung = say_rung(state.rung.value)
        self.rung_label.setText(tr("After a crash it runs {0}.").format(rung) if rung else "")
        self.rung_label.setVisible(bool(rung))
        self.normal_button.setVisible(state.rung is not Rung.NORMAL)
        self.measure_button.setEnabled(self._path is not None and not state.is_measuring)

    def _describe(self, model: LoadedModel) -> str:
        load = self._control.load_of(model)
        return " · ".join(
            (
                self._control.about,
                model.device,
                say_promise(load) if load is not None else say_size(model.memory_bytes),
                tr("context of {0} tokens").format(f"{model.context_size:,}"),
                tr("answers up to {0} requests at a time").format(model.num_sequences_max),
            )
        )

    def _say_tuning(self, state: EngineState, model: LoadedModel | None) -> str:
        words = tuning_words(model)
        if state.is_measuring:
            return tr("{0} (what is fastest is being measured)").format(words)
        if model is not None and model.is_tuned:
            return tr("{0} (measured on this computer)").format(words)
        return words

    @Slot()
    def _on_measure_clicked(self) -> None:
        if self._path is not None:
            self._control.measure_again(self._path)

    @Slot()
    def _on_normal_clicked(self) -> None:
        if self._path is not None:
            self._control.run_normally(self._path)

    @Slot()
    def _on_accepted(self) -> None:
        """Save in the background: a disk that has work to do may take seconds."""
        num_threads = self.threads_box.value()
        engine: dict[str, object] = {
            "flash_attention": self.flash_box.currentData(),
            "kv_type": self.cache_box.currentData(),
            "micro_batch_size": self.batch_box.currentData(),
            "gpu_layers": self.layers_box.value(),
            "unload_after_minutes": self.unload_box.currentData(),
        }
        settings = self._settings

        def save(context: JobContext) -> bool:
            before = settings.value
            settings.update("model", num_threads=num_threads)
            after = settings.update("engine", **engine)
            return (after.model, after.engine) != (before.model, before.engine)

        self.buttons.setEnabled(False)
        self._bridge.run(save, on_done=self._on_saved, on_failed=self._on_not_saved, lane="settings")

    def _on_saved(self, is_changed: bool) -> None:
        if is_changed and self._path is not None:
            self._control.load(self._path)
        self.accept()

    def _on_not_saved(self, error: Exception) -> None:
        self.buttons.setEnabled(True)
        self.notice.show_error(error)


def tuning_words(model: LoadedModel | None) -> str:
    """Say what a model runs with, "" where that is not known."""
    if model is None or model.tuning is None:
        return ""
    tuning = model.tuning
    return say_tuning(
        flash_attention=tuning.flash_attention,
        num_threads=tuning.num_threads,
        num_threads_batch=tuning.num_threads_batch,
        micro_batch=tuning.micro_batch_size,
        kv_type=tuning.kv_type.value,
    )

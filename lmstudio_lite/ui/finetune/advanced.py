"""All knobs of a training. Those that only a tuned model has, or only one from nothing, come and go."""

from __future__ import annotations

from functools import partial

import msgspec
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit, QWidget

from lmstudio_lite.finetune.protocol import (
    Device,
    Export,
    ExportKind,
    FinetuneSettings,
    Method,
    Precision,
    Schedule,
    ScratchSettings,
)
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.finetune.draft import FinetuneDraft
from lmstudio_lite.ui.finetune.knobs import NUMBER_WIDTH, Knobs, new_form
from lmstudio_lite.ui.number_boxes import NumberBox
from lmstudio_lite.words.translate import tr

_WIDTH_STEP = 32


class AdvancedKnobs(QWidget):
    """Follows the draft through ``fill``."""

    def __init__(self, draft: FinetuneDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self._form = new_form()
        self.setLayout(self._form)
        self._form.setContentsMargins(design.SPACE_12, 0, 0, 0)
        self._knobs = Knobs(draft, self._form, self)
        self._tuning: list[QWidget] = []
        self._shape: list[QWidget] = []
        self._build_tuning()
        self._build_shape()
        self._build_learning()
        self._build_machine()

    def fill(self, settings: FinetuneSettings) -> None:
        """Show ``settings``."""
        self._knobs.fill(settings)
        is_from_nothing = settings.method is Method.SCRATCH
        for widget in self._tuning:
            self._form.setRowVisible(widget, not is_from_nothing)
        for widget in self._shape:
            self._form.setRowVisible(widget, is_from_nothing)

    def _build_tuning(self) -> None:
        knobs = self._knobs
        methods = [
            (tr("LoRA"), Method.LORA),
            (tr("rsLoRA, better at high ranks"), Method.RSLORA),
            (tr("DoRA, slower and finer (whole model only)"), Method.DORA),
            (tr("All weights (whole model only)"), Method.FULL),
        ]
        method = knobs.choice(tr("Method"), "method", methods, on_chosen=self._on_method_chosen)
        self.rank_box = knobs.number(tr("Rank"), "rank", 1, 512)
        alpha = knobs.decimal(tr("Alpha"), "alpha", 0.1, 2048, 1)
        dropout = knobs.decimal(tr("Dropout"), "dropout", 0.0, 0.9, 2)
        self.targets_edit = QLineEdit(self)
        self.targets_edit.setPlaceholderText(tr("all of them; or attn_q, attn_v, ffn_down …"))
        self.targets_edit.textEdited.connect(lambda text: knobs.set(targets=_names_in(text)))
        knobs.follow(self._show_targets)
        knobs.row(tr("Weights that learn"), self.targets_edit)
        self._tuning = [method, self.rank_box, alpha, dropout, self.targets_edit]

    def _show_targets(self, settings: FinetuneSettings) -> None:
        if _names_in(self.targets_edit.text()) != settings.targets:
            self.targets_edit.setText(", ".join(settings.targets))

    def _build_shape(self) -> None:
        """The sizes of a model from nothing. A head is as wide as the layers' width has room for."""
        rows = (
            (tr("Tokens in its vocabulary"), "vocabulary_size", 300, 65_536, 256),
            (tr("Width: numbers per token"), "width", 32, 2048, _WIDTH_STEP),
            (tr("Layers"), "num_layers", 1, 64, 1),
            (tr("Heads in a layer"), "num_heads", 1, 64, 1),
            (tr("Heads for keys and values"), "num_kv_heads", 1, 64, 1),
            (tr("Width of the feed-forward part"), "feed_forward", 32, 8192, _WIDTH_STEP),
        )
        for name, field, low, high, step in rows:
            box = self._knobs.number(
                name,
                "scratch",
                low,
                high,
                get=partial(_shape_of, field=field),
                change=partial(self._shaped, field),
            )
            box.setSingleStep(step)
            self._shape.append(box)

    def _shaped(self, field: str, value: int) -> ScratchSettings:
        return msgspec.structs.replace(self._draft.settings.scratch, **{field: value})

    def _build_learning(self) -> None:
        knobs = self._knobs
        knobs.decimal(tr("Learning rate"), "learning_rate", 1e-7, 0.1, 6)
        schedules = [
            (tr("Cosine"), Schedule.COSINE),
            (tr("Linear"), Schedule.LINEAR),
            (tr("Constant"), Schedule.CONSTANT),
        ]
        knobs.choice(tr("How the learning rate falls"), "schedule", schedules)
        knobs.decimal(tr("Warm-up (share of the steps)"), "warmup", 0.0, 0.5, 2)
        knobs.decimal(tr("Weight decay"), "weight_decay", 0.0, 1.0, 3)
        knobs.decimal(tr("Largest change (gradient norm)"), "max_grad_norm", 0.01, 100, 2)
        self.epochs_box = knobs.decimal(tr("Times through the data"), "epochs", 0.1, 100, 1)
        most = tr("as many as that needs")
        self.steps_box = knobs.number(tr("Steps"), "max_steps", 0, 10_000_000, most)
        knobs.number(tr("Examples per step"), "batch_size", 1, 1024)
        knobs.number(tr("Steps before each change"), "accumulation", 1, 1024)
        knobs.number(tr("Longest example (tokens)"), "max_length", 32, 131_072)
        knobs.flag(tr("Pack short examples together"), "packing")
        self.validation_box = NumberBox(self)
        self.validation_box.setRange(0, 50)
        self.validation_box.setSuffix(" %")
        self.validation_box.setMinimumWidth(NUMBER_WIDTH)
        self.validation_box.valueChanged.connect(self._on_validation_changed)
        knobs.follow(
            lambda _settings: self.validation_box.setValue(round(self._draft.validation_share * 100))
        )
        knobs.row(tr("Held back to measure with"), self.validation_box)
        knobs.number(tr("Measure every"), "evaluate_every", 0, 100_000, tr("ten times a run"))
        knobs.number(tr("Stop after this many measurements without gain"), "patience", 0, 100, tr("never"))
        knobs.number(tr("Seed"), "seed", 0, 2_000_000_000)

    def _build_machine(self) -> None:
        knobs = self._knobs
        checkpointing = [
            (tr("If memory is short"), None),
            (tr("Always"), True),
            (tr("Never"), False),
        ]
        knobs.choice(tr("Save memory by computing twice"), "gradient_checkpointing", checkpointing)
        automatic = tr("Automatic")
        precisions = [(automatic, Precision.AUTO), ("F32", Precision.F32), ("BF16", Precision.BF16)]
        knobs.choice(tr("Precision"), "precision", precisions)
        devices = [
            (automatic, Device.AUTO),
            (tr("CPU"), Device.CPU),
            (tr("CUDA"), Device.CUDA),
            (tr("Apple GPU"), Device.MPS),
        ]
        knobs.choice(tr("Device"), "device", devices)

    @Slot()
    def _on_method_chosen(self) -> None:
        """What can't be an adapter is written as a whole model."""
        settings = self._draft.settings
        if self._knobs.is_filling or settings.method in (Method.LORA, Method.RSLORA):
            return
        merged = tuple(export for export in settings.exports if export.kind is ExportKind.MERGED)
        self._knobs.set(exports=merged or (Export(ExportKind.MERGED, "Q8_0"),))

    @Slot(int)
    def _on_validation_changed(self, percent: int) -> None:
        if not self._knobs.is_filling:
            self._draft.set_validation_share(percent / 100)


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _shape_of(settings: FinetuneSettings, field: str) -> int:
    value: int = getattr(settings.scratch, field)
    return value

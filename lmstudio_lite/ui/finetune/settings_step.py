"""The third step: three presets in plain words, what is written at the end, and all knobs under Advanced."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.finetune.protocol import (
    Device,
    Export,
    ExportKind,
    FinetuneSettings,
    Method,
    Precision,
    Schedule,
)
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.finetune.draft import FinetuneDraft, Preset, preset_settings
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words import say_duration, say_size

QUANTIZATIONS = ("F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M")
_PROMPTS_HEIGHT = 66
_NUMBER_WIDTH = 120


class SettingsStep(StepPage):
    """Writes into the draft as the user goes."""

    def __init__(self, draft: FinetuneDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self._is_filling = False
        self._fill: list[Callable[[FinetuneSettings], None]] = []
        self.set_title(self.tr("How thoroughly?"))
        self.cards: dict[Preset, PresetCard] = {}
        self._cards = QHBoxLayout()
        self._build_cards()
        content = QWidget(self)
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, design.SPACE_12, 0)
        inner.setSpacing(design.SPACE_16)
        inner.addLayout(self._cards)
        self.summary = text_label("", content, role="small", wrap=True)
        inner.addWidget(self.summary)
        inner.addLayout(self._result_form(content))
        self.advanced_button = text_button(self.tr("Advanced"), content, role="quiet")
        self.advanced_button.setCheckable(True)
        inner.addWidget(self.advanced_button)
        self.advanced = QWidget(content)
        self._build_advanced()
        self.advanced.hide()
        inner.addWidget(self.advanced)
        inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        self.column.addWidget(scroll, 1)
        self.advanced_button.toggled.connect(self.advanced.setVisible)
        draft.changed.connect(self._on_draft_changed)
        self._on_draft_changed()

    def _build_cards(self) -> None:
        self._cards.setSpacing(design.SPACE_12)
        group = QButtonGroup(self)
        words = (
            (
                Preset.QUICK,
                self.tr("Quick try"),
                self.tr("A few steps to see whether the data works. It learns a little of the manner."),
            ),
            (
                Preset.BALANCED,
                self.tr("Balanced"),
                self.tr("Three times through the data. Right for most: a manner, a format, a task."),
            ),
            (
                Preset.THOROUGH,
                self.tr("Thorough"),
                self.tr("Up to eight times, stops when it gets no better. For facts and hard tasks."),
            ),
        )
        for preset, name, about in words:
            card = PresetCard(name, about, self)
            card.clicked.connect(lambda _checked=False, preset=preset: self._draft.choose_preset(preset))
            group.addButton(card)
            self.cards[preset] = card
            self._cards.addWidget(card, 1)
        self._group = group

    def _result_form(self, content: QWidget) -> QFormLayout:
        self.name_edit = QLineEdit(content)
        self.name_edit.setPlaceholderText(self.tr("what you want to find it by"))
        self.name_edit.textEdited.connect(lambda text: self._set(name=text.strip()))
        self.prompts_edit = QPlainTextEdit(content)
        self.prompts_edit.setTabChangesFocus(True)
        self.prompts_edit.setFixedHeight(_PROMPTS_HEIGHT)
        self.prompts_edit.setPlaceholderText(self.tr("One a line. You see how the answers change."))
        self.prompts_edit.textChanged.connect(self._on_prompts_changed)
        self.adapter_box = QCheckBox(self.tr("Adapter (small; needs the model beside it)"), content)
        self.merged_box = QCheckBox(self.tr("Whole model, as"), content)
        self.quantization_box = choice_box(content, [(name, name) for name in QUANTIZATIONS], "Q8_0")
        self.quantization_box.setAccessibleName(self.tr("Quantization of the whole model"))
        for signal in (self.adapter_box.toggled, self.merged_box.toggled):
            signal.connect(self._on_exports_changed)
        self.quantization_box.currentIndexChanged.connect(self._on_exports_changed)
        merged = QHBoxLayout()
        merged.setSpacing(design.SPACE_8)
        merged.addWidget(self.merged_box)
        merged.addWidget(self.quantization_box)
        merged.addStretch(1)
        form = _form()
        form.addRow(self.tr("Name"), self.name_edit)
        form.addRow(self.tr("Test questions"), self.prompts_edit)
        form.addRow(self.tr("Write"), self.adapter_box)
        form.addRow("", merged)
        self.name_edit.setAccessibleName(self.tr("Name"))
        self.prompts_edit.setAccessibleName(self.tr("Test questions"))
        self._fill.append(self._fill_result)
        return form

    def _fill_result(self, settings: FinetuneSettings) -> None:
        if self.name_edit.text().strip() != settings.name:
            self.name_edit.setText(settings.name)
        if _prompts(self.prompts_edit.toPlainText()) != settings.test_prompts:
            self.prompts_edit.setPlainText("\n".join(settings.test_prompts))
        can_adapt = settings.method in (Method.LORA, Method.RSLORA)
        merged = [export for export in settings.exports if export.kind is ExportKind.MERGED]
        self.adapter_box.setEnabled(can_adapt)
        self.adapter_box.setChecked(
            can_adapt and any(export.kind is ExportKind.ADAPTER for export in settings.exports)
        )
        self.merged_box.setChecked(bool(merged))
        if merged:
            self.quantization_box.setCurrentIndex(self.quantization_box.findData(merged[0].file_type))
        self.quantization_box.setEnabled(bool(merged))

    def _build_advanced(self) -> None:
        form = _form()
        self.advanced.setLayout(form)
        form.setContentsMargins(design.SPACE_12, 0, 0, 0)
        methods = [
            (self.tr("LoRA"), Method.LORA),
            (self.tr("rsLoRA, better at high ranks"), Method.RSLORA),
            (self.tr("DoRA, slower and finer (whole model only)"), Method.DORA),
            (self.tr("All weights (whole model only)"), Method.FULL),
        ]
        self._choice(form, self.tr("Method"), "method", methods, on_chosen=self._on_method_chosen)
        self.rank_box = self._number(form, self.tr("Rank"), "rank", 1, 512)
        self._decimal(form, self.tr("Alpha"), "alpha", 0.1, 2048, 1)
        self._decimal(form, self.tr("Dropout"), "dropout", 0.0, 0.9, 2)
        self.targets_edit = QLineEdit(self.advanced)
        self.targets_edit.setPlaceholderText(self.tr("all of them; or attn_q, attn_v, ffn_down …"))
        self.targets_edit.editingFinished.connect(
            lambda: self._set(targets=tuple(self.targets_edit.text().replace(",", " ").split()))
        )
        self._fill.append(lambda settings: self.targets_edit.setText(", ".join(settings.targets)))
        self._row(form, self.tr("Weights that learn"), self.targets_edit)
        self._decimal(form, self.tr("Learning rate"), "learning_rate", 1e-7, 0.1, 6)
        schedules = [
            (self.tr("Cosine"), Schedule.COSINE),
            (self.tr("Linear"), Schedule.LINEAR),
            (self.tr("Constant"), Schedule.CONSTANT),
        ]
        self._choice(form, self.tr("Goes down"), "schedule", schedules)
        self._decimal(form, self.tr("Warm-up (share of the steps)"), "warmup", 0.0, 0.5, 2)
        self._decimal(form, self.tr("Weight decay"), "weight_decay", 0.0, 1.0, 3)
        self._decimal(form, self.tr("Largest gradient norm"), "max_grad_norm", 0.01, 100, 2)
        self.epochs_box = self._decimal(form, self.tr("Times through the data"), "epochs", 0.1, 100, 1)
        self._number(form, self.tr("Steps"), "max_steps", 0, 10_000_000, self.tr("as many as that takes"))
        self._number(form, self.tr("Examples a step"), "batch_size", 1, 1024)
        self._number(form, self.tr("Steps added up"), "accumulation", 1, 1024)
        self._number(form, self.tr("Longest example (tokens)"), "max_length", 32, 131_072)
        self._flag(form, self.tr("Pack short examples together"), "packing")
        checkpointing = [
            (self.tr("If memory is short"), None),
            (self.tr("Always"), True),
            (self.tr("Never"), False),
        ]
        self._choice(form, self.tr("Compute twice to save memory"), "gradient_checkpointing", checkpointing)
        automatic = self.tr("Automatic")
        precisions = [(automatic, Precision.AUTO), ("F32", Precision.F32), ("BF16", Precision.BF16)]
        self._choice(form, self.tr("Precision"), "precision", precisions)
        devices = [
            (automatic, Device.AUTO),
            (self.tr("CPU"), Device.CPU),
            (self.tr("CUDA"), Device.CUDA),
            (self.tr("Apple GPU"), Device.MPS),
        ]
        self._choice(form, self.tr("Device"), "device", devices)
        self.validation_box = QSpinBox(self.advanced)
        self.validation_box.setRange(0, 50)
        self.validation_box.setSuffix(" %")
        self.validation_box.setMinimumWidth(_NUMBER_WIDTH)
        self.validation_box.valueChanged.connect(self._on_validation_changed)
        self._row(form, self.tr("Held back to measure with"), self.validation_box)
        self._number(form, self.tr("Measure every"), "evaluate_every", 0, 100_000, self.tr("ten times a run"))
        self._number(form, self.tr("Stop after so many without gain"), "patience", 0, 100, self.tr("never"))
        self._number(form, self.tr("Seed"), "seed", 0, 2_000_000_000)

    def _row(self, form: QFormLayout, name: str, widget: QWidget) -> None:
        form.addRow(name, widget)
        widget.setAccessibleName(name)

    def _number(
        self, form: QFormLayout, name: str, field: str, low: int, high: int, lowest: str = ""
    ) -> QSpinBox:
        box = QSpinBox(self.advanced)
        box.setRange(low, high)
        box.setSpecialValueText(lowest)
        box.setMinimumWidth(_NUMBER_WIDTH)
        box.lineEdit().setTextMargins(design.SPACE_4, 0, design.SPACE_4, 0)
        box.valueChanged.connect(lambda value: self._set(**{field: value}))
        self._fill.append(lambda settings: box.setValue(getattr(settings, field)))
        self._row(form, name, box)
        return box

    def _decimal(
        self, form: QFormLayout, name: str, field: str, low: float, high: float, digits: int
    ) -> QDoubleSpinBox:
        box = QDoubleSpinBox(self.advanced)
        box.setDecimals(digits)
        box.setRange(low, high)
        box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        box.setMinimumWidth(_NUMBER_WIDTH)
        box.lineEdit().setTextMargins(design.SPACE_4, 0, design.SPACE_4, 0)
        box.valueChanged.connect(lambda value: self._set(**{field: round(value, digits)}))
        self._fill.append(lambda settings: box.setValue(getattr(settings, field)))
        self._row(form, name, box)
        return box

    def _choice(
        self,
        form: QFormLayout,
        name: str,
        field: str,
        choices: Sequence[tuple[str, object]],
        on_chosen: Callable[[], None] | None = None,
    ) -> QComboBox:
        box = choice_box(self.advanced, choices, getattr(self._draft.settings, field))

        def choose() -> None:
            self._set(**{field: choices[box.currentIndex()][1]})
            if on_chosen is not None:
                on_chosen()

        def fill(settings: FinetuneSettings) -> None:
            values = [value for _, value in choices]
            box.setCurrentIndex(values.index(getattr(settings, field)))

        box.currentIndexChanged.connect(choose)
        self._fill.append(fill)
        self._row(form, name, box)
        return box

    def _flag(self, form: QFormLayout, name: str, field: str) -> None:
        box = QCheckBox(name, self.advanced)
        box.toggled.connect(lambda value: self._set(**{field: value}))
        self._fill.append(lambda settings: box.setChecked(getattr(settings, field)))
        form.addRow("", box)

    def _set(self, **changes: object) -> None:
        if not self._is_filling:
            self._draft.set_settings(**changes)

    @Slot()
    def _on_prompts_changed(self) -> None:
        self._set(test_prompts=_prompts(self.prompts_edit.toPlainText()))

    @Slot()
    def _on_exports_changed(self) -> None:
        exports = []
        if self.adapter_box.isChecked():
            exports.append(Export(ExportKind.ADAPTER, "F16"))
        if self.merged_box.isChecked():
            exports.append(Export(ExportKind.MERGED, self.quantization_box.currentData()))
        self._set(exports=tuple(exports))

    @Slot()
    def _on_method_chosen(self) -> None:
        """What can't be an adapter is written as a whole model."""
        settings = self._draft.settings
        if self._is_filling or settings.method in (Method.LORA, Method.RSLORA):
            return
        merged = tuple(export for export in settings.exports if export.kind is ExportKind.MERGED)
        self._set(exports=merged or (Export(ExportKind.MERGED, "Q8_0"),))

    @Slot(int)
    def _on_validation_changed(self, percent: int) -> None:
        if not self._is_filling:
            self._draft.set_validation_share(percent / 100)

    @Slot()
    def _on_draft_changed(self) -> None:
        if self._is_filling:
            return
        self._is_filling = True
        try:
            for fill in self._fill:
                fill(self._draft.settings)
            self.validation_box.setValue(round(self._draft.validation_share * 100))
        finally:
            self._is_filling = False
        for preset, card in self.cards.items():
            card.setChecked(self._draft.preset is preset)
            card.set_duration(self._duration(preset_settings(preset, self._draft.settings)))
        if self._draft.preset is None:
            # An exclusive group keeps one checked otherwise.
            self._group.setExclusive(False)
            for card in self.cards.values():
                card.setChecked(False)
            self._group.setExclusive(True)
        self.summary.setText(self._summary())

    def _duration(self, settings: FinetuneSettings) -> str:
        estimate, num_tokens = self._draft.estimate(), self._draft.num_tokens(settings)
        if estimate is None or not num_tokens:
            return ""
        return self.tr("about {0}").format(say_duration(estimate.seconds_for(num_tokens)))

    def _summary(self) -> str:
        estimate = self._draft.estimate()
        if estimate is None:
            return self.tr("Choose a model to see what this takes.")
        parts = [self.tr("needs about {0} of memory").format(say_size(estimate.total_bytes))]
        parts.append(self.tr("{0} weights learn").format(f"{estimate.num_learned:,}"))
        if duration := self._duration(self._draft.settings):
            parts.append(duration)
        if self._draft.preset is None:
            parts.append(self.tr("your own settings"))
        return " · ".join(parts)


class PresetCard(QPushButton):
    """A preset in plain words, with how long it takes."""

    def __init__(self, name: str, about: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "option")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        title = text_label(name, self, role="heading")
        words = text_label(about, self, role="small", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        self._duration = text_label(" ", self, role="small")
        self._name = name
        self._about = about
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_12, design.SPACE_16, design.SPACE_12)
        column.setSpacing(design.SPACE_4)
        column.addWidget(title)
        column.addWidget(words, 1)
        column.addWidget(self._duration)
        for label in (title, words, self._duration):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setMinimumHeight(128)
        self.set_duration("")

    def set_duration(self, words: str) -> None:
        self._duration.setText(words or " ")
        self.setAccessibleName(". ".join(filter(None, (self._name, self._about, words))))


def _form() -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(design.SPACE_16)
    form.setVerticalSpacing(design.SPACE_8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    return form


def _prompts(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())

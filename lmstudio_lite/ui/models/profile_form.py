"""What is decided for one model, in groups that one click gives back to its makers or to the program.

The form only shows and collects; who holds it keeps what was decided. A value that is not decided says what
holds instead, as far as that is known.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.number_boxes import DecimalBox, NumberBox
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_THREADS_MAX = 1024
_LAYERS_MAX = 1000
_MICRO_BATCHES = (64, 128, 256, 512, 1024)
_PROMPT_HEIGHT = 90
_TEMPLATE_HEIGHT = 140
_MARGIN = 8


class ProfileForm(QWidget):
    """``changed`` follows whatever the user changes; ``profile`` is what stands in the form."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = NO_PROFILE
        self._file_template = ""
        self._is_showing = False
        automatic = tr("Automatic")
        self.threads_box = self._whole(0, _THREADS_MAX)
        self.layers_box = self._whole(-1, _LAYERS_MAX)
        self.flash_box = choice_box(self, [(automatic, None), (tr("On"), True), (tr("Off"), False)], None)
        self.batch_box = choice_box(
            self, [(automatic, None), *((str(size), size) for size in _MICRO_BATCHES)], None
        )
        self.temperature_box = self._fraction(-0.1, 2.0, 0.1)
        self.top_k_box = self._whole(-1, 1000)
        self.top_p_box = self._fraction(-0.05, 1.0, 0.05)
        self.min_p_box = self._fraction(-0.05, 1.0, 0.05)
        self.penalty_box = self._fraction(0.45, 2.0, 0.05)
        self.prompt_check = QCheckBox(tr("A system prompt of its own"), self)
        self.prompt_edit = self._edit(tr("System prompt"), _PROMPT_HEIGHT)
        self.prompt_edit.setPlaceholderText(tr("No system prompt for this model"))
        self.template_check = QCheckBox(tr("A chat template of its own"), self)
        self.template_edit = self._edit(tr("Chat template"), _TEMPLATE_HEIGHT)
        self.speed_button = self._back(tr("Automatic"), tr("Let the program decide on speed"))
        self.sampling_button = self._back(
            tr("As the makers recommend"),
            tr("Sample as the makers recommend, or as the program does where they say nothing"),
        )
        self._lay_out()
        self._connect()
        self._on_theme_changed()
        self.show_profile(NO_PROFILE)

    @property
    def profile(self) -> ModelProfile:
        """Return what stands in the form; what has no place here is as it was shown."""
        return replace(
            self._shown,
            num_threads=self.threads_box.value() or None,
            num_gpu_layers=None if self.layers_box.value() < 0 else self.layers_box.value(),
            flash_attention=self.flash_box.currentData(),
            micro_batch_size=self.batch_box.currentData(),
            sampling=SamplingChoice(
                temperature=_decided(self.temperature_box),
                top_k=_decided(self.top_k_box),
                top_p=_decided(self.top_p_box),
                min_p=_decided(self.min_p_box),
                repeat_penalty=_decided(self.penalty_box),
            ),
            system_prompt=self.prompt_edit.toPlainText().strip() if self.prompt_check.isChecked() else None,
            template=self.template_edit.toPlainText() if self.template_check.isChecked() else "",
        )

    def show_profile(self, profile: ModelProfile) -> None:
        """Fill the form; ``changed`` does not follow."""
        self._is_showing = True
        self._shown = profile
        self.threads_box.setValue(profile.num_threads or 0)
        self.layers_box.setValue(-1 if profile.num_gpu_layers is None else profile.num_gpu_layers)
        self.flash_box.setCurrentIndex(self.flash_box.findData(profile.flash_attention))
        if self.batch_box.findData(profile.micro_batch_size) < 0:
            self.batch_box.addItem(str(profile.micro_batch_size), profile.micro_batch_size)
        self.batch_box.setCurrentIndex(self.batch_box.findData(profile.micro_batch_size))
        chosen = profile.sampling
        for box, value in (
            (self.temperature_box, chosen.temperature),
            (self.top_k_box, chosen.top_k),
            (self.top_p_box, chosen.top_p),
            (self.min_p_box, chosen.min_p),
            (self.penalty_box, chosen.repeat_penalty),
        ):
            box.setValue(box.minimum() if value is None else value)  # type: ignore[arg-type]
        self.prompt_check.setChecked(profile.system_prompt is not None)
        self.prompt_edit.setPlainText(profile.system_prompt or "")
        self.template_check.setChecked(bool(profile.template))
        self.template_edit.setPlainText(profile.template)
        self._is_showing = False
        self._fit()

    def show_recommended(self, sampling: Sampling | None) -> None:
        """Say what stands in for each value: the makers', ours where they say nothing; None if unknown."""
        for box, name in (
            (self.temperature_box, "temperature"),
            (self.top_k_box, "top_k"),
            (self.top_p_box, "top_p"),
            (self.min_p_box, "min_p"),
            (self.penalty_box, "repeat_penalty"),
        ):
            words = tr("Automatic")
            if sampling is not None:
                words = tr("Automatic ({0})").format(f"{getattr(sampling, name):g}")
            box.setSpecialValueText(words)

    def show_file_template(self, template: str) -> None:
        """Offer the file's own template as what a template of one's own begins with."""
        self._file_template = template

    def _whole(self, low: int, high: int) -> QSpinBox:
        box = NumberBox(self)
        box.setRange(low, high)
        self._prepare(box)
        return box

    def _fraction(self, low: float, high: float, step: float) -> QDoubleSpinBox:
        box = DecimalBox(self)
        box.setRange(low, high)
        box.setSingleStep(step)
        self._prepare(box)
        return box

    def _prepare(self, box: QSpinBox | QDoubleSpinBox) -> None:
        box.setSpecialValueText(tr("Automatic"))
        box.setValue(box.minimum())  # type: ignore[arg-type]
        box.lineEdit().setTextMargins(_MARGIN, 0, _MARGIN, 0)

    def _edit(self, name: str, height: int) -> QPlainTextEdit:
        edit = QPlainTextEdit(self)
        edit.setTabChangesFocus(True)
        edit.setAccessibleName(name)
        edit.setFixedHeight(self._theme.scaled(height))
        return edit

    def _back(self, words: str, name: str) -> QPushButton:
        button = text_button(words, self, role="quiet")
        button.setAccessibleName(name)
        return button

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addLayout(self._head(tr("Answers"), self.sampling_button))
        column.addLayout(
            _form(
                (tr("Temperature"), self.temperature_box),
                (tr("Top-k"), self.top_k_box),
                (tr("Top-p"), self.top_p_box),
                (tr("Min-p"), self.min_p_box),
                (tr("Repeat penalty"), self.penalty_box),
            )
        )
        column.addWidget(self.prompt_check)
        column.addWidget(self.prompt_edit)
        column.addWidget(self.template_check)
        column.addWidget(self.template_edit)
        column.addSpacing(design.SPACE_8)
        column.addLayout(self._head(tr("Speed"), self.speed_button))
        column.addLayout(
            _form(
                (tr("Threads"), self.threads_box),
                (tr("Layers on the graphics card"), self.layers_box),
                (tr("Flash attention"), self.flash_box),
                (tr("Prompts in parts of"), self.batch_box),
            )
        )

    def _head(self, title: str, button: QPushButton) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(text_label(title, self, role="heading"), 1)
        row.addWidget(button)
        return row

    def _connect(self) -> None:
        for box in self.findChildren(QAbstractSpinBox):
            box.valueChanged.connect(self._on_changed)  # type: ignore[attr-defined]
        self.flash_box.currentIndexChanged.connect(self._on_changed)
        self.batch_box.currentIndexChanged.connect(self._on_changed)
        self.prompt_check.toggled.connect(self._on_changed)
        self.prompt_edit.textChanged.connect(self._on_changed)
        self.template_check.toggled.connect(self._on_template_toggled)
        self.template_edit.textChanged.connect(self._on_changed)
        self.speed_button.clicked.connect(self._on_speed_clicked)
        self.sampling_button.clicked.connect(self._on_sampling_clicked)
        self._theme.changed.connect(self._on_theme_changed)

    def _fit(self) -> None:
        """Show the texts that are decided on, and what can be given back."""
        self.prompt_edit.setVisible(self.prompt_check.isChecked())
        self.template_edit.setVisible(self.template_check.isChecked())
        profile = self.profile
        speed = (
            profile.num_threads,
            profile.num_gpu_layers,
            profile.flash_attention,
            profile.micro_batch_size,
        )
        self.speed_button.setEnabled(any(value is not None for value in speed))
        has_own = bool(profile.sampling.chosen or profile.template) or profile.system_prompt is not None
        self.sampling_button.setEnabled(has_own)

    @Slot()
    def _on_changed(self) -> None:
        if not self._is_showing:
            self._fit()
            self.changed.emit()

    @Slot(bool)
    def _on_template_toggled(self, is_own: bool) -> None:
        """Begin a template of one's own with the file's."""
        if is_own and not self._is_showing and not self.template_edit.toPlainText():
            self.template_edit.setPlainText(self._file_template)
        self._on_changed()

    @Slot()
    def _on_speed_clicked(self) -> None:
        self._change(
            replace(
                self.profile,
                num_threads=None,
                num_gpu_layers=None,
                flash_attention=None,
                micro_batch_size=None,
            )
        )

    @Slot()
    def _on_sampling_clicked(self) -> None:
        self._change(replace(self.profile, sampling=SamplingChoice(), system_prompt=None, template=""))

    def _change(self, profile: ModelProfile) -> None:
        shown = self._shown
        self.show_profile(profile)
        self._shown = shown
        self.changed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.template_edit.setFont(self._theme.code_font())
        self.prompt_edit.setFixedHeight(self._theme.scaled(_PROMPT_HEIGHT))
        self.template_edit.setFixedHeight(self._theme.scaled(_TEMPLATE_HEIGHT))


def _form(*rows: tuple[str, QWidget]) -> QFormLayout:
    form = QFormLayout()
    form.setHorizontalSpacing(design.SPACE_16)
    form.setVerticalSpacing(design.SPACE_8)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    for name, widget in rows:
        label = text_label(name)
        # A label that may grow is as high as its field, so that its words stand in the middle of it.
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        label.setBuddy(widget)
        form.addRow(label, widget)
        widget.setAccessibleName(name)
    return form


def _decided(box: Any) -> Any:
    """Return a box's value, None where it stands at its special, lowest one."""
    value = box.value()
    if value <= box.minimum():
        return None
    return round(value, 2) if isinstance(value, float) else value

"""The third step: presets in plain words, what is written at the end, and all knobs under Advanced."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.finetune.estimate import num_weights
from lmstudio_lite.finetune.protocol import Export, ExportKind, FinetuneSettings, Method
from lmstudio_lite.finetune.sizes import SIZES, Size, size_settings
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box, text_button, text_label
from lmstudio_lite.ui.finetune.advanced import AdvancedKnobs
from lmstudio_lite.ui.finetune.draft import FinetuneDraft, Preset, preset_settings
from lmstudio_lite.ui.finetune.knobs import new_form
from lmstudio_lite.ui.finetune.option_card import OptionCard
from lmstudio_lite.ui.finetune.prompts_edit import PromptsEdit
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.words import say_parameters, say_size
from lmstudio_lite.words.runs import say_range, say_shape_problem, say_times
from lmstudio_lite.words.translate import tr

QUANTIZATIONS = ("F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M")


class SettingsStep(StepPage):
    """Writes into the draft as the user goes."""

    def __init__(self, draft: FinetuneDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self._is_filling = False
        self._title = self.set_title(tr("How thoroughly?"))
        content = QWidget(self)
        self.cards: dict[Preset, OptionCard] = {}
        self.size_cards: dict[Size, OptionCard] = {}
        self._presets = self._build_presets(content)
        self._sizes = self._build_sizes(content)
        self.summary = text_label("", content, role="small", wrap=True)
        self.advanced_button = text_button(tr("Advanced"), content, role="quiet")
        self.advanced_button.setCheckable(True)
        self.advanced = AdvancedKnobs(draft, content)
        self.advanced.hide()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, design.SPACE_12, 0)
        inner.setSpacing(design.SPACE_16)
        inner.addWidget(self._presets)
        inner.addWidget(self._sizes)
        inner.addWidget(self.summary)
        inner.addLayout(self._result_form(content))
        inner.addWidget(self.advanced_button)
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

    def _build_presets(self, content: QWidget) -> QWidget:
        words = (
            (
                Preset.QUICK,
                tr("Quick try"),
                tr("A few steps to see whether the data works. It learns a little of the manner."),
            ),
            (
                Preset.BALANCED,
                tr("Balanced"),
                tr("Three times through the data. Right for most: a manner, a format, a task."),
            ),
            (
                Preset.THOROUGH,
                tr("Thorough"),
                tr("Up to eight times, stops when it gets no better. For facts and hard tasks."),
            ),
        )
        page, row, self._group = _card_row(content)
        for preset, name, about in words:
            card = OptionCard(name, about, page)
            card.clicked.connect(lambda _checked=False, preset=preset: self._draft.choose_preset(preset))
            self._group.addButton(card)
            self.cards[preset] = card
            row.addWidget(card, 1)
        return page

    def _build_sizes(self, content: QWidget) -> QWidget:
        words = (
            (
                Size.TINY,
                tr("Tiny"),
                tr("Learns letters, common words and where they stand. A few pages are enough to watch it."),
            ),
            (
                Size.SMALL,
                tr("Small"),
                tr("Learns words and pieces of sentences in your manner. Wants a book or two."),
            ),
            (
                Size.LARGER,
                tr("Larger"),
                tr("Writes sentences that hold together for a while. Wants many books and patience."),
            ),
        )
        page, row, self._size_group = _card_row(content)
        for size, name, about in words:
            card = OptionCard(name, about, page)
            card.clicked.connect(lambda _checked=False, size=size: self._draft.choose_size(size))
            self._size_group.addButton(card)
            self.size_cards[size] = card
            row.addWidget(card, 1)
        return page

    def _result_form(self, content: QWidget) -> QFormLayout:
        self.name_edit = QLineEdit(content)
        self.name_edit.setPlaceholderText(tr("what you want to find it by"))
        self.name_edit.textEdited.connect(lambda text: self._set(name=text.strip()))
        self.prompts_edit = PromptsEdit(content)
        self.prompts_edit.textChanged.connect(self._on_prompts_changed)
        self.adapter_box = QCheckBox(tr("Adapter (small; needs the model beside it)"), content)
        self.merged_box = QCheckBox(tr("Whole model, as"), content)
        self.quantization_box = choice_box(content, [(name, name) for name in QUANTIZATIONS], "Q8_0")
        self.quantization_box.setAccessibleName(tr("Quantization of the whole model"))
        for signal in (self.adapter_box.toggled, self.merged_box.toggled):
            signal.connect(self._on_exports_changed)
        self.quantization_box.currentIndexChanged.connect(self._on_exports_changed)
        merged = QHBoxLayout()
        merged.setSpacing(design.SPACE_8)
        merged.addWidget(self.merged_box)
        merged.addWidget(self.quantization_box)
        merged.addStretch(1)
        form = self._form = new_form()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._prompts_label = text_label("", content)
        form.addRow(tr("Name"), self.name_edit)
        form.addRow(self._prompts_label, self.prompts_edit)
        form.addRow(tr("Write"), merged)
        form.addRow("", self.adapter_box)
        self.name_edit.setAccessibleName(tr("Name"))
        return form

    def _fill_result(self, settings: FinetuneSettings) -> None:
        is_from_nothing = self._draft.is_from_nothing
        if self.name_edit.text().strip() != settings.name:
            self.name_edit.setText(settings.name)
        if _prompts(self.prompts_edit.toPlainText()) != settings.test_prompts:
            self.prompts_edit.setPlainText("\n".join(settings.test_prompts))
        name = tr("Beginnings") if is_from_nothing else tr("Test questions")
        self._prompts_label.setText(name)
        self.prompts_edit.setAccessibleName(name)
        self.prompts_edit.set_hint(
            tr("One a line. You see how it goes on with them; without one, with a text of yours.")
            if is_from_nothing
            else tr("One a line. You see how the answers change.")
        )
        can_adapt = settings.method in (Method.LORA, Method.RSLORA)
        merged = [export for export in settings.exports if export.kind is ExportKind.MERGED]
        self.adapter_box.setEnabled(can_adapt)
        self._form.setRowVisible(self.adapter_box, not is_from_nothing)
        self.adapter_box.setChecked(
            can_adapt and any(export.kind is ExportKind.ADAPTER for export in settings.exports)
        )
        self.merged_box.setChecked(bool(merged))
        if merged:
            self.quantization_box.setCurrentIndex(self.quantization_box.findData(merged[0].file_type))
        self.quantization_box.setEnabled(bool(merged))

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
    def _on_draft_changed(self) -> None:
        if self._is_filling:
            return
        self._is_filling = True
        try:
            self._fill_result(self._draft.settings)
            self.advanced.fill(self._draft.settings)
        finally:
            self._is_filling = False
        is_from_nothing = self._draft.is_from_nothing
        self._title.setText(tr("How large?") if is_from_nothing else tr("How thoroughly?"))
        self._presets.setVisible(not self._draft.is_from_nothing)
        self._sizes.setVisible(self._draft.is_from_nothing)
        for preset, card in self.cards.items():
            card.setChecked(self._draft.preset is preset)
            card.set_takes(self._duration(preset_settings(preset, self._draft.settings)))
        for size, card in self.size_cards.items():
            card.setChecked(self._draft.size is size)
            card.set_takes(self._size_takes(size))
        _uncheck(self._group, is_none=self._draft.preset is None)
        _uncheck(self._size_group, is_none=self._draft.size is None)
        self.summary.setText(self._summary())

    def _duration(self, settings: FinetuneSettings) -> str:
        times = self._draft.times(settings)
        return say_range(*times.range_s) if times is not None else ""

    def _size_takes(self, size: Size) -> str:
        weights = tr("{0} weights").format(say_parameters(num_weights(SIZES[size])))
        duration = self._duration(size_settings(size, self._draft.settings))
        return " · ".join(filter(None, (weights, duration)))

    def _summary(self) -> str:
        estimate = self._draft.estimate()
        if estimate is None:
            return tr("Choose a model to see what this takes.")
        if self._draft.is_from_nothing and (problem := say_shape_problem(self._draft.settings.scratch)):
            return problem
        parts = [tr("needs about {0} of memory").format(say_size(estimate.total_bytes))]
        if loaded := self._draft.loaded_bytes:
            parts.append(tr("the loaded model takes {0} besides").format(say_size(loaded)))
        parts.append(tr("{0} weights learn").format(f"{estimate.num_learned:,}"))
        if (times := self._draft.times()) is not None:
            parts.append(say_times(times))
        chosen = self._draft.size if self._draft.is_from_nothing else self._draft.preset
        if chosen is None:
            parts.append(tr("your own settings"))
        return " · ".join(parts)


def _card_row(content: QWidget) -> tuple[QWidget, QHBoxLayout, QButtonGroup]:
    page = QWidget(content)
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(design.SPACE_12)
    return page, row, QButtonGroup(page)


def _uncheck(group: QButtonGroup, *, is_none: bool) -> None:
    """Leave no card checked; an exclusive group keeps one otherwise."""
    if is_none:
        group.setExclusive(False)
        for card in group.buttons():
            card.setChecked(False)
        group.setExclusive(True)


def _prompts(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())

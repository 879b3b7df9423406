"""What to write: the brief in one's own words, the preset, and the wishes. Kept as it is typed."""

from __future__ import annotations

import json

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.domain.writing import WORDS_MAX, WORDS_MIN, Brief, Preset
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.number_boxes import NumberBox
from lmstudio_lite.ui.write.language_choice import language_choices
from lmstudio_lite.words.translate import tr
from lmstudio_lite.words.writing import preset_checks, preset_name, preset_takes


class BriefForm(QWidget):
    """``brief`` is what is filled in. GUI thread."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        presets = [(preset_name(preset), preset) for preset in Preset]
        self.preset_box = choice_box(self, presets, Preset.EMAIL)
        self.text_field = QPlainTextEdit(self)
        self.text_field.setTabChangesFocus(True)
        self.text_field.setAccessibleName(tr("What it is about"))
        self.tone_box = QComboBox(self)
        self.tone_box.setEditable(True)
        self.tone_box.addItems(["", *_tones()])
        self.words_box = NumberBox(self)
        self.words_box.setRange(0, WORDS_MAX)
        self.words_box.setSingleStep(20)
        self.words_box.setSpecialValueText(tr("As usual"))
        self.audience_field = QLineEdit(self)
        self.language_box = choice_box(self, [(tr("As the brief"), ""), *language_choices()], "")
        self.checks = text_label("", self, role="small", wrap=True)
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_12)
        form.setVerticalSpacing(design.SPACE_8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for words, widget in (
            (tr("Tone"), self.tone_box),
            (tr("Words"), self.words_box),
            (tr("Readers"), self.audience_field),
            (tr("Language"), self.language_box),
        ):
            form.addRow(words, widget)
            widget.setAccessibleName(words)
            widget.setMinimumWidth(80)
        self.preset_box.setAccessibleName(tr("What to write"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self.preset_box)
        column.addWidget(self.text_field, 1)
        column.addLayout(form)
        column.addWidget(self.checks)
        self.preset_box.currentIndexChanged.connect(self._on_preset_changed)
        self.text_field.textChanged.connect(self.changed)
        self.tone_box.editTextChanged.connect(self._on_changed)
        self.words_box.valueChanged.connect(self._on_changed)
        self.audience_field.textChanged.connect(self._on_changed)
        self.language_box.currentIndexChanged.connect(self._on_changed)
        self.setFocusProxy(self.text_field)
        self._on_preset_changed()

    @property
    def preset(self) -> Preset:
        return Preset(self.preset_box.currentData())

    @property
    def brief(self) -> Brief:
        words = self.words_box.value()
        return Brief(
            self.preset,
            self.text_field.toPlainText().strip(),
            self.tone_box.currentText().strip(),
            max(WORDS_MIN, words) if words and self.preset.takes_words else 0,
            self.audience_field.text().strip(),
            str(self.language_box.currentData() or ""),
        )

    @property
    def details(self) -> str:
        """All but the text, to be kept with it."""
        brief = self.brief
        return json.dumps(
            {
                "preset": brief.preset.value,
                "tone": brief.tone,
                "words": self.words_box.value(),
                "audience": brief.audience,
                "language": brief.language,
            }
        )

    def choose(self, preset: Preset) -> None:
        """Choose a preset."""
        self.preset_box.setCurrentIndex(self.preset_box.findData(preset))

    def show_brief(self, brief: Brief) -> None:
        """Fill in a brief."""
        self.choose(brief.preset)
        self.text_field.setPlainText(brief.text)
        self.tone_box.setEditText(brief.tone)
        self.words_box.setValue(brief.words)
        self.audience_field.setText(brief.audience)
        row = self.language_box.findData(brief.language)
        self.language_box.setCurrentIndex(max(0, row))

    def show_draft(self, draft: Draft) -> None:
        """Fill in what was typed before; details that make no sense are left out."""
        try:
            found = json.loads(draft.details)
        except ValueError:
            found = {}
        values = found if isinstance(found, dict) else {}
        preset, words = values.get("preset"), values.get("words")
        self.show_brief(
            Brief(
                Preset(preset) if preset in set(Preset) else Preset.EMAIL,
                draft.text,
                str(values.get("tone") or ""),
                words if isinstance(words, int) else 0,
                str(values.get("audience") or ""),
                str(values.get("language") or ""),
            )
        )

    @Slot()
    def _on_preset_changed(self) -> None:
        preset = self.preset
        self.text_field.setPlaceholderText(tr("Say {0}.").format(preset_takes(preset)))
        self.checks.setText(tr("Checked: {0}").format(preset_checks(preset)))
        self.words_box.setEnabled(preset.takes_words)
        self.changed.emit()

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()


def _tones() -> list[str]:
    return [
        tr("friendly"),
        tr("polite"),
        tr("sober"),
        tr("cheerful"),
        tr("witty"),
        tr("formal"),
        tr("warm"),
        tr("persuasive"),
    ]

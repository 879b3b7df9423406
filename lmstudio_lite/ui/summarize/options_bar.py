"""Form, length, language and focus of a summary in one line, remembered in the settings.

An own instruction gets a second line below; kept under a name, it stands among the forms from then on.
"""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QMenu, QSlider, QVBoxLayout, QWidget

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.summaries import WORDS_MAX, WORDS_MIN, SummaryForm, SummaryOptions
from lmstudio_lite.settings import SettingsStore
from lmstudio_lite.ui.choice_box import ChoiceBox
from lmstudio_lite.ui.controls import IconButton, text_button, text_label
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.remembering import remember
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import SPACE_8
from lmstudio_lite.words.summaries import form_name
from lmstudio_lite.words.translate import tr, trn

_BOX_WIDTH_MIN = 86
_SLIDER_WIDTH_MIN, _SLIDER_WIDTH = 56, 76
_FOCUS_WIDTH_MIN = 56
_BESIDE_HINT = 28
_FOCUS_WIDTH = 170
_WORDS_STEP = 10
_SETTLE_MS = 400
_PRESET_MARK = "preset:"
_LONGEST_NAME = 60


class OptionsBar(QWidget):
    """The options of the next run. ``options_changed`` fires when the user has changed one."""

    options_changed = Signal(object)  # SummaryOptions

    def __init__(self, settings: SettingsStore, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme = theme
        self.form_box = self._box(tr("Form of the summary"))
        self.words_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.words_label = text_label("", self, role="muted")
        self.language_box = self._box(tr("Language of the summary"))
        self.focus_edit = QLineEdit(self)
        self.more_button = IconButton(theme, "more", tr("More options of the summary"), self)
        self._menu = QMenu(self)
        self.all_action = self._menu.addAction(tr("Read references, contents and menus too"))
        self.instruction_edit = QLineEdit(self)
        self.keep_button = text_button(tr("Keep as a form"), self)
        self.name_edit = QLineEdit(self)
        self.delete_button = text_button(tr("Delete form"), self)
        self._instruction_row = QWidget(self)
        self._settling = QTimer(self)
        self._build()
        saved = settings.value.summarize
        self._fill_forms()
        self.set_options(
            SummaryOptions(
                SummaryForm(saved.form),
                saved.words,
                saved.language,
                instruction=saved.instruction,
                reads_all=saved.reads_all,
            )
        )
        self._connect()

    @property
    def options(self) -> SummaryOptions:
        chosen = str(self.form_box.currentData())
        is_preset = chosen.startswith(_PRESET_MARK)
        form = SummaryForm.OWN if is_preset else SummaryForm(chosen)
        if form is SummaryForm.OWN and not self.instruction_edit.text().strip():
            form = SummaryForm.BULLETS  # nothing is asked for yet
        return SummaryOptions(
            form=form,
            words=self.words_slider.value() * _WORDS_STEP,
            language=str(self.language_box.currentData()),
            focus=self.focus_edit.text().strip(),
            instruction=self.instruction_edit.text().strip() if form is SummaryForm.OWN else "",
            reads_all=self.all_action.isChecked(),
        )

    def set_options(self, options: SummaryOptions) -> None:
        """Show other options without remembering them."""
        with QSignalBlocker(self.words_slider):
            self.words_slider.setValue(round(options.words / _WORDS_STEP))
        self.all_action.setChecked(options.reads_all)
        if options.form is SummaryForm.COMPARISON and self.form_box.findData(options.form.value) < 0:
            self.form_box.addItem(form_name(options.form), options.form.value)
        self._select(self.form_box, self._key_of(options))
        self._select(self.language_box, options.language)
        self.focus_edit.setText(options.focus)
        self.instruction_edit.setText(options.instruction)
        self._show_words()
        self._show_instruction()

    def _key_of(self, options: SummaryOptions) -> str:
        if options.form is SummaryForm.OWN:
            for name, instruction in self._settings.value.summarize.presets.items():
                if instruction == options.instruction:
                    return _PRESET_MARK + name
        return options.form.value

    def _fill_forms(self) -> None:
        kept = self.form_box.currentData()
        self.form_box.clear()
        for form in SummaryForm:
            if form not in (SummaryForm.COMPARISON, SummaryForm.OWN):
                self.form_box.addItem(form_name(form), form.value)
        for name in self._settings.value.summarize.presets:
            self.form_box.addItem(name, _PRESET_MARK + name)
        self.form_box.addItem(form_name(SummaryForm.OWN), SummaryForm.OWN.value)
        self._select(self.form_box, str(kept))

    def _build(self) -> None:
        self.language_box.addItem(tr("As the text"), "")
        for code, language in LANGUAGES.items():
            self.language_box.addItem(language.native_name, code)
        for box in (self.form_box, self.language_box):
            box.setMaxVisibleItems(18)
        self.words_slider.setRange(WORDS_MIN // _WORDS_STEP, WORDS_MAX // _WORDS_STEP)
        self.words_slider.setPageStep(5)
        self.words_slider.setMinimumWidth(_SLIDER_WIDTH_MIN)
        self.words_slider.setMaximumWidth(_SLIDER_WIDTH)
        self.words_slider.setAccessibleName(tr("Length of the summary in words"))
        self.words_slider.setToolTip(tr("Length of the summary"))
        self.focus_edit.setPlaceholderText(tr("Focus"))
        self.focus_edit.setAccessibleName(tr("What alone the summary should be about"))
        self.focus_edit.setToolTip(tr("Only what concerns this; empty: everything"))
        self.focus_edit.setMaximumWidth(_FOCUS_WIDTH)
        self.focus_edit.setClearButtonEnabled(True)
        self.instruction_edit.setPlaceholderText(tr("What to write, in your words"))
        self.instruction_edit.setAccessibleName(tr("Your own instruction"))
        self.name_edit.setAccessibleName(tr("Name of this form"))
        self.name_edit.setToolTip(tr("Name of this form; type another one to rename it"))
        self.name_edit.setMaximumWidth(_FOCUS_WIDTH)
        self.name_edit.setMaxLength(_LONGEST_NAME)
        self.all_action.setCheckable(True)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE_MS)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_8)
        for widget in (
            self.form_box,
            self.words_slider,
            self.words_label,
            self.language_box,
            self.focus_edit,
            self.more_button,
        ):
            line.addWidget(widget)
        row = QHBoxLayout(self._instruction_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_8)
        row.addWidget(self.name_edit)
        row.addWidget(self.instruction_edit, 1)
        row.addWidget(self.keep_button)
        row.addWidget(self.delete_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_8)
        layout.addLayout(line)
        layout.addWidget(self._instruction_row)
        self._on_theme_changed()

    def _connect(self) -> None:
        self.form_box.activated.connect(self._on_form_activated)
        self.language_box.activated.connect(self._on_changed)
        self.words_slider.valueChanged.connect(self._on_words_changed)
        self.focus_edit.textEdited.connect(self._on_text_edited)
        self.instruction_edit.textEdited.connect(self._on_text_edited)
        self.more_button.clicked.connect(self._on_more_clicked)
        self.all_action.triggered.connect(self._on_changed)
        self.keep_button.clicked.connect(self._on_keep_clicked)
        self.name_edit.editingFinished.connect(self._on_name_edited)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self._settling.timeout.connect(self._on_changed)
        self._theme.changed.connect(self._on_theme_changed)

    def _box(self, name: str) -> ChoiceBox:
        box = ChoiceBox(self)
        box.setAccessibleName(name)
        box.setToolTip(plain_tip(name))
        box.setMinimumWidth(_BOX_WIDTH_MIN)
        return box

    def _select(self, box: QComboBox, value: str) -> None:
        box.setCurrentIndex(max(0, box.findData(value)))

    def _show_words(self) -> None:
        self.words_label.setText(trn("{n} word", "{n} words", self.words_slider.value() * _WORDS_STEP))

    def _show_instruction(self) -> None:
        chosen = str(self.form_box.currentData())
        is_own = chosen == SummaryForm.OWN.value
        name = self._preset_name
        instruction = self.instruction_edit.text().strip()
        is_changed = bool(name) and instruction != self._settings.value.summarize.presets.get(name)
        self._instruction_row.setVisible(is_own or bool(name))
        self.keep_button.setVisible(is_own or is_changed)
        self.keep_button.setEnabled(bool(instruction))
        self.name_edit.setVisible(bool(name))
        self.name_edit.setText(name)
        self.delete_button.setVisible(bool(name))

    @property
    def _preset_name(self) -> str:
        """Return the name of the chosen form if it is one of the user's, else ""."""
        chosen = str(self.form_box.currentData())
        return chosen.removeprefix(_PRESET_MARK) if chosen.startswith(_PRESET_MARK) else ""

    @Slot()
    def _on_theme_changed(self) -> None:
        """Keep room for the longest number of words, and for the hint of the focus, at this size of text."""
        for widget in (self.words_label, self.focus_edit):
            widget.ensurePolished()
        longest = trn("{n} word", "{n} words", WORDS_MAX)
        self.words_label.setMinimumWidth(self.words_label.fontMetrics().horizontalAdvance(longest) + 4)
        hint_width = self.focus_edit.fontMetrics().horizontalAdvance(self.focus_edit.placeholderText())
        self.focus_edit.setMinimumWidth(max(_FOCUS_WIDTH_MIN, hint_width + _BESIDE_HINT))

    @Slot(int)
    def _on_form_activated(self, _index: int) -> None:
        chosen = str(self.form_box.currentData())
        presets = self._settings.value.summarize.presets
        if chosen.startswith(_PRESET_MARK):
            self.instruction_edit.setText(presets.get(chosen.removeprefix(_PRESET_MARK), ""))
        self._show_instruction()
        if chosen == SummaryForm.OWN.value and not self.instruction_edit.text():
            self.instruction_edit.setFocus()
            return
        self._on_changed()

    @Slot()
    def _on_more_clicked(self) -> None:
        self._menu.popup(self.more_button.mapToGlobal(self.more_button.rect().bottomLeft()))

    @Slot(int)
    def _on_words_changed(self, _value: int) -> None:
        self._show_words()
        self._settling.start()

    @Slot(str)
    def _on_text_edited(self, _text: str) -> None:
        self._show_instruction()
        self._settling.start()

    @Slot()
    def _on_keep_clicked(self) -> None:
        """Keep the instruction: under the chosen form's name, or under its own first words."""
        instruction = self.instruction_edit.text().strip()
        name = self._preset_name or " ".join(instruction.split()[:4])[:_LONGEST_NAME]
        self._keep_presets({**self._settings.value.summarize.presets, name: instruction}, name)

    @Slot()
    def _on_name_edited(self) -> None:
        old, new = self._preset_name, " ".join(self.name_edit.text().split())
        presets = self._settings.value.summarize.presets
        if not old or not new or new == old or new in presets:
            self.name_edit.setText(old)
            return
        renamed = {new if name == old else name: text for name, text in presets.items()}
        self._keep_presets(renamed, new)

    @Slot()
    def _on_delete_clicked(self) -> None:
        """Forget the form; its instruction stays in the line, so that nothing typed is lost."""
        presets = dict(self._settings.value.summarize.presets)
        presets.pop(self._preset_name, None)
        self._keep_presets(presets, "")

    def _keep_presets(self, presets: dict[str, str], chosen: str) -> None:
        remember(self._settings, "summarize", presets=presets)
        self._fill_forms()
        self._select(self.form_box, _PRESET_MARK + chosen if chosen else SummaryForm.OWN.value)
        self._show_instruction()

    @Slot()
    def _on_changed(self) -> None:
        self._settling.stop()
        options = self.options
        if options.form is not SummaryForm.COMPARISON:
            remember(self._settings, "summarize", form=options.form.value)
        remember(
            self._settings,
            "summarize",
            words=options.words,
            language=options.language,
            instruction=options.instruction,
            reads_all=options.reads_all,
        )
        self.options_changed.emit(options)

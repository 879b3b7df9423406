"""The few settings that matter, applied when the dialog is accepted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.conversations import Draft
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.drafts import DraftKeeper
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.number_boxes import DecimalBox
from lmstudio_lite.ui.spoken_language import language_choices
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.translate import tr, trn

_CONTEXT_SIZES = (0, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072)
_UNLOAD_MINUTES = (0, 5, 15, 30, 60, 240)
_PROMPT_HEIGHT = 64
_NUMBER_WIDTH = 154
_WIDTH_MIN = 520
_OWN_TEMPERATURE = -0.1
PROMPT_DRAFT = "settings:system_prompt"
"""The place of the system prompt that is being typed, among the drafts."""


class SettingsDialog(QDialog):
    """``accepted`` follows once everything is saved; what can't be saved stays on the screen."""

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        keeper: DraftKeeper,
        parent: QWidget | None = None,
    ) -> None:
        """``keeper`` keeps the system prompt while it is typed, also after the dialog is gone."""
        super().__init__(parent)
        self._bridge = bridge
        self._keeper = keeper
        self._theme = theme
        self.setWindowTitle(tr("Settings"))
        self.setMinimumWidth(theme.scaled(_WIDTH_MIN))
        self._settings = services.settings
        self._make_appearance_fields()
        self._make_model_fields()
        self._make_temperature_field()
        self._make_chat_fields()
        self.notice = Notice(theme, self)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        set_role(self.buttons.button(QDialogButtonBox.StandardButton.Save), "primary")
        self._lay_out()
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(self._on_finished)
        self.language_box.activated.connect(self._on_language_chosen)
        self.prompt_edit.textChanged.connect(self._on_prompt_typed)
        bridge.run(lambda context: services.drafts.get(PROMPT_DRAFT), on_done=self._show_draft)

    def _make_appearance_fields(self) -> None:
        look = self._settings.value.appearance
        self.theme_box = choice_box(
            self,
            [(tr("Like the system"), "system"), (tr("Light"), "light"), (tr("Dark"), "dark")],
            look.theme,
        )
        self.language_box = choice_box(self, language_choices(), look.language)
        self.scale_box = choice_box(
            self,
            [(f"{scale * 100:.0f} %", scale) for scale in design.TEXT_SCALES],
            look.text_scale,
        )
        widths = (tr("Narrow"), tr("Normal"), tr("Wide"), tr("Very wide"))
        self.width_box = choice_box(
            self,
            list(zip(widths, design.READING_WIDTHS, strict=True)),
            min(design.READING_WIDTHS, key=lambda each: abs(each - look.reading_width)),
        )
        self.motion_box = QCheckBox(tr("Reduce motion"), self)
        self.motion_box.setChecked(look.reduced_motion)

    def _make_model_fields(self) -> None:
        value = self._settings.value
        self.context_box = choice_box(
            self,
            [
                (trn("{n} token", "{n} tokens", size) if size else tr("Automatic"), size)
                for size in _CONTEXT_SIZES
            ],
            value.model.context_size,
        )
        minutes = [
            (tr("After {0} minutes without work").format(count) if count else tr("Never"), count)
            for count in _UNLOAD_MINUTES
        ]
        self.unload_box = choice_box(self, minutes, value.engine.unload_after_minutes)

    def _make_temperature_field(self) -> None:
        self.temperature_box = DecimalBox(self)
        self.temperature_box.setRange(_OWN_TEMPERATURE, 2.0)
        self.temperature_box.setSpecialValueText(tr("The model's own"))
        self.temperature_box.setSingleStep(0.1)
        chosen = self._settings.value.chat.temperature
        self.temperature_box.setValue(_OWN_TEMPERATURE if chosen is None else chosen)
        self.temperature_box.setMinimumWidth(_NUMBER_WIDTH)
        self.temperature_box.lineEdit().setTextMargins(design.SPACE_8, 0, design.SPACE_8, 0)

    def _make_chat_fields(self) -> None:
        chat = self._settings.value.chat
        self.prompt_edit = QPlainTextEdit(chat.system_prompt, self)
        self.prompt_edit.setTabChangesFocus(True)
        self.prompt_edit.setFixedHeight(self._theme.scaled(_PROMPT_HEIGHT))
        self.prompt_edit.setPlaceholderText(tr("How the model should behave in every conversation"))
        self.summarizes_box = QCheckBox(
            tr("Summarize older turns when a chat's context is nearly full"), self
        )
        self.summarizes_box.setChecked(chat.summarizes)
        self.summarizes_box.setToolTip(
            tr("Without it the oldest turns are left out. With it the next reply waits for the summary.")
        )
        self.names_box = QCheckBox(tr("Let an idle model name new conversations"), self)
        self.names_box.setChecked(chat.names_chats)
        self.names_box.setToolTip(
            tr("After the first answer, while you do nothing; your own names are never changed.")
        )

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_16)
        form.setVerticalSpacing(design.SPACE_4)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("Language"), self.language_box),
            (tr("Theme"), self.theme_box),
            (tr("Text size"), self.scale_box),
            (tr("Reading width"), self.width_box),
            ("", self.motion_box),
            (tr("Context size"), self.context_box),
            (tr("Temperature"), self.temperature_box),
            (tr("System prompt"), self.prompt_edit),
            ("", self.summarizes_box),
            ("", self.names_box),
            (tr("Give memory back"), self.unload_box),
        )
        for name, field in rows:
            form.addRow(name, field)
            field.setAccessibleName(name or (field.text() if isinstance(field, QCheckBox) else ""))
        hint = tr("For models without settings of their own. A large context needs memory.")
        form.addRow("", self._hint(hint))
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_16)
        column.addLayout(form)
        column.addWidget(self.notice)
        column.addWidget(self.buttons)
        width = column.totalSizeHint().width()
        self.resize(width, column.totalHeightForWidth(width))  # Qt's own size forgets lines that break

    def _hint(self, words: str) -> QLabel:
        label = text_label(words, self, role="small", wrap=True)
        # Its lines count for the least height too, which Qt takes where the screen is low.
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        return label

    def _temperature(self) -> float | None:
        value = round(self.temperature_box.value(), 2)
        return None if value <= _OWN_TEMPERATURE else value

    def _show_draft(self, draft: Draft | None) -> None:
        """Put back what was typed when the program ended, where nothing was typed since."""
        if draft is None or self.prompt_edit.document().isModified():
            return
        if draft.text != self.prompt_edit.toPlainText():
            self.prompt_edit.setPlainText(draft.text)
            self.notice.show_message(
                tr("This is the system prompt as you typed it. It is not saved yet."), ""
            )

    @Slot()
    def _on_language_chosen(self) -> None:
        self.notice.show_message(tr("The language changes when the program is started again."), "")

    @Slot()
    def _on_prompt_typed(self) -> None:
        self._keeper.note(PROMPT_DRAFT, self.prompt_edit.toPlainText())

    @Slot()
    def _on_finished(self) -> None:
        self._keeper.forget(PROMPT_DRAFT)

    @Slot()
    def _on_accepted(self) -> None:
        """Save in the background: a disk that has work to do may take seconds."""
        appearance: dict[str, object] = {
            "theme": self.theme_box.currentData(),
            "language": self.language_box.currentData(),
            "text_scale": self.scale_box.currentData(),
            "reading_width": self.width_box.currentData(),
            "reduced_motion": self.motion_box.isChecked(),
        }
        context_size, unload_minutes = self.context_box.currentData(), self.unload_box.currentData()
        summarizes = self.summarizes_box.isChecked()
        names_chats = self.names_box.isChecked()
        prompt, temperature = self.prompt_edit.toPlainText().strip(), self._temperature()

        def save(context: JobContext) -> None:
            self._settings.update("appearance", **appearance)
            self._settings.update("model", context_size=context_size)
            self._settings.update("engine", unload_after_minutes=unload_minutes)
            self._settings.update(
                "chat",
                temperature=temperature,
                system_prompt=prompt,
                summarizes=summarizes,
                names_chats=names_chats,
            )

        self.buttons.setEnabled(False)
        self._bridge.run(save, on_done=self._on_saved, on_failed=self._on_not_saved, lane="settings")

    def _on_saved(self, _result: None) -> None:
        self.accept()

    def _on_not_saved(self, error: Exception) -> None:
        self.buttons.setEnabled(True)
        self.notice.show_error(error)

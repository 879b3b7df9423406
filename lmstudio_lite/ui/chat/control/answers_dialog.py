"""How the model answers in this conversation: presets, knobs, length, stop words, schema, older turns."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QScrollArea, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.control import ConversationControl, Decided
from lmstudio_lite.domain.profiles import NO_CHOICE
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.control.form_box import FormBox
from lmstudio_lite.ui.chat.control.knob_form import KnobForm
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words.control import say_number, say_source
from lmstudio_lite.words.translate import tr

_SIZE = (620, 640)


class AnswersDialog(QDialog):
    """Announces ``chosen`` with the control that is to hold for what follows."""

    chosen = Signal(object)  # ConversationControl

    def __init__(
        self,
        services: Services,
        bridge: Bridge,
        theme: Theme,
        control: ConversationControl,
        conversation_id: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._control = control
        self.setWindowTitle(tr("How it answers here"))
        self.notice = Notice(theme, self)
        self.knobs = KnobForm(services.settings, self)
        self.form = FormBox(bridge, theme, self)
        self.reset_button = text_button(tr("Back to what is usual"), self, role="quiet")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        self.save_button = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        set_role(self.save_button, "primary")
        self._lay_out()
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))
        self.knobs.show_choice(control.sampling)
        self.form.show_control(control)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        self.reset_button.clicked.connect(self._on_reset)
        self.form.checked.connect(self._on_checked)
        self.form.failed.connect(self.notice.show_error)
        below = replace(control, sampling=NO_CHOICE)

        def decide(context: JobContext) -> Decided:
            return services.chat.choices.plan(conversation_id, below).decided

        bridge.run(decide, on_done=self._show_instead, on_failed=self.notice.show_error)

    def _lay_out(self) -> None:
        page = QWidget(self)
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, design.SPACE_12, 0)
        inner.setSpacing(design.SPACE_12)
        order = tr(
            "What you choose here holds for this conversation, from the next reply on. Where you choose "
            "nothing the persona decides, then the model's own settings, then the settings for all chats, "
            "then what the model's makers recommend."
        )
        inner.addWidget(text_label(order, page, role="muted", wrap=True))
        inner.addWidget(self.knobs)
        inner.addWidget(self.form)
        inner.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_16, design.SPACE_16, design.SPACE_16)
        column.setSpacing(design.SPACE_12)
        column.addWidget(scroll, 1)
        column.addWidget(self.notice)
        column.addWidget(self.reset_button)
        column.addWidget(self.buttons)

    def _show_instead(self, decided: Decided) -> None:
        self.knobs.show_instead(
            {
                name: tr("{0} ({1})").format(say_number(getattr(decided.sampling, name)), say_source(source))
                for name, source in decided.sources.items()
                if name in self.knobs.boxes
            }
        )

    @Slot()
    def _on_checked(self) -> None:
        self.save_button.setEnabled(not self.form.problem)

    @Slot()
    def _on_reset(self) -> None:
        self.knobs.show_choice(NO_CHOICE)
        self.form.show_control(ConversationControl())

    @Slot()
    def _on_accepted(self) -> None:
        if not self.form.problem:
            self.chosen.emit(replace(self.form.over(self._control), sampling=self.knobs.choice))
            self.accept()

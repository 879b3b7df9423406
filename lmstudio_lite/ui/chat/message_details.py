"""When a message was written, by which model and with what: shown on demand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from lmstudio_lite.domain.conversations import StoredMessage
from lmstudio_lite.domain.generation import Role
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_label
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.control import say_making
from lmstudio_lite.words.translate import tr, trn

_WIDTH = 520


def details_of(message: StoredMessage) -> list[tuple[str, str]]:
    """Return what is known of a message: what each value is called, and the value."""
    written = message.created_at.astimezone()
    said = [(tr("Written by"), _author(message)), (tr("Date"), f"{written:%x %H:%M:%S}")]
    said.append((tr("Length"), trn("{n} character", "{n} characters", len(message.text))))
    if message.num_siblings > 1:
        place = tr("{0} of {1}").format(message.sibling_index + 1, message.num_siblings)
        said.append((tr("Version"), place))
    if message.role is Role.ASSISTANT and message.note.making is not None:
        said += say_making(message.note.making)
    if message.tokens_per_s:
        said.append((tr("Speed"), tr("{0} tokens/s").format(f"{message.tokens_per_s:.1f}")))
    return said


def _author(message: StoredMessage) -> str:
    if message.role is Role.USER:
        return tr("You")
    return tr("The model, then worded by you") if message.note.is_edited else tr("The model")


class MessageDetails(QDialog):
    """The values in two columns, to be read and copied."""

    def __init__(self, theme: Theme, message: StoredMessage, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Details of the message"))
        form = QFormLayout()
        form.setHorizontalSpacing(design.SPACE_24)
        form.setVerticalSpacing(design.SPACE_8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, value in details_of(message):
            shown = text_label(value, self, wrap=True)
            shown.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            shown.setAccessibleName(f"{name}: {value}")
            form.addRow(text_label(name, self, role="muted"), shown)
        if message.role is Role.ASSISTANT and message.note.making is None:
            words = tr("What it was made with was not kept: it is older than that, or was brought in.")
            form.addRow(text_label(words, self, role="small", wrap=True))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_24, design.SPACE_24, design.SPACE_16)
        column.setSpacing(design.SPACE_16)
        column.addLayout(form)
        column.addWidget(buttons)
        width = theme.scaled(_WIDTH)
        self.resize(width, column.totalHeightForWidth(width))  # lines that break need their height

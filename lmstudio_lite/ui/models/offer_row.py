"""One recommended model: what it is good for, what it takes, how fast it writes here, and one button.

The button gets it, stops getting it, or uses it once it is here; while it is fetched its bar stands in the
row.
"""

from __future__ import annotations

from enum import Enum, auto

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from lmstudio_lite.domain.catalog import Recommendation, UseCase
from lmstudio_lite.domain.downloads import FetchProgress, FetchState
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words import explain, say_size
from lmstudio_lite.words.downloads import say_failure, say_notice, say_progress
from lmstudio_lite.words.offers import (
    RANKS,
    say_fit_briefly,
    say_licence,
    say_summary_pace,
    say_why,
    say_writing_speed,
)
from lmstudio_lite.words.translate import tr

_STEPS = 1000


class OfferAction(Enum):
    """What the row's button does now."""

    GET = auto()
    STOP = auto()
    USE = auto()


class OfferRow(QFrame):
    """Announces what its button asks for; the view does it."""

    asked = Signal(object)  # OfferAction

    def __init__(
        self, item: Recommendation, *, language: str, is_measuring: bool, parent: QWidget | None = None
    ) -> None:
        """``language`` is the code of what will be written; ``is_measuring``: a speed follows by itself."""
        super().__init__(parent)
        set_role(self, "card")
        self.item = item
        self.action = OfferAction.USE if item.path is not None else OfferAction.GET
        model = item.model
        rank = tr(RANKS[item.rank]) if item.rank is not None else ""
        self._name = text_label(" · ".join(filter(None, (rank, model.name))), self, role="heading", wrap=True)
        self._why = text_label(say_why(model.why), self, wrap=True)
        self._figures = text_label(_figures(item, language, is_measuring), self, role="small", wrap=True)
        self._licence = text_label(tr("Licence: {0}").format(say_licence(model.licence)), self, wrap=True)
        set_role(self._licence, "small")
        self._state = text_label("", self, role="small", wrap=True)
        self._state.hide()
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _STEPS)
        self.bar.setAccessibleName(tr("Fetching {0}").format(model.name))
        self.bar.hide()
        self.button = text_button("", self)
        self.button.clicked.connect(self._on_button_clicked)
        self._lay_out()
        self._show_action()

    @property
    def text(self) -> str:
        """Return what stands in the row."""
        labels = (self._name, self._why, self._figures, self._licence, self._state)
        return "\n".join(label.text() for label in labels if not label.isHidden())

    def show_progress(self, progress: FetchProgress | None) -> None:
        """Show how far fetching is; None if it is not fetched."""
        is_under_way = progress is not None and progress.state not in (FetchState.DONE, FetchState.FAILED)
        if progress is not None and progress.state is FetchState.DONE:
            self.action = OfferAction.USE
        elif is_under_way:
            self.action = OfferAction.STOP
        elif self.item.path is None:
            self.action = OfferAction.GET
        self.bar.setVisible(is_under_way)
        if progress is not None:
            size = progress.size_bytes or self.item.model.file.size_bytes
            self.bar.setValue(round(_STEPS * progress.received_bytes / size))
        words, role = _state_words(progress)
        self._say(words, role)
        self._show_action()

    def show_error(self, error: Exception) -> None:
        """Say why fetching could not even begin."""
        self._say(say_error(error), "danger")

    def _say(self, words: str, role: str) -> None:
        self._state.setText(words)
        set_role(self._state, role)
        self._state.setVisible(bool(words))

    def _show_action(self) -> None:
        name = self.item.model.name
        words, spoken = {
            OfferAction.GET: (tr("Get it"), tr("Get {0}")),
            OfferAction.STOP: (tr("Stop"), tr("Stop getting {0}")),
            OfferAction.USE: (tr("Use it"), tr("Use {0}")),
        }[self.action]
        self.button.setText(words)
        # What compares texts is used by itself.
        self.button.setVisible(
            self.action is not OfferAction.USE or UseCase.EMBED not in self.item.model.quality
        )
        self.button.setAccessibleName(spoken.format(name))
        self.button.setAccessibleDescription(self.text.replace("\n", ". "))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self._name, self._why, self._figures, self._licence, self._state, self.bar):
            words.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_12, design.SPACE_8, design.SPACE_12, design.SPACE_8)
        row.setSpacing(design.SPACE_12)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @Slot()
    def _on_button_clicked(self) -> None:
        self.asked.emit(self.action)


def _figures(item: Recommendation, language: str, is_measuring: bool) -> str:
    """Return download, memory and speed in one line; a speed that isn't known is not guessed."""
    fit = item.fit
    if UseCase.EMBED in item.model.quality:
        speed = ""  # It writes nothing.
    elif fit.speed is not None:
        speed = say_writing_speed(fit.speed.decode_tokens_per_s, language)
    else:
        speed = tr("measuring the speed…") if is_measuring else ""
    parts = (
        tr("{0} to fetch").format(say_size(item.model.file.size_bytes)) if item.path is None else "",
        tr("{0} of memory").format(say_size(fit.need.total_bytes)),
        say_fit_briefly(fit.verdict),
        speed,
        say_summary_pace(item.pages_per_min) if UseCase.SUMMARIZE in item.model.quality else "",
    )
    return " · ".join(filter(None, parts))


def _state_words(progress: FetchProgress | None) -> tuple[str, str]:
    if progress is None:
        return "", "small"
    match progress.state:
        case FetchState.FAILED:
            return say_failure(progress.failure), "danger"
        case FetchState.DONE:
            return tr("It is here."), "small"
        case FetchState.WAITING:
            return say_progress(progress), "warning"
        case _:
            notice = say_notice(progress.notice)
            return " ".join(filter(None, (say_progress(progress), notice))), "small"


def say_error(error: Exception) -> str:
    """Say in one line what went wrong and what to do."""
    if not isinstance(error, AppError):
        return tr("LM Studio Lite made a mistake.")
    explanation = explain(error)
    return f"{explanation.what} {explanation.remedy}"

"""A strip under the top bar while no model can be used, and after the engine had to be restarted.

A restart that leaves the model slower or with a smaller context stays said until it is closed: it may take
half a second, and who looks then sees only that something is different. So does a context that shrank for
another reason: a model that was asleep, or that was restarted as it was, finds less memory free than before.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from lmstudio_lite.domain.models import EngineState, LoadedModel, ModelPhase, Rung
from lmstudio_lite.errors import AppError, EngineError, ModelTooLargeError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import explain
from lmstudio_lite.words.engine import say_restart, say_restarted
from lmstudio_lite.words.fit import is_context_smaller, say_anyway, say_smaller_context
from lmstudio_lite.words.translate import tr


class ModelNotice(QWidget):
    """Follows ``ModelControl``; takes no room while all is well."""

    model_wanted = Signal()
    details_wanted = Signal()

    def __init__(self, theme: Theme, control: ModelControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._control = control
        self._shown_error: Exception | None = None
        self._is_restart_shown = False
        self._restart_reason = ""
        self._told_smaller: tuple[Path, int, int] | None = None
        self._context_of: tuple[Path, int, int] | None = None
        self.notice = Notice(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_24, design.SPACE_12, design.SPACE_24, 0)
        column.addWidget(self.notice)
        self.notice.closed.connect(self.hide)
        control.changed.connect(self._on_control_changed)
        self.hide()

    def show_error(self, error: Exception) -> None:
        """Show what has nowhere else to go."""
        self.notice.show_error(error)
        self.show()

    def show_warning(self, warning: AppError) -> None:
        """Show what stops nothing but should be known."""
        explanation = explain(warning)
        self.notice.show_message(explanation.what, explanation.remedy, kind="warning")
        self.show()

    @Slot()
    def _on_control_changed(self) -> None:
        error = self._control.error
        if error is not self._shown_error:
            self._shown_error = error
            if error is None:
                self._take_away()
            else:
                self._show_failure(error)
        state = self._control.state
        is_restarting = state.phase is ModelPhase.RESTARTING
        if is_restarting and error is None and not self._is_restart_shown:
            self._is_restart_shown = True
            self._restart_reason = state.restart_reason
            self.notice.show_message(
                say_restart(state.restart_reason, state.rung.value),
                tr("What was being written goes on by itself."),
                kind="warning",
            )
            self.show()
        elif state.phase is ModelPhase.READY:
            self._on_ready(state)

    def _on_ready(self, state: EngineState) -> None:
        """Say what is different from before, if anything is."""
        shrunk_from = self._shrunk_from(state)
        is_restarted, self._is_restart_shown = self._is_restart_shown, False
        if is_restarted and (state.rung is not Rung.NORMAL or shrunk_from):
            self._show_lasting(
                say_restarted(self._restart_reason, state.rung.value),
                tr("What was being written went on by itself."),
                self._context_words(state, shrunk_from),
            )
        elif is_restarted:
            self._take_away()
        elif shrunk_from:
            self._show_lasting(
                tr("The model was loaded again with a smaller context: less memory is free than before."),
                self._context_words(state, shrunk_from),
            )
        elif state.model is not None and is_context_smaller(state.model):
            self._say_smaller_once(state.model)

    def _say_smaller_once(self, model: LoadedModel) -> None:
        """Say that less context could be had than was asked for; once, for the state comes every moment."""
        told = (model.path, model.context_size, model.context_size_asked)
        if told != self._told_smaller:
            self._told_smaller = told
            self._show_lasting(
                tr("The model was loaded with less context than was wanted."), say_smaller_context(model)
            )

    def _shrunk_from(self, state: EngineState) -> int:
        """Return how large the same model's context was before, 0 if it is not smaller, or asked for so."""
        if state.model is None:
            return 0
        asked = self._control.context_size_asked
        before = self._context_of
        size = state.model.context_size
        self._context_of = (state.model.path, asked, size)
        if before is None or before[:2] != (state.model.path, asked):
            return 0
        return before[2] if size < before[2] else 0

    def _context_words(self, state: EngineState, shrunk_from: int) -> str:
        size = state.model.context_size if state.model is not None else 0
        if shrunk_from:
            return tr("The context has room for {0} tokens now; it had {1}.").format(
                f"{size:,}", f"{shrunk_from:,}"
            )
        return tr("The context has room for {0} tokens.").format(f"{size:,}") if size else ""

    def _show_lasting(self, what: str, *remedy: str) -> None:
        self.notice.show_message(
            what,
            " ".join(filter(None, remedy)),
            tr("How it runs…"),
            self.details_wanted.emit,
            kind="warning",
        )
        self.show()

    def _show_failure(self, error: Exception) -> None:
        if isinstance(error, ModelTooLargeError):
            explanation = explain(error)
            self.notice.show_message(
                explanation.what,
                f"{explanation.remedy} {say_anyway()}",
                tr("Choose model…"),
                self.model_wanted.emit,
                kind="danger",
                second=tr("Load anyway"),
                on_second=self._on_anyway_clicked,
            )
        elif isinstance(error, EngineError):
            self.notice.show_error(error, tr("Try again"), self._on_again_clicked)
        else:
            self.notice.show_error(error, tr("Choose model…"), self.model_wanted.emit)
        self.show()

    def _on_anyway_clicked(self) -> None:
        error = self._shown_error
        if isinstance(error, ModelTooLargeError):
            self._control.load_anyway(Path(str(error.details["path"])))

    def _on_again_clicked(self) -> None:
        self._control.load(self._control.path)

    def _take_away(self) -> None:
        self.notice.clear()
        self.hide()

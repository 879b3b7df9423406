"""How one model is loaded and asked: context and cache with their verdict, sampling, prompt, template, speed.

What is changed is a draft until it is kept; drafts stay while the window lives, each with its model. A chat
template is tried in the engine's sandbox before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.models import EngineState, LoadedModel, Rung
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.domain.shelf import ModelEntry
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.models.fit_panel import FitPanel
from lmstudio_lite.ui.models.profile_form import ProfileForm
from lmstudio_lite.ui.models.running import tuning_words
from lmstudio_lite.ui.notice import Notice
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.engine import say_rung
from lmstudio_lite.words.fit import say_promise
from lmstudio_lite.words.models import say_template_problem
from lmstudio_lite.words.translate import tr


class ModelSettings(QWidget):
    """Shows what is decided for the model of ``show_entry``; ``kept`` follows when something else is."""

    kept = Signal(object, object)  # Path, ModelProfile
    drafted = Signal()  # whether there is something to keep may be different

    def __init__(
        self,
        theme: Theme,
        services: Services,
        bridge: Bridge,
        control: ModelControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._control = control
        self._entry: ModelEntry | None = None
        self._profile = NO_PROFILE
        self._drafts: dict[Path, ModelProfile] = {}
        self._is_known = False
        self.fit_panel = FitPanel(services, bridge, self)
        self.form = ProfileForm(theme, self)
        self.runs_label = text_label("", self, role="small", wrap=True)
        self.rung_label = text_label("", self, role="warning", wrap=True)
        self.measure_button = text_button(tr("Measure again"), self)
        self.normal_button = text_button(tr("Run normally again"), self)
        self.notice = Notice(theme, self)
        self.keep_button = text_button(tr("Keep for this model"), role="primary")
        self.undo_button = text_button(tr("Undo"))
        again = QHBoxLayout()
        again.setSpacing(design.SPACE_8)
        again.addWidget(self.measure_button)
        again.addWidget(self.normal_button)
        again.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_12)
        column.addWidget(self.fit_panel)
        column.addWidget(self.runs_label)
        column.addWidget(self.rung_label)
        column.addLayout(again)
        column.addWidget(self.form)
        self.fit_panel.changed.connect(self._on_drafted)
        self.form.changed.connect(self._on_drafted)
        self.keep_button.clicked.connect(self._on_keep_clicked)
        self.undo_button.clicked.connect(self._on_undo_clicked)
        self.measure_button.clicked.connect(self._on_measure_clicked)
        self.normal_button.clicked.connect(self._on_normal_clicked)
        control.changed.connect(self._on_control_changed)

    @property
    def has_draft(self) -> bool:
        """Whether what stands here is not what is kept."""
        return self._is_known and self._draft != self._profile

    def show_entry(self, entry: ModelEntry | None) -> None:
        """Show a model that can be used; None for none."""
        is_other = entry is None or self._entry is None or entry.path != self._entry.path
        self._entry = entry
        if not is_other:
            return
        self._is_known = False
        self.notice.hide()
        if entry is None or entry.file is None:
            self.fit_panel.forget_model()
            self.drafted.emit()
            return
        path, profiles = entry.path, self._services.profiles

        def work(context: JobContext) -> tuple[ModelProfile, str]:
            try:
                template = profiles.file_template(path)
            except AppError:
                template = ""  # What is wrong with the file is said where it is used.
            return profiles.decided(path), template

        def show(found: tuple[ModelProfile, str]) -> None:
            if self._path == path:
                self._profile, template = found
                self._is_known = True
                self.form.show_file_template(template)
                self._show(self._drafts.get(path, self._profile))

        self.setEnabled(False)
        self._bridge.run(work, on_done=show)
        self._on_control_changed()

    @property
    def _path(self) -> Path | None:
        return self._entry.path if self._entry is not None else None

    @property
    def _draft(self) -> ModelProfile:
        return self.fit_panel.decided(self.form.profile)

    @property
    def _state(self) -> EngineState | None:
        """Return the engine's state where it is about the model that is shown."""
        state = self._control.state
        return state if state.path is not None and state.path == self._path else None

    def _show(self, profile: ModelProfile) -> None:
        assert self._entry is not None
        assert self._entry.file is not None
        self.setEnabled(True)
        self.form.show_profile(profile)
        self.fit_panel.show_model(self._entry.path, self._entry.file.context_length, profile)
        self._on_drafted()

    @Slot()
    def _on_drafted(self) -> None:
        path = self._path
        if path is None:
            return
        self.fit_panel.set_profile(self.form.profile)
        if self.has_draft:
            self._drafts[path] = self._draft
        else:
            self._drafts.pop(path, None)
        loads = self._state is not None and not self._draft.loads_like(self._profile)
        self.keep_button.setText(tr("Keep and load again") if loads else tr("Keep for this model"))
        self.drafted.emit()

    @Slot()
    def _on_undo_clicked(self) -> None:
        self.notice.hide()
        self._show(self._profile)

    @Slot()
    def _on_keep_clicked(self) -> None:
        self.keep()

    def keep(self, on_kept: Callable[[], None] = lambda: None) -> None:
        """Keep what stands here for the model, and then do ``on_kept``; what can't be kept is said here."""
        entry, draft, before = self._entry, self._draft, self._profile
        if entry is None:
            return
        profiles = self._services.profiles

        def work(context: JobContext) -> str:
            if draft.template and draft.template != before.template:
                problem = profiles.template_problem(draft.template)
                if problem:
                    return problem
            profiles.keep(entry.path, entry.name, draft)
            return ""

        def show(problem: str) -> None:
            self.keep_button.setEnabled(True)
            if problem:
                self.notice.show_message(say_template_problem(problem), kind="danger")
                return
            self.notice.hide()
            self._drafts.pop(entry.path, None)
            self._control.profile_kept(entry.path, draft, is_load_wanted=not draft.loads_like(before))
            if self._path == entry.path:
                self._profile = draft
                self._on_drafted()
            self.kept.emit(entry.path, draft)
            on_kept()

        def fail(error: Exception) -> None:
            self.keep_button.setEnabled(True)
            self.notice.show_error(error)

        self.keep_button.setEnabled(False)
        self._bridge.run(work, on_done=show, on_failed=fail, lane="settings")

    @Slot()
    def _on_control_changed(self) -> None:
        state = self._state
        model = state.model if state is not None else None
        self.form.show_recommended(model.sampling if model is not None else None)
        words = self._say_running(state, model) if state is not None and model is not None else ""
        self.runs_label.setText(words)
        self.runs_label.setVisible(bool(words))
        rung = say_rung(state.rung.value) if state is not None else ""
        self.rung_label.setText(tr("After a crash it runs {0}.").format(rung) if rung else "")
        self.rung_label.setVisible(bool(rung))
        self.normal_button.setVisible(state is not None and state.rung is not Rung.NORMAL)
        self.measure_button.setVisible(state is not None)
        self.measure_button.setEnabled(state is not None and not state.is_measuring)

    def _say_running(self, state: EngineState, model: LoadedModel) -> str:
        load = self._control.load_of(model)
        lines = [
            tr("Runs on {0}, with a context of {1} tokens; answers up to {2} requests at a time.").format(
                model.device, f"{model.context_size:,}", model.num_sequences_max
            )
        ]
        tuning = tuning_words(model)
        if tuning and state.is_measuring:
            lines.append(tr("{0} (what is fastest is being measured)").format(tuning))
        elif tuning:
            lines.append(tr("{0} (measured on this computer)").format(tuning) if model.is_tuned else tuning)
        if load is not None:
            lines.append(tr("Memory: {0}.").format(say_promise(load)))
        return "\n".join(lines)

    @Slot()
    def _on_measure_clicked(self) -> None:
        if self._path is not None:
            self._control.measure_again(self._path)

    @Slot()
    def _on_normal_clicked(self) -> None:
        if self._path is not None:
            self._control.run_normally(self._path)

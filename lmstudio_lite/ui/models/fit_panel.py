"""How a model would lie in this machine's memory: a slider for its context, and the verdict with its numbers.

Every move of the slider is answered by formula, the newest at once; where the slider rests, llama.cpp
itself is asked. Nothing is loaded here and nothing kept: who holds the panel does both.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.fit import FitVerdict, ModelFit
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.errors import AppError
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import choice_box, text_label
from lmstudio_lite.ui.theme import set_role
from lmstudio_lite.words import explain
from lmstudio_lite.words.saying import begin_sentence
from lmstudio_lite.words.shelf import say_danger, say_fit, say_kv_type, say_need, say_share, say_speed
from lmstudio_lite.words.translate import tr

_SMALLEST = 512
_USUAL_LARGEST = 131_072
_REST_MS = 400
_ROLES = {FitVerdict.SLOW: "warning", FitVerdict.TOO_LARGE: "danger"}


def context_sizes(trained: int) -> list[int]:
    """Return what the slider offers: 0 (automatic), then powers of two and halves between, to ``trained``.

    ``trained`` is the context in tokens that the model's makers name, 0 where they don't.
    """
    largest = trained or _USUAL_LARGEST
    sizes = [0]
    size = _SMALLEST
    while size < largest:
        sizes.append(size)
        half = size + size // 2
        if half < largest:
            sizes.append(half)
        size *= 2
    return [*sizes, largest]


class FitPanel(QWidget):
    """``changed`` follows whatever the user chooses; ``fitted`` each answer about the model as it stands."""

    changed = Signal()
    fitted = Signal(object)  # ModelFit

    def __init__(self, services: Services, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._path: Path | None = None
        self._sizes = context_sizes(0)
        self._rest_of_profile = NO_PROFILE
        self._is_showing = False
        self._is_asking = False
        self._is_stale = False
        self._number = 0
        self.fit: ModelFit | None = None
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(tr("Context size"))
        self.size_label = text_label("", self)
        self.size_label.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        kinds = [(tr("Automatic"), None), *((say_kv_type(kind), kind) for kind in KvType)]
        self.kv_box = choice_box(self, kinds, None)
        self.kv_box.setAccessibleName(tr("Cache of the context"))
        self.verdict_label = text_label("", self, role="heading", wrap=True)
        self.need_label = text_label("", self, role="small", wrap=True)
        self.speed_label = text_label("", self, role="small", wrap=True)
        self.danger_label = text_label("", self, role="warning", wrap=True)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slid)
        self.kv_box.currentIndexChanged.connect(self._on_slid)
        self._rest.timeout.connect(self._on_rested)

    @property
    def context_size(self) -> int | None:
        """Return the context in tokens that is chosen, None for an automatic one."""
        return self._sizes[self.slider.value()] or None

    @property
    def kv_type(self) -> KvType | None:
        """Return how the cache is to be stored, None where the program decides."""
        kind = self.kv_box.currentData()
        return KvType(kind) if kind else None

    def decided(self, profile: ModelProfile) -> ModelProfile:
        """Return ``profile`` with what is chosen here."""
        return replace(profile, context_size=self.context_size, kv_type=self.kv_type)

    def show_model(self, path: Path, trained: int, profile: ModelProfile = NO_PROFILE) -> None:
        """Show what the model at ``path`` takes as ``profile`` has it; ``changed`` does not follow."""
        self._is_showing = True
        if path != self._path:
            self.fit = None
            self._path = path
            self._clear()
        self._sizes = context_sizes(trained)
        self._rest_of_profile = profile
        wanted = profile.context_size or 0
        if wanted not in self._sizes:
            self._sizes = [0, *sorted({*self._sizes[1:], wanted})]
        self.slider.setRange(0, len(self._sizes) - 1)
        self.slider.setValue(self._sizes.index(wanted))
        self.kv_box.setCurrentIndex(self.kv_box.findData(profile.kv_type))
        self._is_showing = False
        self._show_size()
        self.ask_again()

    def set_profile(self, profile: ModelProfile) -> None:
        """Hear what else is decided for the model; what it takes may follow from that."""
        if not self.decided(profile).loads_like(self.decided(self._rest_of_profile)):
            self._rest_of_profile = profile
            self.ask_again()

    def ask_again(self) -> None:
        """Compute the verdict anew: what is free changes with what else runs."""
        self._number += 1
        self._ask(is_exact=False)
        self._rest.start()

    def forget_model(self) -> None:
        """Ask nothing more about the model that was shown."""
        self._path = None
        self._rest.stop()
        self._number += 1

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(text_label(tr("Context"), self, role="heading"), 1)
        head.addWidget(self.size_label)
        cache = QHBoxLayout()
        cache.setSpacing(design.SPACE_8)
        cache.addWidget(text_label(tr("Cache"), self))
        cache.addWidget(self.kv_box, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addLayout(head)
        column.addWidget(self.slider)
        column.addLayout(cache)
        for label in (self.verdict_label, self.need_label, self.speed_label, self.danger_label):
            column.addWidget(label)

    @Slot()
    def _on_slid(self) -> None:
        if self._is_showing:
            return
        self._show_size()
        self.ask_again()
        self.changed.emit()

    @Slot()
    def _on_rested(self) -> None:
        self._ask(is_exact=True)

    def _ask(self, *, is_exact: bool) -> None:
        """Ask about what is chosen now; while an answer is awaited only the newest question is kept."""
        path = self._path
        if path is None:
            return
        if self._is_asking:
            self._is_stale = True
            return
        self._is_asking, self._is_stale = True, False
        number, profile = self._number, self.decided(self._rest_of_profile)
        fitting = self._services.fitting

        def work(context: JobContext) -> ModelFit:
            if is_exact:
                try:
                    return fitting.ask(path, profile=profile)
                except AppError:
                    pass  # What llama.cpp can't tell of a file is foretold from its header.
            return fitting.fit(path, profile=profile)

        def show(fit: ModelFit) -> None:
            self._is_asking = False
            if number == self._number:
                self._show_fit(fit)
            self._go_on()

        def fail(error: Exception) -> None:
            self._is_asking = False
            if number == self._number:
                self._show_problem(error)
            self._go_on()

        self._bridge.run(work, on_done=show, on_failed=fail, on_cancelled=self._on_cancelled)

    def _on_cancelled(self) -> None:
        self._is_asking = False

    def _go_on(self) -> None:
        if self._is_stale:
            self._ask(is_exact=not self._rest.isActive())

    def _show_size(self) -> None:
        size = self.context_size
        words = tr("{0} tokens").format(f"{size:,}") if size is not None else self._automatic()
        self.size_label.setText(words)
        self.slider.setAccessibleDescription(words)

    def _automatic(self) -> str:
        if self.fit is None or self.context_size is not None:
            return tr("Automatic")
        return tr("Automatic ({0} tokens)").format(f"{self.fit.context_size:,}")

    def _show_fit(self, fit: ModelFit) -> None:
        self.fit = fit
        self._show_size()
        words = begin_sentence(say_fit(fit))
        self.verdict_label.setText(words)
        set_role(self.verdict_label, _ROLES.get(fit.verdict, "heading"))
        lines = [say_need(fit), *(say_share(share) for share in fit.devices if len(fit.devices) > 1)]
        self.need_label.setText("\n".join(lines))
        self.speed_label.setText(say_speed(fit.speed))
        self.speed_label.setVisible(fit.speed is not None)
        danger = say_danger(fit.verdict)
        self.danger_label.setText(danger)
        self.danger_label.setVisible(bool(danger))
        self.fitted.emit(fit)

    def _show_problem(self, error: Exception) -> None:
        self._clear()
        words = explain(error).what if isinstance(error, AppError) else tr("Something went wrong.")
        self.verdict_label.setText(words)
        set_role(self.verdict_label, "danger")

    def _clear(self) -> None:
        for label in (self.verdict_label, self.need_label, self.speed_label, self.danger_label):
            label.setText("")
        self.speed_label.hide()
        self.danger_label.hide()

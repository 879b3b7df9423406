"""What the user has decided so far: base model, data, settings. GUI thread; outlives its window.

It is in the database half a second after every change, so that a killed program takes none of it along.
"""

from __future__ import annotations

import logging
import os
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from lmstudio_lite.app.session import Services
from lmstudio_lite.app.train import RunRecord
from lmstudio_lite.app.training_draft import (
    PLACE,
    TrainingDraft,
    decode_draft,
    encode_draft,
    record_of,
    sources_of,
)
from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.errors import StorageError
from lmstudio_lite.finetune.data.problems import ProblemKind
from lmstudio_lite.finetune.estimate import (
    TOKENS_AT_ONCE_CPU,
    TimeEstimate,
    TrainingEstimate,
    Workload,
    estimate_scratch,
    estimate_training,
    flops_of,
    shape_problem,
)
from lmstudio_lite.finetune.protocol import FinetuneSettings, Method
from lmstudio_lite.finetune.sizes import FROM_NOTHING, SIZES, Size, size_settings
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.finetune.data_draft import DataDraft

if TYPE_CHECKING:
    from lmstudio_lite.finetune.data.splitting import SplitOptions

log = logging.getLogger(__name__)

_QUICK_STEPS = 30
_SAVE_MS = 500
_TEMPLATE_TOKENS = 24
"""What a chat template adds to an example (SmolLM2's with its own instruction); the figures leave it out."""
_LANE = "finetune draft"


class Preset(StrEnum):
    """Settings in plain words."""

    QUICK = "quick"
    BALANCED = "balanced"
    THOROUGH = "thorough"


_PRESETS: dict[Preset, dict[str, object]] = {
    Preset.QUICK: {"rank": 8, "alpha": 16.0, "epochs": 1.0, "max_steps": _QUICK_STEPS, "patience": 0},
    Preset.BALANCED: {"rank": 16, "alpha": 32.0, "epochs": 3.0, "max_steps": 0, "patience": 0},
    Preset.THOROUGH: {"rank": 32, "alpha": 64.0, "epochs": 8.0, "max_steps": 0, "patience": 3},
}


def preset_settings(preset: Preset, settings: FinetuneSettings) -> FinetuneSettings:
    """Return ``settings`` with what the preset decides."""
    return msgspec.structs.replace(settings, **_PRESETS[preset])


class FinetuneDraft(QObject):
    """The three decisions; ``changed`` follows every change of one."""

    changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._saved = ""
        self._save_due = QTimer(self)
        self._save_due.setSingleShot(True)
        self._save_due.setInterval(_SAVE_MS)
        self._save_due.timeout.connect(self._save)
        self.base: ModelFile | None = None
        self.data = DataDraft(services, bridge, self)
        self.preset: Preset | None = Preset.BALANCED
        self.settings = preset_settings(Preset.BALANCED, FinetuneSettings())
        self.validation_share = 0.1
        self._measured_flops: dict[bool, float] = {}
        self._other = size_settings(Size.SMALL, FROM_NOTHING)
        """The settings of the other way, tuned or from nothing: going back and forth loses none."""
        self._restore()
        self.data.changed.connect(self.changed)
        self.changed.connect(self._on_changed)

    @property
    def is_from_nothing(self) -> bool:
        """Whether a model is to be born, instead of one tuned."""
        return self.settings.method is Method.SCRATCH

    @property
    def size(self) -> Size | None:
        """The size whose values the settings have, None for own ones and for a tuned model."""
        if not self.is_from_nothing:
            return None
        return next((size for size in Size if size_settings(size, self.settings) == self.settings), None)

    def begin_from_nothing(self) -> None:
        """Train a model that knows nothing, from the user's texts alone."""
        if self.is_from_nothing:
            return
        self._swap()
        self.base = None
        self.data.set_base(None)
        self.changed.emit()

    def choose_size(self, size: Size) -> None:
        """Make the model from nothing so large."""
        self.settings = size_settings(size, self.settings)
        self.changed.emit()

    def _swap(self) -> None:
        name = self.settings.name
        self.settings, self._other = self._other, self.settings
        self.settings = msgspec.structs.replace(self.settings, name=name)

    def choose_base(self, file: ModelFile) -> None:
        """Train this model."""
        if self.is_from_nothing:
            self._swap()
        self.base = file
        self.settings = msgspec.structs.replace(self.settings, base=str(file.path))
        self.data.set_base(file.path)
        self.changed.emit()

    def choose_preset(self, preset: Preset) -> None:
        self.preset = preset
        self.settings = preset_settings(preset, self.settings)
        self.changed.emit()

    def set_settings(self, **changes: object) -> None:
        """Change knobs by hand; a preset whose values are touched is left."""
        self.settings = msgspec.structs.replace(self.settings, **changes)
        if self.preset is not None and not self.is_from_nothing:
            kept = preset_settings(self.preset, self.settings) == self.settings
            self.preset = self.preset if kept else None
        self.changed.emit()

    def set_validation_share(self, share: float) -> None:
        self.validation_share = share
        self.changed.emit()

    def _restore(self) -> None:
        kept = self._services.drafts.get(PLACE)
        draft = decode_draft(kept.text) if kept is not None else None
        if kept is None or draft is None:
            return
        self._saved = kept.text
        self.settings, self._other = draft.settings, draft.other
        self.preset = next((preset for preset in Preset if preset.value == draft.preset), None)
        self.validation_share = draft.validation_share
        sources = sources_of(draft.sources, self._services)
        self.data.restore(sources, frozenset(draft.fixes))

    def _encoded(self) -> str:
        return encode_draft(
            TrainingDraft(
                settings=self.settings,
                other=self._other,
                preset=self.preset.value if self.preset is not None else "",
                validation_share=self.validation_share,
                fixes=tuple(sorted(self.data.fixes)),
                sources=tuple(record_of(source) for source in self.data.sources),
            )
        )

    @Slot()
    def _on_changed(self) -> None:
        if not self._save_due.isActive():
            self._save_due.start()

    @Slot()
    def _save(self) -> None:
        text, drafts = self._encoded(), self._services.drafts
        if text == self._saved:
            return
        self._saved = text
        self._bridge.run(lambda context: drafts.keep(PLACE, text), on_failed=self._on_save_failed, lane=_LANE)

    def keep_now(self) -> None:
        """Write what waits to be written; for the end of the program. Waits for the disk."""
        if not self._save_due.isActive():
            return
        self._save_due.stop()
        try:
            self._services.drafts.keep(PLACE, self._encoded())
        except StorageError as error:
            log.warning("what was decided for a training could not be kept: %s", error)

    def _on_save_failed(self, error: Exception) -> None:
        """Try again, for as long as it takes: the window still has it all."""
        log.warning("what was decided for a training could not be kept: %s", error)
        self._saved = ""
        self._save_due.start()

    def learn_speed(self, records: list[RunRecord]) -> None:
        """Take the speed of this machine from runs that were."""
        for record in records:
            is_from_nothing = record.settings.method is Method.SCRATCH
            if record.plan is not None and record.steps and is_from_nothing not in self._measured_flops:
                speed = sorted(step.tokens_per_s for step in record.steps)[len(record.steps) // 2]
                self._measured_flops[is_from_nothing] = flops_of(record.plan.num_parameters, speed)
                self.changed.emit()

    def estimate(
        self, file: ModelFile | None = None, settings: FinetuneSettings | None = None
    ) -> TrainingEstimate | None:
        """Return what training the base, or ``file``, or a model from nothing takes here."""
        settings, num_cores = settings or self.settings, os.cpu_count() or 1
        if file is None and settings.method is Method.SCRATCH:
            if shape_problem(settings.scratch) is not None:
                settings = msgspec.structs.replace(settings, scratch=SIZES[Size.SMALL])
            measured = self._measured_flops.get(True, 0.0)
            return estimate_scratch(settings, num_cores, measured, self._tokens_at_once(settings))
        file = file or self.base
        if file is None:
            return None
        if settings.method is Method.SCRATCH:
            settings = self._other
        measured = self._measured_flops.get(False, 0.0)
        return estimate_training(file, settings, num_cores, measured, self._tokens_at_once(settings))

    @property
    def loaded_bytes(self) -> int:
        """What the chat's model takes, which stays loaded beside a training."""
        model = self._services.engine.state.model
        return model.memory_bytes if model is not None else 0

    def times(self, settings: FinetuneSettings | None = None) -> TimeEstimate | None:
        """Return how long the whole run takes, None without a model or data."""
        settings = settings or self.settings
        estimate, work = self.estimate(settings=settings), self._workload(settings)
        return estimate.times_for(work, settings) if estimate is not None and work is not None else None

    def _workload(self, settings: FinetuneSettings) -> Workload | None:
        """Return what all steps of the training read, None without data."""
        collection = self.data.collection
        if collection is None or not collection.figures.num_examples:
            return None
        figures = collection.figures
        num_held_out = int(figures.num_tokens * self.validation_share)
        step_tokens = self._step_tokens(settings)
        num_tokens = (figures.num_tokens - num_held_out) * settings.epochs
        if settings.max_steps:
            num_tokens = step_tokens * settings.max_steps
        num_steps = settings.max_steps or max(1, round(num_tokens / step_tokens))
        return Workload(int(num_tokens), num_steps, num_held_out)

    def _step_tokens(self, settings: FinetuneSettings) -> float:
        """Return how many tokens a step learns from."""
        collection, per_step = self.data.collection, settings.batch_size * settings.accumulation
        if settings.packing or collection is None or not collection.figures.num_examples:
            return float(settings.max_length * per_step)
        mean = collection.figures.num_tokens / collection.figures.num_examples + _TEMPLATE_TOKENS
        return max(1.0, min(mean, settings.max_length) * per_step)

    def _tokens_at_once(self, settings: FinetuneSettings) -> int:
        """Return how many tokens the training will compute at once: a whole step, or as much as it takes."""
        collection = self.data.collection
        longest = settings.max_length
        if collection is not None and not settings.packing:
            longest = min(longest, collection.figures.lengths.longest + _TEMPLATE_TOKENS)
        most = settings.micro_tokens or TOKENS_AT_ONCE_CPU
        return max(longest, min(most, int(self._step_tokens(settings))))

    def split_options(self) -> SplitOptions:
        """Return how the data is divided."""
        from lmstudio_lite.finetune.data.splitting import SplitOptions

        return SplitOptions(
            validation_share=self.validation_share,
            seed=self.settings.seed,
            keeps_repeats=ProblemKind.DUPLICATE not in self.data.fixes,
        )

    @property
    def can_train(self) -> bool:
        """Whether everything is decided and there is something to learn."""
        collection = self.data.collection
        has_data = collection is not None and collection.figures.num_examples > 0
        return self.has_model and has_data and not self.data.is_working

    @property
    def has_model(self) -> bool:
        """Whether it is decided what learns, and it can be built."""
        if self.is_from_nothing:
            return shape_problem(self.settings.scratch) is None
        return self.base is not None

"""The first step: which model is trained, and what that takes on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.models import ModelFile
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.finetune.architectures import obstacle_of
from lmstudio_lite.finetune.estimate import TrainingEstimate
from lmstudio_lite.library.models import ModelEntry
from lmstudio_lite.memory import available_memory_bytes
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.controls import CardButton, text_label
from lmstudio_lite.ui.elided_label import ElidedLabel
from lmstudio_lite.ui.finetune.components import ComponentsBox
from lmstudio_lite.ui.finetune.draft import FinetuneDraft
from lmstudio_lite.ui.finetune.step import StepPage
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme, set_role
from lmstudio_lite.words import explain, say_duration, say_parameters, say_size
from lmstudio_lite.words.training import say_obstacle
from lmstudio_lite.words.translate import tr

_WORDS_FOR_TIME = 100_000
_ROW_HEIGHT_MIN = 56
_TOKENS_PER_WORD = 1.4


@dataclass(frozen=True, slots=True)
class BaseChoice:
    """A model of the library and what training it would mean; ``refusal`` says why it can't be."""

    entry: ModelEntry
    estimate: TrainingEstimate | None
    refusal: str


class ModelStep(StepPage):
    """A list of the user's models; those that can't be trained stay in it with the reason."""

    chosen = Signal()

    def __init__(
        self, services: Services, bridge: Bridge, theme: Theme, draft: FinetuneDraft, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._draft = draft
        self.set_title(
            tr("Which model should learn?"),
            tr("Training makes an adapter beside it; the model itself stays as it is."),
        )
        self.components = ComponentsBox(services, bridge, theme, self)
        self.rows: list[BaseRow] = []
        self._group = QButtonGroup(self)
        self._list = QWidget(self)
        self._rows_column = QVBoxLayout(self._list)
        self._rows_column.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._rows_column.setSpacing(design.SPACE_8)
        self._rows_column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._list)
        self._empty = text_label(
            tr("There is no model yet. Add a GGUF file with the model menu of the main window."),
            self,
            role="muted",
            wrap=True,
        )
        self._empty.hide()
        self.column.addWidget(self.components)
        self.column.addWidget(self._empty)
        self.column.addWidget(scroll, 1)
        self.nothing_row = NothingRow(self)
        self._group.addButton(self.nothing_row)
        self.nothing_row.clicked.connect(self._on_nothing_clicked)
        self.column.addWidget(self.nothing_row)

    def begin(self) -> None:
        """Read the library anew."""
        self.components.refresh()
        draft, library = self._draft, self._services.library

        def work(context: JobContext) -> list[BaseChoice]:
            available = available_memory_bytes()
            return [_choice(entry, draft, available, self) for entry in library.list()]

        self._bridge.run(work, on_done=self._on_listed, lane="library")

    def _on_listed(self, choices: list[BaseChoice]) -> None:
        for row in self.rows:
            self._group.removeButton(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for number, choice in enumerate(sorted(choices, key=lambda choice: bool(choice.refusal))):
            row = BaseRow(choice, self._list)
            base = self._draft.base
            row.setChecked(base is not None and base.path == choice.entry.path)
            row.clicked.connect(lambda _checked=False, choice=choice: self._choose(choice))
            self._group.addButton(row)
            self._rows_column.insertWidget(number, row)
            self.rows.append(row)
        self._empty.setVisible(not choices)
        self.nothing_row.setChecked(self._draft.is_from_nothing)
        if self._draft.base is None and not self._draft.is_from_nothing:
            wanted = (Path(self._draft.settings.base), self._services.engine.state.path)
            usable = {row.choice.entry.path: row for row in self.rows if row.isEnabled()}
            first = next((usable[path] for path in wanted if path in usable), None)
            if first is not None:
                first.setChecked(True)
                self._choose(first.choice)

    @Slot()
    def _choose(self, choice: BaseChoice) -> None:
        if choice.entry.file is not None:
            self._draft.choose_base(choice.entry.file)
            self.chosen.emit()

    @Slot()
    def _on_nothing_clicked(self) -> None:
        self._draft.begin_from_nothing()
        self.chosen.emit()


def _choice(entry: ModelEntry, draft: FinetuneDraft, available: int, page: ModelStep) -> BaseChoice:
    file = entry.file
    if file is None:
        failure = entry.failure
        said = explain(error_from_code(failure.code, failure.details)).what if failure else ""
        return BaseChoice(entry, None, said or tr("can't be used"))
    if (obstacle := obstacle_of(file.architecture)) is not None:
        return BaseChoice(entry, None, say_obstacle(obstacle))
    if _is_split(file.path):
        return BaseChoice(entry, None, tr("models in several files can't be trained here"))
    estimate = draft.estimate(file)
    assert estimate is not None
    if estimate.least_bytes > available:
        said = tr("needs {0} of memory, {1} are free")
        return BaseChoice(entry, estimate, said.format(say_size(estimate.least_bytes), say_size(available)))
    return BaseChoice(entry, estimate, "")


def _is_split(path: Path) -> bool:
    return "-of-" in path.stem and path.stem.rpartition("-of-")[2].isdecimal()


class NothingRow(QPushButton):
    """The way without a model: one is made, and one sees how."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_role(self, "option")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title = text_label(
            tr("From nothing: see how a language model is born"), self, role="heading", wrap=True
        )
        about = text_label(
            tr(
                "A small model learns its own tokens and everything else from your texts alone. "
                "For learning how it works, not for answers: it will know nothing besides."
            ),
            self,
            role="small",
            wrap=True,
        )
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(design.SPACE_16, design.SPACE_8, design.SPACE_16, design.SPACE_8)
        column.setSpacing(2)
        for label in (title, about):
            column.addWidget(label)
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(f"{title.text()}. {about.text()}")

    def sizeHint(self) -> QSize:
        return self._column.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._column.totalMinimumSize()

    def heightForWidth(self, width: int) -> int:
        """Return the height of the words at ``width``.

        A height that is set when the width changes leaves the labels where the old height put them.
        """
        return self._column.totalHeightForWidth(width)


class BaseRow(CardButton):
    """One model: name, size, and memory and time for training it, or why not."""

    def __init__(self, choice: BaseChoice, parent: QWidget) -> None:
        super().__init__("option", parent)
        self.choice = choice
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        file = choice.entry.file
        name = ElidedLabel(self, role="heading")
        name.set_full_text(file.name if file else choice.entry.path.name)
        about = text_label(self._about(file), self, role="small")
        memory, time = self._needs()
        needs = text_label(memory, self, role="small" if not choice.refusal else "warning", wrap=True)
        needs.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        duration = text_label(time, self, role="small")
        duration.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        duration.setVisible(bool(time))
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(2)
        right.setSpacing(2)
        left.addWidget(name)
        left.addWidget(about)
        right.addWidget(needs)
        right.addWidget(duration)
        row = QHBoxLayout(self)
        row.setContentsMargins(design.SPACE_16, design.SPACE_8, design.SPACE_16, design.SPACE_8)
        row.setSpacing(design.SPACE_16)
        row.addLayout(left, 3)
        row.addLayout(right, 4)
        for label in (name, about, needs, duration):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.fit()
        self.setEnabled(not choice.refusal)
        self.setToolTip(plain_tip(str(choice.entry.path)))
        self.setAccessibleName(", ".join(filter(None, (name.full_text, about.text(), memory, time))))

    def wanted_height(self) -> int:
        return max(_ROW_HEIGHT_MIN, super().wanted_height())

    def _about(self, file: ModelFile | None) -> str:
        if file is None:
            return ""
        return " · ".join((say_parameters(file.num_parameters), file.quantization, file.architecture))

    def _needs(self) -> tuple[str, str]:
        estimate = self.choice.estimate
        if self.choice.refusal or estimate is None:
            return self.choice.refusal, ""
        seconds = estimate.seconds_for(int(_WORDS_FOR_TIME * _TOKENS_PER_WORD))
        return (
            tr("needs about {0} of memory").format(say_size(estimate.total_bytes)),
            tr("100,000 words in about {0}").format(say_duration(seconds)),
        )

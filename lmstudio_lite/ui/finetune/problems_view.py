"""What is wrong in the data: by kind, with what can be done about it, and the places line by line."""

from __future__ import annotations

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QListView,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lmstudio_lite.finetune.data.problems import Problem, ProblemKind
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.controls import text_button, text_label
from lmstudio_lite.words.training_data import say_fix, say_place, say_problem, say_remedy
from lmstudio_lite.words.translate import tr

_KINDS_HEIGHT = 190


class ProblemsView(QWidget):
    """``fix_chosen`` asks for the data to be read again."""

    fix_chosen = Signal(object, bool)  # ProblemKind, whether to mend it

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._problems: tuple[Problem, ...] = ()
        self._kind: ProblemKind | None = None
        self.boxes: dict[ProblemKind, QCheckBox] = {}
        self._none = text_label(tr("Nothing is wrong with these examples."), self, role="muted")
        self._kinds = QWidget(self)
        self._kinds_column = QVBoxLayout(self._kinds)
        self._kinds_column.setContentsMargins(0, 0, design.SPACE_8, 0)
        self._kinds_column.setSpacing(design.SPACE_4)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._kinds)
        self._heading = text_label("", self, role="heading")
        self._model = QStringListModel(self)
        self.places = QListView(self)
        self.places.setModel(self._model)
        self.places.setUniformItemSizes(True)
        self.places.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.places.setAccessibleName(tr("Places"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(design.SPACE_8)
        column.addWidget(self._none)
        column.addWidget(self._scroll)
        column.addWidget(self._heading)
        column.addWidget(self.places, 1)

    def show_problems(
        self,
        counts: tuple[tuple[ProblemKind, int, int], ...],
        problems: tuple[Problem, ...],
        fixes: frozenset[ProblemKind],
    ) -> None:
        """Show counts by kind, and the first places of each."""
        self._problems = problems
        while (item := self._kinds_column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.boxes = {}
        for kind, count, _ in counts:
            self._kinds_column.addWidget(self._kind_row(kind, count, kind in fixes))
        self._scroll.setFixedHeight(min(_KINDS_HEIGHT, self._kinds_column.sizeHint().height() + 2))
        self._none.setVisible(not counts)
        self._scroll.setVisible(bool(counts))
        self.places.setVisible(bool(counts))
        self._heading.setVisible(bool(counts))
        kinds = [kind for kind, _, _ in counts]
        if kinds:
            self._show_places(self._kind if self._kind in kinds else kinds[0])

    def _kind_row(self, kind: ProblemKind, count: int, is_fixed: bool) -> QWidget:
        row = QWidget(self._kinds)
        button = text_button(f"{say_problem(kind)} ({count:,})", row, role="quiet")
        button.clicked.connect(lambda: self._show_places(kind))
        row.setMinimumHeight(button.sizeHint().height())
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(design.SPACE_12)
        layout.addWidget(button)
        layout.addStretch(1)
        if words := say_fix(kind):
            box = QCheckBox(words, row)
            box.setChecked(is_fixed)
            box.toggled.connect(lambda checked: self.fix_chosen.emit(kind, checked))
            self.boxes[kind] = box
            layout.addWidget(box)
        else:
            layout.addWidget(text_label(say_remedy(kind), row, role="small"))
        return row

    def _show_places(self, kind: ProblemKind | None) -> None:
        self._kind = kind
        places = [problem for problem in self._problems if problem.kind is kind]
        self._heading.setText(say_problem(kind) if kind is not None else "")
        self._model.setStringList([say_place(problem) for problem in places])

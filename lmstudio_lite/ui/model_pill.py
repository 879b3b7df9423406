"""The model's name, device, memory and state in the top bar; pressing it opens the picker."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from lmstudio_lite.domain.models import ModelPhase
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.model_control import ModelControl
from lmstudio_lite.ui.models.running import tuning_words
from lmstudio_lite.ui.plain_words import plain_tip
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words import say_size
from lmstudio_lite.words.shelf import say_profile
from lmstudio_lite.words.translate import tr

_HEIGHT = 30
_DOT = 8
_ARROW = 14
_NAME_WIDTH_MAX = 300


class ModelPill(QAbstractButton):
    """Paints itself: a dot in the state's colour, the words, an arrow, and a thin bar while loading."""

    def __init__(self, theme: Theme, control: ModelControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._control = control
        self._words = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        control.changed.connect(self._on_control_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    @property
    def words(self) -> str:
        return self._words

    def sizeHint(self) -> QSize:
        scaled = self._theme.scaled
        width = self.fontMetrics().horizontalAdvance(self._words)
        chrome = 3 * design.SPACE_12 + scaled(_DOT) + scaled(_ARROW)
        return QSize(min(width, scaled(_NAME_WIDTH_MAX)) + chrome, scaled(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(120, self.sizeHint().width()), self._theme.scaled(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = tokens.pressed if self.isDown() else tokens.hover if self.underMouse() else tokens.surface
        painter.setBrush(QColor(ground))
        painter.setPen(QPen(QColor(tokens.accent if self.hasFocus() else tokens.control_line), 1))
        dot, arrow_size = self._theme.scaled(_DOT), self._theme.scaled(_ARROW)
        painter.drawRoundedRect(frame, self.height() / 2, self.height() / 2)
        if self._is_loading:
            self._paint_bar(painter, frame)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._dot_colour()))
        painter.drawEllipse(QRectF(design.SPACE_12, (self.height() - dot) / 2, dot, dot))
        left = design.SPACE_12 + dot + design.SPACE_8
        width = self.width() - left - arrow_size - design.SPACE_16
        painter.setPen(QColor(tokens.text))
        words = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRectF(left, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
        arrow = tinted_pixmap("chevron-down", tokens.muted, arrow_size, self.devicePixelRatioF())
        arrow_left = self.width() - arrow_size - design.SPACE_8 - 2
        painter.drawPixmap(arrow_left, (self.height() - arrow_size) // 2, arrow)
        painter.end()

    def _paint_bar(self, painter: QPainter, frame: QRectF) -> None:
        inset = self.height() / 2
        line = QRectF(inset, frame.bottom() - 3, frame.width() - 2 * inset, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tokens.pressed))
        painter.drawRoundedRect(line, 1, 1)
        line.setWidth(line.width() * self._control.state.loading_fraction)
        painter.setBrush(QColor(self._theme.tokens.accent))
        painter.drawRoundedRect(line, 1, 1)

    @property
    def _is_loading(self) -> bool:
        return self._control.state.phase is ModelPhase.LOADING

    def _dot_colour(self) -> str:
        tokens = self._theme.tokens
        match self._control.state.phase:
            case ModelPhase.READY:
                return tokens.accent
            case ModelPhase.LOADING | ModelPhase.RESTARTING:
                return tokens.warning
            case ModelPhase.FAILED:
                return tokens.danger
            case ModelPhase.SLEEPING:
                return tokens.faint
            case ModelPhase.NONE:
                return tokens.faint if self._control.error is None else tokens.danger

    def _describe(self) -> str:
        control = self._control
        state = control.state
        name = control.name
        match state.phase:
            case ModelPhase.READY if state.model is not None:
                memory = say_size(state.model.memory_bytes) if state.model.memory_bytes else ""
                then = tr("then {0}").format(state.next_path.stem) if state.next_path else ""
                return " · ".join(filter(None, (name, state.model.device, memory, then)))
            case ModelPhase.LOADING:
                return tr("{0} · loading {1} %").format(name, round(100 * state.loading_fraction))
            case ModelPhase.RESTARTING:
                return tr("{0} · restarting").format(name)
            case ModelPhase.SLEEPING:
                return tr("{0} · asleep").format(name)
            case _ if control.error is not None:
                return tr("{0} · failed").format(name) if name else tr("No model")
            case _ if control.is_checking:
                return tr("Looking for a model…")
            case _:
                return tr("Choose a model")

    @Slot()
    def _on_control_changed(self) -> None:
        words = self._describe()
        if words != self._words:
            self._words = words
            self.setAccessibleName(tr("Model: {0}").format(words))
            self.updateGeometry()
        self.setToolTip(plain_tip(self._tool_tip()))
        self.update()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.setFixedHeight(self._theme.scaled(_HEIGHT))
        self.updateGeometry()
        self._on_control_changed()

    def _tool_tip(self) -> str:
        model = self._control.state.model
        if model is None:
            return self._words
        return "\n".join(
            (
                self._control.about,
                tr("Context: {0} tokens").format(f"{model.context_size:,}"),
                *filter(None, (say_profile(self._control.profile), tuning_words(model))),
                str(model.path),
            )
        )

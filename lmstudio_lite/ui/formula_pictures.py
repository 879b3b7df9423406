"""Pictures of formulas, drawn in the background in the size and colour that they are shown in.

Whoever shows a formula asks for its picture with every look; while there is none, the formula stands there as
it is written, and ``drawn`` says when to ask again. The newest that was asked for is drawn first: that is
where the reader is. GUI thread.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from lmstudio_lite.app.jobs import JobContext
from lmstudio_lite.domain.formulas import DrawnFormula, Formula
from lmstudio_lite.ui.bridge import Bridge

_LANE = "formulas"
_GATHER_MS = 40
"""So long, pictures gather before they are shown: each change lays a paragraph out anew."""
_KEPT_BYTES = 48 << 20
_LARGEST_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """``em_px`` is the size of the text around in device-independent pixels, ``ratio`` the screen's."""

    formula: Formula
    em_px: float
    colour: str
    ratio: float


@dataclass(frozen=True, slots=True)
class Picture:
    """``image`` in the screen's pixels; sizes are device-independent, ``descent`` is below the baseline."""

    image: QImage
    width: float
    height: float
    descent: float


class FormulaPictures(QObject):
    """Keeps the pictures that were drawn last."""

    drawn = Signal()

    def __init__(
        self,
        draw: Callable[[Formula], DrawnFormula | None],
        bridge: Bridge,
        parent: QObject | None = None,
    ) -> None:
        """``draw`` returns what a formula looks like, None if it can't be drawn; it runs on any thread."""
        super().__init__(parent)
        self._draw = draw
        self._bridge = bridge
        self._pictures: OrderedDict[Look, Picture | None] = OrderedDict()
        self._num_bytes = 0
        self._wanted: list[Look] = []  # shared with the job that draws
        self._asked: set[Look] = set()
        self._is_drawing = False
        self._gathered = QTimer(self)
        self._gathered.setSingleShot(True)
        self._gathered.setInterval(_GATHER_MS)
        self._gathered.timeout.connect(self._on_gathered)

    def find(self, look: Look) -> Picture | None:
        """Return the picture if it is there; if it is not and never was tried, have it drawn."""
        if look in self._pictures:
            self._pictures.move_to_end(look)
            return self._pictures[look]
        if look not in self._asked:
            self._asked.add(look)
            self._wanted.append(look)
            self._begin()
        return None

    def is_known(self, look: Look) -> bool:
        """Whether it was drawn, or found to be none that can be."""
        return look in self._pictures

    def _begin(self) -> None:
        if self._wanted and not self._is_drawing:
            self._is_drawing = True
            self._bridge.run(
                self._draw_all,
                lane=_LANE,
                on_progress=self._on_progress,
                on_done=self._on_ended,
                on_failed=self._on_ended,
                on_cancelled=self._on_ended,
            )

    def _draw_all(self, context: JobContext) -> None:
        """Draw what is wanted, the newest first. The job's thread."""
        while self._wanted:
            context.cancellation.raise_if_cancelled()
            look = self._wanted.pop()
            drawn = self._draw(look.formula)
            context.report((look, _picture(drawn, look) if drawn is not None else None))

    def _on_progress(self, found: tuple[Look, Picture | None]) -> None:
        look, picture = found
        self._asked.discard(look)
        self._pictures[look] = picture
        self._num_bytes += _size(picture)
        while self._num_bytes > _KEPT_BYTES and len(self._pictures) > 1:
            self._num_bytes -= _size(self._pictures.popitem(last=False)[1])
        if not self._gathered.isActive():
            self._gathered.start()

    def _on_ended(self, _outcome: object = None) -> None:
        self._is_drawing = False
        self._asked = set(self._wanted)
        self._begin()

    @Slot()
    def _on_gathered(self) -> None:
        self.drawn.emit()


def _size(picture: Picture | None) -> int:
    return 500 + (picture.image.sizeInBytes() if picture else 0)


def _picture(drawn: DrawnFormula, look: Look) -> Picture | None:
    scale = look.em_px * look.ratio
    ascent, descent = (drawn.height_em - drawn.descent_em) * scale, drawn.descent_em * scale
    top = math.ceil(ascent) - ascent  # the baseline is to fall between two rows of pixels
    size = QSize(math.ceil(drawn.width_em * scale), math.ceil(ascent) + math.ceil(descent))
    renderer = QSvgRenderer(QByteArray(drawn.svg))
    if not renderer.isValid() or not 0 < size.width() * size.height() <= _LARGEST_PIXELS:
        return None
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, top, drawn.width_em * scale, drawn.height_em * scale))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), QColor(look.colour))
    painter.end()
    image.setDevicePixelRatio(look.ratio)
    return Picture(
        image, size.width() / look.ratio, size.height() / look.ratio, math.ceil(descent) / look.ratio
    )

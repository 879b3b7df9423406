"""A text as pictures: what the window shows of it, in its colours, with nothing of the window around it.

Painted piece by piece on a thread of Qt's, never on the GUI thread. A picture's height is bounded, for the
clipboard's sake and for those who look at it: a longer text becomes several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QThread
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QImage,
    QPainter,
    QPalette,
)

from lmstudio_lite.domain.chat_files import OnStep, no_step
from lmstudio_lite.formats.tree import Blocks
from lmstudio_lite.ui.formula_exports import place_pictures
from lmstudio_lite.ui.text_pieces import Piece, bottom_of, document_of, pieces_of

T = TypeVar("T")

WIDTH, MARGIN = 760, 32
"""Pixels before scaling: the width of the prose, and what is left free around it."""
HEIGHT_MAX = 8_000
SCALE = 2
NUM_MAX = 60
"""Pictures of one text, 100 m of it."""
_DOTS_PER_METER = round(96 * SCALE / 0.0254)


_SPACE_BETWEEN = 12


class TooManyPicturesError(ValueError):
    """The text would be more pictures than are wanted."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours as ``#RRGGBB``, and the font of the text."""

    page: str
    text: str
    muted: str
    line: str
    code: str
    link: str
    font: QFont

    @property
    def style(self) -> str:
        return f"""
h1,h2,h3,h4,h5,h6,p,li,td,th{{color:{self.text}}} blockquote{{color:{self.muted};margin-left:18px}}
h1{{font-size:x-large}} h2{{font-size:large}} h3,h4,h5,h6{{font-size:medium}}
pre,code{{background-color:{self.code};color:{self.text}}} pre{{white-space:pre-wrap}}
table{{border-collapse:collapse;border:1px solid {self.line};margin-top:8px;margin-bottom:12px}}
td,th{{border:1px solid {self.line}}} th{{background-color:{self.code}}} a{{color:{self.link}}}
"""


class _Painting(QThread):
    """Qt lays a text out with timers, and a thread that Qt did not start has none."""

    def __init__(self, paint: Callable[[], None]) -> None:
        super().__init__()
        self._paint = paint
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._paint()
        except BaseException as error:  # nobody above would hear of it
            self.error = error


def to_picture(blocks: Blocks, look: Look, on_step: OnStep = no_step) -> QImage:
    """Return the text as one picture; any thread, which waits. ``on_step`` as in ``printing``.

    Raises:
        TooManyPicturesError: it is too long for one.
    """
    [picture] = _painted(blocks, look, lambda image: image, 1, on_step)
    return picture


def to_png_files(blocks: Blocks, look: Look, on_step: OnStep = no_step) -> list[bytes]:
    """Return the text as picture files, from top to bottom; as ``to_picture``, with ``NUM_MAX`` at most."""
    return _painted(blocks, look, _to_png, NUM_MAX, on_step)


def _painted(blocks: Blocks, look: Look, take: Callable[[QImage], T], most: int, on_step: OnStep) -> list[T]:
    taken: list[T] = []

    def paint() -> None:
        for picture in _pictures(blocks, look, on_step):
            if len(taken) == most:
                raise TooManyPicturesError
            taken.append(take(picture))

    painting = _Painting(paint)
    painting.start()
    painting.wait()
    if painting.error is not None:
        raise painting.error
    return taken


def _to_png(picture: QImage) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    buffer.close()
    return bytes(content.data())


def _pictures(blocks: Blocks, look: Look, on_step: OnStep) -> Iterator[QImage]:
    strips: list[QImage] = []
    height = 0
    pieces = list(pieces_of(blocks))
    for number, piece in enumerate(pieces):
        on_step(number, len(pieces))
        for strip in _strips(piece, look):
            if strips and height + strip.height() > SCALE * HEIGHT_MAX:
                yield _joined(strips, height, look)
                strips, height = [], 0
            strips.append(strip)
            height += strip.height()
    yield _joined(strips, height, look)


def _strips(piece: Piece, look: Look) -> Iterator[QImage]:
    """Paint a piece; what is higher than a picture may be is cut into such as are not."""
    document = document_of(piece.html, look.style)
    document.setDefaultFont(look.font)
    place_pictures(document, piece.formulas, widest=WIDTH - 2 * MARGIN)
    document.setTextWidth(WIDTH - 2 * MARGIN)
    height = bottom_of(document) + _SPACE_BETWEEN
    top = 0.0
    while top < height:
        part = min(HEIGHT_MAX, height - top)
        strip = _blank(round(part * SCALE), look)
        painter = QPainter(strip)
        painter.scale(SCALE, SCALE)
        painter.translate(MARGIN, -top)
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Text, QColor(look.text))
        context.palette = palette
        context.clip = QRectF(-MARGIN, top, WIDTH, part)
        document.documentLayout().draw(painter, context)
        painter.end()
        yield strip
        top += part


def _joined(strips: list[QImage], height: int, look: Look) -> QImage:
    picture = _blank(height + 2 * MARGIN * SCALE, look)
    painter = QPainter(picture)
    top = MARGIN * SCALE
    for strip in strips:
        painter.drawImage(0, top, strip)
        top += strip.height()
    painter.end()
    return picture


def _blank(height: int, look: Look) -> QImage:
    image = QImage(WIDTH * SCALE, max(1, height), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(_DOTS_PER_METER)
    image.setDotsPerMeterY(_DOTS_PER_METER)
    image.fill(QColor(look.page))
    return image

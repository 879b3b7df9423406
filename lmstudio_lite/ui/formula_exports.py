"""Formulas in what leaves the window: pictures in PDFs, Word files and picture files, drawn within a bound.

What can't be drawn, or would take too long, stays as it is written.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer

from lmstudio_lite.domain.formulas import DrawnFormula, Formula, FormulaPicture
from lmstudio_lite.formats.tree import Blocks, Inline, Maths, with_inlines

LIMIT_S = 30.0
"""So long one file's formulas may take to be drawn, all together."""
_EM_PX = 64
_LARGEST_PIXELS = 8_000_000
_SCALE = 1.1
"""Makes the letters of the formulas' font as large as those of the systems' own fonts."""
_QT_DPI = 96.0


def with_pictures(
    blocks: Blocks,
    draw: Callable[[Formula], DrawnFormula | None],
    *,
    colour: str = "#000000",
    go_on: Callable[[], object] = lambda: None,
    limit_s: float = LIMIT_S,
) -> Blocks:
    """Return ``blocks`` with a picture at each formula that can be drawn; any thread, which waits.

    Needs Qt's application. ``draw`` is bounded itself, for one formula; before each, ``go_on`` may raise.
    """
    known: dict[Formula, FormulaPicture | None] = {}
    deadline = time.monotonic() + limit_s

    def picture_of(formula: Formula) -> FormulaPicture | None:
        if formula not in known:
            if time.monotonic() > deadline:
                return None
            go_on()
            drawn = draw(formula)
            known[formula] = _picture(drawn, colour) if drawn is not None else None
        return known[formula]

    def add(inline: Inline) -> Inline:
        if not isinstance(inline, Maths):
            return inline
        return Maths(inline.source, inline.formula, inline.href, picture_of(inline.formula))

    return with_inlines(blocks, add)


def place_pictures(
    document: QTextDocument,
    formulas: Sequence[Maths],
    *,
    widest: float,
    dots_per_inch: float = _QT_DPI,
) -> None:
    """Put the pictures of ``formulas`` where the document has images called by their places.

    ``widest`` is the text's width in pixels of 96 to the inch; ``dots_per_inch`` are those of the device.
    """
    for position, chars in reversed(_images(document)):
        name = chars.toImageFormat().name()
        if not name.isdecimal() or int(name) >= len(formulas):
            continue
        maths = formulas[int(name)]
        if maths.picture is not None:
            _place(document, position, chars, maths, widest, dots_per_inch)


def _place(
    document: QTextDocument,
    position: int,
    chars: QTextCharFormat,
    maths: Maths,
    widest: float,
    dots_per_inch: float,
) -> None:
    picture = maths.picture
    assert picture is not None
    font = QFont(document.defaultFont())
    if chars.fontPointSize() > 0:
        font.setPointSizeF(chars.fontPointSize())
    points = font.pointSizeF()
    em = _SCALE * (points * _QT_DPI / 72 if points > 0 else font.pixelSize())
    em *= min(1.0, widest / (picture.width_em * em))
    # Qt lets an image hang below the line as far as its own format's font descends.
    hang = QFont(document.defaultFont())
    hang.setPixelSize(100)
    wanted = picture.descent_em * em * dots_per_inch / _QT_DPI
    hang.setPixelSize(max(1, math.ceil(100 * wanted / QFontMetricsF(hang).descent())))
    below = QFontMetricsF(hang).descent() * _QT_DPI / dots_per_inch
    height = (picture.height_em - picture.descent_em) * em + below
    url = f"formula:{position}"
    image = _padded(QImage.fromData(picture.png), height / (picture.height_em * em))
    document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(url), image)
    wanted_format = QTextCharFormat(chars).toImageFormat()
    wanted_format.setName(url)
    wanted_format.clearProperty(QTextFormat.Property.FontPointSize)
    wanted_format.setProperty(QTextFormat.Property.FontPixelSize, hang.pixelSize())
    wanted_format.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    wanted_format.setWidth(picture.width_em * em)
    wanted_format.setHeight(height)
    cursor = QTextCursor(document)
    cursor.setPosition(position)
    cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
    cursor.setCharFormat(wanted_format)


def _images(document: QTextDocument) -> list[tuple[int, QTextCharFormat]]:
    found = []
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            fragment = pieces.fragment()
            if fragment.charFormat().isImageFormat():
                places = range(fragment.position(), fragment.position() + fragment.length())
                found += [(place, fragment.charFormat()) for place in places]
            pieces += 1
        block = block.next()
    return found


def _padded(image: QImage, share: float) -> QImage:
    """Return the picture at the top of an image that is so many times as high."""
    padded = QImage(
        QSize(image.width(), max(image.height(), round(image.height() * share))), QImage.Format.Format_ARGB32
    )
    padded.fill(Qt.GlobalColor.transparent)
    painter = QPainter(padded)
    painter.drawImage(0, 0, image)
    painter.end()
    return padded


def _picture(drawn: DrawnFormula, colour: str) -> FormulaPicture | None:
    size = QSize(math.ceil(drawn.width_em * _EM_PX), math.ceil(drawn.height_em * _EM_PX))
    renderer = QSvgRenderer(QByteArray(drawn.svg))
    if not renderer.isValid() or not 0 < size.width() * size.height() <= _LARGEST_PIXELS:
        return None
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, drawn.width_em * _EM_PX, drawn.height_em * _EM_PX))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), QColor(colour))
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    buffer.close()
    return FormulaPicture(
        bytes(content.data()), size.width() / _EM_PX, size.height() / _EM_PX, drawn.descent_em
    )

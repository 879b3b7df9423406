"""Outline icons from ``resources/icons``, drawn in one colour at the screen's resolution.

The files use ``currentColor``; it is replaced by the theme's colour before drawing. An icon that can't
be read is a mistake of ours and says so at once.
"""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from lmstudio_lite.errors import InvariantError
from lmstudio_lite.paths import resources

ICON_SIZE = 18
_SCALES = (1, 2, 3)


@cache
def _source(name: str) -> str:
    try:
        return (resources() / "icons" / f"{name}.svg").read_text("utf-8")
    except OSError as error:
        raise InvariantError(f"icon {name!r} is missing") from error


def tinted_pixmap(name: str, colour: str, size: int, scale: float = 1.0) -> QPixmap:
    """Draw icon ``name`` in ``colour`` (``#RRGGBB``), ``size`` logical pixels wide and high."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixels = round(size * scale)
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


@lru_cache(maxsize=512)
def tinted_icon(name: str, colour: str, disabled_colour: str, size: int = ICON_SIZE) -> QIcon:
    """Build the icon for every usual device pixel ratio, with a fainter disabled state.

    ``size`` is in logical pixels.
    """
    icon = QIcon()
    for scale in _SCALES:
        icon.addPixmap(tinted_pixmap(name, colour, size, scale))
        icon.addPixmap(tinted_pixmap(name, disabled_colour, size, scale), QIcon.Mode.Disabled)
    return icon

"""Renders the program's icon from its SVG, with Qt: PNGs for Linux, an ICO for Windows.

QT_QPA_PLATFORM=offscreen .venv/bin/python packaging/icons/render.py
"""

from __future__ import annotations

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons" / "app"
_PNG_SIZES = (32, 48, 64, 128, 256, 512)
_ICO_SIZES = (16, 24, 32, 48, 64, 256)


def _png(renderer: QSvgRenderer, size: int) -> bytes:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    encoded = QByteArray()
    buffer = QBuffer(encoded)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(encoded.data())


def _ico(images: dict[int, bytes]) -> bytes:
    """Return an ICO file of PNG entries (read by Windows since Vista); 256 is written as 0."""
    head = struct.pack("<HHH", 0, 1, len(images))
    entries, offset = b"", len(head) + 16 * len(images)
    for size, png in images.items():
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(png), offset)
        offset += len(png)
    return head + entries + b"".join(images.values())


def main() -> None:
    """Write every size beside the SVG."""
    app = QGuiApplication([])
    renderer = QSvgRenderer(str(_FOLDER / "lmstudio-lite.svg"))
    for size in _PNG_SIZES:
        (_FOLDER / f"lmstudio-lite-{size}.png").write_bytes(_png(renderer, size))
    ico = _ico({size: _png(renderer, size) for size in _ICO_SIZES})
    (_FOLDER / "lmstudio-lite.ico").write_bytes(ico)
    del app


if __name__ == "__main__":
    main()

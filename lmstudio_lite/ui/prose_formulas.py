"""Formulas within a document: as they are written until their picture is there, then as the picture.

A picture is one character of the document, an image whose baseline falls on the line's: Qt lets as much of it
hang below the line as its own format's font descends, so that font's size is chosen by the formula's descent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import (
    QFont,
    QFontInfo,
    QFontMetricsF,
    QGuiApplication,
    QImage,
    QPainter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from lmstudio_lite.domain.formulas import Formula
from lmstudio_lite.ui.formula_pictures import FormulaPictures, Look, Picture
from lmstudio_lite.ui.theme import Theme

SOURCE = QTextFormat.Property.UserProperty.value + 2
"""What a character stands for, where it stands for another text; that is what is copied."""
EXPLANATION = QTextFormat.Property.UserProperty.value + 3
"""What a character's tooltip says."""
_PARTED = "\u2029"
_NARROWEST = 160
_SCALE = 1.1
"""Makes the letters of the formulas' font as large as those of the systems' own fonts."""


@dataclass(slots=True)
class _Waiting:
    """A formula that stands as it is written; ``place`` has it selected, and maybe what came behind it."""

    place: QTextCursor
    source: str
    look: Look
    chars: QTextCharFormat


@dataclass(frozen=True, slots=True)
class _Placed:
    """A picture among a document's resources; the font of ``font_px`` lets it hang as far as it should."""

    name: str
    width: float
    height: float
    font_px: int
    source: str
    look: Look
    natural_width: float


class FormulaWriter:
    """Writes formulas into ``document``. GUI thread."""

    def __init__(self, document: QTextDocument, theme: Theme, pictures: FormulaPictures | None) -> None:
        self._document = document
        self._theme = theme
        self._pictures = pictures
        self._waiting: list[_Waiting] = []
        self._placed: dict[tuple[Look, float], _Placed] = {}

    def write(self, cursor: QTextCursor, formula: Formula, source: str, chars: QTextCharFormat) -> None:
        """Insert ``formula`` at ``cursor``; ``chars`` is the format of the text around."""
        look = None if self._pictures is None else self._look(formula, chars)
        picture = self._pictures.find(look) if self._pictures is not None and look is not None else None
        if look is not None and picture is not None:
            self._insert(cursor, picture, look, source, chars)
            return
        start = cursor.position()
        cursor.insertText(source.replace("\n", "\u2028"), chars)
        if look is not None and self._pictures is not None and not self._pictures.is_known(look):
            place = QTextCursor(self._document)
            place.setPosition(start)
            place.setPosition(cursor.position(), QTextCursor.MoveMode.KeepAnchor)
            self._waiting.append(_Waiting(place, source, look, QTextCharFormat(chars)))

    def fit(self) -> None:
        """Draw formulas that have become too wide for the text smaller, or as large again as they were."""
        width = max(_NARROWEST, self._document.textWidth())
        by_name = {
            placed.name: placed
            for placed in self._placed.values()
            if abs(min(placed.natural_width, width) - placed.width) > 1
        }
        for position, chars in self._images() if by_name else ():
            placed = by_name.get(chars.toImageFormat().name())
            picture = self._pictures.find(placed.look) if placed and self._pictures is not None else None
            if placed is not None and picture is not None:
                cursor = QTextCursor(self._document)
                cursor.setPosition(position)
                cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
                source = str(chars.property(SOURCE))
                cursor.removeSelectedText()
                self._insert(cursor, picture, placed.look, source, cursor.blockCharFormat())

    def _images(self) -> list[tuple[int, QTextCharFormat]]:
        found = []
        block = self._document.begin()
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

    @property
    def sources(self) -> list[str]:
        """What the pictures in the document stand for, each once, in order of their first use."""
        return list(dict.fromkeys(placed.source for placed in self._placed.values()))

    def forget(self) -> None:
        """The document was cleared, and its pictures with it."""
        self._placed.clear()

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting)

    def show_drawn(self) -> Iterator[tuple[int, int]]:
        """Put the pictures that are there now in place; yields where the text became longer, by how much."""
        assert self._pictures is not None
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            shown = each.source.replace("\n", "\u2028")
            start = each.place.selectionStart()
            place = QTextCursor(each.place)
            place.setPosition(start)
            place.setPosition(
                min(start + _num_units(shown), each.place.selectionEnd()), QTextCursor.MoveMode.KeepAnchor
            )
            is_parted = _PARTED in place.selectedText()  # a long paragraph's, until it is whole again
            if is_parted or not self._pictures.is_known(each.look):
                self._waiting.append(each)
            elif place.selectedText() == shown and (picture := self._pictures.find(each.look)) is not None:
                place.removeSelectedText()
                self._insert(place, picture, each.look, each.source, each.chars)
                yield start, 1 - _num_units(shown)

    def _look(self, formula: Formula, chars: QTextCharFormat) -> Look:
        font = QFont(self._document.defaultFont())
        if chars.fontPointSize() > 0:
            font.setPointSizeF(chars.fontPointSize())
        brush = chars.foreground()
        has_colour = chars.hasProperty(QTextFormat.Property.ForegroundBrush)
        colour = brush.color().name() if has_colour else self._theme.tokens.text
        ratio = QGuiApplication.primaryScreen().devicePixelRatio()
        return Look(formula, _SCALE * QFontInfo(font).pixelSize(), colour, ratio)

    def _insert(
        self, cursor: QTextCursor, picture: Picture, look: Look, source: str, chars: QTextCharFormat
    ) -> None:
        widest = max(_NARROWEST, self._document.textWidth()) if self._document.textWidth() > 0 else 1e6
        scale = min(1.0, widest / picture.width)
        placed = self._placed.get((look, scale))
        if placed is None:
            placed = self._placed[look, scale] = self._place(picture, look, scale, source)
        image_format = QTextCharFormat(chars).toImageFormat()
        image_format.setObjectType(QTextFormat.ObjectTypes.ImageObject.value)
        image_format.clearProperty(QTextFormat.Property.FontPointSize)
        image_format.setProperty(QTextFormat.Property.FontPixelSize, placed.font_px)
        image_format.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
        image_format.setName(placed.name)
        image_format.setWidth(placed.width)
        image_format.setHeight(placed.height)
        for name in (QTextFormat.Property.ImageAltText.value, SOURCE, EXPLANATION):
            image_format.setProperty(name, source)
        cursor.insertImage(image_format)

    def _place(self, picture: Picture, look: Look, scale: float, source: str) -> _Placed:
        """Put a picture among the document's resources, with room below it up to where its image ends."""
        ascent, descent = (picture.height - picture.descent) * scale, picture.descent * scale
        font_px, below = self._hang(descent)
        padded = _padded(picture, (ascent + below) / scale)
        name = f"formula:{hash((look, scale)) & 0xFFFFFFFFFFFF:x}"
        self._document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), padded)
        ratio = picture.image.devicePixelRatio() / scale  # whole pixels: Qt would blur others
        return _Placed(
            name, padded.width() / ratio, padded.height() / ratio, font_px, source, look, picture.width
        )

    def _hang(self, descent: float) -> tuple[int, float]:
        """Return the size of a font that descends by ``descent`` or a little more, and by how much."""
        font = QFont(self._document.defaultFont())
        font.setPixelSize(100)
        font.setPixelSize(max(1, math.ceil(100 * descent / QFontMetricsF(font).descent())))
        return font.pixelSize(), QFontMetricsF(font).descent()


def _num_units(text: str) -> int:
    """Return how long a document finds ``text``: Qt counts in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _padded(picture: Picture, height: float) -> QImage:
    """Return the picture at the top of an image of ``height`` device-independent pixels."""
    ratio = picture.image.devicePixelRatio()
    size = QSize(picture.image.width(), max(picture.image.height(), round(height * ratio)))
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    source = picture.image.copy()
    source.setDevicePixelRatio(1.0)
    painter.drawImage(0, 0, source)
    painter.end()
    return image

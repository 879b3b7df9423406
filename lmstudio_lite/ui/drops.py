"""Files and text dropped anywhere on the window.

Qt gives a drag to the deepest widget that accepts drops, so a text editor would take a dropped file
as the text "file:///…". Local files are therefore caught one level higher, on the native window,
before any widget sees them; text is left to the editor below the pointer and reaches us only where
no editor wants it. While a drag is over the window an overlay says what would be dropped, and where
there is a choice of what to do with it, has one field for each.

Links to the web are refused: nothing is fetched from the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QDropEvent, QFont, QPainter, QPaintEvent, QPalette, QPen, QWindow
from PySide6.QtWidgets import QWidget

from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.tokens import RADIUS, SPACE_8, SPACE_16, SPACE_24, TITLE_SCALE
from lmstudio_lite.words.translate import tr, trn

_ICON_LINES = 2.5
_GROUND_ALPHA = 0.97
_TINT_ALPHA = 0.07
_DRAG_KINDS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


@dataclass(frozen=True, slots=True)
class DropZone:
    """One thing to do with dropped files; ``headline`` words it ("Drop to translate").

    ``takes`` tells whether it is offered for these files.
    """

    headline: str
    on_paths: Callable[[list[Path]], None]
    takes: Callable[[list[Path]], bool] = lambda paths: True


def install_drops(
    window: QWidget, zones: Callable[[], Sequence[DropZone]], on_text: Callable[[str], None]
) -> WindowDrops:
    """Take local files dropped anywhere on ``window``, and text where no editor takes it.

    ``zones``, asked when a drag enters, divide the window from top to bottom; text goes as in the last.
    """
    return WindowDrops(window, zones, on_text)


def local_paths(mime: QMimeData) -> list[Path]:
    """Return the local files of a drag, in order, each once; web links are left out."""
    urls = mime.urls() if mime.hasUrls() else []
    return list(dict.fromkeys(Path(url.toLocalFile()) for url in urls if url.isLocalFile()))


def dropped_text(mime: QMimeData) -> str:
    """Return the text of a drag, "" when it is a link, a file or blank."""
    if mime.hasUrls() or not mime.hasText():
        return ""
    return mime.text() if mime.text().strip() else ""


class WindowDrops(QObject):
    """Watches a window and its native window for drags. Lives on the GUI thread, owned by the window."""

    def __init__(
        self,
        window: QWidget,
        zones: Callable[[], Sequence[DropZone]],
        on_text: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._zones = zones
        self._on_text = on_text
        self._native: QWindow | None = None
        self.overlay = DropOverlay(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self._watch_native_window()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Catch drags; files on the native window, text on the widget."""
        kind = event.type()
        if kind in _DRAG_KINDS and isinstance(event, QDropEvent):
            return self._on_drag(event, takes_text=watched is self._window)
        if kind is QEvent.Type.DragLeave:
            self.overlay.hide()
        elif watched is self._window and kind in (QEvent.Type.Show, QEvent.Type.WinIdChange):
            self._watch_native_window()
        elif watched is self._window and kind is QEvent.Type.Resize:
            self.overlay.setGeometry(self._window.rect())
        return False

    def _on_drag(self, event: QDropEvent, *, takes_text: bool) -> bool:
        mime = event.mimeData()
        paths = local_paths(mime)
        text = dropped_text(mime) if takes_text and not paths else ""
        if not paths and not text:
            self.overlay.hide()
            return False
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        zones = [zone for zone in self._zones() if zone.takes(paths)] if paths else self._zones()[-1:]
        number = min(len(zones) - 1, int(len(zones) * event.position().y() / max(1, self._window.height())))
        if event.type() is not QEvent.Type.Drop:
            headlines = [zone.headline for zone in zones]
            self.overlay.show_over(headlines, max(0, number), self._subject(paths, text))
            return True
        self.overlay.hide()
        if paths:
            zones[max(0, number)].on_paths(paths)
        else:
            self._on_text(text)
        return True

    def _watch_native_window(self) -> None:
        native = self._window.windowHandle()
        if native is not None and native is not self._native:
            self._native = native
            native.installEventFilter(self)

    def _subject(self, paths: list[Path], text: str) -> str:
        if not paths:
            return tr("Text, {0} characters").format(f"{len(text):,}")
        if len(paths) == 1:
            return paths[0].name
        return trn("{0} and {n} more", "{0} and {n} more", len(paths) - 1).format(paths[0].name)


class DropOverlay(QWidget):
    """The veil over the window while something is dragged across it. Takes no mouse events."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._headlines: Sequence[str] = ()
        self._chosen = 0
        self._subject = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def headline(self) -> str:
        """Return the words of the field below the pointer."""
        return self._headlines[self._chosen] if self._headlines else ""

    @property
    def subject(self) -> str:
        """Return the line that names what is dragged."""
        return self._subject

    def show_over(self, headlines: Sequence[str], chosen: int, subject: str) -> None:
        """Cover the parent and say what a drop would do, in one field per headline."""
        shown = (tuple(headlines), chosen, subject)
        if self.isVisible() and shown == (self._headlines, self._chosen, self._subject):
            return
        self._headlines, self._chosen, self._subject = shown
        self.setAccessibleName(f"{self.headline}: {subject}")
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a ground, and for each field a dashed edge, an icon and lines of text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self.palette().color(QPalette.ColorRole.Window))
        ground.setAlphaF(_GROUND_ALPHA)
        painter.fillRect(self.rect(), ground)
        inner = QRectF(self.rect()).adjusted(SPACE_16, SPACE_16, -SPACE_16, -SPACE_16)
        count = max(1, len(self._headlines))
        height = (inner.height() - (count - 1) * SPACE_16) / count
        for number, headline in enumerate(self._headlines):
            top = inner.top() + number * (height + SPACE_16)
            field = QRectF(inner.left(), top, inner.width(), height)
            self._paint_field(painter, field, headline, is_chosen=number == self._chosen)
        painter.end()

    def _paint_field(self, painter: QPainter, field: QRectF, headline: str, *, is_chosen: bool) -> None:
        palette = self.palette()
        muted = palette.color(QPalette.ColorRole.PlaceholderText)
        edge = palette.color(QPalette.ColorRole.Accent) if is_chosen else muted
        tint = QColor(edge)
        tint.setAlphaF(_TINT_ALPHA if is_chosen else 0.0)
        painter.setBrush(tint)
        painter.setPen(QPen(edge, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(field, RADIUS, RADIUS)
        title_font = self.font()
        title_font.setWeight(QFont.Weight.DemiBold)
        title_font.setPointSizeF(title_font.pointSizeF() * TITLE_SCALE)
        painter.setFont(title_font)
        title_height = painter.fontMetrics().height()
        body_height = self.fontMetrics().height()
        icon_size = round(_ICON_LINES * body_height)
        total = icon_size + SPACE_16 + title_height + SPACE_8 + body_height
        top = round(field.center().y() - total / 2)
        pixmap = tinted_pixmap("document", edge.name(), icon_size, self.devicePixelRatioF())
        painter.drawPixmap(round(field.center().x() - icon_size / 2), top, pixmap)
        top += icon_size + SPACE_16
        left, width = round(field.left()) + SPACE_24, round(field.width()) - 2 * SPACE_24
        painter.setPen(palette.color(QPalette.ColorRole.WindowText) if is_chosen else muted)
        painter.drawText(left, top, width, title_height, Qt.AlignmentFlag.AlignHCenter, headline)
        painter.setFont(self.font())
        painter.setPen(muted)
        subject = self.fontMetrics().elidedText(self._subject, Qt.TextElideMode.ElideMiddle, width)
        top += title_height + SPACE_8
        painter.drawText(left, top, width, body_height, Qt.AlignmentFlag.AlignHCenter, subject)

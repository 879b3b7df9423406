"""Files and text dropped anywhere on the window.

Qt gives a drag to the deepest widget that accepts drops, so a text editor would take a dropped file
as the text "file:///…". Local files are therefore caught one level higher, on the native window,
before any widget sees them; text is left to the editor below the pointer and reaches us only where
no editor wants it. While a drag is over the window an overlay says what would be dropped.

Links to the web are refused: nothing is fetched from the network.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QDropEvent, QFont, QPainter, QPaintEvent, QPalette, QPen, QWindow
from PySide6.QtWidgets import QWidget

from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.tokens import RADIUS, SPACE_8, SPACE_16, SPACE_24, TITLE_SCALE

_ICON_SIZE = 40
_GROUND_ALPHA = 0.97
_DRAG_KINDS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


def install_drops(
    window: QWidget,
    on_paths: Callable[[list[Path]], None],
    on_text: Callable[[str], None],
    headline: Callable[[], str] | None = None,
) -> WindowDrops:
    """Take local files dropped anywhere on ``window``, and text where no editor takes it.

    ``headline`` words what will happen ("Drop to translate"); it is asked when a drag enters.
    """
    return WindowDrops(window, on_paths, on_text, headline)


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
        on_paths: Callable[[list[Path]], None],
        on_text: Callable[[str], None],
        headline: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._on_paths = on_paths
        self._on_text = on_text
        self._headline = headline or self._default_headline
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
        if event.type() is not QEvent.Type.Drop:
            if not self.overlay.isVisible():
                self.overlay.show_over(self._headline(), self._subject(paths, text))
            return True
        self.overlay.hide()
        if paths:
            self._on_paths(paths)
        else:
            self._on_text(text)
        return True

    def _watch_native_window(self) -> None:
        native = self._window.windowHandle()
        if native is not None and native is not self._native:
            self._native = native
            native.installEventFilter(self)

    def _default_headline(self) -> str:
        return self.tr("Drop to summarize")

    def _subject(self, paths: list[Path], text: str) -> str:
        if not paths:
            return self.tr("Text, {0} characters").format(f"{len(text):,}")
        if len(paths) == 1:
            return paths[0].name
        return self.tr("{0} and %n more", "", len(paths) - 1).format(paths[0].name)


class DropOverlay(QWidget):
    """The veil over the window while something is dragged across it. Takes no mouse events."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._headline = ""
        self._subject = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def headline(self) -> str:
        return self._headline

    @property
    def subject(self) -> str:
        """Return the line that names what is dragged."""
        return self._subject

    def show_over(self, headline: str, subject: str) -> None:
        """Cover the parent and say what a drop would do."""
        self._headline = headline
        self._subject = subject
        self.setAccessibleName(f"{headline}: {subject}")
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a tinted ground, a dashed edge, an icon and two lines of text."""
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Accent)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(palette.color(QPalette.ColorRole.Window))
        ground.setAlphaF(_GROUND_ALPHA)
        painter.fillRect(self.rect(), ground)
        tint = QColor(accent)
        tint.setAlphaF(0.07)
        painter.setBrush(tint)
        painter.setPen(QPen(accent, 2, Qt.PenStyle.DashLine))
        frame = QRectF(self.rect()).adjusted(SPACE_16, SPACE_16, -SPACE_16, -SPACE_16)
        painter.drawRoundedRect(frame, RADIUS, RADIUS)
        self._paint_words(painter, accent)
        painter.end()

    def _paint_words(self, painter: QPainter, accent: QColor) -> None:
        title_font = self.font()
        title_font.setWeight(QFont.Weight.DemiBold)
        title_font.setPointSizeF(title_font.pointSizeF() * TITLE_SCALE)
        painter.setFont(title_font)
        title_height = painter.fontMetrics().height()
        body_height = self.fontMetrics().height()
        total = _ICON_SIZE + SPACE_16 + title_height + SPACE_8 + body_height
        top = (self.height() - total) // 2
        pixmap = tinted_pixmap("document", accent.name(), _ICON_SIZE, self.devicePixelRatioF())
        painter.drawPixmap((self.width() - _ICON_SIZE) // 2, top, pixmap)
        top += _ICON_SIZE + SPACE_16
        width = self.width() - 2 * (SPACE_16 + SPACE_24)
        left = SPACE_16 + SPACE_24
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(left, top, width, title_height, Qt.AlignmentFlag.AlignHCenter, self._headline)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        subject = self.fontMetrics().elidedText(self._subject, Qt.TextElideMode.ElideMiddle, width)
        top += title_height + SPACE_8
        painter.drawText(left, top, width, body_height, Qt.AlignmentFlag.AlignHCenter, subject)

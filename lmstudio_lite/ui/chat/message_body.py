"""A reply's text as a column of prose and code, brought up to date as it grows.

Consecutive prose blocks share one view, so that a selection can run across paragraphs. What is finished is
not looked at again: a token costs as much at the end of a long reply as at its beginning. What costs more,
such as a list in a quote that has no end, is shown less often, so that the window keeps most of its time.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTextEdit, QVBoxLayout, QWidget

from lmstudio_lite.domain.text import GrowingText
from lmstudio_lite.ui import tokens as design
from lmstudio_lite.ui.chat.code_view import CodeText, CodeView
from lmstudio_lite.ui.chat.more_button import SHOWN_CHARS, MoreButton
from lmstudio_lite.ui.chat.prose_view import ProseView, Shade
from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.markdown import Block, CodeBlock, ProseBlock
from lmstudio_lite.ui.markdown_stream import PIECE_CHARS, MarkdownStream
from lmstudio_lite.ui.prose_writer import ProseWriter
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.words.translate import tr

_COST_MS_MAX = 12.0
"""What may be shown with every frame; dearer text waits for ``_PAUSE`` times its cost."""
_PAUSE = 6
_NUM_SAID = 20
_FIT_MS = 60
"""After so long without another width, formulas are fitted into it."""
NUM_CODE_VIEWS = 60
"""Each takes the window some milliseconds to make; further blocks of code have no buttons."""


@dataclass(slots=True)
class _Prose:
    """Prose from the block number ``first`` on."""

    view: ProseView
    writer: ProseWriter
    first: int


@dataclass(slots=True)
class _Code:
    """A code block in pieces, from the block number ``first`` on; ``ends`` are where its pieces end."""

    view: CodeView
    first: int
    ends: list[int] = field(default_factory=list)


_Part = _Prose | _Code


class MarkdownBody(QWidget):
    """Shows Markdown. GUI thread."""

    view_added = Signal(object)  # QTextEdit
    code_save_wanted = Signal(str, str)  # code, a name for its file

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        piece_chars: int = PIECE_CHARS,
        formulas: FormulaPictures | None = None,
        can_save_code: bool = False,
    ) -> None:
        """Show nothing yet. Blocks longer than ``piece_chars`` are parsed and written in pieces.

        Without ``formulas`` they stay as they are written. ``can_save_code``: somebody listens to
        ``code_save_wanted``.
        """
        super().__init__(parent)
        self._theme = theme
        self._formulas = formulas
        self._can_save_code = can_save_code
        self._stream = MarkdownStream(piece_chars)
        self._parts: list[_Part] = []
        self._text = GrowingText()
        self._waiting: list[str] = []
        self._shade: Shade | None = None
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._on_due)
        self._limit = SHOWN_CHARS
        self._num_fed = 0  # characters of the text that are shown or about to be
        self._more: MoreButton | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(design.SPACE_12)
        theme.changed.connect(self._on_theme_changed)
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(_FIT_MS)
        self._resized.timeout.connect(self._on_resized)
        if formulas is not None:
            formulas.drawn.connect(self._on_formulas_drawn)

    @property
    def text(self) -> str:
        return self._text.whole

    @property
    def selection(self) -> tuple[str, float]:
        """What is selected of the prose, "" for nothing, and where it begins: 0.0 to 1.0."""
        for number, part in enumerate(self._parts):
            cursor = part.view.textCursor() if isinstance(part, _Prose) else None
            if cursor is not None and cursor.hasSelection():
                length = max(1, cursor.document().characterCount())
                return cursor.selectedText(), (number + cursor.selectionStart() / length) / len(self._parts)
        return "", 0.0

    @property
    def views(self) -> list[QTextEdit]:
        """What shows the text, in its order."""
        return [_text_view(part) for part in self._parts]

    def blocks_in(self, view: QTextEdit) -> list[tuple[int, Block]]:
        """Return the blocks that a view shows, each with where it begins there, in Qt's characters."""
        for part in self._parts:
            if _text_view(part) is view:
                starts = part.writer.starts if isinstance(part, _Prose) else _code_starts(part)
                blocks = self._stream.blocks[part.first : part.first + len(starts)]
                return list(zip(starts, blocks, strict=False))
        return []

    def set_shade(self, shade: Shade | None) -> None:
        """Have ``shade`` draw with the text from now on, None: nothing."""
        self._shade = shade
        for view in self.views:
            _set_shade(view, shade)
            view.viewport().update()

    def set_text(self, text: str) -> None:
        """Show ``text``, the whole of it unless it is longer than any reply."""
        self._text = GrowingText(text)
        self._waiting.clear()
        self._due.stop()
        shown = text if len(text) <= self._limit else text[: _end_of_part(text, self._limit)]
        self._num_fed = len(shown)
        self._show_share()
        self._show_from(self._stream.set_text(shown))
        self._show_from(self._stream.end())
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _Prose):
            last.writer.join()
            last.writer.show_drawn()
        self._describe()

    def append_text(self, added: str) -> None:
        """Show what the text goes on with, at once or a little later."""
        self._text.append(added)
        room = self._limit - self._num_fed
        if room <= 0:
            self._show_share()
            return
        self._waiting.append(added[:room])
        self._num_fed += len(added[:room])
        if not self._due.isActive():
            self._on_due()

    def _show_share(self) -> None:
        """Say how much is shown, if it is not all."""
        if self._more is None and self._num_fed < len(self._text):
            self._more = MoreButton(self)
            self._more.clicked.connect(self._on_more_clicked)
            self._column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignHCenter)
        if self._more is not None:
            self._more.show_share(self._num_fed, len(self._text))

    @Slot()
    def _on_more_clicked(self) -> None:
        self._limit = self._num_fed + SHOWN_CHARS
        self.set_text(self._text.whole)

    @Slot()
    def _on_due(self) -> None:
        added = "".join(self._waiting)
        self._waiting.clear()
        if not added:
            return
        begun_s = time.thread_time()
        self._show_from(self._stream.append(added))
        cost_ms = 1000 * (time.thread_time() - begun_s)
        if cost_ms > _COST_MS_MAX:
            self._due.start(round(_PAUSE * cost_ms))

    def _show_from(self, first: int) -> None:
        """Show the blocks from number ``first`` on anew, in the views that are there as far as possible."""
        blocks = self._stream.blocks
        number = len(self._parts)
        while number and self._parts[number - 1].first >= first:
            number -= 1
        with ExitStack() as edits:
            if number:
                self._cut(self._parts[number - 1], first, edits)
            while first < len(blocks):
                part = self._parts[number - 1] if number else None
                num_codes = sum(isinstance(each, _Code) for each in self._parts[:number])
                is_full = num_codes >= NUM_CODE_VIEWS
                is_begun = isinstance(part, _Code) and blocks[first].follows
                run = _run_from(blocks, first, is_full=is_full and not is_begun)
                if part is None or not _goes_into(run[0], part):
                    part = self._take_part(number, run[0], first, edits)
                    number += 1
                _write(part, run)
                first += len(run)
        while len(self._parts) > number:
            self._drop_part()
        if number and isinstance(last := self._parts[-1], _Prose):
            last.writer.relieve()

    def _cut(self, part: _Part, first: int, edits: ExitStack) -> None:
        """Leave ``part`` its blocks before number ``first``, and have it ready for more."""
        if isinstance(part, _Code):
            del part.ends[first - part.first :]
        else:
            edits.enter_context(part.writer.editing())
            part.writer.truncate(first - part.first)

    def _take_part(self, number: int, block: Block, first: int, edits: ExitStack) -> _Part:
        """Return part ``number``, empty: the one that is there, if it is of the kind, or a new one."""
        part = self._parts[number] if number < len(self._parts) else None
        if part is not None and isinstance(part, _Code) is isinstance(block, CodeBlock):
            part.first = first
        else:
            while len(self._parts) > number:
                self._drop_part()
            part = self._add_part(block, first)
        self._cut(part, first, edits)
        return part

    def _add_part(self, block: Block, first: int) -> _Part:
        part: _Part
        if isinstance(block, CodeBlock):
            code_view = CodeView(self._theme, self, can_save=self._can_save_code)
            code_view.save_wanted.connect(self.code_save_wanted)
            part = _Code(code_view, first)
        else:
            view = ProseView(self._theme, self)
            view.setAccessibleName(tr("Text of the message"))
            part = _Prose(view, ProseWriter(view.document(), self._theme, self._formulas), first)
        self._parts.append(part)
        _set_shade(_text_view(part), self._shade)
        self.view_added.emit(_text_view(part))
        self._column.insertWidget(len(self._parts) - 1, part.view)
        return part

    def _drop_part(self) -> None:
        part = self._parts.pop()
        self._column.removeWidget(part.view)
        part.view.hide()
        part.view.deleteLater()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width() and self._formulas is not None:
            self._resized.start()

    @Slot()
    def _on_resized(self) -> None:
        for part in self._parts:
            if isinstance(part, _Prose) and part.writer.formulas:
                part.writer.fit_formulas()

    @Slot()
    def _on_formulas_drawn(self) -> None:
        for part in self._parts:
            if isinstance(part, _Prose) and part.writer.is_waiting:
                part.writer.show_drawn()
        if not self._due.isActive():
            self._describe()

    def _describe(self) -> None:
        """Let a screen reader say the formulas: of a picture it says nothing."""
        for part in self._parts:
            formulas = part.writer.formulas if isinstance(part, _Prose) else []
            if isinstance(part, _Prose) and (formulas or part.view.accessibleDescription()):
                said = "; ".join(formulas[:_NUM_SAID])
                part.view.setAccessibleDescription(tr("Formulas: {0}").format(said) if said else "")

    @Slot()
    def _on_theme_changed(self) -> None:
        while self._parts:
            self._drop_part()
        self._show_from(0)


def _text_view(part: _Part) -> QTextEdit:
    return part.view if isinstance(part, _Prose) else part.view.text


def _set_shade(view: QTextEdit, shade: Shade | None) -> None:
    if isinstance(view, ProseView | CodeText):
        view.shade = shade


def _code_starts(part: _Code) -> list[int]:
    """Return where the pieces of a code block begin in its view: behind the line feeds between them."""
    code = part.view.text.toPlainText()
    starts = [0, *(end + 1 for end in part.ends[:-1])]
    if code.isascii() or max(code, default="") <= "\uffff":
        return starts
    return [len(code[:start].encode("utf-16-le")) // 2 for start in starts]


def _end_of_part(text: str, limit: int) -> int:
    """Return where a line ends shortly before ``limit``, or ``limit`` itself."""
    return text.rfind("\n", limit - SHOWN_CHARS // 10, limit) + 1 or limit


def _run_from(blocks: list[Block], first: int, *, is_full: bool) -> list[Block]:
    """Return the blocks from ``first`` on that belong into one part.

    ``is_full``: there are so many views of code that what begins is written as prose.
    """
    if is_full:
        return [_as_prose(block) for block in blocks[first:]]
    end = first + 1
    while end < len(blocks) and _belong_together(blocks[first], blocks[end]):
        end += 1
    return blocks[first:end]


def _as_prose(block: Block) -> ProseBlock:
    if isinstance(block, ProseBlock):
        return block
    from markdown_it.token import Token

    tokens = (Token("fence", "code", 0, content=f"{block.code}\n"),)
    return ProseBlock(block.start, block.end, tokens, block.follows, block.goes_on)


def _belong_together(one: Block, other: Block) -> bool:
    if isinstance(one, CodeBlock) or isinstance(other, CodeBlock):
        return isinstance(one, CodeBlock) and isinstance(other, CodeBlock) and other.follows
    return True


def _goes_into(block: Block, part: _Part) -> bool:
    if isinstance(block, CodeBlock):
        return block.follows and isinstance(part, _Code)
    return isinstance(part, _Prose)


def _write(part: _Part, run: list[Block]) -> None:
    if isinstance(part, _Prose):
        for block in run:
            if isinstance(block, ProseBlock):
                part.writer.write(block.tokens, follows=block.follows, goes_on=block.goes_on)
        return
    start = part.ends[-1] if part.ends else 0
    code, language = "", ""
    for block in run:
        assert isinstance(block, CodeBlock)
        code += f"\n{block.code}" if block.follows else block.code
        language = block.language
        part.ends.append(start + len(code))
    part.view.show_code(code, language, start)

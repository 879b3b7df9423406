"""What a page's elements become: blocks of text with Markdown marks, written one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import regex

_SPACES = regex.compile(r"[ \t\n\r\f]+")
_AROUND_BREAK = regex.compile(r"[ \u00a0]*\n[ \u00a0]*")
_MANY_SPACES = regex.compile(r"[ \u00a0]+")
_MANY_BREAKS = regex.compile(r"\n{3,}")
_EMPTY_LINES = regex.compile(r"\n(?:[ \t]*\n)+")
_DEEPEST_INDENT = 8
_DEEPEST_QUOTE = 4
_LONGEST_MENU = 4
_LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class TextBlock:
    """``lead`` is what stands before the words: a list's mark, a heading's.

    ``is_item`` keeps it on the line below the item before; ``is_menu`` says that it leads elsewhere.
    """

    text: str
    lead: str = ""
    is_item: bool = False
    is_menu: bool = False
    is_heading: bool = False
    is_code: bool = False


@dataclass(slots=True)
class _Item:
    lead: str
    is_written: bool = False


@dataclass(slots=True)
class _Context:
    """What is being written: the page, or a table's cell within it."""

    blocks: list[TextBlock] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    ruby: list[str] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)
    num_quotes: int = 0
    heading: int = 0
    has_links: bool = False
    has_plain: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the block that is being written."""

    words: list[str]
    index: int


class Writer:
    """Takes words and the ends of blocks; ``is_in_menu`` makes every block of links a menu's."""

    def __init__(self) -> None:
        self._now = _Context()
        self._outer: list[_Context] = []
        self.num_links = 0
        """How many open elements are links."""
        self.num_menus = 0
        self.num_ruby = 0
        self.num_kept_spaces = 0
        """How many open elements keep their spaces and line ends."""

    @property
    def blocks(self) -> list[TextBlock]:
        return self._now.blocks

    @property
    def is_in_item(self) -> bool:
        return bool(self._now.items)

    def add(self, text: str) -> None:
        """Write words; runs of spaces are one space, as a browser shows them."""
        now = self._now
        if not self.num_kept_spaces and ("  " in text or not text.isprintable()):
            text = _SPACES.sub(" ", text)
        if text != " ":
            has_words = any(map(str.isalnum, text))
            now.has_links |= has_words and self.num_links > 0
            now.has_plain |= has_words and self.num_links == 0
        (now.ruby if self.num_ruby else now.words).append(text)

    def add_apart(self, text: str) -> None:
        """Write words that have a space on either side: what a picture or a field shows."""
        if text.strip():
            self.add(f" {text} ")

    def break_line(self) -> None:
        self._now.words.append("\n")

    def break_kept_line(self) -> None:
        """End a line among those that are kept, unless one has just begun."""
        words = self._now.words
        if words and not words[-1].endswith("\n"):
            words.append("\n")

    def mark(self) -> Mark:
        return Mark(self._now.words, len(self._now.words))

    def since(self, mark: Mark) -> str | None:
        """Return what was written since ``mark``, None if its block has ended."""
        is_open = self._now.words is mark.words and mark.index <= len(mark.words)
        return "".join(mark.words[mark.index :]) if is_open else None

    def replace(self, mark: Mark, text: str) -> None:
        self._now.words[mark.index :] = [text] if text else []

    def close_ruby(self) -> None:
        """Write the readings after the characters that they belong to, so that a word stays whole."""
        now = self._now
        reading = "".join(now.ruby).strip()
        now.ruby = []
        if reading:
            now.words.append(f"({reading})")

    def open_heading(self, level: int) -> None:
        self.end_block()
        self._now.heading = level

    def close_heading(self) -> None:
        self.end_block()
        self._now.heading = 0

    def open_item(self, lead: str) -> None:
        self.end_block()
        self._now.items.append(_Item(lead))

    def close_item(self) -> None:
        self.end_block()
        if self._now.items:
            self._now.items.pop()

    def open_quote(self) -> None:
        self.end_block()
        self._now.num_quotes += 1

    def close_quote(self) -> None:
        self.end_block()
        self._now.num_quotes = max(0, self._now.num_quotes - 1)

    def open_apart(self) -> None:
        """Begin a cell: what is written until ``close_apart`` has no list or quotation around it."""
        self.end_block()
        self._outer.append(self._now)
        self._now = _Context()

    def close_apart(self) -> list[TextBlock]:
        """Return what was written since ``open_apart``."""
        self.end_block()
        blocks = self._now.blocks
        self._now = self._outer.pop()
        return blocks

    def extend(self, blocks: Iterable[TextBlock]) -> None:
        self.end_block()
        quote = _quote(self._now.num_quotes)
        self._now.blocks += [_quoted(block, quote) for block in blocks] if quote else blocks

    def end_block(self) -> None:
        """End the paragraph, item or heading that is being written."""
        now = self._now
        if now.ruby:
            self.close_ruby()
        text = _tidied("".join(now.words))
        now.words = []
        has_links, has_plain = now.has_links, now.has_plain
        now.has_links = now.has_plain = False
        if text:
            is_menu = has_links and not has_plain and (bool(now.items) or self.num_menus > 0)
            self._write(text, is_menu=is_menu or (self.num_menus > 0 and len(text) < _LONGEST_LABEL))

    def end_kept(self) -> str:
        """Return what was written since the last block with its spaces and line ends."""
        now = self._now
        text = "".join(now.words)
        now.words = []
        now.has_links = now.has_plain = False
        return text.replace("\u00a0", " ").strip("\n").rstrip()

    def write_code(self, text: str) -> None:
        """Write lines that must stay as they are, between fences."""
        fence = "~~~" if "```" in text else "```"
        if text.strip():
            lines = f"{fence}\n{text}\n{fence}" if fence not in text else text
            self.blocks.append(_quoted(TextBlock(lines, is_code=True), _quote(self._now.num_quotes)))

    def write_lines(self, text: str) -> None:
        """Write lines that end where they end."""
        for part in _EMPTY_LINES.split(text):
            if part.strip():
                self._write("\n".join(map(str.rstrip, part.strip("\n").split("\n"))), is_menu=False)

    def _write(self, text: str, *, is_menu: bool) -> None:
        now = self._now
        quote = _quote(now.num_quotes)
        if now.heading and not now.items:
            words = text.replace("\n", " ")
            lead = f"{quote}{'#' * now.heading} "
            now.blocks.append(TextBlock(words, lead, is_menu=is_menu, is_heading=True))
            return
        num_outer = sum(item.is_written for item in now.items[:-1])
        indent = "  " * min(num_outer, _DEEPEST_INDENT)
        lead, is_item = "", False
        if now.items:
            item = now.items[-1]
            is_item = not item.is_written
            lead = indent + (item.lead if is_item else " " * len(item.lead))
            item.is_written = True
        lead = quote + lead
        follow = quote + " " * (len(lead) - len(quote))
        text = text.replace("\n", f"\n{follow}") if follow else text
        is_heading = now.heading > 0
        now.blocks.append(TextBlock(text, lead, is_item, is_menu, is_heading=is_heading))


def join_blocks(blocks: Sequence[TextBlock]) -> str:
    """Return the blocks as text: an empty line between them, none between the items of a list."""
    pieces: list[str] = []
    before: TextBlock | None = None
    for block in blocks:
        if before is not None:
            pieces.append("\n" if before.is_item and block.is_item else "\n\n")
        pieces += [block.lead, block.text]
        before = block
    return "".join(pieces)


def without_menus(blocks: Sequence[TextBlock]) -> tuple[list[TextBlock], int]:
    """Return the blocks without menus, and how long the menus are.

    A menu is a run of more than four items that are links and nothing else, or labels of navigation.
    """
    kept: list[TextBlock] = []
    menu: list[TextBlock] = []
    num_characters = 0
    for block in [*blocks, TextBlock("")]:
        if block.is_menu:
            menu.append(block)
            continue
        if len(menu) <= _LONGEST_MENU:
            kept += menu
        else:
            num_characters += sum(len(each.text) for each in menu)
        menu = []
        kept.append(block)
    return kept[:-1], num_characters


def _tidied(text: str) -> str:
    if "\n" in text:
        text = _MANY_BREAKS.sub("\n\n", _AROUND_BREAK.sub("\n", text))
    if "  " in text or "\u00a0" in text:
        text = _MANY_SPACES.sub(" ", text)
    return text.replace("\u00ad", "").strip()


def _quote(num_quotes: int) -> str:
    return "> " * min(num_quotes, _DEEPEST_QUOTE)


def _quoted(block: TextBlock, quote: str) -> TextBlock:
    text = block.text.replace("\n", f"\n{quote}")
    return TextBlock(text, quote + block.lead, block.is_item, block.is_menu, block.is_heading, block.is_code)

"""A page's tree to text: what a browser shows, in its order, as Markdown.

The tree is walked without recursion, so that no depth loses anything. Scripts, styles, templates and what is
hidden are left out (how much of the latter is prose is counted); what the page shows without holding its text
(frames from elsewhere, pictures without a text, films) becomes a part of the inventory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import regex
from lxml import etree

from lmstudio_lite.documents.web.html_blocks import TextBlock, Writer, join_blocks, without_menus
from lmstudio_lite.documents.web.html_hidden import is_hidden, length_of_prose
from lmstudio_lite.documents.web.html_inline import Inline
from lmstudio_lite.documents.web.html_shown import Shown
from lmstudio_lite.documents.web.html_tables import TableStack
from lmstudio_lite.documents.web.html_tree import Element, name_of, parse_html
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind

_BLOCKS_NAMES = (
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer foreignobject form frameset header hgroup hr html legend li main menu nav "
    "noframes noscript object ol optgroup p search section summary table tbody td text textarea tfoot th "
    "thead tr ul level level1 level2 level3 level4 level5 level6 line linegroup note prodnote sidebar"
)
_BLOCKS = frozenset(_BLOCKS_NAMES.split())
"""HTML's, SVG's ``text``, and those of talking books (DTBook)."""
_SKIPPED_NAMES = (
    "annotation annotation-xml base col colgroup datalist defs desc link meta metadata param rp script "
    "source style symbol template track"
)
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_CODE_CLASS = regex.compile(r"code|highlight|source|lang|syntax|prettyprint", regex.IGNORECASE)
_CODE = frozenset(("code", "kbd", "samp"))
_DEEPEST_FRAME = 5

_Handler = Callable[[Element], None]


@dataclass(frozen=True, slots=True)
class HtmlText:
    """``title`` is what the page calls itself, ``heading`` its first heading, "" without either.

    ``num_menu_characters`` and ``num_hidden_characters`` are what was left out. ``parts`` are its frames,
    pictures and films, as far as there is something to say about them.
    """

    text: str
    title: str
    heading: str
    num_menu_characters: int
    num_hidden_characters: int
    parts: tuple[Part, ...]


def read_tree(
    root: Element,
    *,
    drops_menus: bool = False,
    keeps_note_marks: bool = False,
    frames: Mapping[str, str] | None = None,
) -> HtmlText:
    """Return what a browser shows of the page ``root``.

    ``frames`` are the pages that came with it, by their addresses. With ``keeps_note_marks`` the numbers that
    lead to footnotes stay, as "[1]".
    """
    reader = _TreeReader(root, frames or {}, keeps_note_marks=keeps_note_marks)
    blocks = reader.read()
    kept, num_menu = without_menus(blocks) if drops_menus else (blocks, 0)
    if not any(character.isalnum() for block in kept for character in block.text):
        kept, num_menu = blocks, 0  # a page of links and nothing else: they are what it says
    heading = next((block.text for block in kept if block.is_heading), "")
    return HtmlText(
        join_blocks(kept), reader.title, heading, num_menu, reader.num_hidden, tuple(reader.parts)
    )


@dataclass(slots=True)
class _List:
    is_ordered: bool
    number: int = 1
    step: int = 1


class _TreeReader:
    """One walk through one page."""

    def __init__(
        self, root: Element, frames: Mapping[str, str], *, keeps_note_marks: bool, depth: int = 0
    ) -> None:
        self.title = ""
        self.num_hidden = 0
        self._root = root
        self._frames = frames
        self._keeps_note_marks = keeps_note_marks
        self._depth = depth
        self._writer = Writer()
        self._lists: list[_List] = []
        self._captions: list[int] = []
        self._shown = shown = Shown(self._writer)
        self._inline = inline = Inline(self._writer, keeps_note_marks=keeps_note_marks)
        tables = TableStack(self._writer, root)
        self._standing_for: dict[str, Callable[[Element], bool]] = {
            "img": shown.read_picture,
            "image": shown.read_picture,
            "video": shown.read_film,
            "audio": shown.read_film,
            "object": shown.read_object,
            "embed": shown.read_object,
            "applet": shown.read_object,
            "input": shown.read_input,
            "select": shown.read_choice,
            "math": shown.read_formula,
            "iframe": self._read_frame,
            "frame": self._read_frame,
            "title": self._read_title,
        }
        kept = (self._open_kept, self._close_kept)
        lists = (self._open_list, self._close_list)
        struck = (inline.add_struck, inline.add_struck)
        reading = (inline.open_reading, inline.close_reading)
        cell = (tables.open_cell, tables.close_cell)
        handlers: dict[str, tuple[_Handler, _Handler]] = {
            **{f"h{level}": (self._open_heading, self._close_heading) for level in range(1, 7)},
            **dict.fromkeys(("ul", "ol", "menu", "dir", "list"), lists),
            **dict.fromkeys(("pre", "xmp", "listing", "plaintext"), kept),
            **dict.fromkeys(("del", "s", "strike"), struck),
            **dict.fromkeys(("rt", "rtc"), reading),
            **dict.fromkeys(("td", "th"), cell),
            "li": (self._open_item, self._close_item),
            "dt": (self._open_item, self._close_item),
            "dd": (self._open_item, self._close_item),
            "blockquote": (self._open_quote, self._close_quote),
            "a": (inline.open_link, inline.close_link),
            "sup": (inline.open_raised, inline.close_raised),
            "q": (inline.open_quotation, inline.close_quotation),
            "mrow": (inline.open_formula_row, inline.close_formula_row),
            "table": (tables.open_table, tables.close_table),
            "nav": (self._open_menu, self._close_menu),
            "noscript": (shown.open_noscript, shown.close_noscript),
            "figcaption": (self._open_caption, self._close_caption),
        }
        self._opening: dict[str, _Handler] = {name: opening for name, (opening, _) in handlers.items()}
        self._opening |= {"br": inline.break_line, "tr": tables.open_row}
        self._closing: dict[str, _Handler] = {name: closing for name, (_, closing) in handlers.items()}
        self._closing |= {"ruby": inline.close_ruby}

    @property
    def parts(self) -> list[Part]:
        return self._shown.parts

    def read(self) -> list[TextBlock]:
        walk = etree.iterwalk(self._root, events=("start", "end"))
        is_skipped = False
        for event, element in walk:
            name = name_of(element)
            if event == "start":
                is_skipped = self._skips(element, name)
                if is_skipped:
                    walk.skip_subtree()
                    continue
                self._start(element, name)
                if element.text:
                    self._writer.add(element.text)
                continue
            if not is_skipped:
                self._end(element, name)
            is_skipped = False
            if element.tail and element is not self._root:
                self._writer.add(element.tail)
        self._writer.end_block()
        return self._writer.blocks

    def _skips(self, element: Element, name: str) -> bool:
        """Tell whether nothing in ``element`` is to be read, having read what stands for it."""
        if not name or name in _SKIPPED:
            return True
        if is_hidden(element, name):
            self.num_hidden += length_of_prose(element)
            return True
        read = self._standing_for.get(name)
        return read(element) if read else False

    def _start(self, element: Element, name: str) -> None:
        if name in _BLOCKS or "-" in name:  # with a hyphen it is the page's own, mostly a block
            self._end_block()
        opening = self._opening.get(name)
        if opening:
            opening(element)

    def _end(self, element: Element, name: str) -> None:
        closing = self._closing.get(name)
        if closing:
            closing(element)
        if name in _BLOCKS or "-" in name:
            self._end_block()
        self._inline.close_operand(element)

    def _end_block(self) -> None:
        if self._writer.num_kept_spaces:
            self._writer.break_kept_line()
        else:
            self._writer.end_block()

    def _read_title(self, element: Element) -> bool:
        parent = element.getparent()
        if not self.title and (parent is None or name_of(parent) in ("head", "html", "body")):
            self.title = " ".join("".join(element.itertext()).split())
        return True

    def _read_frame(self, element: Element) -> bool:
        address = element.get("src") or ""
        content = element.get("srcdoc") or self._frames.get(address)
        if content is None or self._depth >= _DEEPEST_FRAME:
            self._shown.tell_frame(element)
            return True
        frames = {key: page for key, page in self._frames.items() if key != address}
        inner = _TreeReader(
            parse_html(content), frames, keeps_note_marks=self._keeps_note_marks, depth=self._depth + 1
        )
        blocks = inner.read()
        self._writer.extend(blocks)
        length = len(join_blocks(blocks))
        how = HowRead.TEXT if length else HowRead.EMPTY
        self.parts.append(Part(PartKind.FRAME, 0, address or inner.title, length, how))
        self.parts.extend(inner.parts)
        self.num_hidden += inner.num_hidden
        return True

    def _open_heading(self, element: Element) -> None:
        self._writer.open_heading(int(name_of(element)[1]))

    def _close_heading(self, _element: Element) -> None:
        self._writer.close_heading()

    def _open_list(self, element: Element) -> None:
        is_ordered = name_of(element) == "ol"
        start = 1
        if is_ordered and element.get("reversed") is not None:
            start = sum(name_of(each) == "li" for each in element)
        step = 1 if start == 1 or element.get("reversed") is None else -1
        self._lists.append(_List(is_ordered, _integer(element.get("start"), start), step))

    def _close_list(self, _element: Element) -> None:
        self._writer.end_block()
        self._lists.pop()

    def _open_item(self, element: Element) -> None:
        lead = "  " if name_of(element) == "dd" else "- "
        current = self._lists[-1] if self._lists and name_of(element) == "li" else None
        if current is not None and current.is_ordered:
            current.number = _integer(element.get("value"), current.number)
            lead = f"{current.number}. "
            current.number += current.step
        self._writer.open_item(lead)

    def _close_item(self, _element: Element) -> None:
        self._writer.close_item()

    def _open_quote(self, _element: Element) -> None:
        self._writer.open_quote()

    def _close_quote(self, _element: Element) -> None:
        self._writer.close_quote()

    def _open_menu(self, _element: Element) -> None:
        self._writer.num_menus += 1

    def _close_menu(self, _element: Element) -> None:
        self._writer.end_block()
        self._writer.num_menus -= 1

    def _open_caption(self, _element: Element) -> None:
        self._captions.append(len(self._writer.blocks))

    def _close_caption(self, _element: Element) -> None:
        """Take back a picture's text that the caption below it repeats."""
        self._writer.end_block()
        start, blocks = self._captions.pop(), self._writer.blocks
        if 0 < start == len(blocks) - 1 and blocks[start - 1].text == blocks[start].text:
            del blocks[start - 1]

    def _open_kept(self, _element: Element) -> None:
        if not self._writer.num_kept_spaces:
            self._writer.end_block()
        self._writer.num_kept_spaces += 1

    def _close_kept(self, element: Element) -> None:
        self._writer.num_kept_spaces -= 1
        if self._writer.num_kept_spaces:
            return
        text = self._writer.end_kept()
        if _is_code(element):
            self._writer.write_code(text)
        else:
            self._writer.write_lines(text)


def _is_code(element: Element) -> bool:
    parent = element.getparent()
    classes = f"{element.get('class') or ''} {parent.get('class') or '' if parent is not None else ''}"
    return any(name_of(each) in _CODE for each in element) or _CODE_CLASS.search(classes) is not None


def _integer(value: str | None, otherwise: int) -> int:
    text = (value or "").strip()
    return int(text) if regex.fullmatch(r"-?\d{1,9}", text) else otherwise

"""Markdown as a Word file (Office Open XML, ECMA-376): what the window shows, with Word's own means.

Lists are Word's lists, tables its tables, links its links, so that the text can be worked on. No library: a
writer of this size needs none. Deterministic: the same text gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never
from xml.sax.saxutils import escape

from lmstudio_lite.formats import docx_parts as parts
from lmstudio_lite.formats.direction import RIGHT_TO_LEFT, direction_of, stretches
from lmstudio_lite.formats.markdown import parse, without_unwanted
from lmstudio_lite.formats.plain import table_lines
from lmstudio_lite.formats.tree import (
    Alignment,
    Block,
    Blocks,
    BulletList,
    Code,
    Heading,
    Inline,
    Inlines,
    LineBreak,
    Maths,
    NumberedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    words_of,
)

_EPOCH = (1980, 1, 1, 0, 0, 0)
_TEXT_TWIPS = 9070
"""What a line of A4 holds between margins of 25 mm."""
_COLUMN_LIMIT = 63
"""Columns that Word's tables have at most; a wider one is written as lines of text."""
_WIDEST_SHARE = 40
_EAST_ASIAN = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_BULLETS = 1
_SECTION = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1418" w:right="1418" w:bottom="1418" w:left="1418" '
    'w:header="709" w:footer="709" w:gutter="0"/>'
)


def to_docx(source: str | Blocks, *, title: str = "", language: str = "") -> bytes:
    """Return the file of a Markdown text or blocks; ``language`` is ISO 639-1, "" if it is not known."""
    blocks = parse(source) if isinstance(source, str) else source
    in_rtl = language in RIGHT_TO_LEFT if language else bool(direction_of(blocks))
    writer = _Writer()
    writer.write(blocks, _Place(is_rtl=in_rtl))
    section = f"{_SECTION}{'<w:bidi/>' if in_rtl else ''}</w:sectPr>"
    body = f"<w:body>{''.join(writer.body)}{section}</w:body>"
    document = f"{parts.HEAD}<w:document {parts.W} {parts.R}>{body}</w:document>"
    addresses = [(key, address) for address, key in writer.links.items()]
    media = {f"word/media/{key}.png": png for png, key in writer.pictures.items()}
    contents: dict[str, str | bytes] = {
        "[Content_Types].xml": parts.CONTENT_TYPES,
        "_rels/.rels": parts.RELATIONS,
        "docProps/core.xml": parts.core_properties(without_unwanted(title)),
        "word/document.xml": document,
        "word/_rels/document.xml.rels": parts.document_relations(addresses, writer.pictures.values()),
        "word/styles.xml": parts.styles(language),
        "word/numbering.xml": parts.numbering(writer.starts),
        "word/settings.xml": parts.SETTINGS,
    }
    contents.update(media)
    return _packed(contents)


def _packed(contents: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content.encode("utf-8") if isinstance(content, str) else content)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a block stands: in ``level`` lists, ``indent`` twips in; ``number`` is its list's, for a mark."""

    is_rtl: bool
    indent: int = 0
    level: int = 0
    number: int | None = None
    is_tight: bool = False
    is_quoted: bool = False

    def within(self, block: Block) -> _Place:
        """Return the place with the direction of ``block``, if that has one."""
        direction = direction_of((block,))
        return self if direction is None else replace(self, is_rtl=direction)


class _Writer:
    """Writes blocks as the body's XML and collects the links and the numbered lists on the way."""

    def __init__(self) -> None:
        self.body: list[str] = []
        self.links: dict[str, str] = {}  # address: id of its relationship
        self.starts: list[tuple[int, int]] = []  # of each numbered list: level, first number
        self.pictures: dict[bytes, str] = {}  # content: id of its relationship
        self._num_drawings = 0

    def write(self, blocks: Blocks, place: _Place) -> None:
        for block in blocks:
            self._write_block(block, place.within(block))

    def _write_block(self, block: Block, place: _Place) -> None:
        match block:
            case Paragraph(inlines):
                style = "Quote" if place.is_quoted else "ListParagraph" if place.is_tight else ""
                self._write_paragraph(inlines, place, style)
            case Heading(level, inlines):
                self._write_paragraph(inlines, place, f"Heading{level}")
            case Code(text):
                self._write_code(text.split("\n"), place)
            case Quote(blocks):
                inner = replace(place, indent=_farther(place.indent), is_quoted=True, is_tight=False)
                self.write(blocks, inner)
            case BulletList(items, is_tight):
                self._write_items(items, _BULLETS, replace(place, is_tight=is_tight))
            case NumberedList(items, start, is_tight):
                self.starts.append((min(place.level, parts.NUM_LEVELS - 1), start))
                self._write_items(items, _BULLETS + len(self.starts), replace(place, is_tight=is_tight))
            case Table():
                self._write_table(block, place)
            case Rule():
                self.body.append(f"<w:p>{_paragraph_properties(place, 'HorizontalRule')}</w:p>")
            case _:
                assert_never(block)

    def _write_items(self, items: tuple[Blocks, ...], number: int, place: _Place) -> None:
        inner = replace(place, indent=_farther(place.indent), level=place.level + 1)
        for item in items:
            rest = item
            marked = replace(inner, number=number)
            if item and isinstance(item[0], Paragraph | Heading):
                self._write_block(item[0], marked.within(item[0]))
                rest = item[1:]
            else:  # A mark stands on a paragraph; code, quotes, tables and lists follow below it.
                self._write_paragraph((), marked, "ListParagraph")
            self.write(rest, inner)

    def _write_paragraph(self, inlines: Inlines, place: _Place, style: str) -> None:
        properties = _paragraph_properties(place, style)
        self.body.append(f"<w:p>{properties}{self._runs(inlines, is_rtl=place.is_rtl)}</w:p>")

    def _write_code(self, lines: list[str], place: _Place) -> None:
        properties = _paragraph_properties(replace(place, is_rtl=False), "Code")
        self.body += [f"<w:p>{properties}<w:r>{_characters(line)}</w:r></w:p>" for line in lines]

    def _write_table(self, table: Table, place: _Place) -> None:
        if len(table.header) > _COLUMN_LIMIT:
            self._write_code(table_lines(table), place)
            return
        widths = _column_widths(table, _TEXT_TWIPS - place.indent)
        header = [_bold(cell) for cell in table.header]
        bidi = "<w:bidiVisual/>" if place.is_rtl else ""
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        self.body.append(
            f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>{bidi}'
            f'<w:tblW w:w="0" w:type="auto"/><w:tblInd w:w="{place.indent}" w:type="dxa"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>"
        )
        for index, row in enumerate((header, *table.rows)):
            properties = f"<w:trPr><w:cantSplit/>{'' if index else '<w:tblHeader/>'}</w:trPr>"
            self.body.append(f"<w:tr>{properties}")
            for cell, width, alignment in zip(row, widths, table.alignments, strict=True):
                self.body.append(self._cell(cell, width, alignment, is_rtl=place.is_rtl))
            self.body.append("</w:tr>")
        # Word joins tables that touch, and wants a paragraph at the end of a text.
        self.body.append(
            '</w:tbl><w:p><w:pPr><w:spacing w:after="60" w:line="120" w:lineRule="exact"/></w:pPr></w:p>'
        )

    def _cell(self, cell: Inlines, width: int, alignment: Alignment, *, is_rtl: bool) -> str:
        direction = direction_of((Paragraph(cell),))
        is_rtl = is_rtl if direction is None else direction
        properties = ("<w:bidi/>" if is_rtl else "") + _justified(alignment, is_rtl=is_rtl)
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            f"<w:p><w:pPr>{properties}</w:pPr>{self._runs(cell, is_rtl=is_rtl)}</w:p></w:tc>"
        )

    def _runs(self, inlines: Inlines, *, is_rtl: bool) -> str:
        written = []
        for href, group in groupby(inlines, key=_href):
            runs = "".join(self._run(inline, is_rtl=is_rtl) for inline in group)
            if href:
                key = self.links.setdefault(href, f"link{len(self.links) + 1}")
                runs = f'<w:hyperlink r:id="{key}">{runs}</w:hyperlink>'
            written.append(runs)
        return "".join(written)

    def _run(self, inline: Inline, *, is_rtl: bool) -> str:
        if not isinstance(inline, Maths) or inline.picture is None:
            return _run(inline, is_rtl=is_rtl)
        key = self.pictures.setdefault(inline.picture.png, f"picture{len(self.pictures) + 1}")
        self._num_drawings += 1
        return parts.drawing_run(key, self._num_drawings, inline.source, inline.picture)


def _farther(indent: int) -> int:
    return min(indent + parts.LEVEL_TWIPS, _TEXT_TWIPS // 2)


def _paragraph_properties(place: _Place, style: str) -> str:
    """Return ``w:pPr`` with its children in the order of the schema."""
    numbering, indent = "", f'<w:ind w:left="{place.indent}"/>' if place.indent else ""
    if place.number is not None:
        level = min(place.level, parts.NUM_LEVELS) - 1
        numbering = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{place.number}"/></w:numPr>'
        indent = f'<w:ind w:left="{place.indent}" w:hanging="{parts.LEVEL_TWIPS}"/>'
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    direction = "<w:bidi/>" if place.is_rtl else ""
    properties = f"{named}{numbering}{direction}{indent}"
    return f"<w:pPr>{properties}</w:pPr>" if properties else ""


def _justified(alignment: Alignment, *, is_rtl: bool) -> str:
    """Return ``w:jc``; in a paragraph from right to left Word's "left" is where lines begin: at the right."""
    match alignment:
        case Alignment.NONE:
            return ""
        case Alignment.CENTER:
            return '<w:jc w:val="center"/>'
        case Alignment.LEFT | Alignment.RIGHT:
            begins = (alignment is Alignment.LEFT) != is_rtl
            return f'<w:jc w:val="{"left" if begins else "right"}"/>'
        case _:
            assert_never(alignment)


def _run(inline: Inline, *, is_rtl: bool) -> str:
    match inline:
        case LineBreak():
            return "<w:r><w:br/></w:r>"
        case Maths(source):
            return _maths_run(source)
        case Text(text):
            split = [(text, False)] if inline.is_code else stretches(text, in_rtl=is_rtl)
            return "".join(
                f"<w:r>{_run_properties(inline, words, is_rtl=rtl)}{_characters(words)}</w:r>"
                for words, rtl in split
            )
        case _:
            assert_never(inline)


def _maths_run(source: str) -> str:
    """Return a formula as it is written: it was not drawn, and Word makes an equation of selected TeX."""
    lines = (_characters(line) for line in source.split("\n"))
    return f"<w:r><w:rPr><w:noProof/></w:rPr>{'<w:br/>'.join(lines)}</w:r>"


def _run_properties(inline: Text, words: str, *, is_rtl: bool) -> str:
    """Return ``w:rPr`` with its children in the order of the schema."""
    style = "Hyperlink" if inline.href else "CodeCharacters" if inline.is_code else ""
    properties = (
        (f'<w:rStyle w:val="{style}"/>' if style else "")
        + ('<w:rFonts w:hint="eastAsia"/>' if _EAST_ASIAN.search(words) else "")
        + ("<w:b/><w:bCs/>" if inline.is_bold else "")
        + ("<w:i/><w:iCs/>" if inline.is_italic else "")
        + ("<w:strike/>" if inline.is_struck else "")
        + ("<w:rtl/>" if is_rtl else "")
    )
    return f"<w:rPr>{properties}</w:rPr>" if properties else ""


def _characters(text: str) -> str:
    pieces = (
        f'<w:t xml:space="preserve">{escape(piece)}</w:t>' if piece else "" for piece in text.split("\t")
    )
    return "<w:tab/>".join(pieces)


def _bold(inlines: Inlines) -> Inlines:
    return tuple(replace(each, is_bold=True) if isinstance(each, Text) else each for each in inlines)


def _column_widths(table: Table, whole: int) -> list[int]:
    """Share ``whole`` twips by the columns' longest texts, which Word then fits to what is in them."""
    columns = zip(table.header, *table.rows, strict=True)
    shares = [min(max(len(words_of(cell)) for cell in column), _WIDEST_SHARE) + 2 for column in columns]
    return [max(1, whole * share // sum(shares)) for share in shares]


def _href(inline: Inline) -> str:
    return "" if isinstance(inline, LineBreak) else inline.href

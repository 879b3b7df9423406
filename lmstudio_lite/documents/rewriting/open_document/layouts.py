"""A text document in two languages: each translated paragraph below its source, or beside it in a table."""

from __future__ import annotations

from lmstudio_lite.documents.rewriting.markup.edits import Edit, pieces_of
from lmstudio_lite.documents.rewriting.markup.file import MarkupFile
from lmstudio_lite.documents.rewriting.markup.found import FoundText, Piece
from lmstudio_lite.documents.rewriting.markup.tokens import TokenKind, attribute, escaped, escaped_value
from lmstudio_lite.documents.rewriting.open_document.styles import language_attributes
from lmstudio_lite.domain.units import BilingualLayout, UnitText, WriteUnitsOptions

_PARAGRAPHS = ("text:p", "text:h")
_COLUMNS_STAND_IN = ("office:text", "text:section")
TEXT_STYLE = "Translation_20_text"
_CELL = '<table:table-cell office:value-type="string">'


def side_by_side(file: MarkupFile, found: FoundText, text: UnitText, wanted: WriteUnitsOptions) -> list[Edit]:
    """Return the edits that put a translated paragraph to its source."""
    element = found.element
    if element is None or element.close is None or element.name not in _PARAGRAPHS:
        return [Edit(found.end, found.end, (f" / {escaped(text.text)}",))]
    start, end = element.open.start, element.close.end
    style = attribute(file.text, element.open, "text:style-name") or "Standard"
    pieces: list[Piece] = [
        f'<text:p text:style-name="{escaped_value(style, chr(34))}">',
        f'<text:span text:style-name="{TEXT_STYLE}">',
        *pieces_of(found, text, file.vocabulary.written, lambda source: bool(source.lead)),
        "</text:span></text:p>",
    ]
    parent = element.parent.name if element.parent else ""
    if wanted.layout is BilingualLayout.BESIDE and parent in _COLUMNS_STAND_IN:
        before = (
            f'<table:table><table:table-column table:number-columns-repeated="2"/><table:table-row>{_CELL}'
        )
        after = "</table:table-cell></table:table-row></table:table>"
        return [
            Edit(start, start, (before,)),
            Edit(end, end, (f"</table:table-cell>{_CELL}", *pieces, after)),
        ]
    return [Edit(end, end, tuple(pieces))]


def edits_of_style(file: MarkupFile, wanted: WriteUnitsOptions) -> list[Edit]:
    """Return the edit that adds the style of translated text to a part's own styles."""
    style = (
        f'<style:style style:name="{TEXT_STYLE}" style:family="text">'
        f"<style:text-properties {language_attributes(wanted.target)}/></style:style>"
    )
    for token in file.walk.tokens:
        if token.name == "office:automatic-styles":
            if token.kind is TokenKind.CLOSE:
                return [Edit(token.start, token.start, (style,))]
            if token.kind is TokenKind.EMPTY:
                whole = f"<office:automatic-styles>{style}</office:automatic-styles>"
                return [Edit(token.start, token.end, (whole,))]
    return []

"""Paragraphs as a Word file (ECMA-376): headings, paragraphs, and where each page of the source began.

``formats`` writes answers as Word files; this room may not know it, and needs four parts of a file only.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from lmstudio_lite.documents.rewriting.locales import EAST_ASIAN, is_right_to_left, locale_of
from lmstudio_lite.documents.rewriting.markup.tokens import escaped
from lmstudio_lite.documents.rewriting.pages.story import Paragraph
from lmstudio_lite.domain.units import BilingualLayout, WriteUnitsOptions

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
    f'PartName="/word/document.xml" ContentType="{_TYPES}.document.main+xml"/><Override '
    f'PartName="/word/styles.xml" ContentType="{_TYPES}.styles+xml"/></Types>'
)
_TO_DOCUMENT = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>'
)
_TO_STYLES = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f"{_HEAD}<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>"
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Arial"/><w:sz w:val="22"/></w:rPr></w:rPrDefault>'
    '<w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>'
    '<w:pPr><w:keepNext/><w:spacing w:before="240"/><w:outlineLvl w:val="0"/></w:pPr>'
    '<w:rPr><w:b/><w:sz w:val="28"/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:customStyle="1" w:styleId="SourcePage"><w:name w:val="Source page"/>'
    '<w:basedOn w:val="Normal"/><w:pPr><w:jc w:val="center"/></w:pPr>'
    '<w:rPr><w:color w:val="808080"/><w:sz w:val="16"/></w:rPr></w:style></w:styles>'
)
_SECTION = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1418" w:right="1418" w:bottom="1418" w:left="1418" '
    'w:header="709" w:footer="709" w:gutter="0"/></w:sectPr>'
)
_COLUMN_TWIPS = 4535
_TABLE = (
    '<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>'
    f'<w:gridCol w:w="{_COLUMN_TWIPS}"/><w:gridCol w:w="{_COLUMN_TWIPS}"/></w:tblGrid>'
)


def to_docx(paragraphs: Sequence[Paragraph], wanted: WriteUnitsOptions, source: str) -> bytes:
    """Return the file; ``source`` is the language of what is not translated, "" if it is not known."""
    body: list[str] = []
    page: int | None = None
    for each in paragraphs:
        if each.page is not None and each.page != page:
            page = each.page
            body.append(_paragraph(f"— {page} —", "", style="SourcePage"))
        body.append(_written(each, wanted, source))
    content = "".join(body)
    document = f"{_HEAD}<w:document {_W}><w:body>{content}<w:p/>{_SECTION}</w:body></w:document>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _TO_DOCUMENT),
            ("word/document.xml", document),
            ("word/_rels/document.xml.rels", _TO_STYLES),
            ("word/styles.xml", _STYLES),
        ):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def _written(each: Paragraph, wanted: WriteUnitsOptions, source: str) -> str:
    style = "Heading1" if each.is_heading else ""
    original = _paragraph(each.label + each.text, source, style=style)
    copy = _paragraph(each.label + (each.translation or each.text), wanted.target, style=style)
    match wanted.layout:
        case BilingualLayout.NONE:
            return copy if each.translation else original
        case BilingualLayout.BELOW:
            return original + copy if each.translation else original
        case BilingualLayout.BESIDE:
            return f"{_TABLE}<w:tr>{_cell(original)}{_cell(copy)}</w:tr></w:tbl>"


def _cell(content: str) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{_COLUMN_TWIPS}" w:type="dxa"/></w:tcPr>{content}</w:tc>'


def _paragraph(text: str, language: str, *, style: str) -> str:
    is_rtl = is_right_to_left(language)
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += "<w:bidi/>" if is_rtl else ""
    run = "<w:rtl/>" if is_rtl else ""
    if language:
        kind = "eastAsia" if language in EAST_ASIAN else "bidi" if is_rtl else "val"
        run += f'<w:lang w:{kind}="{locale_of(language)}"/>'
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escaped(line)}</w:t>' for line in text.split("\n"))
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr>{lines}</w:r></w:p>"

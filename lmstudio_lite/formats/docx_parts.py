"""The parts of a Word file that are the same in each: types, styles, numbering's levels, settings (ECMA-376).

Transitional Office Open XML, as Word 2010 and later, LibreOffice and Pages open it. What varies is given in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from lmstudio_lite.domain.formulas import FormulaPicture

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
LEVEL_TWIPS = 425
"""How far each list or quote stands in: 7.5 mm; a twip is a twentieth of a point."""
NUM_LEVELS = 9
"""Levels of a list that Word knows."""

FORMULA_POINTS = 12.0
"""An em of formulas beside text of 11 points: their font's letters are smaller."""
_WIDEST_POINTS = 450.0
_EMU = 12_700
"""Of a point, in English Metric Units."""
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CORE = "application/vnd.openxmlformats-package.core-properties"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"

CONTENT_TYPES = f"""{HEAD}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Default Extension="png" ContentType="image/png"/>
<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/>
<Override PartName="/word/numbering.xml" ContentType="{_MAIN}.numbering+xml"/>
<Override PartName="/word/settings.xml" ContentType="{_MAIN}.settings+xml"/>
<Override PartName="/docProps/core.xml" ContentType="{_CORE}+xml"/>
</Types>"""
RELATIONS = f"""{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>
</Relationships>"""
SETTINGS = (
    f'{HEAD}<w:settings {W}><w:compat><w:compatSetting w:name="compatibilityMode" '
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>'
)

_EAST_ASIAN_FONTS = {"ja": "Yu Mincho", "ko": "Malgun Gothic"}
_CHINESE_FONT = "Microsoft YaHei"
_MANY_LEVELS = '<w:multiLevelType w:val="hybridMultilevel"/>'
_BULLETS = ("•", "◦", "▪")


def core_properties(title: str) -> str:
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
    )


def document_relations(addresses: Iterable[tuple[str, str]], pictures: Iterable[str] = ()) -> str:
    """Return the main part's relationships, with links as pairs of id and address, and pictures' ids."""
    parts = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>\n'
        for number, name in enumerate(("styles", "numbering", "settings"), 1)
    )
    links = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/hyperlink" TargetMode="External" '
        f"Target={quoteattr(address)}/>\n"
        for key, address in addresses
    )
    images = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/image" Target="media/{key}.png"/>\n' for key in pictures
    )
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">\n{parts}{links}{images}</Relationships>'


def drawing_run(key: str, number: int, source: str, picture: FormulaPicture) -> str:
    """Return a run that shows a formula's picture on the line; ``source`` is its alternative text.

    ``key`` is its relationship's id, ``number`` its own in the file.
    """
    em = FORMULA_POINTS * min(1.0, _WIDEST_POINTS / (picture.width_em * FORMULA_POINTS))
    extent = f'cx="{round(picture.width_em * em * _EMU)}" cy="{round(picture.height_em * em * _EMU)}"'
    lower = round(2 * picture.descent_em * em)  # half points
    said = quoteattr(" ".join(source.split()))
    named = f'id="{number}" name="Formula {number}" descr={said}'
    return (
        f'<w:r><w:rPr><w:noProof/><w:position w:val="{-lower}"/></w:rPr><w:drawing>'
        f'<wp:inline xmlns:wp="{_DRAWING}/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">'
        f"<wp:extent {extent}/><wp:docPr {named}/>"
        f'<a:graphic xmlns:a="{_DRAWING}/main"><a:graphicData uri="{_DRAWING}/picture">'
        f'<pic:pic xmlns:pic="{_DRAWING}/picture">'
        f"<pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{key}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def numbering(starts: Sequence[tuple[int, int]]) -> str:
    """Return the numbering: number 1 is every list with bullets, from 2 on one for each of ``starts``.

    Each of ``starts`` is the level of a numbered list, from 0, and its first number.
    """
    bullets = "".join(_level(at, "bullet", _BULLETS[at % len(_BULLETS)]) for at in range(NUM_LEVELS))
    numbers = "".join(_level(at, "decimal", f"%{at + 1}.") for at in range(NUM_LEVELS))
    lists = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="{level}">'
        f'<w:startOverride w:val="{start}"/></w:lvlOverride></w:num>\n'
        for number, (level, start) in enumerate(starts, 2)
    )
    return (
        f"{HEAD}<w:numbering {W}>\n"
        f'<w:abstractNum w:abstractNumId="0">{_MANY_LEVELS}{bullets}</w:abstractNum>\n'
        f'<w:abstractNum w:abstractNumId="1">{_MANY_LEVELS}{numbers}</w:abstractNum>\n'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>\n{lists}</w:numbering>'
    )


def _level(level: int, number_format: str, text: str) -> str:
    left = LEVEL_TWIPS * (level + 1)
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{left}" w:hanging="{LEVEL_TWIPS}"/></w:pPr></w:lvl>'
    )


def styles(language: str) -> str:
    """Return the styles; ``language`` (ISO 639-1, "" if unknown) is for the spelling and the fonts."""
    east_asian = language if language in ("zh", *_EAST_ASIAN_FONTS) else "zh"
    font = _EAST_ASIAN_FONTS.get(language, _CHINESE_FONT)
    known = f" w:val={quoteattr(language)}" if language else ""
    return (
        f"{HEAD}<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>"
        f'<w:rFonts w:ascii="Calibri" w:eastAsia="{font}" w:hAnsi="Calibri" w:cs="Arial"/>'
        f'<w:sz w:val="22"/><w:szCs w:val="22"/>'
        f'<w:lang{known} w:eastAsia="{east_asian}"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr>'
        "</w:pPrDefault>"
        f"</w:docDefaults>{_STYLES}</w:styles>"
    )


def _paragraph_style(key: str, name: str, paragraph: str, run: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f"<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>\n"
    )


def _heading(level: int, half_points: int) -> str:
    return _paragraph_style(
        f"Heading{level}",
        f"heading {level}",
        '<w:keepNext/><w:keepLines/><w:spacing w:before="240" w:after="80"/>'
        f'<w:outlineLvl w:val="{level - 1}"/>',
        f'<w:b/><w:bCs/><w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>',
    )


_MONOSPACED = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Courier New"/>'
_GROUND = '<w:shd w:val="clear" w:color="auto" w:fill="F2F3F5"/>'
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="BFBFBF"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    "<w:qFormat/></w:style>\n"
    + "".join(_heading(level, size) for level, size in enumerate((32, 28, 24, 22, 22, 22), 1))
    + _paragraph_style("ListParagraph", "List Paragraph", "<w:contextualSpacing/>")
    + _paragraph_style(
        "Quote",
        "Quote",
        '<w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="C9CCD1"/></w:pBdr>',
        '<w:color w:val="555555"/>',
    )
    + _paragraph_style(
        "Code",
        "Code",
        f'{_GROUND}<w:spacing w:line="240" w:lineRule="auto"/><w:contextualSpacing/>',
        f'{_MONOSPACED}<w:noProof/><w:sz w:val="19"/><w:szCs w:val="19"/>',
    )
    + _paragraph_style(
        "HorizontalRule",
        "Horizontal Rule",
        '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="BFBFBF"/></w:pBdr>',
    )
    + '<w:style w:type="character" w:styleId="CodeCharacters"><w:name w:val="Code Characters"/>'
    f"<w:rPr>{_MONOSPACED}<w:noProof/>{_GROUND}</w:rPr></w:style>\n"
    '<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/>'
    '<w:rPr><w:color w:val="0563C1"/><w:u w:val="single"/></w:rPr></w:style>\n'
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/></w:style>\n'
    '<w:style w:type="table" w:styleId="TableGrid">'
    '<w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/>'
    '<w:pPr><w:spacing w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>'
    f"<w:tblPr><w:tblBorders>{_BORDERS}</w:tblBorders><w:tblCellMar>"
    '<w:top w:w="40" w:type="dxa"/><w:left w:w="100" w:type="dxa"/>'
    '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>\n'
)

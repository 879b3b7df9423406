"""Markdown to a Word file (Office Open XML, ECMA-376): headings, lists, quotes, bold and italic text.

Just the parts that Word, LibreOffice and Pages need to open a plain text with styles; no library, for none
of the rest is wanted. Deterministic: the same text gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_BULLET_NUMBERING = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
_EPOCH = (1980, 1, 1, 0, 0, 0)

_HEADING = re.compile(r"(#{1,3})\s+(.*)")
_BULLET = re.compile(r"\s*[-*•]\s+(.*)")
_NUMBER = re.compile(r"(\d{1,3}[.)])\s+(.*)")
_QUOTE = re.compile(r">\s?(.*)")
_MARKED = re.compile(r"(\*\*.+?\*\*|(?<![*\w])\*[^*\s][^*]*\*(?!\w))")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 can't hold."""

_CONTENT_TYPES = f"""{_HEAD}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_MAIN}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_MAIN}.styles+xml"/>
<Override PartName="/word/numbering.xml" ContentType="{_MAIN}.numbering+xml"/>
</Types>"""
_RELATIONS = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
</Relationships>"""
_DOCUMENT_RELATIONS = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/numbering" Target="numbering.xml"/>
</Relationships>"""
_NUMBERING = f"""{_HEAD}<w:numbering {_WORD}>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>
<w:pPr><w:ind w:left="360" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
</w:numbering>"""


def _heading_style(level: int, half_points: int) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
        f'<w:basedOn w:val="Normal"/><w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/>'
        f'<w:outlineLvl w:val="{level - 1}"/></w:pPr>'
        f'<w:rPr><w:b/><w:sz w:val="{half_points}"/></w:rPr></w:style>'
    )


_STYLES = (
    f'{_HEAD}<w:styles {_WORD}><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/><w:pPr><w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr>'
    '<w:rPr><w:sz w:val="22"/></w:rPr></w:style>'
    + "".join(_heading_style(level, size) for level, size in ((1, 32), (2, 28), (3, 24)))
    + '<w:style w:type="paragraph" w:styleId="ListBullet"><w:name w:val="List Bullet"/>'
    '<w:basedOn w:val="Normal"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/><w:basedOn w:val="Normal"/>'
    '<w:pPr><w:ind w:left="480"/></w:pPr><w:rPr><w:color w:val="555555"/></w:rPr></w:style></w:styles>'
)


def markdown_to_docx(markdown: str) -> bytes:
    """Return a Word file with the text; Markdown it does not know stays as it is written."""
    body = "".join(_paragraph(*_styled(line)) for line in _lines(markdown))
    document = f"{_HEAD}<w:document {_WORD}><w:body>{body}<w:sectPr/></w:body></w:document>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
            ("word/_rels/document.xml.rels", _DOCUMENT_RELATIONS),
            ("word/styles.xml", _STYLES),
            ("word/numbering.xml", _NUMBERING),
        ):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content.encode("utf-8"))
    return buffer.getvalue()


def _lines(markdown: str) -> list[str]:
    """Return one line a paragraph: wrapped lines are joined."""
    lines: list[str] = []
    is_open = False
    for line in _FORBIDDEN.sub("", markdown).splitlines():
        is_new = any(pattern.match(line) for pattern in (_HEADING, _BULLET, _NUMBER, _QUOTE))
        if not line.strip():
            is_open = False
        elif is_open and not is_new:
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line)
            is_open = not _HEADING.match(line)
    return lines


def _styled(line: str) -> tuple[str, str]:
    if heading := _HEADING.match(line):
        return f"Heading{len(heading[1])}", heading[2]
    if bullet := _BULLET.match(line):
        return "ListBullet", bullet[1]
    if quote := _QUOTE.match(line):
        return "Quote", quote[1]
    return "", line.strip()


def _paragraph(style: str, text: str) -> str:
    numbering = _BULLET_NUMBERING if style == "ListBullet" else ""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/>{numbering}</w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(map(_run, _MARKED.split(text)))}</w:p>"


def _run(text: str) -> str:
    if not text:
        return ""
    properties = ""
    if _MARKED.fullmatch(text):
        is_bold = text.startswith("**")
        text = text.strip("*")
        properties = f"<w:rPr>{'<w:b/>' if is_bold else '<w:i/>'}</w:rPr>"
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

"""Office files made part by part, as their formats' standards have them, for what no library would write."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tests.documents.samples import make_zip

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OPEN_XML = "http://schemas.openxmlformats.org/"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in {
        "w": f"{OPEN_XML}wordprocessingml/2006/main",
        "a": f"{OPEN_XML}drawingml/2006/main",
        "p": f"{OPEN_XML}presentationml/2006/main",
        "s": f"{OPEN_XML}spreadsheetml/2006/main",
        "r": OFFICE,
        "m": f"{OPEN_XML}officeDocument/2006/math",
        "c": f"{OPEN_XML}drawingml/2006/chart",
        "dgm": f"{OPEN_XML}drawingml/2006/diagram",
        "wp": f"{OPEN_XML}drawingml/2006/wordprocessingDrawing",
        "xdr": f"{OPEN_XML}drawingml/2006/spreadsheetDrawing",
        "pic": f"{OPEN_XML}drawingml/2006/picture",
        "mc": f"{OPEN_XML}markup-compatibility/2006",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)
ODF_NAMES = " ".join(
    f'xmlns:{prefix}="{ODF}{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "style": "style",
        "svg": "svg-compatible",
        "presentation": "presentation",
        "chart": "chart",
    }.items()
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip

Relations = Mapping[str, tuple[str, str]]
"""Kind and target of each relation by its key; a target with "://" is outside."""


def relations(entries: Relations) -> str:
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"'
            f"{' TargetMode=' + chr(34) + 'External' + chr(34) if '://' in target else ''}/>"
            for key, (kind, target) in entries.items()
        )
        + "</Relationships>"
    )


def word_xml(name: str, inner: str) -> str:
    return f"<w:{name} {NAMES}>{inner}</w:{name}>"


def paragraph(text: str, properties: str = "") -> str:
    inner = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{inner}{run(text)}</w:p>"


def run(text: str, properties: str = "") -> str:
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def docx(body: str, linked: Relations | None = None, parts: Mapping[str, str] | None = None) -> bytes:
    """Return a Word file with that body, the relations of its main part, and further parts by name."""
    return make_zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": relations({"rId1": ("officeDocument", "word/document.xml")}),
            "word/document.xml": word_xml("document", f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": relations(linked or {}),
            **(parts or {}),
        }
    )


def workbook(
    sheets: Mapping[str, str],
    *,
    states: Mapping[str, str] | None = None,
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """Return an Excel file; each sheet's value is the inside of its ``worksheet``."""
    listed = "".join(
        f'<s:sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"'
        f' state="{(states or {}).get(name, "visible")}"/>'
        for number, name in enumerate(sheets, 1)
    )
    linked = {
        f"rId{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)
    }
    linked |= {"rIdS": ("styles", "styles.xml"), "rIdT": ("sharedStrings", "sharedStrings.xml")}
    return make_zip(
        {
            "_rels/.rels": relations({"rId1": ("officeDocument", "/xl/workbook.xml")}),
            "xl/workbook.xml": f"<s:workbook {NAMES}><s:sheets>{listed}</s:sheets></s:workbook>",
            "xl/_rels/workbook.xml.rels": relations(linked),
            **{
                f"xl/worksheets/sheet{number}.xml": f"<s:worksheet {NAMES}>{inner}</s:worksheet>"
                for number, inner in enumerate(sheets.values(), 1)
            },
            **(parts or {}),
        }
    )


def cells(rows: list[list[str]]) -> str:
    """Return rows of texts, kept in the cells themselves, as the inside of a worksheet."""
    return "<s:sheetData>" + "".join(
        "<s:row>"
        + "".join(f'<s:c t="inlineStr"><s:is><s:t>{escape(text)}</s:t></s:is></s:c>' for text in row)
        + "</s:row>"
        for row in rows
    ) + "</s:sheetData>"  # fmt: skip


def shape(text: str, role: str = "", *, name: str = "") -> str:
    """Return a shape with a paragraph for each line; ``role`` is its placeholder's type."""
    holder = f'<p:ph type="{role}"/>' if role else ""
    lines = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.split("\n"))
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="{name}"/><p:cNvSpPr/><p:nvPr>{holder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr/><p:txBody><a:bodyPr/>{lines}</p:txBody></p:sp>"
    )


def pptx(
    slides: list[str],
    *,
    linked: Mapping[int, Relations] | None = None,
    hidden: frozenset[int] = frozenset(),
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """Return a presentation; slide n (from 1) has the relations ``linked[n]``."""
    numbers = range(1, len(slides) + 1)
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
    members = {
        "_rels/.rels": relations({"rId1": ("officeDocument", "ppt/presentation.xml")}),
        "ppt/presentation.xml": (
            f"<p:presentation {NAMES}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>"
        ),
        "ppt/_rels/presentation.xml.rels": relations(
            {f"rId{number}": ("slide", f"slides/slide{number}.xml") for number in numbers}
        ),
    }
    for number, inner in enumerate(slides, 1):
        show = ' show="0"' if number in hidden else ""
        tree = f"<p:cSld><p:spTree>{inner}</p:spTree></p:cSld>"
        members[f"ppt/slides/slide{number}.xml"] = f"<p:sld {NAMES}{show}>{tree}</p:sld>"
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations((linked or {}).get(number, {}))
    return make_zip({**members, **(parts or {})})


def open_document(
    kind: str, body: str, *, styles: str = "", pages: str = "", parts: Mapping[str, str] | None = None
) -> bytes:
    """Return an OpenDocument file of that kind ("text", "spreadsheet", "presentation")."""
    return make_zip(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": (
                f"<office:document-content {ODF_NAMES}><office:automatic-styles>{styles}"
                f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body>"
                "</office:document-content>"
            ),
            "styles.xml": (
                f"<office:document-styles {ODF_NAMES}><office:master-styles>{pages}</office:master-styles>"
                "</office:document-styles>"
            ),
            **(parts or {}),
        }
    )

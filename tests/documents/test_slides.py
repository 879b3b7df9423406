"""Presentations, PowerPoint's and OpenDocument's: slides in order, notes, comments, what is hidden."""

# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import io
from pathlib import Path

import pptx as python_pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, PartKind, WhyUnread, unread_of
from tests.documents.office_files import NAMES, open_document, pptx, relations, shape


def read(tmp_path: Path, content: bytes, name: str = "deck.pptx") -> Document:
    path = tmp_path / name
    path.write_bytes(content)
    return read_document(path, ReadLimits())


def slides_of(document: Document) -> list[str]:
    return [document.text[page.start : page.end] for page in document.pages]


def test_a_deck_as_another_program_writes_it(tmp_path: Path) -> None:
    deck = python_pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "The harbour"
    first.placeholders[1].text = "A report"
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "Costs"
    frame = second.placeholders[1].text_frame
    frame.text = "Roof"
    for text, level in (("Tiles", 1), ("Door", 0)):
        line = frame.add_paragraph()
        line.text, line.level = text, level
    second.notes_slide.notes_text_frame.text = "Say that the door is urgent."
    third = deck.slides.add_slide(deck.slide_layouts[6])
    table = third.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1)).table
    for place, text in enumerate(("Who", "What", "Nora", "Calls | writes")):
        table.cell(place // 2, place % 2).text = text
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "Grouped words"
    data = CategoryChartData()
    data.categories = ["1998", "1999"]
    data.add_series("Herring", (4.3, 5.1))
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(3), Inches(3), data)
    third._element.set("show", "0")
    buffer = io.BytesIO()
    deck.save(buffer)
    document = read(tmp_path, buffer.getvalue())
    assert document.title == "The harbour"
    assert slides_of(document) == [
        "# The harbour\n\nA report",
        "## Costs\n\n- Roof\n  - Tiles\n- Door\n\nSpeaker notes: Say that the door is urgent.",
        "(hidden slide)\n\n| Who | What |\n| --- | --- |\n| Nora | Calls \\| writes |\n\nGrouped words\n\n"
        "|  | Herring |\n| --- | --- |\n| 1998 | 4.3 |\n| 1999 | 5.1 |",
    ]
    assert [(part.kind, part.number, part.how) for part in document.inventory] == [
        (PartKind.SLIDE, 1, HowRead.TEXT),
        (PartKind.SLIDE, 2, HowRead.TEXT),
        (PartKind.SLIDE, 3, HowRead.HIDDEN),
        (PartKind.NOTES, 2, HowRead.TEXT),
        (PartKind.CHART, 1, HowRead.TEXT),
    ]


def test_comments_footers_layouts_and_what_is_missing(tmp_path: Path) -> None:
    layout = shape("Confidential") + shape("Click to add a title", "title")
    master = shape("Harbour Ltd")
    footer = shape("Spring meeting", "ftr") + shape("7", "sldNum")
    parts = {
        "ppt/slideLayouts/l.xml": f"<p:sldLayout {NAMES}><p:cSld><p:spTree>{layout}</p:spTree></p:cSld></p:sldLayout>",
        "ppt/slideLayouts/_rels/l.xml.rels": relations({"r": ("slideMaster", "../m.xml")}),
        "ppt/m.xml": f"<p:sldMaster {NAMES}><p:cSld><p:spTree>{master}</p:spTree></p:cSld></p:sldMaster>",
        "ppt/comments/c1.xml": (
            f"<p:cmLst {NAMES}><p:cm authorId='0'><p:text>Too long?</p:text></p:cm></p:cmLst>"
        ),
        "ppt/notesSlides/n2.xml": "<broken",
    }
    linked = {
        1: {"rL": ("slideLayout", "../slideLayouts/l.xml"), "rC": ("comments", "../comments/c1.xml")},
        2: {"rL": ("slideLayout", "../slideLayouts/l.xml"), "rN": ("notesSlide", "../notesSlides/n2.xml")},
    }
    slides = [shape("Late text") + shape("First", "title") + footer, shape("Second", "title") + footer]
    document = read(tmp_path, pptx(slides, linked=linked, parts=parts))
    assert slides_of(document) == [
        "## First\n\nLate text\n\nConfidential\n\nHarbour Ltd\n\nSpring meeting\n\n[Comment: Too long?]",
        "## Second",
    ]
    assert [(part.kind, part.number, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.NOTES, 2, WhyUnread.DAMAGED)
    ]


def test_a_missing_or_damaged_slide_is_named(tmp_path: Path) -> None:
    content = pptx([shape("One"), "", shape("Three")], parts={"ppt/slides/slide2.xml": "<p:sld"})
    document = read(tmp_path, content)
    assert slides_of(document) == ["One", "", "Three"]
    assert [(part.kind, part.number, part.why) for part in unread_of(document.inventory)] == [
        (PartKind.SLIDE, 2, WhyUnread.DAMAGED)
    ]


def test_open_document_slides(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="dpH" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )

    def frame(text: str, role: str = "") -> str:
        role = f' presentation:class="{role}"' if role else ""
        return f"<draw:frame{role}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"

    body = (
        '<presentation:footer-decl presentation:name="f">Spring meeting</presentation:footer-decl>'
        f'<draw:page presentation:use-footer-name="f">{frame("Below")}{frame("Plans", "title")}'
        f"<draw:g><draw:custom-shape><text:p>Grouped</text:p></draw:custom-shape></draw:g>"
        f"<presentation:notes>{frame('Say it', 'notes')}</presentation:notes></draw:page>"
        f'<draw:page draw:style-name="dpH" presentation:use-footer-name="f">{frame("Draft", "title")}'
        "<draw:frame><draw:image xlink:href='Pictures/a.png'/><svg:desc>A ship</svg:desc></draw:frame></draw:page>"
    )
    content = open_document("presentation", body, styles=styles, parts={"Pictures/a.png": "PNG"})
    document = read(tmp_path, content, "deck.odp")
    assert slides_of(document) == [
        "# Plans\n\nBelow\n\nGrouped\n\nSpeaker notes: Say it\n\nSpring meeting",
        "# Draft (hidden slide)\n\n[A ship]",
    ]
    assert [(part.kind, part.how) for part in document.inventory] == [
        (PartKind.SLIDE, HowRead.TEXT),
        (PartKind.SLIDE, HowRead.HIDDEN),
        (PartKind.NOTES, HowRead.TEXT),
        (PartKind.FOOTER, HowRead.TEXT),
        (PartKind.PICTURE, HowRead.NOT_READ),
    ]

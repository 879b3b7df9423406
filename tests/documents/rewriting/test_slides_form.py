# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.rewriting.files import read_units, write_translation
from lmstudio_lite.domain.units import (
    BilingualLayout,
    Mark,
    MarkKind,
    ReadUnitsOptions,
    UnitKind,
    UnitText,
    WriteUnitsOptions,
)
from lmstudio_lite.errors import DocumentLayoutError, DocumentUnsupportedError
from tests.documents.office_files import NAMES, docx, paragraph, relations, shape
from tests.documents.rewriting.trial import (
    changed_parts,
    check_echo,
    check_pseudo,
    parts_of,
    pseudo,
    read,
    texts_of,
    written,
)
from tests.documents.samples import make_zip, sample

DSP = 'xmlns:dsp="http://schemas.microsoft.com/office/drawing/2008/diagram"'


def slides(
    *inner: str, linked: dict[str, tuple[str, str]] | None = None, parts: dict[str, str] | None = None
) -> bytes:
    """Return a presentation; ``linked`` are the relations of its first slide."""
    listed = "".join(f'<p:sldId id="{256 + n}" r:id="rId{n}"/>' for n in range(1, len(inner) + 1))
    main = {f"rId{n}": ("slide", f"slides/slide{n}.xml") for n in range(1, len(inner) + 1)}
    return make_zip(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({"rId1": ("officeDocument", "ppt/presentation.xml")}),
            "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(main),
            "ppt/slides/_rels/slide1.xml.rels": relations(linked or {}),
            **{
                f"ppt/slides/slide{number}.xml": f"<p:sld {NAMES}><p:cSld><p:spTree>{each}</p:spTree></p:cSld></p:sld>"
                for number, each in enumerate(inner, 1)
            },
            **(parts or {}),
        }
    )


def box(paragraphs: str) -> str:
    return f'<p:sp><p:nvSpPr><p:cNvPr id="3" name="x"/><p:nvPr/></p:nvSpPr><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>'


CASES = {
    "runs": box('<a:p><a:r><a:rPr lang="en-US" dirty="0"/><a:t>Some </a:t></a:r><a:r><a:rPr lang="en-GB" b="1"/><a:t>bold</a:t></a:r><a:endParaRPr lang="en-US"/></a:p>'),
    "fragments": box('<a:p><a:r><a:rPr lang="en-US" dirty="0"/><a:t>One </a:t></a:r><a:r><a:rPr lang="en-US" err="1"/><a:t>word</a:t></a:r></a:p>'),
    "link": box('<a:p><a:r><a:t>See </a:t></a:r><a:r><a:rPr><a:hlinkClick r:id="rId9"/></a:rPr><a:t>the page</a:t></a:r><a:br/><a:r><a:t>now</a:t></a:r></a:p>'),
    "field": box('<a:p><a:r><a:t>Slide </a:t></a:r><a:fld id="{1}" type="slidenum"><a:rPr/><a:t>‹Nr.›</a:t></a:fld><a:r><a:t> of many</a:t></a:r></a:p>'),
    "breaks": box("<a:p><a:r><a:t>First line</a:t></a:r><a:br><a:rPr/></a:br><a:r><a:t>second line</a:t></a:r></a:p>"),
    "lines of code": box("<a:p><a:r><a:t>one line\nand another</a:t></a:r></a:p>"),
    "math": box("<a:p><a:r><a:t>Where </a:t></a:r><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath><a:r><a:t> is</a:t></a:r></a:p>"),
    "group": f"<p:grpSp><p:nvGrpSpPr><p:cNvPr id='1' name='g' descr='Two boats'/></p:nvGrpSpPr>{shape('Inner')}</p:grpSp>",
    "table": "<p:graphicFrame><a:tbl><a:tblPr/><a:tr><a:tc><a:txBody><a:p><a:r><a:t>Cell</a:t></a:r></a:p></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>",
    "alternatives": f"<mc:AlternateContent><mc:Choice Requires='a14'>{shape('Twice')}</mc:Choice><mc:Fallback>{shape('Twice')}</mc:Fallback></mc:AlternateContent>",
    "empty": box("<a:p/><a:p><a:endParaRPr/></a:p><a:p><a:pPr/></a:p>"),
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.pptx"


@pytest.mark.parametrize("target", ["de", "ar"])
@pytest.mark.parametrize("name", CASES)
def test_echo_and_pseudo_translation(path: Path, name: str, target: str) -> None:
    path.write_bytes(slides(CASES[name]))
    check_echo(path)
    out = check_pseudo(path, target)
    before, after = parts_of(path)["ppt/slides/slide1.xml"], parts_of(out)["ppt/slides/slide1.xml"]
    for kept in (b"hlinkClick", b"<a:fld", b"<a:br", b"<m:oMath>", b"<a:tc>"):
        assert before.count(kept) == after.count(kept), kept


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("runs", "Some bold", [(MarkKind.STYLE, "bold")]),
        ("fragments", "One word", []),
        ("link", "See the page\nnow", [(MarkKind.SPAN, "the page"), (MarkKind.OBJECT, "")]),
        ("field", "Slide ‹Nr.› of many", [(MarkKind.SPAN, "‹Nr.›")]),
        ("breaks", "First line\nsecond line", [(MarkKind.OBJECT, "")]),
        ("alternatives", "Twice", []),
    ],
)
def test_text_and_marks(path: Path, name: str, text: str, expected: list[tuple[MarkKind, str]]) -> None:
    path.write_bytes(slides(CASES[name]))
    (unit,) = read(path).units
    assert unit.text == text
    assert [(mark.kind, unit.text[mark.start : mark.end]) for mark in unit.marks] == expected


def test_runs_say_their_language(path: Path) -> None:
    path.write_bytes(slides(CASES["runs"]))
    text = UnitText("Etwas Fettes", (Mark(1, MarkKind.STYLE, 6, 12),))
    content = parts_of(written(path, {0: text}))["ppt/slides/slide1.xml"].decode()
    assert (
        '<a:r><a:rPr lang="de-DE"/><a:t>Etwas </a:t></a:r><a:r><a:rPr lang="de-DE" b="1"/><a:t>Fettes</a:t></a:r>'
        in content
    )
    assert read(path).language == "en"


def test_arabic_slides_run_from_right_to_left(path: Path) -> None:
    body = box(
        '<a:p><a:pPr algn="l" lvl="1"/><a:r><a:t>Words</a:t></a:r></a:p><a:p><a:r><a:t>More</a:t></a:r></a:p>'
    )
    master = (
        "<p:txStyles><p:bodyStyle><a:lvl1pPr algn='l'/><a:lvl2pPr/></p:bodyStyle>"
        "<p:titleStyle><a:lvl1pPr algn='ctr'/></p:titleStyle></p:txStyles>"
    )
    parts = {
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {NAMES}/>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(
            {"r1": ("slideMaster", "../slideMasters/slideMaster1.xml")}
        ),
        "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {NAMES}>{master}</p:sldMaster>",
    }
    path.write_bytes(
        slides(
            body + CASES["table"],
            linked={"r1": ("slideLayout", "../slideLayouts/slideLayout1.xml")},
            parts=parts,
        )
    )
    out = written(path, {0: UnitText("كلمات"), 1: UnitText("المزيد"), 2: UnitText("خلية")}, "ar")
    slide = parts_of(out)["ppt/slides/slide1.xml"].decode()
    assert '<a:pPr rtl="1" algn="r" lvl="1"/>' in slide
    assert '<a:p><a:pPr rtl="1"/><a:r><a:rPr lang="ar-SA"/>' in slide
    assert '<a:tblPr rtl="1"/>' in slide
    styles = parts_of(out)["ppt/slideMasters/slideMaster1.xml"].decode()
    assert "<a:lvl1pPr rtl=\"1\" algn='r'/>" in styles
    assert "<a:lvl1pPr rtl=\"1\" algn='ctr'/>" in styles
    back = parts_of(written(out, {0: UnitText("Words"), 1: UnitText("More")}, "en"))
    assert b'algn="l"' in back["ppt/slides/slide1.xml"]
    assert b'rtl="1"' not in back["ppt/slideMasters/slideMaster1.xml"]


def test_only_what_a_layout_shows_is_translated(path: Path) -> None:
    parts = {
        "ppt/slideLayouts/slideLayout1.xml": (
            f"<p:sldLayout {NAMES}>{shape('Click to edit', 'title')}{shape('The company')}{shape('A footer', 'ftr')}</p:sldLayout>"
        )
    }
    path.write_bytes(
        slides(
            shape("Title", "title"),
            linked={"r1": ("slideLayout", "../slideLayouts/slideLayout1.xml")},
            parts=parts,
        )
    )
    units = check_echo(path).units
    assert [(unit.text, unit.place.kind) for unit in units] == [
        ("Title", UnitKind.HEADING),
        ("The company", UnitKind.SHAPE),
        ("A footer", UnitKind.FOOTER),
    ]


def test_a_diagram_and_the_shapes_that_show_it_are_one(path: Path) -> None:
    words = "<a:p><a:r><a:rPr lang='en-US'/><a:t>First step</a:t></a:r></a:p>"
    parts = {
        "ppt/diagrams/data1.xml": f"<dgm:dataModel {NAMES}><dgm:ptLst><dgm:pt><dgm:t>{words}</dgm:t></dgm:pt></dgm:ptLst></dgm:dataModel>",
        "ppt/diagrams/drawing1.xml": f"<dsp:drawing {NAMES} {DSP}><dsp:sp><dsp:txBody>{words}</dsp:txBody></dsp:sp></dsp:drawing>",
    }
    linked = {
        "r1": ("diagramData", "../diagrams/data1.xml"),
        "r2": ("diagramDrawing", "../diagrams/drawing1.xml"),
    }
    path.write_bytes(slides(shape("Title"), linked=linked, parts=parts))
    assert [unit.text for unit in check_echo(path).units] == ["Title", "First step"]
    out = written(path, {1: UnitText("Erster Schritt")})
    assert changed_parts(path, out) == set(parts)
    assert all(b"Erster Schritt" in parts_of(out)[name] for name in parts)


def deck(path: Path) -> None:
    """Write a deck as python-pptx makes it, with notes, a chart, a table and a picture's description."""
    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[0])
    first.shapes.title.text = "Boats of the harbour"
    first.placeholders[1].text = "A talk\vin two lines"
    first.notes_slide.notes_text_frame.text = "Say hello first."
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Numbers"
    data = CategoryChartData()
    data.categories = ["Spring", "Summer"]
    data.add_series("Catches", (1.5, 2.5))
    chart = second.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(4), Inches(3), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Fish in tons"
    grid = second.shapes.add_table(1, 2, Inches(1), Inches(5), Inches(4), Inches(1)).table
    grid.cell(0, 0).text = "Who"
    grid.cell(0, 1).text = "What"
    made.core_properties.title = "A deck"
    made.save(str(path))


def test_a_deck_of_another_program(path: Path) -> None:
    deck(path)
    units = check_echo(path).units
    kinds = {unit.text: unit.place.kind for unit in units}
    assert kinds["A deck"] is UnitKind.TITLE
    assert kinds["Say hello first."] is UnitKind.SPEAKER_NOTE
    assert {kinds[text] for text in ("Fish in tons", "Spring", "Summer", "Catches")} == {UnitKind.CHART}
    assert kinds["Who"] is UnitKind.CELL
    for target in ("de", "ar", "zh"):
        made = pptx.Presentation(str(check_pseudo(path, target)))
        assert made.slides[0].shapes.title.text == pseudo(units[1]).text


def test_each_translation_below_its_paragraph(path: Path) -> None:
    path.write_bytes(slides(CASES["link"] + CASES["runs"]))
    units = read(path).units
    texts = {number: pseudo(unit) for number, unit in enumerate(units)}
    out = written(path, texts, layout=BilingualLayout.BELOW)
    assert texts_of(out) == [
        text for number, unit in enumerate(units) for text in (unit.text, texts[number].text)
    ]


def workbook_of(path: Path) -> Path:
    """Write the workbook of a deck beside it."""
    (content,) = (content for name, content in parts_of(path).items() if name.startswith("ppt/embeddings/"))
    workbook = path.with_suffix(".xlsx")
    workbook.write_bytes(content)
    return workbook


def test_the_table_behind_a_chart_says_what_the_chart_shows(path: Path) -> None:
    deck(path)
    before = parts_of(workbook_of(path))
    german = {"Spring": "Frühling", "Catches": "Fänge"}
    texts = {n: UnitText(german[unit.text]) for n, unit in enumerate(read(path).units) if unit.text in german}
    out = workbook_of(written(path, texts))
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        [None, "Fänge"],
        ["Frühling", 1.5],
        ["Summer", 2.5],
    ]
    after = parts_of(out)
    assert {name for name in before if before[name] != after[name]} == {"xl/sharedStrings.xml"}
    below = workbook_of(written(path, texts, layout=BilingualLayout.BELOW))
    assert openpyxl.load_workbook(below).active["A2"].value == "Spring / Frühling"


def test_a_damaged_table_behind_a_chart_stays_and_is_told(path: Path, tmp_path: Path) -> None:
    deck(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content[:500] if name.startswith("ppt/embeddings/") else content)
    options = ReadUnitsOptions()
    units = read_units(path, options, ReadLimits()).units
    texts = {n: UnitText("Frühling") for n, unit in enumerate(units) if unit.text == "Spring"}
    target = tmp_path / "target.pptx"
    told = write_translation(path, texts, target, options, WriteUnitsOptions("de"), ReadLimits())
    assert told == ("chart_data_kept",)
    assert workbook_of(target).read_bytes() == workbook_of(path).read_bytes()
    assert any("Frühling".encode() in content for content in parts_of(target).values())


def test_two_columns_are_refused(path: Path) -> None:
    path.write_bytes(slides(shape("Title")))
    with pytest.raises(DocumentLayoutError):
        written(path, {0: UnitText("Titel")}, layout=BilingualLayout.BESIDE)


def test_what_is_no_presentation_is_told(path: Path) -> None:
    path.write_bytes(docx(paragraph("Hello")))
    with pytest.raises(DocumentUnsupportedError):
        read(path)


def test_samples(tmp_path: Path) -> None:
    path = tmp_path / "slides.pptx"
    path.write_bytes(sample("slides.pptx").read_bytes())
    assert len(check_echo(path).units) > 10
    for target in ("de", "ar", "zh"):
        check_pseudo(path, target)

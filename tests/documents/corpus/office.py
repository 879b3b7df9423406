"""Word, PowerPoint, Excel and RTF files."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from tests.documents.corpus.cases import SENTENCES, Case, Names
from tests.documents.samples import make_xlsx, make_zip

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument"


def cases() -> Iterator[Case]:
    yield from _word_bodies()
    yield from _word_parts()
    yield from _word_scripts()
    yield from _slides()
    yield from _sheets()
    yield from _rich_text()


def relations(entries: dict[str, tuple[str, str]]) -> str:
    """Return a part of relations: by identity their kinds and targets."""
    listed = "".join(
        f'<Relationship Id="{identity}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for identity, (kind, target) in entries.items()
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def content_types(overrides: dict[str, str]) -> str:
    """Return a package's list of types, by the names of its parts."""
    listed = "".join(
        f'<Override PartName="{name}" ContentType="{_TYPES}.{kind}+xml"/>' for name, kind in overrides.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def make_word(body: str, parts: dict[str, tuple[str, str]] | None = None) -> bytes:
    """Return a Word file; ``parts`` are by file name their kind of relation and their XML."""
    parts = parts or {}
    types = {"/word/document.xml": "wordprocessingml.document.main"}
    types |= {f"/word/{name}": f"wordprocessingml.{kind}" for name, (kind, _) in parts.items()}
    related = {f"r{number}": (kind, name) for number, (name, (kind, _)) in enumerate(parts.items(), 1)}
    members = {
        "[Content_Types].xml": content_types(types),
        "_rels/.rels": relations({"r1": ("officeDocument", "word/document.xml")}),
        "word/document.xml": (
            f'<w:document xmlns:w="{_W}" xmlns:r="{_LINKS}"><w:body>{body}</w:body></w:document>'
        ),
        "word/_rels/document.xml.rels": relations(related),
    }
    return make_zip({**members, **{f"word/{name}": xml for name, (_, xml) in parts.items()}})


def paragraph(text: str, properties: str = "") -> str:
    """Return a paragraph of Word's."""
    head = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f'<w:p>{head}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _word_bodies() -> Iterator[Case]:
    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in cells) + "</w:tr>"

    for trait in (
        "paragraphs",
        "headings",
        "list",
        "table",
        "runs",
        "hyperlink",
        "tabs",
        "insertions",
        "control",
    ):
        names = Names("word")
        first = paragraph(names.sentence())
        match trait:
            case "paragraphs":
                body = "".join(paragraph(names.sentence()) for _ in range(5))
            case "headings":
                body = paragraph(names.new(), '<w:pStyle w:val="Heading1"/>') + paragraph(names.sentence())
            case "list":
                numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
                body = "".join(paragraph(names.new(), numbered) for _ in range(3))
            case "table":
                body = f"<w:tbl>{row(names.new(), names.new())}{row(names.new(), names.new())}</w:tbl>"
            case "runs":
                halves = names.new()
                body = (
                    f"<w:p><w:r><w:t>{halves[:3]}</w:t></w:r>"
                    f'<w:r w:rsidR="00A1"><w:t>{halves[3:]}</w:t></w:r></w:p>'
                )
            case "hyperlink":
                link = f'<w:hyperlink w:anchor="x"><w:r><w:t>{names.new()}</w:t></w:r></w:hyperlink>'
                body = f"<w:p>{link}</w:p>"
            case "tabs":
                body = f"<w:p><w:r><w:t>{names.new()}</w:t><w:tab/><w:t>{names.new()}</w:t></w:r></w:p>"
            case "insertions":
                body = (
                    f'<w:p><w:ins w:id="1" w:author="A"><w:r><w:t>{names.new()}</w:t></w:r></w:ins>'
                    '<w:del w:id="2" w:author="A"><w:r><w:delText>deleted1</w:delText></w:r></w:del></w:p>'
                )
            case _:
                body = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph(names.sentence())}</w:sdtContent></w:sdt>"
        last = paragraph(names.sentence())
        data = make_word(first + body + last)
        yield Case(f"word {trait}", "a.docx", data, names.words, forbidden=("deleted1",))


def _word_parts() -> Iterator[Case]:
    for name, kind, root, element in (
        ("footnotes", "footnotes", "footnotes", "footnote"),
        ("endnotes", "endnotes", "endnotes", "endnote"),
        ("comments", "comments", "comments", "comment"),
    ):
        names = Names(name)
        reference = (
            f'<w:p><w:r><w:t>{names.new()}</w:t></w:r><w:r><w:{element}Reference w:id="2"/></w:r></w:p>'
        )
        inside = f'<w:{element} w:id="2">{paragraph(names.sentence())}</w:{element}>'
        note = f'<w:{root} xmlns:w="{_W}">{inside}</w:{root}>'
        data = make_word(reference + paragraph(names.sentence()), {f"{name}.xml": (kind, note)})
        first, second, third = names.words
        yield Case(f"word {name}", "a.docx", data, (first, third), parts={name: (second,)})
    for name, root in (("header", "hdr"), ("footer", "ftr")):
        names = Names(name)
        part = f'<w:{root} xmlns:w="{_W}">{paragraph(names.sentence())}</w:{root}>'
        section = f'<w:sectPr><w:{name}Reference w:type="default" r:id="r1"/></w:sectPr>'
        body = paragraph(names.sentence()) + section
        data = make_word(body, {f"{name}1.xml": (name, part)})
        yield Case(f"word {name}", "a.docx", data, names.words[1:], parts={name: names.words[:1]})
    names = Names("boxed")
    box = (
        '<w:p><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox><w:txbxContent>'
        f"{paragraph(names.sentence())}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
    )
    data = make_word(box + paragraph(names.sentence()))
    yield Case("word text box", "a.docx", data, names.words[1:], parts={"text box": names.words[:1]})
    names = Names("moved")
    sentence = names.sentence()
    body = (
        f'<w:p><w:moveFrom w:id="1" w:author="A"><w:r><w:t>{sentence}</w:t></w:r></w:moveFrom></w:p>'
        f"{paragraph(names.sentence())}"
        f'<w:p><w:moveTo w:id="2" w:author="A"><w:r><w:t>{sentence}</w:t></w:r></w:moveTo></w:p>'
    )
    yield Case("word moved text", "a.docx", make_word(body), names.words)


def _word_scripts() -> Iterator[Case]:
    for language, sentence in SENTENCES.items():
        data = make_word(paragraph(sentence) + paragraph('R&D <b> "quoted"'))
        yield Case(f"word {language}", "a.docx", data, (sentence,))


def make_slides(
    slides: list[str], notes: dict[int, str] | None = None, hidden: frozenset[int] = frozenset()
) -> bytes:
    """Return a presentation; ``notes`` are by the number of their slide."""
    notes = notes or {}
    types = {"/ppt/presentation.xml": "presentationml.presentation.main"}
    related, members = {}, {}
    for number, text in enumerate(slides, 1):
        types[f"/ppt/slides/slide{number}.xml"] = "presentationml.slide"
        related[f"r{number}"] = ("slide", f"slides/slide{number}.xml")
        show = ' show="0"' if number in hidden else ""
        members[f"ppt/slides/slide{number}.xml"] = _shapes("sld", text, show)
        if number in notes:
            types[f"/ppt/notesSlides/notesSlide{number}.xml"] = "presentationml.notesSlide"
            members[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(
                {"r1": ("notesSlide", f"../notesSlides/notesSlide{number}.xml")}
            )
            members[f"ppt/notesSlides/notesSlide{number}.xml"] = _shapes("notes", notes[number], "")
            members[f"ppt/notesSlides/_rels/notesSlide{number}.xml.rels"] = relations(
                {"r1": ("slide", f"../slides/slide{number}.xml")}
            )
    ids = "".join(f'<p:sldId id="{255 + number}" r:id="r{number}"/>' for number in range(1, len(slides) + 1))
    return make_zip(
        {
            "[Content_Types].xml": content_types(types),
            "_rels/.rels": relations({"r1": ("officeDocument", "ppt/presentation.xml")}),
            "ppt/presentation.xml": (
                f'<p:presentation xmlns:p="{P}" xmlns:r="{_LINKS}"><p:sldIdLst>{ids}</p:sldIdLst>'
                "</p:presentation>"
            ),
            "ppt/_rels/presentation.xml.rels": relations(related),
            **members,
        }
    )


def _shapes(root: str, text: str, attributes: str) -> str:
    placeholder = "title" if root == "sld" else "body"
    return (
        f'<p:{root} xmlns:p="{P}" xmlns:a="{A}"{attributes}><p:cSld><p:spTree><p:nvGrpSpPr>'
        '<p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/><p:sp><p:nvSpPr>'
        f'<p:cNvPr id="2" name="Text"/><p:cNvSpPr/><p:nvPr><p:ph type="{placeholder}"/></p:nvPr></p:nvSpPr>'
        f"<p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>"
        f"</p:spTree></p:cSld></p:{root}>"
    )


def _slides() -> Iterator[Case]:
    for num_slides in (1, 3, 40):
        names = Names("slide")
        data = make_slides([names.sentence() for _ in range(num_slides)])
        yield Case(f"slides {num_slides}", "a.pptx", data, names.words)
    names = Names("noted")
    slides = [names.sentence(), names.sentence()]
    data = make_slides(slides, {2: names.sentence()})
    parts = {"speaker notes of slide 2": names.words[2:]}
    yield Case("slides with notes", "a.pptx", data, names.words[:2], parts=parts)
    names = Names("hidden")
    data = make_slides([names.sentence(), names.sentence()], hidden=frozenset({2}))
    yield Case("slides hidden", "a.pptx", data, names.words[:1], parts={"slide 2": names.words[1:]})
    for language in ("de", "ru", "zh", "ar"):
        data = make_slides([SENTENCES[language]])
        yield Case(f"slides {language}", "a.pptx", data, (SENTENCES[language],))


def _sheets() -> Iterator[Case]:
    for trait, num_rows, num_columns in (
        ("small", 3, 2),
        ("wide", 2, 20),
        ("tall", 300, 2),
        ("one cell", 1, 1),
    ):
        names = Names("cell")
        rows = [[names.new() for _ in range(num_columns)] for _ in range(num_rows)]
        yield Case(f"sheet {trait}", "a.xlsx", make_xlsx(rows), names.words)
    names = Names("mark")
    rows = [["head", "more"], [f"a | {names.new()}", f"{names.new()} & <b>"], ["", names.new()]]
    yield Case("sheet signs in cells", "a.xlsx", make_xlsx(rows), names.words)
    for language in ("de", "ru", "zh", "ar"):
        rows = [["head", "text"], ["1", SENTENCES[language]]]
        yield Case(f"sheet {language}", "a.xlsx", make_xlsx(rows), (SENTENCES[language],))


def _rich_text() -> Iterator[Case]:
    names = Names("rich")
    body = "".join(rf"\pard {names.sentence()}\par " for _ in range(4))
    yield Case("rtf plain", "a.rtf", (r"{\rtf1\ansi " + body + "}").encode(), names.words)
    names = Names("bold")
    body = rf"\pard {{\b {names.new()}}} and {{\i {names.new()}}} and {names.new()}\par "
    yield Case("rtf formatted", "a.rtf", (r"{\rtf1\ansi " + body + "}").encode(), names.words)
    escaped = "".join(
        character if character.isascii() else rf"\u{ord(character)}?" for character in SENTENCES["ru"]
    )
    data = (r"{\rtf1\ansi\uc1 \pard " + escaped + r"\par }").encode()
    yield Case("rtf unicode", "a.rtf", data, (SENTENCES["ru"],))
    names = Names("coded")
    body = rf"\pard Im Fr\'fchjahr kam {names.new()} zur\'fcck.\par "
    data = (r"{\rtf1\ansi\ansicpg1252 " + body + "}").encode()
    yield Case("rtf code page", "a.rtf", data, (*names.words, "Frühjahr", "zurück"))

"""Properties of office files of any build: each word that is shown comes out once and whole, no other does."""

# ruff: noqa: E501 - XML is easier to read in the lines of its elements
from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import PartKind, unread_of
from lmstudio_lite.errors import DocumentEmptyError, DocumentError
from tests.documents.office_files import docx, open_document, pptx, relations, run, shape, word_xml

_WORD = re.compile(r"w\d+e")
_GENERATED = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass
class Writer:
    """Writes parts with words that are all different, and keeps which of them are shown."""

    random: Random
    shown: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    _num_words: int = 0

    def word(self, *, is_shown: bool = True) -> str:
        self._num_words += 1
        word = f"w{self._num_words}e"
        (self.shown if is_shown else self.gone).append(word)
        return word

    def pieces(self, word: str) -> list[str]:
        """Cut a word as editing cuts it into runs."""
        at = self.random.randint(0, len(word))
        return [piece for piece in (word[:at], word[at:]) if piece]

    # Word

    def runs(self, *, is_shown: bool = True) -> str:
        style = self.random.choice(["", "<w:b/>", '<w:vertAlign w:val="subscript"/>'])
        return "".join(run(piece, style) for piece in self.pieces(self.word(is_shown=is_shown)))

    def inline(self, depth: int) -> str:
        space = run(" ")
        match self.random.randrange(14 if depth < 3 else 8):
            case 0:
                return f"<w:ins>{self.runs()}</w:ins>{space}"
            case 1:
                return f"<w:del>{self.runs(is_shown=False).replace('w:t', 'w:delText')}</w:del>"
            case 2:
                return f"<w:moveFrom>{self.runs(is_shown=False)}</w:moveFrom>"
            case 3:
                return f"<w:moveTo>{self.runs()}</w:moveTo>{space}"
            case 4:
                return run(self.word(is_shown=False), "<w:vanish/>")
            case 5:
                return f"<w:hyperlink>{self.runs()}</w:hyperlink>{space}"
            case 6:
                return f"<w:fldSimple>{self.runs()}</w:fldSimple><w:proofErr/>{space}"
            case 7:
                return f"<m:oMath><m:r><m:t>{self.word()}</m:t></m:r></m:oMath>{space}"
            case 8:
                return f"<w:sdt><w:sdtContent>{self.inline(depth + 1)}</w:sdtContent></w:sdt>"
            case 9:
                self.notes.append(self.paragraph(depth + 2))
                return f'<w:r><w:footnoteReference w:id="{len(self.notes)}"/></w:r>{space}'
            case 10:
                self.comments.append(self.paragraph(depth + 2))
                return f'<w:r><w:commentReference w:id="{len(self.comments)}"/></w:r>{space}'
            case 11:
                box = f"<w:txbxContent>{self.blocks(depth + 1)}</w:txbxContent>"
                return (
                    f"<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing>"
                    f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
                    "</mc:AlternateContent></w:r>"
                )
            case 12:
                begin, middle, end = (
                    f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
                )
                code = f"<w:r><w:instrText>{self.word(is_shown=False)}</w:instrText></w:r>"
                return f"{begin}{code}{middle}{self.runs()}{end}{space}"
        return self.runs() + space

    def paragraph(self, depth: int) -> str:
        style = self.random.choice(
            ["", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>', "<w:pPr><w:numPr/></w:pPr>"]
        )
        inner = "".join(self.inline(depth) for _ in range(self.random.randint(0, 4)))
        return f"<w:p>{style}{inner}</w:p>"

    def blocks(self, depth: int = 0) -> str:
        return "".join(self.block(depth) for _ in range(self.random.randint(1, 3)))

    def block(self, depth: int) -> str:
        if depth < 3 and self.random.random() < 0.3:
            return f"<w:sdt><w:sdtContent>{self.blocks(depth + 1)}</w:sdtContent></w:sdt>"
        if depth < 3 and self.random.random() < 0.4:
            width = self.random.randint(1, 3)
            rows = (
                "".join(f"<w:tc>{self.blocks(depth + 1)}</w:tc>" for _ in range(width))
                for _ in range(self.random.randint(1, 3))
            )
            return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"
        return self.paragraph(depth)


def read(path: Path, content: bytes) -> Document | None:
    path.write_bytes(content)
    try:
        return read_document(path, ReadLimits())
    except DocumentEmptyError:
        return None


def check(document: Document | None, shown: list[str], gone: list[str]) -> None:
    found = Counter(_WORD.findall(document.text)) if document is not None else Counter()
    assert found == Counter(shown), (found - Counter(shown), Counter(shown) - found)
    assert not found.keys() & set(gone)


@given(st.randoms(use_true_random=False))
@_GENERATED
def test_word_files(tmp_path: Path, random: Random) -> None:
    writer = Writer(random)
    body, header = writer.blocks(), writer.paragraph(3)
    notes = "".join(
        f'<w:footnote w:id="{number}">{inner}</w:footnote>' for number, inner in enumerate(writer.notes, 1)
    )
    comments = "".join(
        f'<w:comment w:id="{number}">{inner}</w:comment>' for number, inner in enumerate(writer.comments, 1)
    )
    content = docx(
        body + '<w:sectPr><w:headerReference r:id="r3"/></w:sectPr>',
        {"r1": ("footnotes", "footnotes.xml"), "r2": ("comments", "comments.xml"), "r3": ("header", "h.xml")},
        {
            "word/footnotes.xml": word_xml("footnotes", notes),
            "word/comments.xml": word_xml("comments", comments),
            "word/h.xml": word_xml("hdr", header),
        },
    )
    document = read(tmp_path / "a.docx", content)
    check(document, writer.shown, writer.gone)
    if document is not None:
        assert {part.kind for part in unread_of(document.inventory)} <= {PartKind.HIDDEN_TEXT}


@given(st.randoms(use_true_random=False))
@_GENERATED
def test_presentations(tmp_path: Path, random: Random) -> None:
    writer = Writer(random)
    slides, linked, parts = [], {}, {}
    for number in range(1, random.randint(2, 6)):
        shapes = [shape(writer.word(), random.choice(["title", "body", "subTitle", ""])) for _ in range(3)]
        rows = "".join(
            "<a:tr>"
            + "".join(
                f"<a:tc><a:txBody><a:p><a:r><a:t>{writer.word()}</a:t></a:r></a:p></a:txBody></a:tc>"
                for _ in range(2)
            )
            + "</a:tr>"
            for _ in range(random.randint(1, 3))
        )
        frame = f"<p:graphicFrame><a:graphic><a:tbl>{rows}</a:tbl></a:graphic></p:graphicFrame>"
        group = f"<p:grpSp>{shape(writer.word())}<p:grpSp>{shape(writer.word())}</p:grpSp></p:grpSp>"
        slides.append("".join(random.sample([*shapes, frame, group], 5)))
        if random.random() < 0.6:
            linked[number] = {"rN": ("notesSlide", f"../notesSlides/n{number}.xml")}
            inner = shape(f"{writer.word()} {writer.word()}", "body") + shape(str(number), "sldNum")
            parts[f"ppt/notesSlides/n{number}.xml"] = word_notes(inner)
    hidden = frozenset(number for number in range(1, len(slides) + 1) if random.random() < 0.2)
    document = read(tmp_path / "a.pptx", pptx(slides, linked=linked, hidden=hidden, parts=parts))
    check(document, writer.shown, writer.gone)
    assert document is not None
    assert [page.number for page in document.pages] == list(range(1, len(slides) + 1))
    assert {part.number for part in document.inventory if part.kind is PartKind.NOTES} == set(linked)


def word_notes(inner: str) -> str:
    from tests.documents.office_files import NAMES

    return f"<p:notes {NAMES}><p:cSld><p:spTree>{inner}</p:spTree></p:cSld></p:notes>"


@given(st.randoms(use_true_random=False))
@_GENERATED
def test_workbooks(tmp_path: Path, random: Random) -> None:
    writer = Writer(random)
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.create_sheet("First")["B2"] = writer.word()
    for number in range(random.randint(0, 3)):
        sheet = book.create_sheet(f"Sheet {number}")
        sheet.sheet_state = random.choice(["visible", "visible", "hidden"])
        for _ in range(random.randint(1, 12)):
            place = (random.randint(1, 9), random.randint(1, 6))
            if sheet.cell(*place).value is None:
                sheet.cell(*place).value = random.choice(["{0}", "a | {0}", "{0}\nline", "{0}, b"]).format(
                    writer.word(is_shown=sheet.sheet_state == "visible")
                )
    buffer = io.BytesIO()
    book.save(buffer)
    document = read(tmp_path / "a.xlsx", buffer.getvalue())
    check(document, writer.shown, writer.gone)
    assert document is not None
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "hidden"]
    assert [part.name for part in unread_of(document.inventory)] == hidden


@given(st.randoms(use_true_random=False))
@_GENERATED
def test_open_document_texts(tmp_path: Path, random: Random) -> None:
    writer = Writer(random)

    def inline(depth: int) -> str:
        word = writer.word
        match random.randrange(8 if depth < 3 else 4):
            case 0:
                first, *rest = writer.pieces(word())
                return f"{first}<text:span>{''.join(rest)}</text:span> "
            case 1:
                return f"<text:a>{word()}</text:a><text:line-break/>"
            case 2:
                return f'<text:hidden-text text:is-hidden="true">{word(is_shown=False)}</text:hidden-text>'
            case 3:
                return f"<text:ruby><text:ruby-base>{word()}</text:ruby-base><text:ruby-text>{word()}</text:ruby-text></text:ruby> "
            case 4:
                body = f"<text:note-body>{blocks(depth + 1)}</text:note-body>"
                return f"<text:note><text:note-citation>{depth}</text:note-citation>{body}</text:note> "
            case 5:
                return f"<office:annotation><text:p>{inline(depth + 1)}</text:p></office:annotation>"
            case 6:
                return f"<draw:frame><draw:text-box>{blocks(depth + 1)}</draw:text-box></draw:frame>"
        return f"{word()} <text:change/>"

    def blocks(depth: int = 0) -> str:
        return "".join(block(depth) for _ in range(random.randint(1, 3)))

    def block(depth: int) -> str:
        match random.randrange(5 if depth < 3 else 1):
            case 1:
                items = "".join(f"<text:list-item>{blocks(depth + 1)}</text:list-item>" for _ in range(2))
                return f"<text:list>{items}</text:list>"
            case 2:
                cells = "".join(f"<table:table-cell>{blocks(depth + 1)}</table:table-cell>" for _ in range(2))
                return f"<table:table><table:table-row>{cells}</table:table-row></table:table>"
            case 3:
                return f"<text:section>{blocks(depth + 1)}</text:section>"
            case 4:
                return f'<text:h text:outline-level="2">{inline(depth + 1)}</text:h>'
        return f"<text:p>{''.join(inline(depth) for _ in range(random.randint(1, 3)))}</text:p>"

    deleted = f"<text:deletion><text:p>{writer.word(is_shown=False)}</text:p></text:deletion>"
    body = f"<text:tracked-changes>{deleted}</text:tracked-changes>{blocks()}"
    check(read(tmp_path / "a.odt", open_document("text", body)), writer.shown, writer.gone)


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.odt"])
@given(st.randoms(use_true_random=False))
@_GENERATED
def test_damaged_files_are_read_or_told(tmp_path: Path, name: str, random: Random) -> None:
    """Bytes changed within the parts: an error that the program knows, or a document, never anything else."""
    writer = Writer(random)
    parts = {"word/_rels/document.xml.rels": relations({"rId1": ("footnotes", "../../../etc/passwd")})}
    content = {
        "a.docx": lambda: docx(writer.blocks(), None, parts),
        "a.pptx": lambda: pptx([shape(writer.word(), "title")]),
        "a.xlsx": lambda: _small_workbook(writer),
        "a.odt": lambda: open_document("text", f"<text:p>{writer.word()}</text:p>"),
    }[name]()
    damaged = bytearray(_stored(content))
    for _ in range(random.randint(1, 8)):
        damaged[random.randrange(len(damaged))] = random.randrange(256)
    path = tmp_path / name
    path.write_bytes(damaged[: random.choice([len(damaged), random.randrange(1, len(damaged))])])
    try:
        document = read_document(path, ReadLimits(recognizes_scans=False))
    except DocumentError:
        return
    assert document.inventory
    assert all((part.why is not None) == part.is_unread for part in document.inventory)
    document.text.encode("utf-8")  # no half of a character comes out


def _small_workbook(writer: Writer) -> bytes:
    from tests.documents.office_files import cells, workbook

    return workbook({"A": cells([[writer.word(), "1"], ["2", writer.word()]])})


def _stored(content: bytes) -> bytes:
    """Return an archive with its members uncompressed, so that damage gets into them."""
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.namelist():
            new.writestr(member, old.read(member))
    return buffer.getvalue()

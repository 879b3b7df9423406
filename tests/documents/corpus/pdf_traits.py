"""PDF files of hard traits: fields, notes, files within, turned and torn text, tables, running heads."""

from __future__ import annotations

from collections.abc import Iterator

from tests.documents.corpus.cases import Case, Names
from tests.documents.pdf_files import A4, Page, pdf_of, scan_of_print

_LINES = 6


def cases() -> Iterator[Case]:
    yield from _turned()
    yield from _arranged()
    yield from _filled()
    yield from _divided()
    yield from _pictured()


def _lines(names: Names, count: int = _LINES) -> list[str]:
    return [f"the report names {names.new()} and says no more of it" for _ in range(count)]


def _turned() -> Iterator[Case]:
    for rotate in (90, 180, 270):
        for turn in (90, 180, 270):
            names = Names("quarter")
            page = Page(rotate=rotate)
            page.write_lines(_lines(names), x=300, y=400, turn=turn)
            yield Case(f"pdf page {rotate} text {turn}", "a.pdf", pdf_of([page]), names.words)
    names = Names("margin")
    page = Page()
    page.write_lines(_lines(names))
    page.write(30, 200, names.sentence("the margin"), size=8, turn=90)
    page.write(150, 250, names.new(), size=60, turn=45)
    yield Case("pdf stamp and watermark", "a.pdf", pdf_of([page]), names.words)


def _arranged() -> Iterator[Case]:
    for is_by_row in (True, False):
        for num_columns in (2, 3):
            names = Names("column")
            page = Page()
            places = [(column, row) for column in range(num_columns) for row in range(20)]
            written = {place: f"{names.new()} on {names.new()}" for place in places}
            for column, row in sorted(places, key=lambda place: place[is_by_row]):
                page.write(50 + 500 / num_columns * column, 780 - 14 * row, written[column, row])
            name = f"pdf {num_columns} columns drawn {'in rows' if is_by_row else 'one by one'}"
            yield Case(name, "a.pdf", pdf_of([page]), names.words)
    names = Names("cell")
    page = Page()
    page.write_lines(_lines(names))
    rows = [[names.new() for _ in range(4)] for _ in range(5)]
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            page.write(60 + 120 * column, 650 - 15 * number, cell)
    parts = {"page 1": tuple(" ".join(cells) for cells in rows)}
    yield Case("pdf table", "a.pdf", pdf_of([page]), names.words, parts=parts)
    names = Names("upward")
    page = Page()
    for number, line in enumerate(_lines(names)):
        page.write(60, 500 + 12 * number, line)
    yield Case("pdf drawn from the bottom up", "a.pdf", pdf_of([page]), names.words)
    names = Names("beyond")
    page = Page(size=(300, 300))
    page.write_lines(_lines(names), x=20, y=700)
    yield Case("pdf text beyond the edges", "a.pdf", pdf_of([page]), names.words)
    names = Names("head")
    pages = []
    for number in range(1, 5):
        page = Page()
        page.write(60, 815, "The yearly report of the harbour")
        page.write_lines(_lines(names), y=760)
        page.write(290, 25, str(number))
        pages.append(page)
    forbidden = ("yearly report",)
    yield Case("pdf running heads", "a.pdf", pdf_of(pages), names.words, forbidden)


def _filled() -> Iterator[Case]:
    names = Names("filled")
    page = Page()
    page.write_lines(_lines(names, 2))
    page.write(60, 700, "Name:")
    page.text_field("name", names.new(), (120, 695, 300, 712))
    page.note(names.sentence("a note"))
    page.note(names.new(), "FreeText", (60, 500, 300, 520))
    yield Case("pdf form with notes", "a.pdf", pdf_of([page]), names.words)
    names = Names("within")
    page, inner = Page(), Page()
    page.write_lines(_lines(names))
    inner.write_lines(_lines(names))
    files = {
        "inner.pdf": pdf_of([inner]),
        "inner.txt": names.sentence().encode(),
        "model.bin": b"\x7fELF" + bytes(99),
    }
    data = pdf_of([page], files=files)
    yield Case("pdf with files within", "a.pdf", data, names.words, named=("attachment “model.bin”",))


def _divided() -> Iterator[Case]:
    whole = ("government", "international", "development", "well-known", "self-esteem", "e-mail", "insurance")
    page, following = Page(), Page()
    lines = [
        "after a long time the local govern-",
        "ment of the inter-",
        "national league saw a develop-",
        "ment of the well-",
        "known kind that lifts self-",
        "esteem by e-",
        "mail and has no insur-",
    ]
    page.write_lines(lines)
    following.write_lines(["ance against the winter."])
    yield Case(
        "pdf words divided at line ends", "a.pdf", pdf_of([page, following]), whole, ("\x02", "govern-")
    )


def _pictured() -> Iterator[Case]:
    names = Names("pictured")
    text, scan, stamped, white = Page(), Page(), Page(), Page()
    text.write_lines(_lines(names))
    scan.draw(scan_of_print(), (0, 0, *A4))
    stamped.draw(scan_of_print(20), (0, 0, *A4))
    stamped.write(60, 20, "Scanned by a telephone")
    data = pdf_of([text, scan, stamped, white])
    yield Case("pdf scans with a stamp", "a.pdf", data, names.words, named=("page 2", "page 3"))
    names = Names("codes")
    text, strange = Page(), Page()
    text.write_lines(_lines(names))
    for number in range(8):
        strange.write(60, 700 - 14 * number, "7KH ULYHU DXWKRULW\\ PHDVXUHG WKH ZDWHU", font="F2")
    data = pdf_of([text, strange])
    yield Case("pdf font that says nothing", "a.pdf", data, names.words, ("ULYHU",), named=("page 2",))

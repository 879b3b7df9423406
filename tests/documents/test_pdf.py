"""PDF files as people have them: what of them is read, how, and what is named as unread."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.ocr import Recognizer
from lmstudio_lite.documents.pdf import pictures as pdf_pictures
from lmstudio_lite.documents.pdf import reader as pdf
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import RECOGNIZED, Document
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread, share_read, unread_of
from lmstudio_lite.errors import DocumentEmptyError, DocumentScannedError
from tests.documents.pdf_files import A4, Page, pdf_of, scan_of_print

HELVETICA = dict(
    zip(
        "NorthBuanVisDveTMplw9 ",
        (
            722,
            556,
            333,
            278,
            556,
            667,
            556,
            556,
            556,
            667,
            222,
            500,
            722,
            500,
            556,
            611,
            833,
            556,
            222,
            722,
            556,
            278,
        ),
        strict=True,
    )
)
"""Widths in thousandths of the size."""
FULL_PAGE = (0.0, 0.0, *A4)
STORY = [
    "The river authority measured the water",
    "level every morning in the spring of",
    "last year. It rose by four metres in",
    "nine days and flooded the lower park.",
    "Two bridges were closed for a month.",
]
PLAN = [
    "The town now plans a new wall of stone",
    "along the bank. It will cost some three",
    "million euros and should be ready well",
    "before the winter. The council votes on",
    "the plan in the autumn of this year.",
]


@pytest.fixture(autouse=True)
def no_recognizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_recognizer", lambda: None)


def recognizing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let a recognizer find ``text`` on every page it is shown."""
    monkeypatch.setattr(pdf, "find_recognizer", lambda: Recognizer(Path("tessdata"), "eng"))
    monkeypatch.setattr(pdf, "recognize_page", lambda *_: text)


def read(tmp_path: Path, pages: list[Page], files: dict[str, bytes] | None = None) -> Document:
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf_of(pages, files=files))
    return read_document(path, ReadLimits())


def page_with(lines: list[str]) -> Page:
    page = Page()
    page.write_lines(lines)
    return page


def scanned_page() -> Page:
    page = Page()
    page.draw(scan_of_print(), FULL_PAGE)
    return page


def pages_of(document: Document) -> list[tuple[HowRead, WhyUnread | None]]:
    return [(part.how, part.why) for part in document.inventory if part.kind is PartKind.PAGE]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_pages_and_turned_text_are_read_in_order(tmp_path: Path, rotate: int, turn: int) -> None:
    page = Page(rotate=rotate)
    page.write_lines(STORY, x=300, y=400, turn=turn)
    document = read(tmp_path, [page])
    assert document.text == " ".join(STORY)
    assert unread_of(document.inventory) == ()


@pytest.mark.parametrize("is_upright", [True, False])
def test_chinese_in_lines_and_in_columns(tmp_path: Path, is_upright: bool) -> None:
    lines = ["春天港口被挖深了渡轮又回到了北边的码头", "城里的人们都很高兴今年的水位比去年高了"]
    page = Page()
    for number, line in enumerate(lines):
        x, y = (60, 700 - 16 * number) if is_upright else (500 - 20 * number, 700)
        page.write_chinese(x, y, line, is_upright=is_upright)
    assert read(tmp_path, [page]).text == "".join(lines)


def test_text_turned_on_a_part_of_the_page_stands_apart(tmp_path: Path) -> None:
    page = page_with(STORY)
    page.write(30, 300, "Stamped by the archive of the county", turn=90)
    page.write(570, 500, "Copy for the mayor only", turn=270)
    text = read(tmp_path, [page]).text
    assert text.startswith(" ".join(STORY))
    assert "Stamped by the archive of the county" in text
    assert "Copy for the mayor only" in text


def test_a_watermark_across_the_page_does_not_tear_lines(tmp_path: Path) -> None:
    page = Page()
    page.write(150, 300, "DRAFT COPY", size=70, turn=45)
    page.write_lines(STORY)
    text = read(tmp_path, [page]).text
    assert " ".join(STORY) in text
    assert "DRAFT COPY" in text


def test_columns_drawn_row_by_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = Page()
    for number, (left, right) in enumerate(zip(STORY, PLAN, strict=True)):
        page.write(60, 700 - 12 * number, left)
        page.write(320, 700 - 12 * number, right)
    document = read(tmp_path, [page])
    assert document.text == " ".join([*STORY, *PLAN])
    assert pages_of(document) == [(HowRead.FALLBACK, None)]


def test_columns_between_lines_over_the_whole_page(tmp_path: Path) -> None:
    page = Page()
    page.write(
        60, 760, "A report on the flood, the bridges and the new wall that the town wants to build soon"
    )
    for number, (left, right) in enumerate(zip(STORY, PLAN, strict=True)):
        page.write(60, 730 - 12 * number, left)
        page.write(320, 730 - 12 * number, right)
    page.write(60, 640, "Both parts were written by the office of the town clerk in the course of one week.")
    text = read(tmp_path, [page]).text.replace("\n\n", " ")
    places = [
        text.index(words)
        for words in ("A report on", "river authority", "bridges were", "town now", "Both parts")
    ]
    assert places == sorted(places)


def test_a_table_stays_in_rows(tmp_path: Path) -> None:
    rows = [("Country", "People", "Capital"), ("Austria", "8.9", "Vienna"), ("Belgium", "11.5", "Brussels")]
    page = page_with(STORY)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write(60 + 150 * column, 650 - 14 * number, cell)
    text = read(tmp_path, [page]).text
    assert text.endswith("Country People Capital\nAustria 8.9 Vienna\nBelgium 11.5 Brussels")


def test_lines_drawn_from_the_bottom_up_are_read_from_the_top_down(tmp_path: Path) -> None:
    page = Page()
    for number, line in reversed(list(enumerate(STORY))):
        page.write(60, 700 - 12 * number, line)
    document = read(tmp_path, [page])
    assert document.text == " ".join(STORY)


def test_a_scanned_page_among_others_is_named_without_a_recognizer(tmp_path: Path) -> None:
    document = read(tmp_path, [page_with(STORY), scanned_page(), page_with(PLAN)])
    assert unread_of(document.inventory) == (
        Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.NO_RECOGNIZER),
    )
    assert 0.5 < share_read(document.inventory) < 0.8
    assert not document.mime_type.endswith(RECOGNIZED)


def test_a_scanned_page_among_others_is_recognized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recognizing(monkeypatch, "The price is 4,200 euros and the gov-\nernment pays.\n")
    document = read(tmp_path, [page_with(STORY), scanned_page(), page_with(PLAN)])
    assert "The price is 4,200 euros and the government pays." in document.text
    assert [how for how, _ in pages_of(document)] == [HowRead.TEXT, HowRead.RECOGNIZED, HowRead.TEXT]
    page = document.pages[1]
    assert document.text[page.start : page.end].startswith("The price")
    assert unread_of(document.inventory) == ()


def test_a_page_in_which_nothing_is_recognized_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognizing(monkeypatch, "")
    document = read(tmp_path, [page_with(STORY), scanned_page()])
    assert pages_of(document)[1] == (HowRead.NOT_READ, WhyUnread.PICTURE)


def test_a_scan_that_lies_on_its_head_is_turned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nonsense is what Tesseract made of the page upside down."""
    told = iter(["Aınf T nun sAed aay} UI SOJNS 000'87 sAed ıoÄng SUL (ueds) sbed psaubis", "\n".join(PLAN)])
    monkeypatch.setattr(pdf, "find_recognizer", lambda: Recognizer(Path("tessdata"), "eng"))
    monkeypatch.setattr(pdf_pictures, "recognize_picture", lambda *_: next(told))
    assert read(tmp_path, [scanned_page()]).text == " ".join(PLAN)


def test_a_stamp_on_a_scan_is_not_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scanned_page()
    scan.write(60, 20, "Scanned with a camera")
    document = read(tmp_path, [page_with(STORY), scan])
    assert pages_of(document)[1] == (HowRead.NOT_READ, WhyUnread.NO_RECOGNIZER)
    recognizing(monkeypatch, "\n".join(PLAN))
    document = read(tmp_path, [page_with(STORY), scan])
    assert pages_of(document)[1] == (HowRead.RECOGNIZED, None)
    assert " ".join(PLAN) in document.text


def test_a_few_words_on_a_dark_photo_are_all_that_its_page_says(tmp_path: Path) -> None:
    page = Page()
    page.draw(np.tile(np.arange(0, 120, dtype=np.uint8), (100, 1)), FULL_PAGE)
    page.write(100, 400, "Thank you for coming", size=40)
    document = read(tmp_path, [page_with(STORY), page])
    assert pages_of(document)[1] == (HowRead.TEXT, None)


def test_a_scan_on_a_page_of_text_is_named_or_recognized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_with([*STORY, *PLAN])
    page.draw(scan_of_print(), (100, 100, 500, 600))
    named = read(tmp_path, [page])
    assert [(part.kind, part.name, part.why) for part in unread_of(named.inventory)] == [
        (PartKind.PICTURE, "p. 1", WhyUnread.NO_RECOGNIZER)
    ]
    monkeypatch.setattr(pdf, "find_recognizer", lambda: Recognizer(Path("tessdata"), "eng"))
    monkeypatch.setattr(pdf_pictures, "recognize_picture", lambda *_: "The receipt says 84 euros.")
    document = read(tmp_path, [page])
    assert document.text == f"{named.text}\n\nThe receipt says 84 euros."
    assert unread_of(document.inventory) == ()


def test_a_picture_under_text_is_no_loss(tmp_path: Path) -> None:
    page = Page()
    page.draw(scan_of_print(), FULL_PAGE)
    page.write_lines([*STORY, *PLAN])
    assert unread_of(read(tmp_path, [page]).inventory) == ()


def test_white_pages_are_empty_scanned_or_not(tmp_path: Path) -> None:
    white = Page()
    white.draw(np.full((420, 300), 252, np.uint8), FULL_PAGE)
    document = read(tmp_path, [page_with(STORY), Page(), white])
    assert pages_of(document) == [(HowRead.TEXT, None), (HowRead.EMPTY, None), (HowRead.EMPTY, None)]
    assert share_read(document.inventory) == 1.0


def test_nothing_but_white_pages_is_empty_and_nothing_but_scans_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentEmptyError):
        read(tmp_path, [Page(), Page()])
    with pytest.raises(DocumentScannedError) as caught:
        read(tmp_path, [scanned_page(), Page(), scanned_page()])
    assert caught.value.details["num_pages"] == 3


def test_text_that_is_drawn_as_outlines_is_a_picture(tmp_path: Path) -> None:
    page = Page()
    page.content = [f"{60 + 9 * (n % 50)} {700 - 20 * (n // 50)} 6 9 re f" for n in range(200)]
    document = read(tmp_path, [page_with(STORY), page])
    assert pages_of(document)[1] == (HowRead.NOT_READ, WhyUnread.NO_RECOGNIZER)


def test_characters_without_meaning_are_named_instead_of_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange() -> Page:
        page = Page()
        for number, line in enumerate(STORY):
            coded = "".join(chr(ord(letter) - 29) if letter > "=" else letter for letter in line)
            page.write(60, 700 - 12 * number, coded, font="F2")
        return page

    document = read(tmp_path, [page_with(PLAN), strange()])
    assert document.text == " ".join(PLAN)
    assert pages_of(document)[1] == (HowRead.NOT_READ, WhyUnread.DAMAGED)
    with pytest.raises(DocumentScannedError):
        read(tmp_path, [strange()])
    recognizing(monkeypatch, "\n".join(STORY))
    document = read(tmp_path, [page_with(PLAN), strange()])
    assert pages_of(document)[1] == (HowRead.RECOGNIZED, None)
    assert " ".join(STORY) in document.text


def test_readable_codes_are_text_though_the_file_does_not_say_so(tmp_path: Path) -> None:
    page = Page()
    for number, line in enumerate(STORY):
        page.write(60, 700 - 12 * number, line, font="F2")
    assert read(tmp_path, [page]).text == " ".join(STORY)


def test_filled_fields_stand_behind_their_labels(tmp_path: Path) -> None:
    page = Page()
    page.write(60, 700, "Name of the tenant:")
    page.write(60, 670, "Rent in euros:")
    page.write(300, 670, "a month")
    page.text_field("name", "Anna Sommer", (200, 695, 400, 712))
    page.text_field("rent", "840", (200, 665, 280, 682))
    text = read(tmp_path, [page]).text
    assert "Name of the tenant: Anna Sommer" in text
    assert "Rent in euros: 840 a month" in text


def test_notes_are_read_as_comments_and_text_boxes_in_their_place(tmp_path: Path) -> None:
    page = page_with(STORY)
    page.note("Please check the height of the flood.")
    page.note("Corrected: five metres", "FreeText", (60, 600, 300, 620))
    document = read(tmp_path, [page])
    assert "Please check the height of the flood." in document.text
    assert "Corrected: five metres" in document.text
    assert PartKind.COMMENTS in {part.kind for part in document.inventory}


def test_what_lies_beyond_the_edges_is_read_once(tmp_path: Path) -> None:
    lone = Page(size=(400, 300))
    lone.write_lines(STORY, x=20, y=600)
    assert read(tmp_path, [lone]).text == " ".join(STORY)
    halves = []
    for crop in ((0, 0, 300, 842), (300, 0, 600, 842)):
        page = Page(size=(600, 842), crop=crop)
        page.write_lines(STORY, x=40)
        page.write_lines(PLAN, x=340)
        halves.append(page)
    document = read(tmp_path, halves)
    assert document.text.replace("\n\n", " ") == " ".join([*STORY, *PLAN])
    assert unread_of(document.inventory) == ()


def test_running_heads_go_and_are_told(tmp_path: Path) -> None:
    pages = []
    for number in range(1, 6):
        page = Page()
        page.write(60, 810, "County of Marlin")
        page.write(60, 798, "Flood report")
        page.write_lines([line.replace("four", f"{number} or so") for line in STORY], y=700)
        page.write(300, 30, f"{number}")
        pages.append(page)
    document = read(tmp_path, pages)
    assert "County" not in document.text
    assert "Flood report" not in document.text
    heads = {part.name for part in document.inventory if part.kind is PartKind.HEADER}
    assert heads == {"County of Marlin", "Flood report"}


def test_a_last_line_that_is_a_number_stays(tmp_path: Path) -> None:
    first = page_with([*STORY, "The sum in euros was"])
    second = page_with(["840"])
    assert read(tmp_path, [first, second]).text.split()[-1] == "840"
    assert read(tmp_path, [page_with([*STORY, "7", "12"])]).text.split()[-2:] == ["7", "12"]


def test_words_divided_at_the_ends_of_lines_columns_and_pages(tmp_path: Path) -> None:
    first = page_with(["After the long winter the local govern-", "ment opened the well-", "known inter-"])
    first.write(300, 30, "1")
    second = page_with(["national bridge for self-", "esteem in the years 2019-", "2021 by e-", "mail."])
    second.write(300, 30, "2")
    text = read(tmp_path, [first, second]).text
    assert text == (
        "After the long winter the local government opened the well-known international bridge "
        "for self-esteem in the years 2019-2021 by e-mail."
    )


def test_soft_hyphens_and_ligatures_are_no_characters_of_words(tmp_path: Path) -> None:
    page = Page()
    page.write(60, 700, "The govern\xadment \ufb01nds an in\xadter\xadnational law.", font="F3")
    assert read(tmp_path, [page]).text == "The government finds an international law."


def test_a_recognized_word_that_is_stretched_stays_whole(tmp_path: Path) -> None:
    """Programs that recognize scans set letters apart to fill a word's width, the last one in a piece."""
    page = Page()
    for number, words in enumerate(
        (["North", "Buona", "Vista", "Drive", "9"], ["The", "Metropolis", "Tower"])
    ):
        x = 60.0
        for word in words:
            y = 700 - 30 * number
            for piece, gap in ((word[:-1], 2.4), (word[-1] + " ", 0.0)):
                page.content.append(f"BT /F1 12 Tf {gap} Tc 1 0 0 1 {x:.2f} {y} Tm ({piece}) Tj ET")
                x += 0.012 * sum(map(HELVETICA.__getitem__, piece)) + gap * len(piece)
    assert read(tmp_path, [page]).text == "North Buona Vista Drive 9 The Metropolis Tower"


def test_words_whose_letters_stand_apart_are_whole_without_drawn_spaces(tmp_path: Path) -> None:
    page = Page()
    x = 60.0
    for piece, gap in (
        ("V", 1.7),
        ("is", 6.2),
        ("ar", 1.6),
        ("e", 6.2),
        ("t", 1.7),
        ("o", 6.2),
        ("n", 1.7),
        ("ot", 0),
    ):
        page.content.append(f"BT /F1 12 Tf 1.6 Tc 1 0 0 1 {x:.2f} 700 Tm ({piece}) Tj ET")
        x += 0.012 * sum(map(HELVETICA.__getitem__, piece)) + 1.6 * (len(piece) - 1) + gap
    assert read(tmp_path, [page]).text == "Vis are to not"


def test_single_letters_that_stand_apart_stay_apart(tmp_path: Path) -> None:
    page = Page()
    page.write_lines(["a b c are x y z and", "1 2 3 of A B C on"], size=12)
    assert read(tmp_path, [page]).text.replace("\n", " ") == "a b c are x y z and 1 2 3 of A B C on"


def test_a_page_that_is_not_there_is_named(tmp_path: Path) -> None:
    content = pdf_of([page_with(STORY), page_with(PLAN)]).replace(b"/Count 2", b"/Count 3")
    path = tmp_path / "short.pdf"
    path.write_bytes(content)
    document = read_document(path, ReadLimits())
    assert " ".join(PLAN) in document.text
    assert [part.number for part in unread_of(document.inventory)] in ([], [3])


def test_files_within_the_file_are_read_or_named(tmp_path: Path) -> None:
    inner = pdf_of([page_with(PLAN), scanned_page()])
    files = {
        "drawing.dwg": b"\x7fELF" + bytes(200),
        "plan.pdf": inner,
        "note.txt": "Ring Höfer first.".encode(),
        "invoice.xml": b"<?xml version='1.0'?><sum>840</sum>",
    }
    document = read(tmp_path, [page_with(STORY)], files=files)
    assert document.text.startswith(" ".join(STORY))
    assert " ".join(PLAN) in document.text
    assert "Ring Höfer first." in document.text
    unread = [(part.kind, part.name, part.why) for part in unread_of(document.inventory)]
    assert sorted(unread) == [
        (PartKind.ATTACHMENT, "drawing.dwg", WhyUnread.UNSUPPORTED),
        (PartKind.ATTACHMENT, "invoice.xml", WhyUnread.UNSUPPORTED),
        (PartKind.PAGE, "plan.pdf", WhyUnread.NO_RECOGNIZER),
    ]


def test_a_cover_around_files_is_read_with_them(tmp_path: Path) -> None:
    document = read(tmp_path, [Page()], files={"plan.pdf": pdf_of([page_with(PLAN)])})
    assert document.text == " ".join(PLAN)


def test_reading_that_takes_too_long_names_what_was_not_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf_of([page_with(STORY), page_with(PLAN), page_with(STORY)]))
    clock = iter(range(0, 1000, 60))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    document = read_document(path, ReadLimits(time_s=100))
    assert pages_of(document) == [(HowRead.TEXT, None)] + [(HowRead.NOT_READ, WhyUnread.OUT_OF_TIME)] * 2


CASES = Path(__file__).parent / "cases"


def test_files_that_people_reported() -> None:
    """They are of other programs' making: ReportLab's."""
    rotated, columns, mixed, hyphens = (
        read_document(CASES / name, ReadLimits())
        for name in ("rotated.pdf", "twocol_interleaved.pdf", "mixed.pdf", "hyphens.pdf")
    )
    flood = (
        "The river authority measured the water level every morning in the spring of last year. It rose by "
        "four metres in nine days and flooded the lower park. Two bridges were closed for a month."
    )
    assert rotated.text.count(flood) == 2
    assert columns.text.startswith(f"{flood} The town now plans a new wall of stone.")
    assert [(part.number, part.why) for part in unread_of(mixed.inventory)] == [(2, WhyUnread.NO_RECOGNIZER)]
    assert [word for word in hyphens.text.split() if "-" in word] == []
    assert "the development of the harbour went on. The insurance paid" in hyphens.text


@pytest.mark.parametrize("share_kept", [0, 0.5])
def test_a_page_whose_stream_is_damaged_is_named(tmp_path: Path, share_kept: float) -> None:
    content = bytearray(pdf_of([page_with(STORY), page_with(PLAN), Page()]))
    start = next(
        place
        for place in stream_places(content)
        if PLAN[0].encode().hex().encode() in unpacked(content, place)
    )
    length = content.index(b"\nendstream", start) - start
    place = start + int(share_kept * length)
    content[place : place + 2] = b"\xff\xff"
    path = tmp_path / "damaged.pdf"
    path.write_bytes(content)
    document = read_document(path, ReadLimits())
    assert document.text.startswith(" ".join(STORY))
    assert (2, WhyUnread.LOST) in [(part.number, part.why) for part in unread_of(document.inventory)]
    assert share_read(document.inventory) < 1


def test_nothing_is_said_of_pages_whose_streams_are_whole(tmp_path: Path) -> None:
    assert not unread_of(read(tmp_path, [page_with(STORY), Page()]).inventory)


def stream_places(content: bytearray) -> list[int]:
    return [match.end() for match in re.finditer(rb">>\nstream\n", content)]


def unpacked(content: bytearray, place: int) -> bytes:
    return zlib.decompressobj().decompress(content[place:])

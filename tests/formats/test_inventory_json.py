"""The parts of a file as JSON values."""

from __future__ import annotations

import json
from pathlib import Path

from lmstudio_lite.domain.documents import RECOGNIZED, Document, Page
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread
from lmstudio_lite.formats.inventory_json import document_to_json, place_of
from lmstudio_lite.words.translate import use_language
from tests.support.pseudo import CODE, write_pseudo_translation


def test_places_are_english_in_every_language(tmp_path: Path) -> None:
    write_pseudo_translation(tmp_path)
    use_language(CODE, folder=tmp_path)
    try:
        assert place_of(Part(PartKind.PAGE, 2)) == "page 2"
        assert place_of(Part(PartKind.SHEET, 1, "Costs")) == "sheet “Costs”"
        assert place_of(Part(PartKind.NOTES, 3)) == "speaker notes of slide 3"
        assert place_of(Part(PartKind.TEXT_BOX, 2)) == "text box 2"
        assert place_of(Part(PartKind.EMBEDDED, 0, "data.xlsx")) == "embedded file “data.xlsx”"
        assert place_of(Part(PartKind.BODY)) == "text"
    finally:
        use_language("en")


def test_each_kind_has_a_place_of_its_own() -> None:
    assert len({place_of(Part(kind, 2)) for kind in PartKind}) == len(PartKind)


def test_a_document_says_what_it_holds() -> None:
    document = Document(
        path=Path("scan.pdf"),
        title="A scan",
        mime_type=f"application/pdf{RECOGNIZED}",
        text="First.\n\nThird.",
        pages=(Page(1, 0, 6), Page(2, 6, 6), Page(3, 8, 14)),
        blocks=(),
        language="en",
        content_hash="",
        inventory=(
            Part(PartKind.PAGE, 1, "", 6),
            Part(PartKind.PAGE, 2, "", None, HowRead.NOT_READ, WhyUnread.PICTURE),
            Part(PartKind.PAGE, 3, "", 6, HowRead.RECOGNIZED),
        ),
    )
    written = json.loads(json.dumps(document_to_json(document)))
    assert written["mime_type"] == "application/pdf"
    assert [part["place"] for part in written["inventory"]] == ["page 1", "page 2", "page 3"]
    assert [part["how"] for part in written["inventory"]] == ["text", "not_read", "recognized"]
    assert written["inventory"][1]["characters"] is None
    assert written["unread"] == [{"place": "page 2", "kind": "page", "why": "picture"}]
    assert written["pages"][2] == {"number": 3, "start": 8, "end": 14}

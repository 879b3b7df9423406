from __future__ import annotations

from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.tasks.summarize.forms.quotes import quote_passages
from lmstudio_lite.tasks.summarize.parts import Written


def test_headings_and_numbers_of_sections_are_not_quoted() -> None:
    said = "Conversation programming lets developers define how the agents of an application talk."
    document = text_document(f"(Section 2.1) 2.1.7 Conversation programming overview.\n\n{said}", "paper")
    points = Written(
        "- Conversation programming lets developers define how agents talk.", (), is_extract=False
    )
    assert quote_passages(points, document, 3).text == f"- “{said}”"

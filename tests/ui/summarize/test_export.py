from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from lmstudio_lite.app.summaries import Done, Support
from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.summaries import SummaryFacts, SummaryOptions
from lmstudio_lite.tasks.evidence.match import find_evidence
from lmstudio_lite.ui.clipboard import rich_text
from lmstudio_lite.ui.summarize.export import export_content, export_filters
from lmstudio_lite.ui.summarize.items import SummaryItem
from tests.ui.summarize.documents import make_document

SOURCE = "The harbour was built in 1200 for salt. Most warehouses burned down in 1678, then came brick."
TEXT = "- The harbour was built for salt.\n- Elephants dance <b>there</b>."


@pytest.fixture
def item() -> SummaryItem:
    document = replace(make_document(SOURCE, (0,)), path=Path("/papers/harbour.pdf"))
    support = Support(find_evidence(TEXT, document, language="en"), ((0, len(SOURCE)),))
    facts = SummaryFacts(SummaryOptions(), 1, 1, 1, 1, 2.0, "en")
    return SummaryItem(
        1, document.path, "harbour.pdf", SummaryOptions(), Done(TEXT, facts, "", support), document
    )


@pytest.mark.parametrize("suffix", [".md", ".docx", ".pdf", ".html", ".txt"])
@pytest.mark.parametrize("with_references", [False, True])
def test_every_form_is_read_back(
    qapp: QApplication, item: SummaryItem, tmp_path: Path, suffix: str, with_references: bool
) -> None:
    assert isinstance(item.state, Done)
    path = tmp_path / f"out{suffix}"
    path.write_bytes(export_content(item, item.state, path, with_references=with_references))
    text = " ".join(read_document(path, ReadLimits()).text.split())
    assert "The harbour was built for salt." in text
    assert "Elephants dance" in text
    assert ("harbour was built in 1200" in text) == with_references
    assert ("Nothing in the text backs" in text) == with_references


def test_a_files_name_stays_as_it_is_in_each_form(
    qapp: QApplication, item: SummaryItem, tmp_path: Path
) -> None:
    assert isinstance(item.state, Done)
    named = replace(item, title="2*3*4_[draft]_.pdf")
    for suffix in (".docx", ".html", ".pdf"):
        path = tmp_path / f"out{suffix}"
        path.write_bytes(export_content(named, item.state, path, with_references=False))
        assert "2*3*4_[draft]_.pdf" in read_document(path, ReadLimits()).text


def test_each_form_has_a_filter(qapp: QApplication) -> None:
    assert [words.rpartition("*")[2] for words in export_filters()] == [
        ".md)",
        ".docx)",
        ".pdf)",
        ".html)",
        ".txt)",
    ]


def test_a_table_and_code_stay_what_they_are_in_a_word_file(
    qapp: QApplication, item: SummaryItem, tmp_path: Path
) -> None:
    assert isinstance(item.state, Done)
    text = "| Year | Ships |\n|--|--:|\n| 1200 | 3 |\n\n```\nfirst line\nsecond line\n```\n"
    path = tmp_path / "out.docx"
    path.write_bytes(export_content(item, replace(item.state, text=text), path, with_references=False))
    lines = read_document(path, ReadLimits()).text.splitlines()
    assert "| 1200 | 3 |" in lines
    assert "first line" in lines
    assert "second line" in lines


def test_the_clipboard_gets_text_and_markup(qapp: QApplication) -> None:
    mime = rich_text(TEXT)
    assert mime.text() == TEXT
    assert "<li>The harbour was built for salt.</li>" in mime.html()
    assert "<b>" not in mime.html()

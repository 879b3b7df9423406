"""The readers in this process: what text, pages and blocks come out. Hostile files are ``test_client``'s."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.documents.structure.assembly import text_document
from lmstudio_lite.domain.documents import BlockKind, Document
from lmstudio_lite.errors import DocumentDamagedError, DocumentTooLargeError
from tests.documents.samples import make_docx, make_pdf, make_zip, sample

LIMITS = ReadLimits()


def read(tmp_path: Path, name: str, content: bytes) -> Document:
    path = tmp_path / name
    path.write_bytes(content)
    return read_document(path, LIMITS)


def page_texts(document: Document) -> list[str]:
    return [document.text[page.start : page.end] for page in document.pages]


@pytest.mark.parametrize(
    ("name", "title", "language", "num_pages", "passage"),
    [
        ("paper.pdf", "paper", "en", 1, "advances in LLMs: First, because chat-optimized LLMs (e.g., GPT-4)"),
        ("paper.docx", "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation", "en", 0,
         "# Introduction\n\nLarge language models (LLMs)"),
        ("slides.pptx", "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation", "en", 6,
         "| 1 | 2 | 3 | 4 | 5 | 6 |"),
        ("book.epub", "Test EPUB Document", "en", 0, "- A bullet point\n- Another point"),
        ("encyclopedia.html", "Microsoft - Wikipedia", "en", 0, "was founded by Bill Gates and Paul Allen"),
        ("article-zh.md", "文章标题", "zh", 0, "语言模型是一种基于机器学习技术的自然语言处理工具"),
        ("lecture-notes-de.pdf", "Geometrie und Topologie", "de", 117,
         "Die Umkehrabbildung g ist nicht stetig"),
        ("two-columns.pdf", "two-columns", "", 3, "adipiscing elit. Ut purus elit, vestibulum ut"),
        ("arabic.pdf", "habibi", "ar", 1, "habibi"),
        ("trivial.odt", "trivial", "", 0, "Lorem ipsum dolor sit amet"),
    ],
)  # fmt: skip
def test_samples(name: str, title: str, language: str, num_pages: int, passage: str) -> None:
    document = read_document(sample(name), LIMITS)
    assert (document.title, document.language, len(document.pages)) == (title, language, num_pages)
    assert passage in document.text
    assert document.path == sample(name)
    assert len(document.content_hash) == 64
    check_spans(document)


def check_spans(document: Document) -> None:
    """Pages and blocks are in order, inside the text, and blocks miss nothing but white space."""
    position = 0
    for page in document.pages:
        assert position <= page.start <= page.end <= len(document.text)
        assert not document.text[position : page.start].strip()
        position = page.end
    position = 0
    for block in document.blocks:
        assert position <= block.start < block.end <= len(document.text)
        assert not document.text[position : block.start].strip()
        position = block.end
    assert not document.text[position:].strip()


def test_slides_are_pages() -> None:
    slides = page_texts(read_document(sample("slides.pptx"), LIMITS))
    assert slides[3].startswith("## A chart")
    assert "Sub comment 2" in slides[4]


def test_running_heads_and_page_numbers_are_left_out() -> None:
    document = read_document(sample("lecture-notes-de.pdf"), LIMITS)
    assert "1.3. STETIGKEIT" not in document.text
    assert "\x02" not in document.text


def test_pdf_pages_and_paragraphs(tmp_path: Path) -> None:
    line = "This is a full line of a paragraph that goes on and on until its"
    pages = [
        ["A title", *[line] * 6, "end of it."],
        ["Second page begins here. " + line[:40], *[line] * 6, "end."],
    ]
    document = read(tmp_path, "made.pdf", make_pdf(pages))
    first, second = page_texts(document)
    assert first == "A title\n\n" + " ".join([*[line] * 6, "end of it."])
    assert second.startswith("Second page begins here.")
    assert [page.number for page in document.pages] == [1, 2]
    check_spans(document)


def test_a_sentence_goes_on_over_the_page(tmp_path: Path) -> None:
    line = "This is a full line of a paragraph that goes on and on until its"
    document = read(tmp_path, "made.pdf", make_pdf([[line] * 5, ["end on the next page.", *[line] * 5]]))
    assert "until its end on the next page." in document.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_plain_text_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = "第一章 春天\n\n今天的天气很好，我们一起去公园散步。\n他说他也想去。\n"
    document = read(tmp_path, "story.txt", text.encode(encoding))
    assert (document.text, document.title, document.language) == (text, "story", "zh")


def test_latin_1_text(tmp_path: Path) -> None:
    document = read(tmp_path, "brief", "Schöne Grüße aus dem Süden! Ich bin müde.".encode("latin-1"))
    assert (document.text[:12], document.language) == ("Schöne Grüße", "de")


def test_markdown_is_kept_as_written(tmp_path: Path) -> None:
    text = (
        "# The title\n\nSome *text*, [a link](https://x.org).\n\n```\ncode \\* here\n```\n\n1. one\n2. two\n"
    )
    document = read(tmp_path, "note.md", text.encode())
    assert (document.text, document.title) == (text, "The title")
    assert [block.kind for block in document.blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.CODE,
        BlockKind.LIST_ITEM,
        BlockKind.LIST_ITEM,
    ]


def test_web_pages_lose_menus_and_addresses(tmp_path: Path) -> None:
    menu = "".join(
        f'<li><a href="/{name}">{name}</a></li>' for name in ("Home", "News", "Shop", "Help", "Jobs")
    )
    html = f"""<html><head><meta charset="iso-8859-1"><title>Käse</title></head><body><ul>{menu}</ul>
    <h1>Käse</h1><p>Der <a href="https://x.org">beste Käse</a> ist aus Österreich.</p></body></html>"""
    document = read(tmp_path, "page.html", html.encode("latin-1"))
    assert document.title == "Käse"
    assert "Der beste Käse ist aus Österreich." in document.text
    assert "x.org" not in document.text
    assert "Shop" not in document.text


def test_the_bytes_decide_not_the_name(tmp_path: Path) -> None:
    docx = make_docx(["A paragraph in Word.", "Another one."])
    assert read(tmp_path, "named.pdf", docx).text == "A paragraph in Word.\n\nAnother one."
    pdf = make_pdf([["This is a line of text in a PDF file."]])
    assert read(tmp_path, "named.txt", pdf).mime_type == "application/pdf"
    assert read(tmp_path, "letters.pdf", b"Only letters in here.").mime_type == "text/plain"


def test_text_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("word " * 100)
    with pytest.raises(DocumentTooLargeError) as caught:
        read_document(path, ReadLimits(text_length=100))
    assert caught.value.details["limit_bytes"] == 100


def test_pasted_text() -> None:
    document = text_document("# A title\r\n\r\nThe weather is nice.\r", "Pasted")
    assert document.text == "# A title\n\nThe weather is nice.\n"
    assert (document.path, document.title, document.language, document.pages) == (None, "Pasted", "en", ())
    check_spans(document)
    check_spans(text_document("", ""))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * 30_000_000)
    with pytest.raises(DocumentTooLargeError) as caught:
        read_document(path, ReadLimits(expanded_bytes=10_000_000))
    assert caught.value.details["size_bytes"] == 30_000_003
    assert path.stat().st_size < 100_000


def test_mail_is_read_with_its_headers(tmp_path: Path) -> None:
    content = (
        "From: Anna <anna@example.org>\r\nTo: Boris <boris@example.org>\r\nSubject: The harbour\r\n"
        "Date: Mon, 4 Mar 2024 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "Dear Boris,\r\nthe warehouses burned down in 1678.\r\n"
    )
    text = read(tmp_path, "mail.eml", content.encode()).text
    assert "The harbour" in text
    assert "the warehouses burned down in 1678." in text


def test_source_code_is_text(tmp_path: Path) -> None:
    document = read(tmp_path, "program.py", b"def greet(name):\n    return f'Hello, {name}'\n")
    assert "return f'Hello, {name}'" in document.text


def test_open_document_slides_are_pages(tmp_path: Path) -> None:
    names = "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            ("office", "office"),
            ("text", "text"),
            ("draw", "drawing"),
            ("presentation", "presentation"),
        )
    )
    first = (
        '<draw:page><draw:frame presentation:class="title"><draw:text-box>'
        "<text:p>Plans<text:s/>for May</text:p></draw:text-box></draw:frame>"
        "<draw:frame><draw:text-box><text:list><text:list-item>"
        "<text:p>More <text:span>money</text:span></text:p></text:list-item></text:list></draw:text-box>"
        "</draw:frame><presentation:notes><text:p>Say it loudly</text:p></presentation:notes></draw:page>"
    )
    frame = "<draw:frame><draw:text-box><text:p>The end.</text:p></draw:text-box></draw:frame>"
    second = f"<draw:page>{frame}</draw:page>"
    body = f"<office:body><office:presentation>{first}{second}</office:presentation></office:body>"
    path = tmp_path / "slides.odp"
    kind = "application/vnd.oasis.opendocument.presentation"
    content = f"<office:document-content{names}>{body}</office:document-content>"
    path.write_bytes(make_zip({"mimetype": kind, "content.xml": content}))
    document = read_document(path, ReadLimits())
    slides = [document.text[page.start : page.end] for page in document.pages]
    assert slides == ["# Plans for May\n\n- More money\n\nSpeaker notes: Say it loudly", "The end."]
    path.write_bytes(make_zip({"mimetype": kind, "content.xml": content[:-40]}))
    with pytest.raises(DocumentDamagedError):
        read_document(path, ReadLimits())

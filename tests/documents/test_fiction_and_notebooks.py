"""FictionBook and Jupyter's notebooks: all of their parts, in the encoding that they state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmstudio_lite.documents.limits import ReadLimits
from lmstudio_lite.documents.readers import read_document
from lmstudio_lite.domain.documents import Document
from lmstudio_lite.domain.inventory import HowRead, PartKind, unread_of
from lmstudio_lite.errors import DocumentDamagedError
from tests.documents.samples import make_zip

_BOOK = (
    '<?xml version="1.0" encoding="windows-1251"?>'
    '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" '
    'xmlns:l="http://www.w3.org/1999/xlink"><description><title-info><book-title>Книга</book-title><annotation>'
    "<p>О чём она.</p></annotation></title-info></description><body><epigraph><p>Сказано.</p></epigraph>"
    "<section><title><p>Глава</p><p>первая</p></title><p>Слово<a l:href='#n1' type='note'>1</a>.</p>"
    "<poem><stanza><v>Раз</v><v>два</v></stanza></poem><image l:href='#p.png'/>"
    "<section><title><p>Часть</p></title><table><tr><th>а</th><th>б</th></tr><tr><td>в</td><td>г</td></tr></table>"
    "</section></section><section><title><p>Глава вторая</p></title><subtitle>* * *</subtitle><p>Конец.</p>"
    "</section></body><body name='notes'><section id='n1'><title><p>1</p></title><p>Примечание.</p></section>"
    "</body><binary id='p.png' content-type='image/png'>AAAA</binary></FictionBook>"
)
_TEXT = (
    "О чём она.\n\n> Сказано.\n\n## Глава первая\n\nСлово[1].\n\nРаз\nдва\n\n### Часть\n\n"
    "| а | б |\n| --- | --- |\n| в | г |\n\n## Глава вторая\n\n* * *\n\nКонец.\n\n## 1\n\nПримечание."
)


def read(folder: Path, name: str, content: bytes) -> Document:
    path = folder / name
    path.write_bytes(content)
    return read_document(path, ReadLimits())


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_book_is_read_with_its_notes(tmp_path: Path, is_packed: bool) -> None:
    content = _BOOK.encode("cp1251")
    if is_packed:
        content = make_zip({"book.fb2": _BOOK.replace("windows-1251", "utf-8")})
    document = read(tmp_path, "book.fb2.zip" if is_packed else "book.fb2", content)
    assert (document.title, document.text) == ("Книга", _TEXT)
    assert [(part.kind, part.name) for part in document.inventory] == [
        (PartKind.BODY, ""),
        (PartKind.CHAPTER, "Глава первая"),
        (PartKind.CHAPTER, "Глава вторая"),
        (PartKind.FOOTNOTES, "notes"),
        (PartKind.PICTURE, "p.png"),
    ]
    assert [part.name for part in unread_of(document.inventory)] == ["p.png"]


def test_a_broken_book_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    broken = _BOOK.replace("</section></section>", "</p></section>").replace(
        "<p>Конец.", "<p>Конец & <край>."
    )
    document = read(tmp_path, "book.fb2", broken.encode("cp1251"))
    for word in ("Слово", "Часть", "Глава вторая", "Конец", "Примечание"):
        assert document.text.count(word) == 1


def test_chapters_in_chapters_lose_nothing(tmp_path: Path) -> None:
    deep = "<section>" * 3000 + "<p>The deepest words are here.</p>" + "</section>" * 3000
    book = f"<FictionBook><body><section><p>Above.</p>{deep}</section></body></FictionBook>"
    document = read(tmp_path, "book.fb2", book.encode())
    assert document.text == "Above.\n\nThe deepest words are here."
    assert document.inventory[-1].how in (HowRead.TEXT, HowRead.FALLBACK)


def test_a_notebook_is_read_cell_by_cell(tmp_path: Path) -> None:
    table = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    outputs = [
        {"output_type": "stream", "text": ["printed\n"]},
        {"output_type": "execute_result", "data": {"text/html": [table], "text/plain": ["a b"]}},
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "no",
            "traceback": ["\x1b[31mline 1\x1b[0m"],
        },
        {"output_type": "display_data", "data": {"image/png": "AA"}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "- one\n", "- two"]},
        {"cell_type": "code", "source": "x = 1\n\nprint(x)", "outputs": outputs},
        {"cell_type": "raw", "source": ["raw"], "attachments": {"a.png": {}}},
    ]
    book = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}
    document = read(tmp_path, "a.ipynb", json.dumps(book).encode())
    assert document.title == "Title"
    assert document.text == (
        "# Title\n- one\n- two\n\n```python\nx = 1\n\nprint(x)\n```\n\n```\nprinted\n```\n\n"
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```\nValueError: no\nline 1\n```\n\nraw"
    )
    assert [part.name for part in unread_of(document.inventory)] == ["image/png", "a.png"]


def test_an_old_notebook_is_read(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Head"]},
        {
            "cell_type": "code",
            "input": ["y = 2"],
            "outputs": [{"output_type": "pyout", "text": "2", "png": "AA"}],
        },
    ]
    document = read(tmp_path, "a.ipynb", json.dumps({"worksheets": [{"cells": cells}]}).encode())
    assert document.text == "## Head\n\n```\ny = 2\n```\n\n```\n2\n```"


@pytest.mark.parametrize("content", [b"[1]", b"{", b'"cells"', b"[" * 100_000, b'{"cells": [{"source": 1'])
def test_what_is_no_notebook_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DocumentDamagedError):
        read(tmp_path, "a.ipynb", content)

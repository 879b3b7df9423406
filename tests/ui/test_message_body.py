"""A message that grows looks as if it had been there at once, and leaves alone what is finished."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.code_view import CodeView
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.theme import Theme

_POINTS = [f"point {number} of a list, **long** enough to be wrapped at its end" for number in range(40)]
TEXTS = {
    "paragraph": " ".join(random.Random(1).choice(("word", "sea", "**bold**", "`code`")) for _ in range(900)),
    "right to left": "مرحبا " + " ".join(random.Random(1).choice(("Latin", "عالم")) for _ in range(700)),
    "Chinese": "".join(random.Random(1).choice("河流水大小人说的很好，。今天") for _ in range(2_500)),
    "list": "".join(f"- {point}\n" for point in _POINTS),
    "loose numbers": "".join(f"{number}. {point}\n\n" for number, point in enumerate(_POINTS, 3)),
    "quote": "".join(f"> {point}\n>\n" for point in _POINTS),
    "table": "| a | number |\n|---|---|\n" + "".join(f"| row | 1{number % 10} |\n" for number in range(60)),
    "between": "Before.\n\n| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 60 + "\nAfter, **bold**.\n\n- end",
    "code": "```\n" + "".join(f"line {number} 😀 of code\n" for number in range(90)) + "```\n\nend",
}


def stream_into(body: MarkdownBody, text: str) -> None:
    place, chance = 0, random.Random(7)
    while place < len(text):
        size = chance.randint(10, 80)
        body.append_text(text[place : place + size])
        place += size
        QApplication.processEvents()  # a frame


def picture_of(body: MarkdownBody) -> QImage:
    for _ in range(3):  # a code's height follows its scroll bar, which follows its width
        QApplication.processEvents()
        body.resize(700, body.sizeHint().height())
    QApplication.processEvents()
    return body.grab().toImage()


@pytest.fixture
def make(theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Callable[[], MarkdownBody]:
    monkeypatch.setattr("lmstudio_lite.ui.chat.message_body._COST_MS_MAX", 1e9)  # nothing waits for a timer

    def make() -> MarkdownBody:
        body = MarkdownBody(theme)
        qtbot.addWidget(body)
        body.resize(700, 100)
        body.show()
        qtbot.waitExposed(body)
        return body

    return make


@pytest.mark.parametrize("kind", TEXTS)
def test_a_growing_text_looks_as_the_whole_does(make: Callable[[], MarkdownBody], kind: str) -> None:
    streamed, whole = make(), make()
    stream_into(streamed, TEXTS[kind])
    whole.set_text(TEXTS[kind])
    expected = picture_of(whole)
    assert picture_of(streamed) == expected
    streamed.set_text(TEXTS[kind])
    assert picture_of(streamed) == expected
    assert streamed.text == TEXTS[kind]


def test_a_text_that_ended_can_go_on(make: Callable[[], MarkdownBody]) -> None:
    for text in TEXTS.values():
        streamed, whole = make(), make()
        stream_into(streamed, text[: len(text) // 2])
        streamed.set_text(text[: len(text) // 2])
        stream_into(streamed, text[len(text) // 2 :])
        streamed.set_text(text)
        whole.set_text(text)
        assert picture_of(streamed) == picture_of(whole)


def test_what_is_selected_stays_while_more_comes(make: Callable[[], MarkdownBody]) -> None:
    """In a paragraph that is finished, and at the beginning of one that has no end."""
    body = make()
    stream_into(body, "A finished paragraph.\n\n" + TEXTS["paragraph"][:1_500])
    view = body.findChild(ProseView)
    assert view is not None
    for word in ("finished", "sea"):
        view.setTextCursor(view.document().find(word))
        stream_into(body, TEXTS["paragraph"])
        assert view.textCursor().selectedText() == word
    body.set_text("A finished paragraph.\n\n" + TEXTS["paragraph"][:1_500] + 2 * TEXTS["paragraph"])
    assert view.textCursor().selectedText() == "sea"


def test_a_long_paragraph_is_copied_as_one(make: Callable[[], MarkdownBody]) -> None:
    body = make()
    text = "word and more " * 500
    stream_into(body, text)
    body.set_text(text)
    view = body.findChild(ProseView)
    assert view is not None
    assert view.toPlainText() == text.strip()


def test_selected_code_is_copied_without_colours(make: Callable[[], MarkdownBody]) -> None:
    body = make()
    body.set_text("```python\nif True:\n    pass\n```")
    code = body.findChild(CodeView)
    assert code is not None
    code.text.selectAll()
    code.text.copy()
    mime = QGuiApplication.clipboard().mimeData()
    assert (mime.text(), mime.hasHtml()) == ("if True:\n    pass", False)


def test_text_that_costs_too_much_is_shown_a_little_later(
    theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.ui.chat.message_body._COST_MS_MAX", 0.0)
    body = MarkdownBody(theme)
    qtbot.addWidget(body)
    body.append_text("one ")
    body.append_text("two")
    assert body.text == "one two"
    view = body.findChild(ProseView)
    assert view is not None
    qtbot.waitUntil(lambda: view.toPlainText() == "one two")


def test_tables_that_are_cut_off_take_nothing_with_them(make: Callable[[], MarkdownBody]) -> None:
    """A table of which Python had asked for its document took that along when it was let go."""
    body = make()
    table = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 9
    text = "".join(f"Words {number}.\n\n{table}\n```\ncode\n```\n\n" for number in range(30))
    for start in range(0, len(text), 240):
        body.append_text(text[start : start + 240])
    assert len(body.findChildren(CodeView)) == 30

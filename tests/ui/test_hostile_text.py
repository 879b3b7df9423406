"""Whatever a model or a document writes, the window shows it in its time, loads nothing and stays whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.code_view import CodeView
from lmstudio_lite.ui.chat.message_body import NUM_CODE_VIEWS, MarkdownBody
from lmstudio_lite.ui.chat.message_parts import UserText
from lmstudio_lite.ui.chat.more_button import SHOWN_CHARS, MoreButton
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.chat.reasoning_view import ReasoningView
from lmstudio_lite.ui.theme import Theme

_WIDE = "|" + "c|" * 1_000 + "\n|" + "-|" * 1_000 + "\n" + ("|" + "x|" * 1_000 + "\n") * 4
TEXTS = {
    "a line": "a" * 120_000,
    "quotes": ">" * 10_000 + " deep",
    "lists": "- " * 10_000 + "deep",
    "stairs": "".join("  " * depth + "- x\n" for depth in range(300)),
    "fences": "```\n" * 3_000,
    "unbalanced fences": "".join("`" * (3 + number % 7) + "\ncode\n" for number in range(1_500)),
    "a wide table": _WIDE,
    "brackets": "[" * 10_000 + "![a](" * 2_000,
    "emphasis": "*a **b _c " * 2_000,
    "dollars": "$" * 10_000 + "$a " * 5_000 + "\\(" * 3_000 + "$$\n" * 1_000,
    "entities": "&amp;&#8238;" * 5_000,
    "escapes": "\x1b[31m\x1b]0;title\x07" * 1_500,
    "directions": "\u202eabc\u2066" * 4_000,
    "marks on a letter": "a" + "\u0301" * 20_000,
    "footnotes": "[^1]: a\n" * 1_500,
    "tasks": "- [ ] a\n" * 1_500,
    "elements": "<script>alert(1)</script><img src=http://example.org/a.png>" * 500,
}


@pytest.fixture
def make(theme: Theme, qtbot: QtBot) -> Callable[[], MarkdownBody]:
    def make() -> MarkdownBody:
        body = MarkdownBody(theme)
        qtbot.addWidget(body)
        body.resize(700, 100)
        body.show()
        return body

    return make


def cost_of(show: Callable[[], object]) -> float:
    """Return the seconds of work that showing takes."""
    begun_s = time.thread_time()
    show()
    QApplication.processEvents()
    return time.thread_time() - begun_s


@pytest.fixture(scope="module")
def harmless_s(theme: Theme) -> float:
    """How long this machine takes to show 20 pages of prose."""
    body = MarkdownBody(theme)
    body.resize(700, 100)
    body.show()
    body.set_text("warm\n\n`up`")
    text = ("A **paragraph** of words, as they are written. " * 12 + "\n\n") * 110
    cost_s = cost_of(lambda: body.set_text(text))
    body.deleteLater()
    return max(cost_s, 0.02)


@pytest.mark.parametrize("kind", TEXTS)
def test_it_is_shown_in_its_time(make: Callable[[], MarkdownBody], harmless_s: float, kind: str) -> None:
    body, text = make(), TEXTS[kind]
    assert cost_of(lambda: body.set_text(text)) < 30 * harmless_s
    assert body.text == text
    assert body.width() == 700


@pytest.mark.parametrize("kind", ["quotes", "fences", "a wide table", "dollars", "brackets", "emphasis"])
def test_it_streams_in_its_time(make: Callable[[], MarkdownBody], harmless_s: float, kind: str) -> None:
    body, text = make(), TEXTS[kind][:12_000]
    spent_s = 0.0
    for start in range(0, len(text), 400):
        cost_s = cost_of(partial(body.append_text, text[start : start + 400]))
        spent_s += cost_s
        assert cost_s < 30 * harmless_s
    body.set_text(text)
    assert body.text == text


def test_nothing_is_loaded(make: Callable[[], MarkdownBody], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    load = ProseView.loadResource

    def note(view: ProseView, kind: int, url: QUrl) -> object:
        asked.append(url.toString())
        return load(view, kind, url)

    monkeypatch.setattr(ProseView, "loadResource", note)
    body = make()
    body.set_text(
        "![a](http://example.org/a.png) <img src='file:///etc/hostname'> ![b](file:///etc/hostname)\n\n"
        "[c](javascript:alert(1)) [d](data:text/html,x) [e](file:///etc/hostname)\n\n"
        "<link rel=stylesheet href=//x>"
    )
    QApplication.processEvents()
    body.grab()
    assert asked == []
    (view,) = body.findChildren(ProseView)
    assert "<img src='file:///etc/hostname'>" in view.toPlainText()
    assert not [part for part in ("javascript:", "data:", "file:") if f'href="{part}' in view.toHtml()]


def test_of_a_book_the_beginning_is_shown_and_more_when_asked(
    make: Callable[[], MarkdownBody], qtbot: QtBot
) -> None:
    body = make()
    text = "A line of a book, with further words in it to be read.\n\n" * 5_000
    body.set_text(text)
    (more,) = body.findChildren(MoreButton)
    assert more.isVisible()
    shown = sum(len(view.toPlainText()) for view in body.findChildren(ProseView))
    assert 0.9 * shown < SHOWN_CHARS
    body.append_text("The end.")
    more.click()
    assert not more.isVisible()
    assert body.findChildren(ProseView)[-1].toPlainText().endswith("The end.")
    assert body.text == text + "The end."


def test_what_streams_stops_to_be_shown_at_the_same_length(
    make: Callable[[], MarkdownBody], qtbot: QtBot
) -> None:
    body = make()
    body.set_text("A line that is a little longer than the others. " * 4_000)
    body.append_text("much " * 2_000)
    for _ in range(3):
        body.append_text("more " * 1_000)
    (more,) = body.findChildren(MoreButton)
    assert more.isVisible()
    body.set_text(body.text)
    more.click()
    assert body.findChildren(ProseView)[-1].toPlainText().endswith("more")


def test_the_users_words_and_thoughts_may_be_a_book(theme: Theme, qtbot: QtBot, harmless_s: float) -> None:
    book = "b" * 3_000_000 + "\n" + "words " * 100_000
    mine: list[UserText] = []

    def show() -> None:
        text = UserText(theme, book, None)  # type: ignore[arg-type]
        qtbot.addWidget(text)
        text.resize(700, 400)
        text.show()
        mine.append(text)

    assert cost_of(show) < 30 * harmless_s
    thoughts = ReasoningView(theme)
    qtbot.addWidget(thoughts)
    thoughts.show_reasoning(book, 2.0, is_thinking=False)
    thoughts.show()
    assert cost_of(thoughts.button.click) < 60 * harmless_s
    assert thoughts.text == book.strip()


def test_many_blocks_of_code_are_no_thousand_widgets(
    make: Callable[[], MarkdownBody], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lmstudio_lite.ui.chat.message_body._COST_MS_MAX", 1e9)
    body = make()
    text = "".join(f"```py\nx = {number}\n```\nWords.\n\n" for number in range(NUM_CODE_VIEWS + 30))
    for start in range(0, len(text), 300):
        body.append_text(text[start : start + 300])
    assert len(body.findChildren(CodeView)) == NUM_CODE_VIEWS
    streamed = [view.toPlainText() for view in body.findChildren(ProseView)]
    assert f"x = {NUM_CODE_VIEWS + 29}" in streamed[-1]
    whole = make()
    whole.set_text(text)
    body.set_text(text)
    assert [view.toPlainText() for view in whole.findChildren(ProseView)] == streamed


def test_what_can_not_be_seen_is_marked_and_copied_as_it_is(make: Callable[[], MarkdownBody]) -> None:
    body = make()
    text = "Open photo_\u202egpj.exe at pаypal.com, می‌خواهم 👩‍👩‍👧"
    body.set_text(text)
    (view,) = body.findChildren(ProseView)
    assert view.toPlainText() == text.replace("\u202e", "▪")
    found = view.document().find("▪")
    assert found.charFormat().property(0x100000 + 3) == "RIGHT-TO-LEFT OVERRIDE (U+202E)"
    view.selectAll()
    assert view.createMimeDataFromSelection().text() == text


def test_hidden_characters_of_code_are_said_and_copied(
    make: Callable[[], MarkdownBody], qtbot: QtBot
) -> None:
    body = make()
    code = "access = 'user\u202e \u2066// admin\u2069 \u2066'\n😀 = '\u200b'"
    body.set_text(f"```python\n{code}\n```")
    (view,) = body.findChildren(CodeView)
    assert "\u202e" not in view.text.toPlainText()
    assert not view.warning.isHidden()
    assert "RIGHT-TO-LEFT OVERRIDE" in view.warning.text()
    view.text.selectAll()
    assert view.text.createMimeDataFromSelection().text() == code
    view.copy_button.click()
    assert QApplication.clipboard().text() == code
    body.set_text("```python\nclean = 1\n```")
    assert body.findChildren(CodeView)[0].warning.isHidden()

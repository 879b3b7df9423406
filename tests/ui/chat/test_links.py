"""A link says where it leads, and is opened only when that is wanted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.chat.link_question import LinkQuestion, other_host, shown_address
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.theme import Theme

TEXT = "[example.org](https://example.net/login) and words"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    return opened


def click_on_link(theme: Theme, qtbot: QtBot, text: str) -> MarkdownBody:
    body = MarkdownBody(theme)
    qtbot.addWidget(body)
    body.resize(500, 100)
    body.show()
    body.set_text(text)
    view = body.findChild(ProseView)
    assert view is not None
    qtbot.waitExposed(body)
    cursor = view.textCursor()
    cursor.setPosition(3)
    qtbot.waitUntil(lambda: view.anchorAt(view.cursorRect(cursor).center()) != "")
    place = view.cursorRect(cursor).center()
    assert view.explanation_at(place) == shown_address(QUrl(view.anchorAt(place)))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    return body


def question_of(body: MarkdownBody) -> LinkQuestion:
    view = body.findChild(ProseView)
    assert view is not None
    assert view.question is not None
    return view.question


def test_it_asks_and_opens(theme: Theme, qtbot: QtBot, opened: list[str]) -> None:
    body = click_on_link(theme, qtbot, TEXT)
    assert opened == []
    question = question_of(body)
    assert "https://example.net/login" in question.informativeText()
    assert "example.org" in question.informativeText()  # it says so, and leads elsewhere
    assert question.open_button is not None
    qtbot.mouseClick(question.open_button, Qt.MouseButton.LeftButton)
    assert opened == ["https://example.net/login"]


def test_escape_opens_nothing_and_the_address_can_be_copied(
    theme: Theme, qtbot: QtBot, opened: list[str]
) -> None:
    body = click_on_link(theme, qtbot, TEXT)
    question = question_of(body)
    qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert opened == []
    body = click_on_link(theme, qtbot, TEXT)
    question = question_of(body)
    qtbot.mouseClick(question.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "https://example.net/login"
    assert opened == []


@pytest.mark.parametrize("address", ["ssh://example.org", "notes.md", "custom:do"])
def test_other_addresses_are_never_opened(
    theme: Theme, qtbot: QtBot, opened: list[str], address: str
) -> None:
    body = click_on_link(theme, qtbot, f"[words of a link]({address})")
    question = question_of(body)
    assert question.open_button is None
    question.reject()
    assert opened == []


@pytest.mark.parametrize(
    ("words", "address", "is_other"),
    [
        ("example.org", "https://example.org/a", False),
        ("https://www.example.org/x", "https://example.org/x", False),
        ("example.org", "https://docs.example.org", False),
        ("the docs", "https://example.org", False),
        ("example.org", "https://example.org.evil.net", True),
        ("paypal.com", "https://pаypal.com", True),
        ("example.org", "mailto:someone@example.net", True),
    ],
)
def test_a_name_that_is_not_where_it_leads(words: str, address: str, is_other: bool) -> None:
    assert bool(other_host(words, QUrl(address))) is is_other


def test_a_long_or_foreign_address_is_shown_in_ascii() -> None:
    assert shown_address(QUrl("https://pаypal.com/ü")) == "https://xn--pypal-4ve.com/%C3%BC"
    assert len(shown_address(QUrl("https://example.org/" + "a" * 5_000))) < 500

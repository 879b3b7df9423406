"""Formulas in a message: as they are written until they are drawn, then pictures that are copied as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QFontInfo, QImage, QTextImageFormat
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.domain.formulas import DrawnFormula, Formula
from lmstudio_lite.formats.formulas.drawing import FormulaDrawing
from lmstudio_lite.ui.bridge import Bridge
from lmstudio_lite.ui.chat.message_body import MarkdownBody
from lmstudio_lite.ui.chat.prose_view import ProseView
from lmstudio_lite.ui.formula_pictures import FormulaPictures
from lmstudio_lite.ui.theme import Theme
from tests.ui.test_message_body import picture_of, stream_into

OBJECT = "\ufffc"
TEXT = (
    "The root of $x^2 = 2$ and \\(y\\) are here.\n\n$$\n\\frac{a}{b}\n- c\n$$\n\n"
    "- [ ] a point with $z$\n- [x] another, $n$\n\n| a | b |\n|---|---|\n| $x$ | $\\unheardof$ |\n\n"
    "End[^1].\n\n[^1]: $w$.\n"
)


@pytest.fixture(scope="module")
def drawing() -> Iterator[FormulaDrawing]:
    drawing = FormulaDrawing()
    drawing.draw(Formula("a", is_display=False))
    yield drawing
    drawing.close()


@pytest.fixture
def make(
    drawing: FormulaDrawing, bridge: Bridge, theme: Theme, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], MarkdownBody]:
    monkeypatch.setattr("lmstudio_lite.ui.chat.message_body._COST_MS_MAX", 1e9)
    pictures = FormulaPictures(drawing.draw, bridge)

    def make() -> MarkdownBody:
        body = MarkdownBody(theme, formulas=pictures)
        qtbot.addWidget(body)
        body.resize(700, 100)
        body.show()
        return body

    return make


def texts_of(body: MarkdownBody) -> str:
    return "\n".join(view.document().toPlainText() for view in body.findChildren(ProseView))


def wait_until_drawn(body: MarkdownBody, qtbot: QtBot, count: int) -> None:
    qtbot.waitUntil(lambda: texts_of(body).count(OBJECT) == count, timeout=20_000)


def formats_of(view: ProseView) -> list[QTextImageFormat]:
    found, block = [], view.document().begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            if pieces.fragment().charFormat().isImageFormat():
                found.append(pieces.fragment().charFormat().toImageFormat())
            pieces += 1
        block = block.next()
    return found


def test_a_formula_is_its_source_until_it_is_drawn(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    body = make()
    body.set_text(TEXT)
    assert "$x^2 = 2$" in texts_of(body)
    wait_until_drawn(body, qtbot, 7)
    assert "$x^2" not in texts_of(body)
    assert "$\\unheardof$" in texts_of(body)  # it can't be drawn
    other = make()
    other.set_text(TEXT)  # known by now
    assert texts_of(other) == texts_of(body)


def test_what_streams_looks_as_the_whole(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    streamed, whole = make(), make()
    long = TEXT + "A paragraph without end goes on, $a_1$ and so on, for $5 or more. " * 40
    stream_into(streamed, long)
    streamed.set_text(long)
    wait_until_drawn(streamed, qtbot, 47)
    whole.set_text(long)
    wait_until_drawn(whole, qtbot, 47)
    assert picture_of(streamed) == picture_of(whole)


def test_a_formula_shows_up_while_more_text_comes(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    body = make()
    stream_into(body, "word and more " * 150 + "then $q_1$ ")
    for _ in range(400):
        body.append_text("and more ")
        QApplication.processEvents()
        if OBJECT in texts_of(body):
            break
        qtbot.wait(2)
    assert OBJECT in texts_of(body)
    whole = make()
    whole.set_text(body.text)
    body.set_text(body.text)
    wait_until_drawn(whole, qtbot, 1)
    assert picture_of(body) == picture_of(whole)


def test_a_copied_formula_is_its_source(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    body = make()
    body.set_text("Then $x^2$ and **$y$**.\n\n\\[\\frac{a}{b}\\]")
    wait_until_drawn(body, qtbot, 3)
    view = body.findChild(ProseView)
    assert view is not None
    view.selectAll()
    mime = view.createMimeDataFromSelection()
    assert mime.text() == "Then $x^2$ and $y$.\n\\[\\frac{a}{b}\\]"
    assert "$x^2$" in mime.html()
    assert "<img" not in mime.html()
    assert view.accessibleDescription() == "Formulas: $x^2$; $y$; \\[\\frac{a}{b}\\]"


def test_it_stands_on_the_line(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    """A letter without a descender hangs below the baseline by less than a pixel, a fraction by more."""
    body = make()
    body.set_text("Now $x$ and $\\frac{a}{b}$ here")
    wait_until_drawn(body, qtbot, 2)
    view = body.findChild(ProseView)
    assert view is not None
    letter, fraction = formats_of(view)
    em = QFontInfo(view.document().defaultFont()).pixelSize()
    assert letter.height() < em < 1.7 * letter.height() < 4 * fraction.height()
    assert view.explanation_at(view.cursorRect().topLeft()) == ""


def test_it_has_the_size_and_colour_of_the_text(
    make: Callable[[], MarkdownBody], theme: Theme, qtbot: QtBot
) -> None:
    sizes, colours = [], []
    for name, scale in (("light", 1.0), ("dark", 2.0)):
        theme.apply(name, text_scale=scale)
        body = make()
        body.set_text("Now $X$")
        wait_until_drawn(body, qtbot, 1)
        view = body.findChild(ProseView)
        assert view is not None
        (image_format,) = formats_of(view)
        image = view.document().resource(2, image_format.name())
        assert isinstance(image, QImage)
        sizes.append(image_format.height())
        colours.append(max(_colours(image), key=lambda each: each[1])[0])
    theme.apply("light")
    assert sizes[1] == pytest.approx(2 * sizes[0], abs=1.5)
    assert colours[0] < 0x60 < 0xA0 < colours[1]


def _colours(image: QImage) -> list[tuple[int, int]]:
    return [
        (image.pixelColor(x, y).red(), image.pixelColor(x, y).alpha())
        for x in range(image.width())
        for y in range(image.height())
    ]


def test_a_formula_is_drawn_once(bridge: Bridge, theme: Theme, qtbot: QtBot, drawing: FormulaDrawing) -> None:
    asked: list[str] = []

    def draw(formula: Formula) -> DrawnFormula | None:
        asked.append(formula.tex)
        return drawing.draw(formula)

    body = MarkdownBody(theme, formulas=FormulaPictures(draw, bridge))
    qtbot.addWidget(body)
    body.set_text("$x^3$ is $x^3$ is $x^3$ but not $\\unheardof$")
    wait_until_drawn(body, qtbot, 3)
    body.append_text(" or $x^3$ and $\\unheardof$")
    wait_until_drawn(body, qtbot, 4)
    assert sorted(asked) == ["\\unheardof", "x^3"]


def test_what_is_gone_meanwhile_does_no_harm(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    body = make()
    body.set_text("$g_1$ and $g_2$\n\n| $g_3$ |\n|---|\n| $g_4$ |")
    body.set_text("other $g_5$")
    body.setParent(None)
    wait_until_drawn(body, qtbot, 1)
    (view,) = body.findChildren(ProseView)
    assert len(formats_of(view)) == 1


def test_a_picture_is_there_again_when_a_text_begins_anew(
    make: Callable[[], MarkdownBody], qtbot: QtBot
) -> None:
    body = make()
    body.append_text("$x^5$ is")
    wait_until_drawn(body, qtbot, 1)
    body.set_text("# $x^5$ is another")
    body.set_text("Now $x^5$")
    (view,) = body.findChildren(ProseView)
    (image_format,) = formats_of(view)
    assert isinstance(view.document().resource(2, image_format.name()), QImage)


def test_a_wide_formula_fits_into_a_narrow_window(make: Callable[[], MarkdownBody], qtbot: QtBot) -> None:
    body = make()
    body.set_text("$$" + "+".join(f"x_{{{number}}}" for number in range(12)) + "$$\n\n$y$")
    wait_until_drawn(body, qtbot, 2)
    (view,) = body.findChildren(ProseView)
    wide, small = (each.width() for each in formats_of(view))
    body.resize(240, 300)
    qtbot.waitUntil(lambda: formats_of(view)[0].width() <= 240 < wide)
    assert formats_of(view)[1].width() == small
    assert view.document().toPlainText().count(OBJECT) == 2
    body.resize(700, 300)
    qtbot.waitUntil(lambda: formats_of(view)[0].width() == wide)

"""Both themes hold their contrast, and the application follows the choice."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lmstudio_lite.paths import resources
from lmstudio_lite.ui.highlight import CodeKind, colour_of
from lmstudio_lite.ui.icons import tinted_pixmap
from lmstudio_lite.ui.theme import Theme
from lmstudio_lite.ui.tokens import DARK, LIGHT, Tokens, contrast


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_pair_of_text_and_ground_can_be_read(tokens: Tokens) -> None:
    grounds = (tokens.page, tokens.surface, tokens.soft, tokens.hover)
    for text in (tokens.text, tokens.muted, tokens.danger, tokens.warning):
        assert all(contrast(text, ground) >= 4.5 for ground in grounds), text
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent_hover) >= 4.5
    assert contrast(tokens.text, tokens.selected) >= 4.5
    assert contrast(tokens.text, tokens.highlight) >= 4.5
    for kind in ("info", "warning", "danger"):
        assert contrast(tokens.text, tokens.ground_of(kind)) >= 4.5
    for code in CodeKind:
        assert contrast(colour_of(code, tokens), tokens.code_ground) >= 4.5, code


def test_the_choice_reaches_palette_and_fonts(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    try:
        with qtbot.waitSignal(theme.changed):
            theme.apply("dark", text_scale=1.5)
        assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.page
        assert qapp.styleHints().colorScheme() in (Qt.ColorScheme.Dark, Qt.ColorScheme.Unknown)
        large = qapp.font().pointSizeF()
    finally:
        theme.apply("light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == LIGHT.page
    assert large == pytest.approx(1.5 * qapp.font().pointSizeF(), rel=0.01)


def test_every_icon_draws_something(qapp: QApplication) -> None:
    names = [path.stem for path in (resources() / "icons").glob("*.svg")]
    assert len(names) > 20
    for name in names:
        image = tinted_pixmap(name, "#FF0000", 24).toImage()
        points = ((x, y) for x in range(24) for y in range(24))
        assert any(image.pixelColor(x, y).alpha() > 0 for x, y in points), name

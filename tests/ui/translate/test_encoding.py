from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from lmstudio_lite.ui.translate.tab import TranslateTab
from tests.ui.encoding_dialogs import DOUBTFUL, answer, asked, write_doubtful


def test_a_document_whose_encoding_is_in_doubt_is_opened_again_in_the_chosen_one(
    qtbot: QtBot, tab: TranslateTab, tmp_path: Path
) -> None:
    tab.load_paths([write_doubtful(tmp_path)])
    dialog = asked(qtbot, tab.encoding_question)
    assert tab.view.source_pane.text != DOUBTFUL
    answer(dialog, "Mac Cyrillic (Cyrillic)")
    qtbot.waitUntil(lambda: tab.view.source_pane.text == DOUBTFUL, timeout=20_000)

"""What a model writes is believed as a title only where it is one."""

from __future__ import annotations

import pytest

from lmstudio_lite.tasks.chat.naming import TITLE_LENGTH, checked_title, title_request


@pytest.mark.parametrize(
    ("written", "question", "title"),
    [
        ('"Cat scratching the sofa."', "My cat keeps scratching the sofa", "Cat scratching the sofa"),
        (
            "Title: **Bread without yeast**\nand more",
            "How do I bake bread without yeast?",
            "Bread without yeast",
        ),
        ("标题：《京都旅行计划》", "请帮我写一份三天的京都旅行计划，我喜欢寺庙和面条。", "京都旅行计划"),
        ("Kyoto travel plan", "请帮我写一份三天的京都旅行计划，我喜欢寺庙和面条。", ""),
        ("京都旅行", "Which temples of Kyoto should I see in three days of autumn?", ""),
        ("Its topic in two to six words, in English", "How do I bake bread?", ""),
        ("I'm sorry, I can't help", "How do I bake bread?", ""),
        ("A" * (TITLE_LENGTH + 1), "How do I bake bread?", ""),
        ("...", "How do I bake bread?", ""),
        ("", "How do I bake bread?", ""),
    ],
)
def test_a_title_is_one_line_in_the_language_of_the_question(written: str, question: str, title: str) -> None:
    assert checked_title(written, question) == title


def test_long_texts_are_asked_about_in_short() -> None:
    prompt = title_request("r", "why " * 5_000, "because " * 5_000).prompt
    assert not isinstance(prompt, str)
    assert len(prompt.messages[0].text) < 2_000

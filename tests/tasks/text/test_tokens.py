from __future__ import annotations

from lmstudio_lite.tasks.text.tokens import tokenize


def test_words_keep_marks_and_ideographs_stand_alone() -> None:
    assert tokenize("Don’t STOP: 日本, x_1 été") == ["don’t", "stop", "日", "本", "x_1", "été"]

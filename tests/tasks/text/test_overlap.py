from __future__ import annotations

import pytest

from lmstudio_lite.tasks.text.overlap import EchoCheck, has_loop, share_run

PARAGRAPH = (
    "The harbour was built in the twelfth century, when salt was shipped from here to every town on the "
    "coast. Most warehouses burned down in 1678; the ones that stand today were rebuilt in brick. Since "
    "the river silted up, larger ships have had to anchor outside, and goods are brought in on barges. "
    "The council decided last year to dredge the channel, although fishermen fear for the spawning grounds."
)
CHINESE = (
    "港口建于十二世纪，当时盐从这里运往沿海各城。大部分仓库在一六七八年烧毁，今天的仓库是用砖重建的。"
    "由于河道淤积，大船只能停在外面，货物用驳船运进来。去年市议会决定疏浚航道。"
)
FRESH = (
    "A port that grew rich on salt lost its depth to mud; the town now plans to dig the channel out again."
)


@pytest.mark.parametrize(
    "text",
    [
        "the same words " * 8,
        "Well, " + "it is a good book and I like it. " * 4,
        "- one point is here\n- two\n- one point is here\n- three\n- one point is here\n",
        "很好很好很好很好很好很好很好很好很好很好",
        "abc " * 30,
    ],
)
def test_repetition_is_a_loop(text: str) -> None:
    assert has_loop(text)


@pytest.mark.parametrize(
    "text", ["", "yes yes yes", PARAGRAPH, CHINESE, "1. a\n2. b\n3. c\n", "- a\n- a\n- a\n"]
)
def test_ordinary_text_is_none(text: str) -> None:
    assert not has_loop(text)


def test_copied_text_is_an_echo_in_words_and_in_characters() -> None:
    assert EchoCheck(PARAGRAPH).share(PARAGRAPH.partition(";")[0]) == 1.0
    assert EchoCheck(CHINESE).share(CHINESE[10:60]) == 1.0
    assert EchoCheck(PARAGRAPH).share(FRESH) == 0.0
    assert EchoCheck("").share(FRESH) == 0.0


def test_runs_are_compared_in_words_and_in_characters() -> None:
    assert share_run("one two three four", "zero TWO three five", 2)
    assert not share_run("one two three four", "zero two three five", 3)
    assert share_run("图书馆很旧", "图书馆关门", 3)

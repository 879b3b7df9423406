from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmstudio_lite.domain.prompts import Prompt
from lmstudio_lite.errors import PromptFileError
from lmstudio_lite.formats.prompt_file import prompts_from_text, prompts_to_text

words = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40).filter(
    str.strip
)
texts = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: bool(text.strip()))


@settings(deadline=None)
@given(st.lists(st.builds(Prompt, words.map(lambda name: " ".join(name.split())), texts), max_size=4))
def test_what_goes_out_comes_back(prompts: list[Prompt]) -> None:
    prompts = [Prompt(each.name, each.text.replace("\r\n", "\n").replace("\r", "\n")) for each in prompts]
    content = prompts_to_text(prompts).encode()
    assert prompts_from_text(content, "p.toml") == (prompts, 0) if prompts else True


def test_a_file_can_be_read_by_people() -> None:
    written = prompts_to_text([Prompt("Explain", "Explain {{topic}}.\nIn five sentences.")])
    assert written == '[[prompt]]\nname = "Explain"\ntext = """\nExplain {{topic}}.\nIn five sentences."""\n'


def test_what_is_no_prompt_is_counted_and_the_rest_comes_in() -> None:
    content = b'[[prompt]]\nname = "a"\ntext = "b"\n[[prompt]]\nname = ""\ntext = "c"\n[[prompt]]\nname = 3\n'
    assert prompts_from_text(content, "p.toml") == ([Prompt("a", "b")], 2)


@pytest.mark.parametrize(
    "content", [b"", b"x = 1", b"[[prompt]", b"\xff\xfe", b"prompt = 3", b"a=[" + b"[" * 5000]
)
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(PromptFileError):
        prompts_from_text(content, "p.toml")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.documents.rewriting.slots import original_of
from tests.documents.rewriting.texts import translated, words_of

MARKDOWN = """\
# A heading

Some text that is long enough to have been wrapped by hand at its right
margin. A second sentence.

- first item
  - nested item
3. third

> quoted text

| Name | What it is |
|------|------------|
| tea  | a drink    |

```python
print("never translated")
```

$$
\\frac{a}{b}
$$
$$ \\sum_{nnn} $$
See https://example.org/some/page
42
"""


def test_paragraphs_are_found_and_everything_else_stays() -> None:
    assert words_of(MARKDOWN) == [
        "A heading",
        "Some text that is long enough to have been wrapped by hand at its right margin. A second sentence.",
        "first item",
        "nested item",
        "third",
        "quoted text",
        "Name",
        "What it is",
        "tea",
        "a drink",
        "See https://example.org/some/page",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "  42 \n",
        "https://example.org",
        "```\nopen fence\n",
        "---\n***\n",
        "1b92870d-e3b5-4e65-8153-919f4ff45592",
    ],
)
def test_nothing_to_translate(text: str) -> None:
    assert words_of(text) == []


def test_chinese_lines_are_joined_without_a_space() -> None:
    text = "语言模型是一种基于机器学习技术的自然语言处理工具，它通过学\n习大量文本数据来预测单词。"
    assert words_of(text) == [text.replace("\n", "")]


@given(st.text(alphabet=st.sampled_from("ab. \n\t#>-|`~$1)好。[x]"), max_size=120))
def test_a_text_keeps_what_is_not_changed(text: str) -> None:
    assert translated(text, original_of) == text


@given(st.lists(st.sampled_from(MARKDOWN.splitlines(keepends=True)), max_size=20).map("".join))
def test_markdown_keeps_what_is_not_changed(text: str) -> None:
    assert translated(text, original_of) == text


def test_words_with_combining_marks_are_words() -> None:
    assert words_of("यह घर है।") == ["यह घर है।"]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lmstudio_lite.documents.rewriting.slots import original_of
from lmstudio_lite.domain.translations import TextForm
from tests.documents.rewriting.texts import pseudo, translated, words_of

README = """\
---
title: Quick start
draft: false
tags: [a, b]
---

# Quick start {#start}

Run the `backup` command first.
It needs space\\
on the disk.

Setext title
============

```sh
# copy the files first
cp -r ./data /mnt/backup
```

1. Install the tool.

   ```sh
   pip install demo-tool
   ```

2. Read [the handbook][book] and [the site](https://example.org/a?b=1).

    indented_code = "do not touch"

- ```js
  const name = "in a list";
  ```

> [!NOTE]
> Quoted words are translated.

<div align="center">
  <b>A block of HTML</b>
</div>

| Option | Meaning |
| --- | --- |
| `--dry-run` | Shows what would happen |

{% include note.html %}

[^1]: The note below.

[book]: https://example.org/book "Title of the link"
"""


def passages(text: str, *, is_markdown: bool = True) -> list[str]:
    return words_of(text, TextForm.MARKDOWN if is_markdown else TextForm.PLAIN)


def test_only_the_words_of_a_readme_are_translated() -> None:
    assert passages(README) == [
        "Quick start",
        "Run the backup command first.",
        "It needs space on the disk.",
        "Setext title",
        "Install the tool.",
        "Read the handbook and the site.",
        "Quoted words are translated.",
        "Option",
        "Meaning",
        "Shows what would happen",
        "The note below.",
    ]


def blocks_of(text: str) -> list[tuple[str, int]]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [(token.type, token.level) for token in tokens if token.type != "inline"]


FRONT_MATTERS = [
    "---\ntitle: A\nlist:\n  - one\n---\n",
    '+++\ntitle = "A"\ndraft = false\n+++\n',
    '{\n "title": "A",\n "draft": false\n}\n',
    "---\ntitle: A\n...\n",
]


@pytest.mark.parametrize("front_matter", FRONT_MATTERS)
@pytest.mark.parametrize("is_markdown", [True, False])
def test_front_matter_of_each_kind_stays(front_matter: str, is_markdown: bool) -> None:
    assert passages(front_matter + "\nThe text.\n", is_markdown=is_markdown) == ["The text."]


@pytest.mark.parametrize("text", ["---\nThe text.\n---\n", "---\n", "+++\nThe text.\n+++\n"])
def test_what_is_no_front_matter_is_a_text(text: str) -> None:
    assert passages(text) == (["The text."] if "text" in text else [])


def test_indented_prose_of_a_plain_text_is_translated() -> None:
    text = "He sang:\n\n    The moon is bright tonight,\n    And all the birds are still.\n\n# End\n"
    assert "And all the birds are still." in "".join(passages(text, is_markdown=False))
    assert passages("He wrote:\n\n    x = open(name)\n    x.close()\n\n# End\n", is_markdown=False) == [
        "He wrote:",
        "End",
    ]
    assert passages("Words.\n\n    code of any looks\n\nWords.\n") == ["Words.", "Words."]


BLOCKS = st.sampled_from(
    [
        "A sentence of words.",
        "# Heading",
        "- item\n- other",
        "1. one\n\n   two",
        "```\ncode\n```",
        "    four spaces",
        "<div>\nhtml\n</div>",
        "[x]: https://example.org",
        "| a | b |\n| --- | --- |\n| c | d |",
        "> quoted\n> more",
        "$$\nx\n$$",
        "---",
        "~~~",
        "\ttab",
        "",
    ]
)


@given(
    blocks=st.lists(BLOCKS, max_size=10),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    front_matter=st.sampled_from(["", *FRONT_MATTERS]),
    is_markdown=st.booleans(),
)
def test_any_markdown_keeps_its_lines(
    blocks: list[str], end: str, front_matter: str, is_markdown: bool
) -> None:
    text = (front_matter + "\n\n".join(blocks)).replace("\n", end)
    form = TextForm.MARKDOWN if is_markdown else TextForm.PLAIN
    assert translated(text, original_of, form) == text
    result = translated(text, pseudo, form)
    assert blocks_of(result) == blocks_of(text) or not is_markdown
    assert "html" in result or "html" not in text or not is_markdown

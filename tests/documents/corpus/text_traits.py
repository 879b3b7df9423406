"""What makes plain files hard: front matter, ragged tables, odd subtitles, code and data."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.documents.corpus.cases import Case, Names

_MARKDOWN = {
    "code in a list": "- {0}\n\n  ```\n  {1}\n  ```\n\n- {2}\n",
    "long fence": "````\n```\n{0}\n```\n````\n\n{1}\n",
    "task list": "- [x] {0}\n- [ ] {1}\n",
    "html block": "<div>\n\n{0}\n\n</div>\n\n{1}\n",
    "table with signs": "| a | b |\n|:--|--:|\n| {0} \\| x | `{1}` |\n",
    "escapes": "\\*{0}\\* and \\[{1}\\]\n",
    "hard breaks": "{0}  \n{1}\\\n{2}\n",
    "definition": "{0}\n: {1}\n",
    "comment": "{0}\n\n<!-- a remark -->\n\n{1}\n",
}
_TABLES = {
    "ragged": "name,place\n{0}\n{1},{2},{3}\n",
    "with a separator line": "sep=;\nname;place\n{0};{1}\n",
    "of one column": "name\n{0}\n{1}\n{2}\n",
    "with decimal commas": "name;price\n{0};1,50\n{1};2,75\n",
    "with blank lines": "name,place\n\n{0},{1}\n\n{2},{3}\n",
    "with spaces": "name, place\n{0}, {1}\n{2}, {3}\n",
    "with an open quote": 'name,place\n{0},"{1}\n{2},{3}\n',
}


def cases() -> Iterator[Case]:
    for trait, template in _MARKDOWN.items():
        names = Names("more")
        text = template.format(*(names.new() for _ in range(template.count("{"))))
        yield Case(f"markdown {trait}", "notes.md", text.encode(), names.words)
    names = Names("front")
    text = (
        f"---\ntitle: A title\ntags: [a, b]\n---\n\n# Heading\n\n{names.sentence()}\n\n{names.sentence()}\n"
    )
    yield Case("markdown front matter", "notes.md", text.encode(), names.words)
    for trait, template in _TABLES.items():
        names = Names("row")
        text = template.format(*(names.new() for _ in range(template.count("{"))))
        yield Case(f"table {trait}", "rows.csv", text.encode(), names.words)
    names = Names("bom")
    yield Case(
        "table with a mark", "rows.csv", f"name,place\n{names.new()},b\n".encode("utf-8-sig"), names.words
    )
    for trait, cue in (
        ("without numbers", "00:00:0{0},000 --> 00:00:0{0},900\n{1}\n\n"),
        ("with windows ends", "{0}\r\n00:00:0{0},000 --> 00:00:0{0},900\r\n{1}\r\n\r\n"),
        ("with blank lines", "{0}\n00:00:0{0},000 --> 00:00:0{0},900\n{1}\n\n\n\n"),
        ("with voices", "{0}\n00:00:0{0},000 --> 00:00:0{0},900\n<v Anna>{1}</v>\n\n"),
        ("with numbers as text", "{0}\n00:00:0{0},000 --> 00:00:0{0},900\n1850\n{1}\n\n"),
    ):
        names = Names("cue")
        text = "".join(cue.format(number, names.new()) for number in range(1, 9))
        yield Case(f"subtitles {trait}", "talk.srt", text.encode(), names.words)
    for suffix in ("py", "json", "log", "yaml", "tex", "rst", "unknown", "txt"):
        names = Names("file")
        text = f"first = '{names.new()}'\n\tsecond: {names.new()} # {names.new()}\n"
        yield Case(f"text as {suffix}", f"file.{suffix}", text.encode(), names.words)
    names = Names("json")
    text = json.dumps({"a": names.new(), "b": [names.new(), {"c": names.new()}]}, indent=2)
    yield Case("text json", "data.json", text.encode(), names.words)

"""Situations that people reported of other programs, on files of each kind."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from lmstudio_lite.domain.units import ReadUnitsOptions
from tests.documents.rewriting.test_text_file import write

README = """\
---
title: Quick start
draft: false
---

# Quick start

Run the `backup` command before you change {config_file}.

```sh
# copy the files first
cp -r ./data /mnt/backup
```

1. Install the tool.

   ```sh
   pip install demo-tool
   ```

2. Read [the handbook](https://example.org/docs/start?ref=42) and set `%s` to your name.

    indented_code = "do not touch"

| Option | Meaning |
| --- | --- |
| `--dry-run` | Shows what would happen |

![A small cat](images/cat.png)
"""


def test_a_cell_with_line_ends_and_doubled_quotes_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(
        'id,comment,score\n1,"Late again.\nDriver said: ""traffic, as always"".",2\n2,"Good, but cold",4\n',
        encoding="utf-8",
    )
    content, _remarks = write(path, options=ReadUnitsOptions(columns=("comment",)))
    assert list(csv.reader(io.StringIO(content.decode()))) == [
        ["id", "comment", "score"],
        ["1", 'Mbuf bhbjo.\nEsjwfs tbje: "usbggjd, bt bmxbzt".', "2"],
        ["2", "Hppe, cvu dpme", "4"],
    ]


def test_front_matter_code_and_addresses_of_a_readme_stay(tmp_path: Path) -> None:
    path = tmp_path / "readme.md"
    path.write_text(README, encoding="utf-8")
    result = write(path)[0].decode()
    changed = [line for line in README.splitlines() if line not in result.splitlines()]
    assert changed == [
        "# Quick start",
        "Run the `backup` command before you change {config_file}.",
        "1. Install the tool.",
        "2. Read [the handbook](https://example.org/docs/start?ref=42) and set `%s` to your name.",
        "| Option | Meaning |",
        "| `--dry-run` | Shows what would happen |",
        "![A small cat](images/cat.png)",
    ]
    assert "[uif iboecppl](https://example.org/docs/start?ref=42) boe tfu `%s`" in result
    assert "![B tnbmm dbu](images/cat.png)" in result


def test_lines_with_figures_stay_lines(tmp_path: Path) -> None:
    text = (
        "Send 12,500 units to depot 7 before 03/04/2025; the code is AB-0412-X.\n"
        "Transfer $1,234,567.89 to account 4402-118 by 15:30.\n"
        "Error 404: open C:\\Temp\\log.txt and call {{support_phone}} or %(user)s.\n"
    )
    path = tmp_path / "ph.txt"
    path.write_text(text, encoding="utf-8")
    assert [len(line) for line in write(path)[0].decode().splitlines()] == [
        len(line) for line in text.splitlines()
    ]

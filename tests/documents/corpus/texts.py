"""Plain text in its encodings, Markdown, tables and subtitles."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Literal

from tests.documents.corpus.cases import SENTENCES, Case, Names

_ENCODINGS = {
    "en": ("ascii", "utf-16-le", "utf-16-be", "utf-32"),
    "de": ("utf-8", "utf-8-sig", "cp1252", "utf-16", "iso8859-15"),
    "fr": ("utf-8", "cp1252", "mac-roman"),
    "pl": ("utf-8", "cp1250", "iso8859-2"),
    "ru": ("utf-8", "cp1251", "koi8-r", "cp866", "iso8859-5"),
    "el": ("utf-8", "cp1253", "iso8859-7"),
    "tr": ("utf-8", "cp1254"),
    "he": ("utf-8", "cp1255"),
    "ar": ("utf-8", "cp1256"),
    "zh": ("utf-8", "gb18030", "big5", "utf-16"),
    "ja": ("utf-8", "cp932", "euc_jp", "iso2022_jp"),
    "ko": ("utf-8", "cp949", "euc_kr"),
    "th": ("utf-8", "cp874"),
}
_TRADITIONAL = "春天，港口被挖深了，渡輪又回到了北邊的碼頭，城裡的人們都很高興。"


def cases() -> Iterator[Case]:
    yield from _encoded()
    yield from _line_ends()
    yield from _markdown()
    yield from _tables()
    yield from _subtitles()


def _encoded() -> Iterator[Case]:
    for language, encodings in _ENCODINGS.items():
        for encoding in encodings:
            sentence = _TRADITIONAL if encoding == "big5" else SENTENCES[language]
            sentence = sentence.replace("’", "'") if encoding in ("iso8859-15", "ascii") else sentence
            text = "\n".join([sentence] * 3)
            data = text.encode(encoding)
            if encoding in ("utf-16-le", "utf-16-be"):
                mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE
                data = data if language == "en" else mark + data
            yield Case(f"text {language} {encoding}", f"{language}.txt", data, (text,))


def _line_ends() -> Iterator[Case]:
    for name, end in (("unix", "\n"), ("windows", "\r\n"), ("mac", "\r")):
        names = Names("quay")
        data = end.join([names.sentence(), "", names.sentence(), names.sentence()]).encode()
        yield Case(f"text line ends {name}", "a.txt", data, names.words, forbidden=("\r",))
    names = Names("log")
    coloured = "\n".join(f"\x1b[32mINFO\x1b[0m {names.sentence()}" for _ in range(4))
    yield Case(
        "text log with colours", "build.log", coloured.encode(), names.words, forbidden=("[32m", "\x1b")
    )
    names = Names("one")
    yield Case("text of one line", "a.txt", names.sentence().encode(), names.words)
    names = Names("big")
    long = "\n".join(names.sentence() for _ in range(400))
    yield Case("text of 400 lines", "a.txt", long.encode(), names.words)


def _markdown() -> Iterator[Case]:
    traits = {
        "headings": "# {0}\n\nBody {1}.\n\n## {2}\n\nMore {3}.\n",
        "lists": "- {0}\n  - {1}\n    - {2}\n\n1. {3}\n2. {4}\n",
        "table": "| {0} | {1} |\n| --- | --- |\n| {2} | {3} |\n",
        "code": "Before {0}.\n\n```python\nprint('{1}')\n```\n\nAfter {2}.\n",
        "indented code": "Before {0}.\n\n    run {1}\n\nAfter {2}.\n",
        "links": "See [{0}](https://example.org/page) and ![{1}](picture.png).\n",
        "quotes": "> {0}\n> and {1}\n\n> > {2}\n",
        "emphasis": "A *{0}* and **{1}** and ~~{2}~~ and `{3}`.\n",
        "html": "A paragraph {0}.\n\n<details><summary>{1}</summary>\n\n{2}\n\n</details>\n",
        "footnotes": "A claim {0}.[^1]\n\n[^1]: The note {1}.\n",
        "rules": "Above {0}.\n\n---\n\nBelow {1}.\n\n***\n\nLast {2}.\n",
        "reference links": "See [{0}][ref] here.\n\n[ref]: https://example.org 'Title'\n",
        "setext headings": "{0}\n======\n\nText {1}.\n\n{2}\n------\n\nText {3}.\n",
    }
    for trait, template in traits.items():
        names = Names("mark")
        text = template.format(*(names.new() for _ in range(template.count("{"))))
        yield Case(f"markdown {trait}", "notes.md", text.encode(), names.words)


def _tables() -> Iterator[Case]:
    dialects = {
        "comma": (",", "\r\n"),
        "semicolon": (";", "\n"),
        "tab": ("\t", "\n"),
        "pipe": ("|", "\n"),
        "all quoted": (",", "\n"),
    }
    for name, (delimiter, end) in dialects.items():
        for trait in ("plain", "line ends in cells", "delimiters in cells", "quotes in cells"):
            names = Names("cell")
            rows = [["name", "place", "note"]]
            for _ in range(6):
                signs = {"line ends in cells": "\n", "delimiters in cells": delimiter, "quotes in cells": '"'}
                note = f"{names.new()}{signs.get(trait, ' ')} {names.new()}"
                rows.append([names.new(), names.new(), note])
            written = io.StringIO(newline="")
            quoting: Literal[0, 1] = csv.QUOTE_ALL if name == "all quoted" else csv.QUOTE_MINIMAL
            csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
            suffix = "tsv" if name == "tab" else "csv"
            data = written.getvalue().encode()
            yield Case(f"table {name} {trait}", f"rows.{suffix}", data, (*names.words, "place"))


def _subtitles() -> Iterator[Case]:
    traits = {
        "plain": "{0}",
        "markup": "<i>{0}</i>",
        "two lines": "{0}\nand so on",
        "position": "{{\\an8}}{0}",
    }
    for trait, template in traits.items():
        for suffix, point, head in (("srt", ",", ""), ("vtt", ".", "WEBVTT\n\nNOTE by nobody\n\n")):
            names = Names("said")
            cues = [
                f"{number}\n00:00:{number * 5:02}{point}000 --> 00:00:{number * 5 + 3:02}{point}500\n"
                + template.format(names.new())
                for number in range(1, 8)
            ]
            text = head + "\n\n".join(cues) + "\n"
            forbidden = ("<i>", "\\an8", "-->", "by nobody")
            yield Case(f"subtitles {suffix} {trait}", f"talk.{suffix}", text.encode(), names.words, forbidden)

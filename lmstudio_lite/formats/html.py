"""Markdown as HTML: a fragment for the clipboard and for printing, or a page that stands alone.

Neither loads anything: there are no pictures, scripts or outside styles, and a page's policy forbids them
besides. The page's style is its own, for light and dark screens and for paper.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import assert_never

from lmstudio_lite.formats.direction import RIGHT_TO_LEFT, direction_of
from lmstudio_lite.formats.formulas.mathml import to_mathml
from lmstudio_lite.formats.markdown import parse, without_unwanted
from lmstudio_lite.formats.tree import (
    Alignment,
    Block,
    Blocks,
    BulletList,
    Code,
    Heading,
    Inline,
    Inlines,
    LineBreak,
    Maths,
    NumberedList,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    with_inlines,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light dark;
--text:#1d1f21;--muted:#5b6067;--line:#c9ccd1;--ground:#fff;--code:#f2f3f5;--link:#0b57b0}
@media(prefers-color-scheme:dark){
:root{--text:#e4e6e9;--muted:#a2a8b0;--line:#4b5058;--ground:#1b1d20;--code:#26292d;--link:#8ab8ff}}
body{font:1rem/1.55 system-ui,sans-serif;color:var(--text);background:var(--ground);
max-width:46em;margin:2em auto;padding:0 1em;overflow-wrap:break-word}
h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.4em 0 .5em}
h1{font-size:1.7em}h2{font-size:1.35em}h3{font-size:1.15em}h4,h5,h6{font-size:1em}
a{color:var(--link)}
blockquote{color:var(--muted);border-inline-start:3px solid var(--line);margin:1em 0;padding-inline-start:1em}
code,pre{font-family:ui-monospace,Consolas,Menlo,monospace;
font-size:.92em;background:var(--code);border-radius:4px}
code{padding:.1em .3em}pre{padding:.7em .9em;overflow-x:auto}pre code{padding:0;background:none;font-size:1em}
table{display:block;width:max-content;max-width:100%;overflow-x:auto;border:0;
border-collapse:collapse;margin:1em 0}
th,td{border:1px solid var(--line);padding:.35em .7em;text-align:start;vertical-align:top}
th{background:var(--code)}
hr{border:0;border-top:1px solid var(--line);margin:2em 0}
@page{margin:20mm}
@media print{
:root{--text:#000;--muted:#444;--line:#999;--ground:#fff;--code:#f4f4f4;--link:#000}
body{max-width:none;margin:0;padding:0;font-size:11pt}
table{display:table;width:auto}pre{white-space:pre-wrap}
h1,h2,h3,h4,h5,h6{break-after:avoid}thead{display:table-header-group}tr,pre,blockquote{break-inside:avoid}}
"""


def to_page(source: str | Blocks, *, title: str, language: str = "") -> str:
    """Return a page of a Markdown text or blocks; ``language`` is ISO 639-1, "" if it is not known."""
    blocks = parse(source) if isinstance(source, str) else source
    in_rtl = language in RIGHT_TO_LEFT if language else bool(direction_of(blocks))
    lang = f' lang="{escape(language)}"' if language else ""
    return (
        f'<!DOCTYPE html>\n<html{lang} dir="{"rtl" if in_rtl else "ltr"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(without_unwanted(title))}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{_blocks(blocks, in_rtl=in_rtl)}</body>\n</html>\n"
    )


def to_fragment(source: str | Blocks) -> str:
    """Return what a page has in its body, for a place that runs from left to right.

    Formulas are as they are written: what is pasted into or printed by knows no MathML.
    """
    blocks = parse(source) if isinstance(source, str) else source
    return _blocks(with_inlines(blocks, _as_written), in_rtl=False)


def _as_written(inline: Inline) -> Inline:
    return Text(inline.source, href=inline.href) if isinstance(inline, Maths) else inline


def _blocks(blocks: Blocks, *, in_rtl: bool) -> str:
    return "".join(_block(block, in_rtl=in_rtl) for block in blocks)


def _block(block: Block, *, in_rtl: bool) -> str:
    """Return ``block`` with its direction where it is not that of what is around."""
    direction = direction_of((block,))
    is_rtl = in_rtl if direction is None else direction
    turn = _turn(in_rtl, is_rtl)
    match block:
        case Paragraph(inlines):
            return f"<p{turn}>{_inlines(inlines)}</p>\n"
        case Heading(level, inlines):
            return f"<h{level}{turn}>{_inlines(inlines)}</h{level}>\n"
        case Code(text, language):
            name = f' class="language-{escape(language)}"' if language else ""
            return f"<pre{_turn(in_rtl, False)}><code{name}>{escape(text)}</code></pre>\n"
        case Quote(blocks):
            return f"<blockquote{turn}>\n{_blocks(blocks, in_rtl=is_rtl)}</blockquote>\n"
        case BulletList(items, is_tight):
            return f"<ul{turn}>\n{_items(items, is_tight=is_tight, in_rtl=is_rtl)}</ul>\n"
        case NumberedList(items, start, is_tight):
            first = f' start="{start}"' if start != 1 else ""
            return f"<ol{first}{turn}>\n{_items(items, is_tight=is_tight, in_rtl=is_rtl)}</ol>\n"
        case Table(header, rows, alignments):
            # What is pasted or printed has no style sheet: the lines are the table's own.
            lines = ' border="1" cellspacing="0" cellpadding="4"'
            head = f"<thead>\n{_row(header, alignments, 'th')}</thead>\n"
            body = "".join(_row(row, alignments, "td") for row in rows)
            return f"<table{lines}{turn}>\n{head}<tbody>\n{body}</tbody>\n</table>\n"
        case Rule():
            return "<hr>\n"
        case _:
            assert_never(block)


def _items(items: Iterable[Blocks], *, is_tight: bool, in_rtl: bool) -> str:
    return "".join(_item(item, is_tight=is_tight, in_rtl=in_rtl) for item in items)


def _item(item: Blocks, *, is_tight: bool, in_rtl: bool) -> str:
    direction = direction_of(item)
    is_rtl = in_rtl if direction is None else direction
    words = "".join(
        _inlines(block.inlines) + "\n"
        if is_tight and isinstance(block, Paragraph)
        else _block(block, in_rtl=is_rtl)
        for block in item
    )
    return f"<li{_turn(in_rtl, is_rtl)}>{words.rstrip()}</li>\n"


def _row(cells: Iterable[Inlines], alignments: Iterable[Alignment], tag: str) -> str:
    columns = zip(cells, alignments, strict=True)
    return f"<tr>{''.join(_cell(cell, alignment, tag) for cell, alignment in columns)}</tr>\n"


def _cell(cell: Inlines, alignment: Alignment, tag: str) -> str:
    style = f' style="text-align:{alignment.value}"' if alignment else ""
    return f"<{tag}{style}>{_inlines(cell)}</{tag}>"


def _turn(in_rtl: bool, is_rtl: bool) -> str:
    return "" if in_rtl == is_rtl else f' dir="{"rtl" if is_rtl else "ltr"}"'


def _inlines(inlines: Inlines) -> str:
    parts = []
    for href, group in groupby(inlines, key=_href):
        words = "".join(map(_styled, group))
        link = f'<a href="{escape(href)}" rel="noopener noreferrer">{words}</a>'
        parts.append(link if href else words)
    return "".join(parts)


def _href(inline: Inline) -> str:
    return "" if isinstance(inline, LineBreak) else inline.href


def _styled(inline: Inline) -> str:
    match inline:
        case LineBreak():
            return "<br>\n"
        case Maths(source, formula):
            return to_mathml(formula) or _source(source)
        case Text(text):
            words = escape(text)
            for is_on, tag in (
                (inline.is_code, "code"),
                (inline.is_struck, "s"),
                (inline.is_italic, "em"),
                (inline.is_bold, "strong"),
            ):
                words = f"<{tag}>{words}</{tag}>" if is_on else words
            return words
        case _:
            assert_never(inline)


def _source(source: str) -> str:
    return f"<code>{escape(source)}</code>"

"""A model's card as text to read: without the front matter, without pictures and the HTML that holds them.

Cards are Markdown with HTML for looks: centred logos, badges, tables. Nothing of it is obeyed. Code keeps
every letter. Pure.
"""

from __future__ import annotations

import html
import re

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_INVISIBLE = re.compile(
    r"<!--.*?(?:-->|\Z)|<(style|script|svg|head|video|audio|iframe)\b[^>]*>.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/h[1-6]|/li|/tr|/table|/summary)\b[^>]{0,200}>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_HEADING = re.compile(r"<h([1-6])\b[^>]{0,500}>", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,20}(?:\s[^<>]{0,4000})?/?>")
_PICTURE = re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,4000}(?:\s[^()]{0,500})?\)")
_EMPTY_LINK = re.compile(r"(?<!\!)\[\s*\]\([^()\s]{0,4000}\)")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")
_INDENT = re.compile(r"^[ \t]+(?=\S)", re.MULTILINE)


def without_front_matter(card: str) -> str:
    """Return a model card's Markdown without the YAML at its beginning: ``HubModel`` has what it says."""
    card = card.replace("\r\n", "\n")
    return _FRONT_MATTER.sub("", card, count=1).lstrip("\n")


def readable(card: str) -> str:
    """Return ``card`` without tags and pictures; what stands between tags stays, as do code blocks."""
    parts: list[str] = []
    text: list[str] = []
    fence = ""
    for line in card.replace("\r\n", "\n").split("\n"):
        mark = _FENCE.match(line)
        if not fence and mark is not None:
            parts.append(_plain("\n".join(text)))
            text, fence = [line], mark[1]
        elif fence and mark is not None and mark[1].startswith(fence) and not line.strip(" `~"):
            parts.append("\n".join([*text, line]))
            text, fence = [], ""
        else:
            text.append(line)
    parts.append("\n".join(text) if fence else _plain("\n".join(text)))
    return _EMPTY_LINES.sub("\n\n", "\n".join(filter(None, parts))).strip("\n")


def _plain(text: str) -> str:
    if "<" not in text and "![" not in text:
        return text
    text = _INVISIBLE.sub("", text)
    kept: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        kept += [_without_tags(text[end : code.start()]), code[0]]
        end = code.end()
    kept.append(_without_tags(text[end:]))
    return "".join(kept)


def _without_tags(text: str) -> str:
    has_tags = _TAG.search(text) is not None
    text = _HEADING.sub(lambda found: "\n" + "#" * int(found[1]) + " ", text)
    text = _ITEM.sub("\n- ", text)
    text = _CELL.sub(" · ", text)
    text = _BREAK.sub("\n\n", text)
    text = _TAG.sub("", text)
    text = _EMPTY_LINK.sub("", _PICTURE.sub("", text))
    return html.unescape(text) if has_tags else text

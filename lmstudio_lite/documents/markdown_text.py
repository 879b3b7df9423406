"""Kreuzberg's Markdown to text for reading: links and pictures become their words, escapes are undone."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"(?:\\?(!)|(?<!\\))\[((?:[^\[\]\n]|\[[^\[\]\n]*\])*)(?<!\\)\]"
    r"\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)"
)
_FOOTNOTE_MARK = re.compile(r"\[?\\?\[?[\da-z]{1,3}\]?\\?\]?")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRAY_LINE = re.compile(r"^[ \t]*(?:\*\*|[-*])[ \t]*$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*\n")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}\.)[ \t]+")
_LINK_ITEM = re.compile(_LIST_ITEM.pattern + r"(?:\*\*)?(?:" + _LINK.pattern + r"[\s*,;|·•]*)+$")
_FRONT_MATTER_LINE = re.compile(r"(?:---|[\w:.-]+:.*|## title:.*|\s*)$")
_TABLE_ROW = re.compile(r"^\|.*\|[ \t]*$", re.MULTILINE)
_PADDING = re.compile(r"(?<=-{3})-+|(?<=[ \t])[ \t]+")
_BOLD_LINE = re.compile(r"^.*\*\*.*$", re.MULTILINE)
_LONGEST_MENU = 4


def clean_markdown(markdown: str) -> str:
    """Return ``markdown`` without addresses, pictures, escapes, soft hyphens and stray markers."""
    text = markdown.replace("\xad", "")
    for _ in range(2):  # a picture may be a link's text
        text = _LINK.sub(_words_of_link, text)
    text = _ESCAPE.sub(r"\1", text)
    text = _STRAY_LINE.sub("", text)
    text = _BOLD_LINE.sub(_close_bold, text)
    text = _TABLE_ROW.sub(lambda row: _PADDING.sub("", row[0]), text)
    return _BLANK_LINES.sub("\n\n", text).strip()


def strip_web_page(markdown: str) -> str:
    """Return the Markdown of a web page without its front matter and menus.

    A menu is a run of more than four list items that are links and nothing else.
    """
    lines = markdown.split("\n")
    if lines[0] == "---":
        start = next(
            (index for index, line in enumerate(lines) if not _FRONT_MATTER_LINE.match(line)), len(lines)
        )
        lines = lines[start:]
    kept: list[str] = []
    menu: list[str] = []
    for line in [*lines, "end"]:
        if _LINK_ITEM.match(line) or (menu and not line.strip()):
            menu.append(line)
            continue
        if sum(bool(item.strip()) for item in menu) <= _LONGEST_MENU:
            kept += menu
        menu = []
        kept.append(line)
    return "\n".join(kept[:-1])


def _words_of_link(match: re.Match[str]) -> str:
    is_picture, words = match[1], match[2]
    if "](#" in match[0] and _FOOTNOTE_MARK.fullmatch(words):
        return ""
    return words.strip() if is_picture else words


def _close_bold(line: re.Match[str]) -> str:
    """Drop the bold marks of a line where one of a pair is missing."""
    return line[0] if line[0].count("**") % 2 == 0 else line[0].replace("**", "")

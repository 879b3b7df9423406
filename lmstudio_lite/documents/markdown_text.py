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
_TABLE_ROW = re.compile(r"^\|.*\|[ \t]*$", re.MULTILINE)
_PADDING = re.compile(r"(?<=-{3})-+|(?<=[ \t])[ \t]+")
_BOLD_LINE = re.compile(r"^.*\*\*.*$", re.MULTILINE)


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


def _words_of_link(match: re.Match[str]) -> str:
    is_picture, words = match[1], match[2]
    if "](#" in match[0] and _FOOTNOTE_MARK.fullmatch(words):
        return ""
    return words.strip() if is_picture else words


def _close_bold(line: re.Match[str]) -> str:
    """Drop the bold marks of a line where one of a pair is missing."""
    return line[0] if line[0].count("**") % 2 == 0 else line[0].replace("**", "")

"""The front matter of a Markdown file: facts about it for a program, between marks before its text.

YAML between lines of ``---`` (Jekyll, Pandoc), TOML between ``+++`` and a JSON object (both Hugo). A text may
begin with a rule of three dashes as well: only what reads as keys and values is front matter.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass

_LENGTH_MAX = 64 * 1024
_FENCED = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)(?<=\n)(---|\.\.\.|\+\+\+)[ \t]*(?:\n|\Z)", re.DOTALL)
_YAML_LINE = re.compile(r"\s*(?:#.*|-(?:\s.*)?|[\]}],?|[\w\"'./ -]{1,80}:(?:\s.*)?)?\Z")
_INDENTED = re.compile(r"[ \t]+\S")
_KEY = re.compile(r"[\w\"'./ -]{1,80}:(?:\s|\Z)")
_BLOCK_SCALAR = re.compile(r"[|>][+-]?\d?\s*\Z")
_YAML_TITLE = re.compile(r"^title:[ \t]+(.+)$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """``text[:end]`` with its marks and the line end after them; ``title`` is "" where it says none."""

    end: int
    title: str


def find_front_matter(text: str) -> FrontMatter | None:
    """Return the front matter that ``text`` begins with, None if it begins with its first words."""
    head = text[:_LENGTH_MAX]
    fenced = _FENCED.match(head)
    if fenced is not None:
        is_toml = fenced[1] == "+++"
        if is_toml != (fenced[3] == "+++"):
            return None
        title = _toml_title(fenced[2]) if is_toml else _yaml_title(fenced[2])
        return FrontMatter(fenced.end(), title) if title is not None else None
    return _json_front_matter(head) if head.startswith("{") else None


def _yaml_title(content: str) -> str | None:
    """Return the title in what reads as YAML, "" without one; None for what does not."""
    lines = content.split("\n")
    is_yaml = all(_INDENTED.match(line) or _YAML_LINE.match(line) for line in lines)
    if not is_yaml or not any(map(_KEY.match, lines)):
        return None
    found = _YAML_TITLE.search(content)
    value = found[1].strip() if found else ""
    if _BLOCK_SCALAR.match(value):
        return ""
    quoted = re.fullmatch(r"([\"'])(.*)\1", value)
    return quoted[2] if quoted else re.sub(r"\s+#.*", "", value)


def _toml_title(content: str) -> str | None:
    try:
        title = tomllib.loads(content).get("title", "")
    except tomllib.TOMLDecodeError:
        return None
    return title if isinstance(title, str) else ""


def _json_front_matter(head: str) -> FrontMatter | None:
    try:
        value, end = json.JSONDecoder().raw_decode(head)
    except (ValueError, RecursionError):
        return None
    following = re.compile(r"[ \t]*\n\s*\S").match(head, end)
    if not isinstance(value, dict) or not value or following is None:
        return None
    title = value.get("title", "")
    return FrontMatter(head.index("\n", end) + 1, title if isinstance(title, str) else "")

"""Names of sheets: which may become others, and what a program takes for one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lmstudio_lite.documents.rewriting.markup.tokens import TokenKind, attribute, escaped_value, xml_tokens

_UNWANTED = re.compile(r"[\[\]*?:/\\'\n\t]+")
_LONGEST = 31
"""Characters: what Excel and older programs take."""


def free_names(content: str, others: Iterable[str]) -> tuple[frozenset[str], int]:
    """Return the names of sheets that nothing refers to, and how many others there are.

    ``content`` is the spreadsheet's, ``others`` are the parts that may name a sheet as well.
    """
    texts = (content, *others)
    tables = (token for token in xml_tokens(content) if token.name == "table:table")
    names = [attribute(content, each, "table:name") for each in tables if each.kind is not TokenKind.CLOSE]
    known = [name for name in names if name]
    free = {name for name in known if not any(_refers(text, name) for text in texts)}
    return frozenset(free), len(set(known)) - len(free)


def _refers(text: str, name: str) -> bool:
    """Tell whether an address in ``text`` begins with the sheet ("Sheet1.A1", "'My sheet'.A1")."""
    written = escaped_value(name.replace("'", "''"), '"')
    apostrophes = written.replace("'", "&apos;")
    return any(
        re.search(rf"(?<![\w]){quote}{re.escape(each)}{quote}\.", text)
        for each in {written, apostrophes}
        for quote in ("", "'", "&apos;")
    )


def as_sheet_name(text: str, taken: set[str]) -> str:
    """Return ``text`` as a name that no other sheet has; ``taken`` are those, and gets it too."""
    name = " ".join(_UNWANTED.sub(" ", text).split())[:_LONGEST].strip() or "1"
    unique, number = name, 1
    while unique.casefold() in taken:
        number += 1
        end = f" {number}"
        unique = name[: _LONGEST - len(end)] + end
    taken.add(unique.casefold())
    return unique

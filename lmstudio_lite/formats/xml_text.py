"""Text inside XML that we write: what XML can't hold is left out, what it would obey is escaped."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escaped(text: str) -> str:
    """Return ``text`` as the content of an element."""
    return escape(_NOT_IN_XML.sub("", text))


def attribute(text: str) -> str:
    """Return ``text`` as an attribute's value, with its quotation marks."""
    return quoteattr(_NOT_IN_XML.sub("", text))

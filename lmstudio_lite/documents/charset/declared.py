"""Which encoding a file says that it is in: web pages, XML, catalogues of translations, programs.

Only ASCII is looked at, as the standards ask for it: a declaration must be readable before it is known.
"""

from __future__ import annotations

import re

_PAGE_BYTES = 8192
_LINES_BYTES = 2048
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta\b[^>]{0,400}?\bcharset\s*=\s*[\"']?\s*([\w.:+-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:+-]{1,40})[\"']", re.IGNORECASE)
_IN_TEXT = (
    re.compile(
        rb"\A(?:[^\n]*\n)?[ \t\f]*(?:#|//|/\*|;|--|%|\.\\\")[^\n]*?coding[:=][ \t]*([\w.:-]{1,40})"
    ),  # PEP 263
    re.compile(rb"^\"Content-Type: text/plain; charset=([\w.:-]{1,40})\\n\"", re.MULTILINE),  # gettext
    re.compile(rb"^[ \t]*\\usepackage\[([\w-]{1,40})\]\{inputenc\}", re.MULTILINE),  # LaTeX
    re.compile(rb"\A@charset \"([\w.:-]{1,40})\";"),  # CSS
)
_OF_LATEX = {
    "ansinew": "windows-1252",
    "applemac": "macintosh",
    "koi8-ru": "koi8-u",
    "cp1252": "windows-1252",
}


def declared_by_page(content: bytes) -> str:
    """Return the label that a page's ``<meta>`` or XML declaration states, "" if neither is there.

    A page that says in ASCII that it is in UTF-16 is in UTF-8 (WHATWG HTML, "prescan a byte stream").
    """
    head = content[:_PAGE_BYTES]
    found = _XML.search(head.removeprefix(b"\xef\xbb\xbf")) or _META.search(_COMMENT.sub(b"", head))
    label = found[1].decode("ascii", "replace").lower() if found else ""
    return "utf-8" if label.startswith(("utf-16", "utf16", "ucs-2")) else label


def declared_by_text(content: bytes) -> str:
    """Return the label that a text states in the way of its kind, "" for none."""
    head = content[:_LINES_BYTES]
    if found := _XML.search(head):
        return declared_by_page(content)
    found = next((match for pattern in _IN_TEXT if (match := pattern.search(head))), None)
    label = found[1].decode("ascii", "replace").lower() if found else ""
    return _OF_LATEX.get(label, label)

"""Web pages as browsers save them: which address they came from, and Safari's archives.

The address is what the page itself says: nothing is asked of the network, nor is anything fetched from there.
"""

from __future__ import annotations

import plistlib
from xml.parsers.expat import ExpatError

import regex

from lmstudio_lite.documents.charset import decode_text
from lmstudio_lite.documents.mail import SavedPage

_SEARCHED_LENGTH = 200_000
_ADDRESS = r"(?P<address>https?://[^\s\"'<>]{3,2000})"
_SAYING_SO = tuple(
    regex.compile(pattern, regex.IGNORECASE)
    for pattern in (
        # Chrome, Edge and Internet Explorer; then the extension SingleFile; then the page's author.
        rf"<!--\s*saved from url=\(\d+\){_ADDRESS}",
        rf"Page saved with SingleFile\s+url:\s*{_ADDRESS}",
        rf"<link\b[^>]{{0,300}}\brel=[\"']?canonical[\"']?[^>]{{0,300}}?\bhref=[\"']?{_ADDRESS}",
        rf"<link\b[^>]{{0,300}}?\bhref=[\"']?{_ADDRESS}[\"']?[^>]{{0,300}}\brel=[\"']?canonical\b",
        rf"<meta\b[^>]{{0,300}}\bproperty=[\"']?og:url[\"']?[^>]{{0,300}}?\bcontent=[\"']?{_ADDRESS}",
    )
)


def address_of(html: str) -> str:
    """Return the address that a saved page says it came from, "" if it says none."""
    head = html[:_SEARCHED_LENGTH]
    found = next((match for pattern in _SAYING_SO if (match := pattern.search(head))), None)
    return found["address"].replace("&amp;", "&") if found else ""


def read_web_archive(content: bytes) -> SavedPage:
    """Return the page in an archive of Safari's.

    Raises:
        ValueError: it is none.
    """
    try:
        archive = plistlib.loads(content)
        page = archive["WebMainResource"]
        html, encoding = page["WebResourceData"], page.get("WebResourceTextEncodingName", "")
        address = str(page.get("WebResourceURL", ""))
    except (
        plistlib.InvalidFileException,
        ExpatError,
        LookupError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:
        raise ValueError("no web archive") from error
    if not isinstance(html, bytes):
        raise ValueError("no web archive")
    try:
        return SavedPage(html.decode(str(encoding) or "utf-8"), address)
    except (LookupError, ValueError):
        return SavedPage(decode_text(html).text, address)

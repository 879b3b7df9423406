"""Web pages as browsers save them: which address they came from, and Safari's archives.

The address is what the page itself says: nothing is asked of the network, nor is anything fetched from there.
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from xml.parsers.expat import ExpatError

import regex

from lmstudio_lite.documents.web.mail_kinds import Leaf, leaf_of, leaves_of
from lmstudio_lite.documents.web.mime import Node
from lmstudio_lite.documents.web.web_page import SavedPage, decode_page

_DEEPEST = 5
_BROKEN = (LookupError, TypeError, AttributeError, OverflowError, ValueError, RecursionError)
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
    """Return the page in an archive of Safari's, with the frames that it keeps.

    Raises:
        ValueError: it is none.
    """
    try:
        archive = plistlib.loads(content)
    except (plistlib.InvalidFileException, ExpatError, *_BROKEN) as error:
        raise ValueError("no web archive") from error
    pages = list(_pages_of(archive, 0))
    if not pages:
        raise ValueError("no web archive")
    address, main = pages[0]
    frames = {address: page for address, page in pages[1:] if address}
    return SavedPage(main, address, frames)


def _pages_of(archive: object, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the page in an archive, then those in the archives of its frames."""
    if not isinstance(archive, dict) or depth > _DEEPEST:
        return
    page = archive.get("WebMainResource")
    html = page.get("WebResourceData") if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(html, bytes):
        return
    declared = str(page.get("WebResourceTextEncodingName", ""))
    yield str(page.get("WebResourceURL", "")), decode_page(html, declared)
    frames = archive.get("WebSubframeArchives")
    for frame in frames if isinstance(frames, list) else ():
        yield from _pages_of(frame, depth + 1)


def saved_page_in(message: Node) -> SavedPage | None:
    """Return the page that a browser wrote as a message (RFC 2557), None for what is a mail.

    Raises:
        ValueError: the page is no text.
    """
    address = message.header("Snapshot-Content-Location")
    sender = message.header("From")
    is_saved = bool(address) or "saved by" in sender.lower()
    is_mail = any(message.header(name) for name in ("To", "Cc", "Received", "Message-ID", "Delivered-To"))
    if not is_saved and (message.kind != "multipart/related" or is_mail):
        return None
    pages = [leaf for leaf in leaves_of(message) if leaf_of(leaf) is Leaf.HTML and leaf.content.strip()]
    if not pages:
        return None
    decoded = [decode_page(page.content, page.charset) for page in pages]
    frames: dict[str, str] = {}
    for page, text in zip(pages[1:], decoded[1:], strict=True):
        for name in ("Content-Location", "Content-ID"):
            if key := page.header(name).strip("<>"):
                frames[key if name == "Content-Location" else f"cid:{key}"] = text
    address = address or pages[0].header("Content-Location")
    return SavedPage(decoded[0], address, frames)

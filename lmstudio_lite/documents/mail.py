"""E-mails and saved web pages, which are messages too (MIME, RFC 2045 and 2557).

Kreuzberg runs the paragraphs of a mail together and, where a mail is HTML only, even its sentences; so
Python's own ``email`` takes the message apart, and only the HTML in it goes on to kreuzberg. Whatever stands
in a damaged message is read as far as it can be: a broken header costs that header.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

import regex

from lmstudio_lite.documents.charset import decode_text

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_LONGEST_HEADER = 500
_MOST_PARTS = 1000
_HEADER_LINE = regex.compile(r"(?:Subject|From|To|CC|BCC|Cc|Bcc|Date): .*")
_WRAPPED_LINE = 60


@dataclass(frozen=True, slots=True)
class Mail:
    """``head`` names sender, date and the like, a line each; one of ``text`` and ``html`` is the body."""

    subject: str
    head: str
    text: str
    html: str
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A web page as a browser kept it, with the address it came from; "" where it says none."""

    html: str
    address: str


def parse_mail(content: bytes) -> Mail | SavedPage:
    """Take a message apart; one that a browser wrote is a page.

    Raises:
        ValueError: its text has no encoding that makes sense, or its parts never end.
    """
    try:
        message = message_from_bytes(content)
    except RecursionError:
        raise ValueError("parts within parts without end") from None
    address = _header(message, "Snapshot-Content-Location")
    is_related = message.get_content_type() == "multipart/related"
    if address or (is_related and not _header(message, "To")):
        for part in _parts(message):
            if part.get_content_type() in ("text/html", "application/xhtml+xml"):
                return SavedPage(_text_of(part), address or _header(part, "Content-Location"))
    texts = {"text/plain": "", "text/html": ""}
    attachments: list[str] = []
    for part in _parts(message):
        kind, name = part.get_content_type(), _file_name(part)
        if name or _is_attached(part):
            attachments.append(name or kind)
        elif kind in texts and not texts[kind].strip():
            texts[kind] = _text_of(part)
    plain = texts["text/plain"]
    head = "\n".join(f"{name}: {value}" for name in _HEADERS if (value := _header(message, name)))
    html = "" if plain.strip() else texts["text/html"]
    return Mail(_header(message, "Subject"), head, plain, html, tuple(attachments))


def mail_text(mail: Mail, read_html: Callable[[str], str]) -> str:
    """Return the mail as text: its head, its body and the names of what is attached to it."""
    body = _unflowed(mail.text) if mail.text.strip() else read_html(mail.html) if mail.html.strip() else ""
    attached = "\n".join(f"- {name}" for name in mail.attachments)
    return "\n\n".join(part for part in (mail.head, body.strip(), attached) if part.strip())


def outlook_text(plain: str) -> str:
    """Return kreuzberg's plain text of an Outlook message with its head apart from its body."""
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    num_head = next((n for n, line in enumerate(lines) if not _HEADER_LINE.fullmatch(line)), len(lines))
    head, body = "\n".join(lines[:num_head]), "\n".join(lines[num_head:])
    return "\n\n".join(part for part in (head, _unflowed(body).strip()) if part)


def _unflowed(text: str) -> str:
    """Drop the spaces before line ends that flowed text (RFC 3676) has; they would end its lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() if len(line) >= _WRAPPED_LINE else line for line in lines)


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts that hold something; forwarded messages are attachments, not looked into."""
    open_parts, num_parts = [message], 0
    while open_parts and num_parts < _MOST_PARTS:
        part = open_parts.pop(0)
        num_parts += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            open_parts[:0] = [each for each in part.get_payload() if isinstance(each, Message)]
        else:
            yield part


def _text_of(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("") or "ascii")
    except (LookupError, ValueError):
        return decode_text(content).text


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() in (
        "message",
        "application",
    )


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return _one_line(name)


def _header(message: Message, name: str) -> str:
    # What the standard library makes of a broken header is any of these.
    try:
        raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
        # Bytes that are no ASCII, which many programs write all the same, stand as surrogates.
        value = raw[: 4 * _LONGEST_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return _one_line(str(make_header(decode_header(value))))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _one_line(value: str) -> str:
    printable = value.encode("utf-8", "replace").decode()
    return " ".join(printable.split())[:_LONGEST_HEADER]

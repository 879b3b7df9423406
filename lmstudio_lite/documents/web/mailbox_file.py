"""A mailbox's messages in one file (mbox, RFC 4155), as mail programs export them."""

from __future__ import annotations

from email.message import Message
from itertools import pairwise

import regex

from lmstudio_lite.documents.web.mime import Node, parse_message

_SEPARATOR = regex.compile(
    rb"(?:\A|(?<=\n)\r?\n)From \S[^\r\n]{0,200}\d{4}[^\r\n]{0,20}\r?\n(?=[!-9;-~]{1,60}:)"
)


def parse_mailbox(content: bytes) -> Node | None:
    """Return the messages as the parts of one, None for what is no mailbox or holds one message only."""
    if not content.startswith(b"From "):
        return None
    spans = [found.span() for found in _SEPARATOR.finditer(content)]
    if len(spans) < 2:
        return None
    mailbox = _node("multipart/digest")
    for (_, start), (end, _) in pairwise([*spans, (len(content), len(content))]):
        message = _node("message/rfc822")
        message.children.append(parse_message(content[start:end]))
        mailbox.children.append(message)
    return mailbox


def _node(kind: str) -> Node:
    headers = Message()
    headers["Content-Type"] = kind
    return Node(headers)

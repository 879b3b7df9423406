"""Messages with all that can be in them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

from tests.documents.corpus.cases import SENTENCES, Case, Names

_RUBBISH = random.Random(14).randbytes(600)


def cases() -> Iterator[Case]:
    yield from _bodies()
    yield from _attachments()
    yield _forwarded()
    yield from _encoded()


def _message(subject: str = "The harbour") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = subject
    message["From"] = "Ada Example <ada@example.org>"
    message["To"] = "Ben Example <ben@example.org>"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    return message


def mail_with_attachments(*names: str) -> bytes:
    """Return a message with files attached that hold no text."""
    message = _message()
    message.set_content("The plans are attached. Please tell me what the harbour master thinks of them.")
    for name in names:
        message.add_attachment(_RUBBISH, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def _bodies() -> Iterator[Case]:
    for encoding in ("7bit", "quoted-printable", "base64"):
        names, message = Names("plain"), _message()
        message.set_content("\n\n".join(names.sentence() for _ in range(3)), cte=encoding)
        yield Case(f"mail plain {encoding}", "a.eml", message.as_bytes(), (*names.words, "ada@example.org"))
    names, message = Names("html"), _message()
    message.set_content(f"<p>{names.sentence()}</p><p>{names.sentence()}</p>", subtype="html")
    yield Case("mail html only", "a.eml", message.as_bytes(), names.words)
    names, message = Names("both"), _message()
    sentence = names.sentence()
    message.set_content(sentence)
    message.add_alternative(f"<p>{sentence}</p>", subtype="html")
    yield Case("mail alternatives", "a.eml", message.as_bytes(), names.words)
    names, message = Names("mixed"), _message()
    message.set_content(names.sentence())
    message.make_mixed()
    for _ in range(2):
        second = EmailMessage()
        second.set_content(names.sentence())
        message.attach(second)
    yield Case("mail three bodies", "a.eml", message.as_bytes(), names.words)


def _attachments() -> Iterator[Case]:
    names, message = Names("attached"), _message()
    message.set_content(names.sentence())
    message.add_attachment(names.sentence(), filename="notes.txt")
    in_text = names.words[-1:]
    data = message.as_bytes()
    parts = {"attachment “notes.txt”": in_text}
    yield Case("mail text attachment", "a.eml", data, names.words[:-1], parts=parts)
    for name, kind in (("plan.pdf", "pdf"), ("plan.zip", "zip"), ("Größe.bin", "octet-stream")):
        names, message = Names("with"), _message()
        message.set_content(names.sentence())
        message.add_attachment(_RUBBISH, maintype="application", subtype=kind, filename=name)
        place = f"attachment “{name}”"
        yield Case(f"mail attachment {name}", "a.eml", message.as_bytes(), names.words, named=(place,))
    names, message = Names("inline"), _message()
    message.set_content(f"<p>{names.sentence()}</p><img src='cid:a'>", subtype="html")
    message.add_related(b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "image", "png", cid="<a>", filename="logo.png")
    yield Case("mail inline picture", "a.eml", message.as_bytes(), names.words)


def _forwarded() -> Case:
    names, message, inner = Names("forward"), _message(), _message("An older one")
    inner.set_content(names.sentence())
    message.set_content(names.sentence())
    message.add_attachment(inner)
    return Case("mail forwarded", "a.eml", message.as_bytes(), names.words)


def _encoded() -> Iterator[Case]:
    for language, charset in (
        ("de", "iso-8859-1"),
        ("fr", "windows-1252"),
        ("ru", "koi8-r"),
        ("zh", "gb2312"),
        ("ja", "iso-2022-jp"),
        ("ar", "utf-8"),
    ):
        message, sentence = _message(), SENTENCES[language].replace("’", "'")
        message.set_content(sentence, charset=charset)
        yield Case(f"mail {language} {charset}", "a.eml", message.as_bytes(), (sentence,))

"""What makes pages, messages and books hard: frames, hidden things, messages in messages, broken spines."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from tests.documents.corpus.books import make_epub
from tests.documents.corpus.cases import Case, Names

_PAGES = {
    "frame inside": "<p>{0}</p><iframe srcdoc='<p>{1}</p>'></iframe>",
    "ruby": "<p>{0} <ruby>{1}<rt>{2}</rt></ruby></p>",
    "noscript": "<p>{0}</p><noscript><p>{1}</p></noscript>",
    "select": "<p>{0}</p><select size='2'><option>{1}</option><option>{2}</option></select>",
    "drawing": "<p>{0}</p><svg><text>{1}</text></svg>",
    "caption": "<table><caption>{0}</caption><tr><td>{1}</td></tr></table>",
    "spans": "<table><tr><td colspan='2'>{0}</td></tr><tr><td rowspan='2'>{1}</td><td>{2}</td></tr></table>",
    "block in inline": "<a href='x'><div>{0}</div><div>{1}</div></a>",
    "upper case": "<P>{0}<BR>{1}<UL><LI>{2}</UL>",
    "text without tags": "{0}<div>{1}</div>{2}",
    "split word": "<p>{0}<wbr> {1}</p>",
    "address and time": "<address>{0}</address><time>{1}</time><p><cite>{2}</cite></p>",
    "header and footer": "<header><p>{0}</p></header><p>{1}</p><footer><p>{2}</p></footer>",
    "dialog": "<p>{0}</p><dialog open><p>{1}</p></dialog>",
    "text area": "<p>{0}</p><textarea>{1}</textarea><input type='text' value='{2}'>",
    "list in table": "<table><tr><td><ul><li>{0}</li><li>{1}</li></ul></td><td>{2}</td></tr></table>",
    "centered": "<center><font size='3'>{0}</font></center><p>{1}</p>",
}


def cases() -> Iterator[Case]:
    for trait, template in _PAGES.items():
        names = Names("web")
        body = template.format(*(names.new() for _ in range(template.count("{"))))
        page = (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{body}<p>{names.sentence()}</p>"
        )
        yield Case(f"html {trait}", "page.html", page.encode(), names.words)
    names = Names("hidden")
    hidden = "<p hidden>unseen1</p><div style='display:none'>unseen2</div>"
    page = f"<html><body><p>{names.sentence()}</p>{hidden}<p>{names.sentence()}</p></body></html>"
    yield Case("html hidden elements", "page.html", page.encode(), names.words)
    yield from _mails()
    yield from _books()


def _head(message: EmailMessage | MIMEMultipart) -> None:
    message["Subject"], message["From"], message["To"] = "Harbour", "ada@example.org", "ben@example.org"


def _mails() -> Iterator[Case]:
    names = Names("tree")
    outer, related, alternative = (
        MIMEMultipart("mixed"),
        MIMEMultipart("related"),
        MIMEMultipart("alternative"),
    )
    _head(outer)
    sentence = names.sentence()
    alternative.attach(MIMEText(sentence))
    alternative.attach(MIMEText(f"<p>{sentence}</p>", "html"))
    related.attach(alternative)
    outer.attach(related)
    outer.attach(MIMEText(names.sentence()))
    yield Case("mail tree", "a.eml", outer.as_bytes(), names.words)
    names, inner = Names("within"), EmailMessage()
    _head(inner)
    inner.set_content(names.sentence())
    for _ in range(3):
        outside = EmailMessage()
        _head(outside)
        outside.set_content(names.sentence())
        outside.add_attachment(inner)
        inner = outside
    yield Case("mail four levels", "a.eml", inner.as_bytes(), names.words)
    names, digest = Names("digest"), MIMEMultipart("digest")
    _head(digest)
    for _ in range(3):
        each = EmailMessage()
        _head(each)
        each.set_content(names.sentence())
        wrapped = EmailMessage()
        wrapped.set_content(each)
        digest.attach(wrapped)
    yield Case("mail digest", "a.eml", digest.as_bytes(), names.words)
    names = Names("cut")
    text = (
        "Subject: Harbour\nFrom: ada@example.org\nTo: ben@example.org\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n'
        f"{names.sentence()}\n--b\nContent-Type: text/plain; charset=utf-8\n\n{names.sentence()}\n"
    )
    yield Case("mail without an end", "a.eml", text.encode(), names.words)
    names, message = Names("stub"), MIMEMultipart("alternative")
    _head(message)
    message.attach(MIMEText("Your mail program does not show HTML."))
    message.attach(MIMEText("".join(f"<p>{names.sentence()}</p>" for _ in range(5)), "html"))
    yield Case("mail with a stub", "a.eml", message.as_bytes(), names.words)
    for suffix, subtype, template in (
        ("md", "markdown", "# Notes\n\n{0}\n"),
        ("csv", "csv", "name,note\nquay,{0}\n"),
        ("html", "html", "<p>{0}</p>"),
    ):
        names, mail = Names("file"), EmailMessage()
        _head(mail)
        mail.set_content(names.sentence())
        mail.add_attachment(template.format(names.new()), subtype=subtype, filename=f"a.{suffix}")
        parts = {f"attachment “a.{suffix}”": names.words[1:]}
        yield Case(f"mail with {suffix}", "a.eml", mail.as_bytes(), names.words[:1], parts=parts)


def _books() -> Iterator[Case]:
    for trait, template in (
        ("entities", "<p>{0}&nbsp;&eacute;&mdash;{1}</p>"),
        ("broken markup", "<p>{0}<p>{1}<br>"),
        ("tables and lists", "<table><tr><td>{0}</td></tr></table><ul><li>{1}</li></ul>"),
        ("footnote", "<p>{0}<a epub:type='noteref' href='#n'>1</a></p><aside id='n'><p>{1}</p></aside>"),
        ("deep", f"{'<div>' * 100}{{0}}{'</div>' * 100}<p>{{1}}</p>"),
    ):
        names = Names("book")
        chapters = {
            "one.xhtml": template.format(names.new(), names.new()),
            "two.xhtml": f"<p>{names.new()}</p>",
        }
        yield Case(f"epub {trait}", "book.epub", make_epub(chapters), names.words)
    names = Names("spineless")
    chapters = {name: f"<p>{names.sentence()}</p>" for name in ("one.xhtml", "two.xhtml")}
    yield Case("epub without a spine", "book.epub", make_epub(chapters, spine=[]), names.words)

"""Web pages, mails and books, each by its own reader; browsers save pages as messages too."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.documents.charset.declared import declared_by_page
from lmstudio_lite.documents.decoding import EncodingWish, decode_file, with_encoding
from lmstudio_lite.documents.embedded import ReadInner
from lmstudio_lite.documents.extraction import extract
from lmstudio_lite.documents.formats import Format, Kind
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.web.epub import read_epub
from lmstudio_lite.documents.web.fiction_book import read_fiction_book
from lmstudio_lite.documents.web.mail import read_mail
from lmstudio_lite.documents.web.mailbox_file import parse_mailbox
from lmstudio_lite.documents.web.mime import parse_message
from lmstudio_lite.documents.web.notebook import read_notebook
from lmstudio_lite.documents.web.outlook import parse_outlook
from lmstudio_lite.documents.web.saved_page import address_of, read_web_archive, saved_page_in
from lmstudio_lite.documents.web.web_page import SavedPage, read_page
from lmstudio_lite.errors import DocumentDamagedError

_RTF = Format(Kind.OFFICE, "application/rtf")


def read_hypertext(
    path: Path, content: bytes, found: Format, wish: EncodingWish, read_inner: ReadInner
) -> Reading:
    """Read a web page, a mail, a book or a notebook.

    Raises:
        DocumentUnsupportedError, DocumentEncryptedError, DocumentScannedError: as their names say.
        DocumentDamagedError: ``reason`` is "corrupt".
    """
    if found.kind is Kind.HTML:
        decoded = decode_file(path, content, wish, declared=declared_by_page(content))
        page = SavedPage(decoded.text, address_of(decoded.text))
        return with_encoding(read_page(page), decoded, content)
    try:
        match found.kind:
            case Kind.EPUB:
                return read_epub(path, content, read_inner)
            case Kind.FICTION_BOOK:
                return read_fiction_book(content)
            case Kind.NOTEBOOK:
                return read_notebook(content)
            case Kind.WEB_ARCHIVE:
                return read_page(read_web_archive(content))
            case Kind.OUTLOOK:
                message = parse_outlook(content, lambda rtf: extract(path, rtf, _RTF, output="plain").content)
                return read_mail(message, read_inner)
        if mailbox := parse_mailbox(content):
            return read_mail(mailbox, read_inner)
        message = parse_message(content)
        saved = saved_page_in(message)
        return read_mail(message, read_inner) if saved is None else read_page(saved)
    except ValueError:
        raise DocumentDamagedError(path=str(path), reason="corrupt") from None

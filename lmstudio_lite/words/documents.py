"""Documents that can't be read."""

from __future__ import annotations

from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.files import FileKind
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.saying import (
    Details,
    Explanation,
    Wording,
    about_file,
    amount,
    file_name,
    meant,
    say_duration,
    say_kind,
)
from lmstudio_lite.words.translate import mark, tr, trn


def _document_not_found(details: Details) -> Explanation:
    return Explanation(
        tr("{0} is not there.").format(file_name(details)), meant(details, tr("Check its name and folder."))
    )


def _document_empty(details: Details) -> Explanation:
    num_unread = details.get("num_unread")
    if not isinstance(num_unread, int):
        return Explanation(tr("{0} holds no text.").format(file_name(details)), tr("Choose another file."))
    what = trn(
        "{0} holds no text of its own, only {n} part that can't be read, such as a picture or a file within.",
        "{0} holds no text of its own, only {n} parts that can't be read, such as pictures or files within.",
        num_unread,
    )
    return Explanation(
        what.format(file_name(details)),
        tr("Save what it holds as files of their own, and use those."),
    )


def _document_language(details: Details) -> Explanation:
    language = details.get("language")
    name = say_language(language) if isinstance(language, str) and language in LANGUAGES else ""
    sentence = tr("{0} is in {1} already.") if name else tr("{0} is in that language already.")
    return Explanation(
        sentence.format(file_name(details), name),
        tr("Choose another language to translate it into, or say which language it is in."),
    )


def _document_scanned(details: Details) -> Explanation:
    pages = details.get("num_pages")
    if pages == 0:
        return Explanation(
            tr("{0} is a picture.").format(file_name(details)),
            tr("Install Tesseract, a free program that reads text in pictures, with your language."),
        )
    what = (
        trn(
            "{0} is a scan ({n} page): it holds pictures of pages, no text.",
            "{0} is a scan ({n} pages): it holds pictures of pages, no text.",
            pages,
        )
        if isinstance(pages, int)
        else tr("{0} is a scan: it holds pictures of pages, no text.")
    )
    return Explanation(
        what.format(file_name(details)),
        tr("Install Tesseract, a free program that reads text in pictures, with your language."),
    )


_INODE = "inode/"
"""What the shared MIME database calls folders, pipes and devices."""
_KIND_REMEDIES: dict[str, str] = {
    FileKind.FOLDER: mark("Choose the files in it."),
    FileKind.PIPE: mark(
        "Save what comes out of it as a file, or hand it to a command as its standard input (-)."
    ),
}
_OTHER_REMEDY = mark("Choose a file.")


def _document_unsupported(details: Details) -> Explanation:
    mime_type = str(details.get("mime_type", ""))
    if mime_type.startswith(_INODE):
        kind = mime_type.removeprefix(_INODE)
        return Explanation(
            tr("{0} is {1}, not a file.").format(file_name(details), say_kind(kind)),
            tr(_KIND_REMEDIES.get(kind, _OTHER_REMEDY)),
        )
    kind = f" ({mime_type})" if mime_type else ""
    return Explanation(
        tr("{0} is of a kind that can't be read{1}.").format(file_name(details), kind),
        tr("Save it as PDF, Word, OpenDocument, EPUB, HTML, Markdown or plain text."),
    )


_DAMAGED_REASONS = {
    "corrupt": (
        mark("{0} is damaged and can't be read."),
        mark("Open it in the program that made it and save it again, or get another copy."),
    ),
    "permission": (
        mark("{0} can't be opened: you are not allowed to read it."),
        mark("Change who may read it in the file's properties, or ask its owner for a copy."),
    ),
    "unreadable": (
        mark("{0} can't be read from its folder."),
        mark("Check that its drive is connected, or copy it to this machine, and try again."),
    ),
    "crashed": (
        mark("{0} could not be read: the program that reads documents failed on it."),
        mark("Save it again in the program it was made with, or as plain text. Nothing else was affected."),
    ),
    "out_of_memory": (
        mark("{0} takes more memory to read than one document may use."),
        mark("Split it into parts, or save it in a simpler format such as plain text."),
    ),
}


def _document_damaged(details: Details) -> Explanation:
    what, remedy = _DAMAGED_REASONS.get(str(details.get("reason", "")), _DAMAGED_REASONS["corrupt"])
    return Explanation(tr(what).format(file_name(details)), tr(remedy))


def _document_too_large(details: Details) -> Explanation:
    size, limit = amount(details, "size_bytes"), amount(details, "limit_bytes")
    return Explanation(
        tr("{0} is too large: {1}, and the limit is {2}.").format(file_name(details), size, limit),
        tr("Split it into parts, and read one at a time."),
    )


def _document_timeout(details: Details) -> Explanation:
    limit = details.get("limit_s")
    what = (
        tr("{0} could not be read within {1}.").format(file_name(details), say_duration(limit))
        if isinstance(limit, int | float)
        else tr("{0} could not be read in time.").format(file_name(details))
    )
    return Explanation(
        what,
        tr("Save it in a simpler format (plain text, Markdown) or split it into parts."),
    )


def _no_terms(details: Details) -> Explanation:
    if details.get("wanted") == "segments":
        return Explanation(
            tr("{0} is no translation memory.").format(file_name(details)),
            tr("Choose a TMX file: every translation program can export one."),
        )
    return Explanation(
        tr("{0} holds no terms that can be read.").format(file_name(details)),
        tr("Choose a CSV, TSV or TBX file; a table needs a column of terms and one of translations."),
    )


def _document_column(details: Details) -> Explanation:
    column, known = str(details.get("column", "")), str(details.get("known", ""))
    return Explanation(
        tr("{0} has no column {1}.").format(file_name(details), column),
        tr("Its columns are: {0}. Name one of them, or give its number from 1.").format(known),
    )


WORDS: dict[str, Wording] = {
    "document": about_file(
        mark("{0} can't be used."), mark("Try another file, or save it in another format.")
    ),
    "document_not_found": _document_not_found,
    "document_vanished": about_file(
        mark("{0} disappeared or changed while it was read."),
        mark("Check that its drive is connected, and try again."),
    ),
    "document_changed": about_file(
        mark("{0} has changed since it was translated."),
        mark("Translate it again: sentences that are the same are taken from the first time."),
    ),
    "document_encrypted": about_file(
        mark("{0} is protected by a password."),
        mark("Open it in its own program, save a copy without password, and use the copy."),
    ),
    "document_empty": _document_empty,
    "document_language": _document_language,
    "document_scanned": _document_scanned,
    "document_unsupported": _document_unsupported,
    "document_damaged": _document_damaged,
    "document_too_large": _document_too_large,
    "document_timeout": _document_timeout,
    "no_terms": _no_terms,
    "document_column": _document_column,
    "document_layout": about_file(
        mark("The translation can't stand beside or below the text in {0}: such files have one language."),
        mark("Translate it without the original, or choose the other arrangement."),
    ),
}

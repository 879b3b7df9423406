"""A summary as a file: Markdown, plain text, HTML, PDF or Word, with the passages behind it or without."""

from __future__ import annotations

from html import escape
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, QMimeData
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.ui.languages import RIGHT_TO_LEFT
from lmstudio_lite.ui.markdown import to_html
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.ui.summarize.wording import as_markdown, say_evidence, say_place

_PDF_MARGIN_MM = 20.0
_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:46em;margin:2em auto;padding:0 1em}"
    "blockquote{color:#555;border-left:3px solid #ccc;margin-left:0;padding-left:1em}"
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Summarize", text)


def export_filters() -> list[str]:
    """Return the dialog's name filters, the first one the default."""
    return [
        _tr("Markdown (*.md)"),
        _tr("Word (*.docx)"),
        _tr("PDF (*.pdf)"),
        _tr("Web page (*.html)"),
        _tr("Plain text (*.txt)"),
    ]


def export_content(item: SummaryItem, done: Done, path: Path, *, with_references: bool) -> bytes:
    """Return what to write to ``path``, whose ending names the form; an unknown one is plain text."""
    markdown = as_markdown(item, done)
    if with_references:
        markdown = f"{markdown}\n{references_of(done)}"
    match path.suffix.lower():
        case ".md" | ".markdown":
            return markdown.encode("utf-8")
        case ".docx":
            from lmstudio_lite.documents.docx_writer import markdown_to_docx

            return markdown_to_docx(markdown)
        case ".pdf":
            return _pdf(markdown, item.title)
        case ".html" | ".htm":
            return _page(markdown, item.title, done.facts.language).encode("utf-8")
        case _:
            plain = QTextDocument()
            plain.setMarkdown(markdown if with_references else done.text)
            return (plain.toPlainText().strip() + "\n").encode("utf-8")


def references_of(done: Done) -> str:
    """Return the passages behind each sentence as Markdown, "" if there are none."""
    evidence = done.support.evidence
    if not evidence.sentences:
        return ""
    lines = [f"## {_tr('Evidence')}", "", f"*{say_evidence(done.support)}*", ""]
    for number, sentence in enumerate(evidence.sentences, 1):
        lines += [f"{number}. {' '.join(sentence.text.split())}", ""]
        if not sentence.is_supported:
            lines += [f"> {_tr('Nothing in the text backs this sentence.')}", ""]
        for passage in sentence.passages if sentence.is_supported else ():
            lines += [f"> {say_place(passage)}“{' '.join(passage.quote.split())}”", ""]
    return "\n".join(lines).rstrip() + "\n"


def rich_text(markdown: str) -> QMimeData:
    """Return ``markdown`` for the clipboard, so that a word processor gets lists and headings."""
    mime = QMimeData()
    mime.setHtml(to_html(markdown))
    mime.setText(markdown)
    return mime


def _page(markdown: str, title: str, language: str) -> str:
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{to_html(markdown)}</body></html>\n"
    )


def _pdf(markdown: str, title: str) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margin = QMarginsF(_PDF_MARGIN_MM, _PDF_MARGIN_MM, _PDF_MARGIN_MM, _PDF_MARGIN_MM)
    writer.setPageMargins(margin, QPageLayout.Unit.Millimeter)
    document = QTextDocument()
    document.setHtml(to_html(markdown))
    document.print_(writer)
    buffer.close()
    return bytes(content.data())

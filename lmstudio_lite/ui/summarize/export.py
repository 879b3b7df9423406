"""A summary as a file: Markdown, plain text, HTML, PDF or Word, with the passages behind it or without."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.app.summaries import Done
from lmstudio_lite.formats.docx import to_docx
from lmstudio_lite.formats.html import to_page
from lmstudio_lite.formats.markdown import escaped
from lmstudio_lite.formats.plain import to_plain_text
from lmstudio_lite.ui.printing import to_pdf
from lmstudio_lite.ui.reading_notice import say_missing
from lmstudio_lite.ui.summarize.items import SummaryItem
from lmstudio_lite.words import explain_warning
from lmstudio_lite.words.summaries import say_doubt, say_evidence, say_facts, say_place, say_verdict
from lmstudio_lite.words.translate import tr


def export_filters() -> list[str]:
    """Return the dialog's name filters, the first one the default."""
    return [
        tr("Markdown (*.md)"),
        tr("Word (*.docx)"),
        tr("PDF (*.pdf)"),
        tr("Web page (*.html)"),
        tr("Plain text (*.txt)"),
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
            return to_docx(markdown, title=item.title, language=done.facts.language)
        case ".pdf":
            return to_pdf(markdown, title=item.title)
        case ".html" | ".htm":
            return to_page(markdown, title=item.title, language=done.facts.language).encode("utf-8")
        case _:
            return to_plain_text(markdown if with_references else done.text).encode("utf-8")


def as_markdown(item: SummaryItem, done: Done) -> str:
    """The saved form: title, where it comes from, how much was read and what was not, then the summary."""
    origin = item.document.address if item.document and item.document.address else ""
    name = item.path.name if item.path else ""
    about = " · ".join(escaped(part) for part in (name, origin, say_facts(done.facts)) if part)
    missing = say_missing(item.document.inventory) if item.document else []
    said = [*map(escaped, missing), *map(explain_warning, done.facts.warnings)]
    warnings = "".join(f"> {sentence}\n\n" for sentence in said)
    return f"# {escaped(item.title)}\n\n*{about}*\n\n{warnings}{done.text.strip()}\n"


def references_of(done: Done) -> str:
    """Return the passages behind each sentence as Markdown, "" if there are none."""
    evidence = done.support.evidence
    if not evidence.sentences:
        return ""
    lines = [f"## {tr('Evidence')}", "", f"*{say_evidence(done.support.evidence)}*", ""]
    for number, sentence in enumerate(evidence.sentences, 1):
        lines += [f"{number}. {' '.join(sentence.text.split())}", ""]
        if not sentence.is_supported:
            said = [say_verdict(sentence), *(say_doubt(sentence, n) for n in range(len(sentence.doubts)))]
            lines += [f"> {escaped(each)}\n" for each in said]
        for passage in sentence.passages if sentence.is_supported else ():
            lines += [f"> {say_place(passage)}“{escaped(' '.join(passage.quote.split()))}”", ""]
    return "\n".join(lines).rstrip() + "\n"

"""Paragraphs of two languages as one web page of two columns, to be read or printed; nothing is remote."""

from __future__ import annotations

from collections.abc import Sequence

from lmstudio_lite.documents.rewriting.locales import is_right_to_left
from lmstudio_lite.documents.rewriting.markup.tokens import escaped
from lmstudio_lite.documents.rewriting.pages.story import Paragraph
from lmstudio_lite.domain.units import BilingualLayout, WriteUnitsOptions

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:1rem/1.5 sans-serif;margin:1rem auto;max-width:75rem;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed}"
    "td{vertical-align:top;padding:.4rem .8rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}"
    "th{font-weight:normal;color:#666;padding:.6rem}.h{font-weight:bold}"
    "@page{margin:15mm}@media print{body{margin:0;max-width:none;font-size:10pt}tr{break-inside:avoid}}"
)


def to_html(paragraphs: Sequence[Paragraph], wanted: WriteUnitsOptions, source: str, title: str) -> bytes:
    """Return the page; ``source`` is the language of the originals, "" if it is not known."""
    rows: list[str] = []
    page: int | None = None
    for each in paragraphs:
        if each.page is not None and each.page != page:
            page = each.page
            rows.append(f'<tr><th colspan="2">{page}</th></tr>\n')
        rows.append(_row(each, wanted, source))
    return (
        f'<!DOCTYPE html>\n<html lang="{wanted.target}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<table>\n"
        f"{''.join(rows)}</table>\n</body>\n</html>\n"
    ).encode()


def _row(each: Paragraph, wanted: WriteUnitsOptions, source: str) -> str:
    original = _text(each.label + each.text)
    copy = _text(each.label + each.translation) if each.translation else ""
    name = ' class="h"' if each.is_heading else ""
    left, right = _language(source), _language(wanted.target)
    if wanted.layout is BilingualLayout.BELOW:
        return f'<tr{name}><td colspan="2"><div{left}>{original}</div><div{right}>{copy}</div></td></tr>\n'
    return f"<tr{name}><td{left}>{original}</td><td{right}>{copy}</td></tr>\n"


def _text(text: str) -> str:
    return escaped(text).replace("\n", "<br>")


def _language(language: str) -> str:
    direction = "rtl" if is_right_to_left(language) else "ltr"
    return f' lang="{language}" dir="{direction}"' if language else ' dir="auto"'

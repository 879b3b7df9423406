"""The forms of text files that are translated in place, for the table of all forms."""

from __future__ import annotations

import codecs

from lmstudio_lite.documents.rewriting.form import FileForm
from lmstudio_lite.documents.rewriting.slots import SlottedText
from lmstudio_lite.documents.rewriting.tables import split_table
from lmstudio_lite.documents.rewriting.text import split_text
from lmstudio_lite.documents.rewriting.text_file import TextFile
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import ReadUnitsOptions


def _plain(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_text(text, TextForm.PLAIN)


def _markdown(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_text(text, TextForm.MARKDOWN)


def _table(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_table(text, options.columns) or split_text(text, TextForm.PLAIN)


TEXT_FORMS: tuple[FileForm, ...] = (
    TextFile(frozenset({".txt", ".text"}), _plain),
    TextFile(frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx"}), _markdown),
    TextFile(frozenset({".srt", ".vtt"}), _plain),
    # Excel reads UTF-8 only where the mark is.
    TextFile(frozenset({".csv", ".tsv", ".tab"}), _table, mark=codecs.BOM_UTF8),
)

"""The forms of text files that are translated in place, for the table of all forms."""

from __future__ import annotations

import codecs

from lmstudio_lite.documents.rewriting.form import FileForm
from lmstudio_lite.documents.rewriting.json_text import split_json
from lmstudio_lite.documents.rewriting.po import declared_utf8, split_catalog
from lmstudio_lite.documents.rewriting.slots import SlottedText
from lmstudio_lite.documents.rewriting.substation import split_substation
from lmstudio_lite.documents.rewriting.tables import split_table
from lmstudio_lite.documents.rewriting.text import split_text
from lmstudio_lite.documents.rewriting.text_file import TextFile
from lmstudio_lite.documents.rewriting.xliff import split_xliff
from lmstudio_lite.documents.rewriting.yaml_text import split_yaml
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import ReadUnitsOptions


def _plain(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_text(text, TextForm.PLAIN)


def _markdown(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_text(text, TextForm.MARKDOWN)


def _table(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_table(text, options.columns) or split_text(text, TextForm.PLAIN)


def _catalog(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_catalog(text, options.target)


def _xliff(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_xliff(text)


def _json(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_json(text)


def _yaml(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_yaml(text)


def _substation(text: str, options: ReadUnitsOptions) -> SlottedText:
    return split_substation(text)


TEXT_FORMS: tuple[FileForm, ...] = (
    TextFile(frozenset({".txt", ".text"}), _plain),
    TextFile(frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx"}), _markdown),
    TextFile(frozenset({".po"}), _catalog, declared=declared_utf8),
    TextFile(frozenset({".pot"}), _catalog, declared=declared_utf8, output_suffix=".po"),
    TextFile(frozenset({".xlf", ".xliff"}), _xliff, referenced=lambda sign: f"&#{ord(sign)};"),
    TextFile(frozenset({".json", ".jsonc", ".arb"}), _json),
    TextFile(frozenset({".yml", ".yaml"}), _yaml),
    TextFile(frozenset({".srt", ".vtt"}), _plain),
    TextFile(frozenset({".ass", ".ssa"}), _substation),
    # Excel reads UTF-8 only where the mark is.
    TextFile(frozenset({".csv", ".tsv", ".tab"}), _table, mark=codecs.BOM_UTF8),
)

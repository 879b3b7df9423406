"""A text that somebody typed or pasted, or that a file holds, as units; and the text with their translations.

Which form it has is said by whoever knows its file; subtitles are told by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from lmstudio_lite.documents.plain.subtitles import is_subtitles
from lmstudio_lite.documents.rewriting.markdown import looks_like_markdown, split_markdown
from lmstudio_lite.documents.rewriting.paragraphs import split_paragraphs
from lmstudio_lite.documents.rewriting.slots import SlottedText, apply_edits, edits_of
from lmstudio_lite.documents.rewriting.subtitles import split_subtitles
from lmstudio_lite.documents.rewriting.tables import split_table
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import BilingualLayout, FileUnits, UnitText


def units_of_text(text: str, form: TextForm) -> FileUnits:
    """Return the units of ``text``; ``output_suffix`` is "", for a text is no file."""
    slotted = split_text(text, form)
    return FileUnits(tuple(slot.unit for slot in slotted.slots), "", slotted.language, slotted.kept)


def text_with(text: str, form: TextForm, texts: Mapping[int, UnitText]) -> str:
    """Return ``text`` with ``texts`` in the place of the units of these numbers.

    Raises:
        InvariantError: a text does not fit its unit.
    """
    return apply_edits(text, edits_of(split_text(text, form).slots, texts))


def split_text(text: str, form: TextForm) -> SlottedText:
    """Return the slots of ``text``, whatever of the forms it turns out to have."""
    if is_subtitles(text):
        return split_subtitles(text)
    table = split_table(text) if form is TextForm.TABLE else None
    if table is not None:
        return table
    if form is TextForm.MARKDOWN or looks_like_markdown(text):
        return split_markdown(text, is_sure=form is TextForm.MARKDOWN)
    return SlottedText(tuple(split_paragraphs(text)), layouts=frozenset({BilingualLayout.BELOW}))

"""A text that somebody typed or pasted, or that a file holds, as slots for its translation.

Which form it has is said by whoever knows its file; subtitles are told by themselves.
"""

from __future__ import annotations

from lmstudio_lite.documents.plain.subtitles import is_subtitles
from lmstudio_lite.documents.rewriting.markdown import looks_like_markdown, split_markdown
from lmstudio_lite.documents.rewriting.paragraphs import split_paragraphs
from lmstudio_lite.documents.rewriting.slots import SlottedText
from lmstudio_lite.documents.rewriting.subtitles import split_subtitles
from lmstudio_lite.documents.rewriting.tables import split_table
from lmstudio_lite.domain.translations import TextForm
from lmstudio_lite.domain.units import BilingualLayout


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

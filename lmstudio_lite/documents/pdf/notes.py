"""A PDF form's filled fields and the text boxes on its pages, put where they lie among the page's lines.

They are no part of what is drawn on the page, and so of no extractor's text: a filled form reads like an
empty one. A field's value belongs behind its label, a text box between the lines above and below it.
"""

from __future__ import annotations

from collections.abc import Iterable

from lmstudio_lite.documents.pdf.lines import Line, Word
from lmstudio_lite.documents.pdf.pdfium import Note


def with_shown_notes(lines: list[Line], notes: Iterable[Note]) -> list[Line]:
    """Return upright ``lines`` with the text of ``notes`` among them; on a turned page it comes last."""
    lines = list(lines)
    for note in notes:
        text = " ".join(note.text.split())
        host = _line_at(lines, note)
        if host is not None:
            words = list(lines[host].words)
            before = [at for at, word in enumerate(words, 1) if (word.left + word.right) / 2 <= note.box.left]
            at = before[-1] if before else 0
            box = lines[host]
            words.insert(at, Word(text, note.box.left, box.bottom, note.box.right, box.top))
            lines[host] = Line(words)
            continue
        above = [at for at, line in enumerate(lines, 1) if line.turn == 0 and line.bottom >= note.box.top]
        lines.insert(above[-1] if above else _num_upright(lines), Line([Word(text, *note.box)]))
    return lines


def _line_at(lines: Iterable[Line], note: Note) -> int | None:
    """Return the line that a field lies on, the nearest one to its left, else to its right."""
    if not note.is_field:
        return None
    on_level = [
        (max(note.box.left - line.right, line.left - note.box.right), at)
        for at, line in enumerate(lines)
        if line.turn == 0 and note.box.bottom < (line.bottom + line.top) / 2 < note.box.top
    ]
    return min(on_level)[1] if on_level else None


def _num_upright(lines: Iterable[Line]) -> int:
    return sum(line.turn == 0 for line in lines)

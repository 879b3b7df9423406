"""Old Word files (.doc) as they read once tracked changes are accepted, by the rules of ``documents.word``.

Lists are read as bullets: their numbers are counted nowhere in the file. Notes and comments stand behind
their paragraph, headers and footers at the end, once each.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from itertools import pairwise

import olefile

from lmstudio_lite.documents.extraction import first_heading, stated_title
from lmstudio_lite.documents.office.equation_fields import equation_field_text
from lmstudio_lite.documents.office.paragraph_flow import ParagraphFlow
from lmstudio_lite.documents.office.rtf_tokens import title_in_facts
from lmstudio_lite.documents.office.word_binary import NotWordBinaryError, WordBinary
from lmstudio_lite.documents.office.word_styles import spelled
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, join_passages, parts_of, raised
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_PARAGRAPH, _CELL, _PAGE_BREAK, _LINE, _COLUMN = "\r", "\x07", "\x0c", "\x0b", "\x0e"
_FIELD_BEGIN, _FIELD_SEPARATOR, _FIELD_END = _FIELD_MARKS = "\x13\x14\x15"
_CHARACTERS = {_LINE: "\n", _COLUMN: "\n", "\t": " ", "\x1e": "-", "\x1f": "", "(": "("}
_PICTURE, _SPECIAL = "\x01", "\x00\x01\x02\x03\x04\x05\x06\x08"
_NOTE_REFERENCES, _NOTE_TEXTS = (2, 46), (3, 47)
_COMMENT_REFERENCES, _COMMENT_TEXTS, _COMMENT_SIZE = 4, 5, 30
_MARGINS = 11
_SEPARATORS = 6
"""Stories before the headers of the first section: lines between text and notes."""
_HEADERS = frozenset((0, 1, 4))
_OBJECTS = "ObjectPool"
_OLE_ERRORS = (OSError, ValueError, IndexError, KeyError, struct.error)


def read_old_word(content: bytes) -> Reading:
    """Read a file of Word 97 to 2003.

    Raises:
        NotWordBinaryError: it is older.
        EncryptedWordError: it is encrypted.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as archive:
            streams = {
                name[0].casefold(): archive.openstream(name).read()
                for name in archive.listdir()
                if len(name) == 1 and name[0].casefold() in ("worddocument", "0table", "1table")
            }
            names = [name for name in archive.listdir(streams=False, storages=True) if name[0] == _OBJECTS]
            facts = archive.get_metadata()
            title = title_in_facts(facts.title, facts.codepage)
    except _OLE_ERRORS as error:
        raise NotWordBinaryError("no compound file") from error
    binary = WordBinary(
        streams.get("worddocument", b""), (streams.get("0table", b""), streams.get("1table", b""))
    )
    reader = _OldWordReader(binary)
    passages = reader.read()
    text = join_passages(passages)
    inventory = parts_of([Passage(""), *passages])
    objects = list(dict.fromkeys(name[1] for name in names if len(name) > 1))
    inventory += (
        Part(PartKind.EMBEDDED, number, name, None, HowRead.NOT_READ, WhyUnread.UNSUPPORTED)
        for number, name in enumerate(objects, 1)
    )
    inventory += (
        Part(PartKind.PICTURE, number, "", None, HowRead.NOT_READ, WhyUnread.PICTURE)
        for number in range(1, reader.num_pictures - len(objects) + 1)
    )
    if reader.num_hidden:
        num = reader.num_hidden
        inventory.append(Part(PartKind.HIDDEN_TEXT, 0, "", num, HowRead.NOT_READ, WhyUnread.HIDDEN))
    return Reading(text, stated_title(title) or first_heading(text), inventory=tuple(inventory))


@dataclass(slots=True)
class _OldWordReader:
    binary: WordBinary
    num_hidden: int = 0
    num_pictures: int = 0
    _notes: dict[int, tuple[PartKind, str, str, tuple[int, int]]] = field(default_factory=dict)
    """By the place they hang on: kind, mark, what stands before, where their text is."""

    def read(self) -> list[Passage]:
        """Return all passages, those of the headers last."""
        begins = self._begins()
        self._note_notes(begins)
        body = self._passages(0, begins[1], PartKind.BODY)
        for kind, index in ((PartKind.TEXT_BOX, 6), (PartKind.HEADER, 7)):
            body += self._passages(begins[index], begins[index + 1], kind)
        return body + self._margins(begins[2], begins[3])

    def _begins(self) -> list[int]:
        begins = [0]
        for count in self.binary.counts:
            begins.append(min(begins[-1] + max(count, 0), len(self.binary.text)))
        return begins

    def _note_notes(self, begins: list[int]) -> None:
        kinds = ((PartKind.FOOTNOTES, begins[1], "decimal"), (PartKind.ENDNOTES, begins[5], "lowerRoman"))
        for place, (kind, begin, counting) in enumerate(kinds):
            references = self.binary.positions(_NOTE_REFERENCES[place], 2)[:-1]
            texts = self.binary.positions(_NOTE_TEXTS[place], 0)
            for number, (reference, (start, end)) in enumerate(
                zip(references, pairwise(texts), strict=False), 1
            ):
                mark = f"[^{spelled(number, counting)}]"
                self._notes[reference] = (kind, mark, f"{mark}: ", (begin + start, begin + end))
        references = self.binary.positions(_COMMENT_REFERENCES, _COMMENT_SIZE)[:-1]
        initials = [_initials(each) for each in self.binary.entries(_COMMENT_REFERENCES, _COMMENT_SIZE)]
        texts = self.binary.positions(_COMMENT_TEXTS, 0)
        for reference, author, (start, end) in zip(references, initials, pairwise(texts), strict=False):
            before = f"[Comment by {author}: " if author else "[Comment: "
            place_of_text = (begins[4] + start, begins[4] + end)
            self._notes[reference] = (PartKind.COMMENTS, "", before, place_of_text)

    def _margins(self, begin: int, end: int) -> list[Passage]:
        passages: list[Passage] = []
        seen: set[str] = set()
        starts = self.binary.positions(_MARGINS, 0)
        numbers = {PartKind.HEADER: 0, PartKind.FOOTER: 0}
        for index, (start, stop) in enumerate(pairwise(starts)):
            if index < _SEPARATORS or stop <= start:
                continue
            kind = PartKind.HEADER if (index - _SEPARATORS) % 6 in _HEADERS else PartKind.FOOTER
            found = self._passages(begin + start, min(begin + stop, end), kind, numbers[kind] + 1)
            text = join_passages(found)
            if any(map(str.isalpha, text)) and text not in seen:
                seen.add(text)
                numbers[kind] += 1
                passages += found
        return passages

    def _passages(
        self, start: int, end: int, kind: PartKind, number: int = 0, before: str = "", after: str = ""
    ) -> list[Passage]:
        flow = ParagraphFlow(kind, number, before, after)
        end = max(start, min(end, len(self.binary.text)))
        codes, equations = _codes_of_fields(self.binary.text, start, end)
        for position in range(start, end):
            character = self.binary.text[position]
            if character in (_PARAGRAPH, _CELL, _PAGE_BREAK):
                self._end(flow, character, position)
            elif position not in codes and character not in _FIELD_MARKS:
                self._character(flow, character, position)
            elif position in equations and not self.binary.look(position).is_deleted:
                flow.add(equations[position])
        return flow.finish()

    def _end(self, flow: ParagraphFlow, character: str, position: int) -> None:
        form = self.binary.form(position)
        if self.binary.look(position).is_deleted and character == _PARAGRAPH:
            return
        flow.in_table = form.in_table or character == _CELL
        flow.heading = 0 if flow.in_table else form.heading
        flow.level = form.level
        if form.is_item:
            flow.add("-", is_label=True)
        if character == _CELL and form.is_row_end:
            flow.end_row()
        elif character == _CELL:
            flow.end_cell()
        else:
            flow.end_paragraph()

    def _character(self, flow: ParagraphFlow, character: str, position: int) -> None:
        look = self.binary.look(position)
        note = self._notes.pop(position, None)
        if look.is_deleted:
            return
        if look.is_hidden:
            self.num_hidden += not character.isspace()
            return
        if character == _PICTURE:
            self.num_pictures += 1
        if character not in _SPECIAL:
            shown = look.symbol or _CHARACTERS.get(character, character)
            flow.add(raised(shown) if look.is_raised else shown)
        if note is not None:
            kind, mark, before, (start, end) = note
            flow.add(mark)
            after = "]" if kind is PartKind.COMMENTS else ""
            flow.attached += self._passages(start, end, kind, before=before, after=after)


def _initials(entry: bytes) -> str:
    length = int.from_bytes(entry[:2], "little")
    return entry[2 : 2 + 2 * min(length, 9)].decode("utf-16-le", "replace").strip()


def _codes_of_fields(text: str, start: int, end: int) -> tuple[set[int], dict[int, str]]:
    """Return the places within the codes of fields, which are not shown, and what equations show.

    A field that never ends is none.
    """
    equations: dict[int, str] = {}
    codes: set[int] = set()
    opened: list[tuple[int, int]] = []
    for position in range(start, end):
        character = text[position]
        if character == _FIELD_BEGIN:
            opened.append((position, -1))
        elif character == _FIELD_SEPARATOR and opened and opened[-1][1] < 0:
            opened[-1] = (opened[-1][0], position)
        elif character == _FIELD_END and opened:
            begin, separator = opened.pop()
            codes.update(range(begin, separator if separator >= 0 else position))
            if separator < 0 and (shown := equation_field_text(text[begin + 1 : position])):
                equations[position] = shown
    return codes, equations

"""Old PowerPoint files (.ppt, 97 to 2003) by the rules of ``documents.slides``: slide by slide, with notes.

Tables are groups of shapes in them, so their cells are read as lines.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from lmstudio_lite.documents.office.rtf_tokens import title_in_facts
from lmstudio_lite.documents.office.slide_records import NotSlidesError, RecordKind, SlideRecord, SlideStream
from lmstudio_lite.documents.office.slides import assemble_slides, marked_hidden, notes_passage
from lmstudio_lite.documents.reading import Reading
from lmstudio_lite.documents.structure.passages import Passage, cleaned
from lmstudio_lite.domain.inventory import HowRead, Part, PartKind, WhyUnread

_SLIDES, _NOTES = 0, 2
_TITLE, _NOTE_TEXT, _CENTERED_TITLE = 0, 2, 6
_LISTS = frozenset((1, 7, 8))
_PICTURE_FRAME = 75
_HIDDEN_FLAG = 4
_WORD_ART, _DESCRIPTION = 0x00C0, 0x0381
_FIELD = "*"
"""What stands for a slide's number or date."""
_OLE_ERRORS = (OSError, ValueError, IndexError, KeyError, struct.error)


def read_old_slides(content: bytes) -> Reading:
    """Read a presentation of PowerPoint 97 to 2003.

    Raises:
        NotSlidesError: it is older.
        EncryptedSlidesError: it is encrypted.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as archive:
            stream = archive.openstream("PowerPoint Document").read()
            user = archive.openstream("Current User").read()
            facts = archive.get_metadata()
            title = title_in_facts(facts.title, facts.codepage)
    except _OLE_ERRORS as error:
        raise NotSlidesError("no compound file") from error
    reader = _OldSlidesReader(SlideStream(stream, user))
    reader.read()
    return assemble_slides(reader.slides, reader.named, title)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A slide as the document lists it, with the texts of its placeholders and their kinds."""

    number: int
    key: int
    texts: list[tuple[int, str]]


@dataclass(slots=True)
class _Shape:
    kind: int
    text: str
    alternative: str = ""
    reference: int | None = None
    is_placeholder: bool = False
    is_picture: bool = False
    is_object: bool = False


@dataclass(slots=True)
class _OldSlidesReader:
    stream: SlideStream
    slides: dict[int, list[Passage]] = field(default_factory=dict)
    named: list[Part] = field(default_factory=list)
    _num_of: dict[PartKind, int] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def read(self) -> None:
        notes = dict(self._notes())
        slides = self._listed(_SLIDES)
        if not slides:
            raise NotSlidesError("no slides")
        for place, listed in enumerate(slides, 1):
            slide = self.stream.persisted(listed.number)
            if slide is None or slide.kind != RecordKind.SLIDE:
                self.named.append(Part(PartKind.SLIDE, place, "", None, HowRead.NOT_READ, WhyUnread.MISSING))
                self.slides[place] = []
                continue
            self.slides[place] = self._slide(slide, listed, place)
            self.slides[place] += notes_passage(notes.get(listed.key, []), place)
            self.slides[place] += self._comments(slide, place)

    def _listed(self, instance: int) -> list[_Listed]:
        found: list[_Listed] = []
        kind = -1
        for text_list in self.stream.document.children():
            if text_list.kind != RecordKind.TEXT_LIST or text_list.instance != instance:
                continue
            for record in text_list.children():
                if record.kind == RecordKind.SLIDE_PERSIST:
                    found.append(_Listed(record.number(0), record.number(12), []))
                elif record.kind == RecordKind.TEXT_HEADER and found:
                    kind = record.number(0)
                    found[-1].texts.append((kind, ""))
                elif record.kind in (RecordKind.TEXT_CHARACTERS, RecordKind.TEXT_BYTES) and found:
                    found[-1].texts[-1:] = [(kind, record.text)]
        return found

    def _slide(self, slide: SlideRecord, listed: _Listed, place: int) -> list[Passage]:
        is_hidden = any(
            each.kind == RecordKind.SHOW_INFO and each.number(10, "<H") & _HIDDEN_FLAG
            for each in slide.children()
        )
        how = HowRead.HIDDEN if is_hidden else HowRead.TEXT
        title = ""
        passages: list[Passage] = []
        used: set[int] = set()
        for shape in self._shapes(slide):
            kind, text = shape.kind, shape.text
            if shape.reference is not None and shape.reference < len(listed.texts):
                used.add(shape.reference)
                kind, text = listed.texts[shape.reference]
            if kind in (_TITLE, _CENTERED_TITLE) and not title and text.strip():
                title = " ".join(cleaned(_lines(text)).split())
                mark = "#" if kind == _CENTERED_TITLE else "##"
                passages.insert(0, Passage(f"{mark} {title}", PartKind.SLIDE, place))
                continue
            passages += self._shape_passages(shape, kind, text, place)
        for index, (kind, text) in enumerate(listed.texts):
            if index not in used:
                lost = _Shape(kind, text)
                passages += self._shape_passages(lost, kind, text, place)
        passages = [Passage(each.text, each.kind, each.number, title, how, each.is_item) for each in passages]
        if not passages:
            passages = [Passage("", PartKind.SLIDE, place, title, how)]
        passages = marked_hidden(passages) if is_hidden else passages
        return passages + self._template_texts(slide, place)

    def _shape_passages(self, shape: _Shape, kind: int, text: str, place: int) -> Iterator[Passage]:
        lines = [line for line in cleaned(_lines(text)).split("\n") if line.strip(f"{_FIELD} ")]
        is_list = kind in _LISTS and len(lines) > 1
        for line in lines:
            yield Passage(f"- {line}" if is_list else line, PartKind.SLIDE, place, is_item=is_list)
        if shape.alternative:
            yield Passage(f"[{shape.alternative}]", PartKind.SLIDE, place)
        if shape.is_object:
            self._name(PartKind.EMBEDDED, shape.alternative, WhyUnread.UNSUPPORTED)
        elif shape.is_picture:
            self._name(PartKind.PICTURE, shape.alternative, WhyUnread.PICTURE)

    def _name(self, kind: PartKind, name: str, why: WhyUnread) -> None:
        self._num_of[kind] = self._num_of.get(kind, 0) + 1
        self.named.append(Part(kind, self._num_of[kind], name, None, HowRead.NOT_READ, why))

    def _template_texts(self, slide: SlideRecord, place: int) -> list[Passage]:
        """Return footers, and what masters show beside their placeholders, each once in the whole file."""
        texts: list[tuple[PartKind, str]] = []
        pages = [self.stream.persisted(each.number) for each in self._listed(_NOTES)] if place == 1 else []
        for holder in (slide, self.stream.document, *filter(None, pages)):
            for headers in holder.children():
                if headers.kind == RecordKind.HEADERS:
                    texts += (
                        (PartKind.FOOTER, each.text)
                        for each in headers.children()
                        if each.kind == RecordKind.STRING
                    )
        if place == 1:
            for listed in self._listed(1):
                master = self.stream.persisted(listed.number)
                if master is not None and master.kind in (RecordKind.MASTER, RecordKind.SLIDE):
                    texts += (
                        (PartKind.HEADER, shape.text)
                        for shape in self._shapes(master)
                        if not shape.is_placeholder
                    )
        passages = []
        for kind, text in texts:
            words = cleaned(_lines(text))
            if any(map(str.isalpha, words)) and words not in self._seen:
                self._seen.add(words)
                passages.append(Passage(words, kind, place))
        return passages

    def _notes(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the notes of each slide by its key in the document."""
        for listed in self._listed(_NOTES):
            page = self.stream.persisted(listed.number)
            if page is None:
                continue
            key = next((each.number(0) for each in page.children() if each.kind == RecordKind.NOTES_ATOM), 0)
            found = [
                shape.text
                for shape in self._shapes(page)
                if shape.kind == _NOTE_TEXT or not shape.is_placeholder
            ]
            texts = [text for kind, text in listed.texts if kind == _NOTE_TEXT] if not any(found) else found
            lines = "\n".join(cleaned(_lines(text)) for text in texts).split("\n")
            yield key, [line for line in lines if line.strip(f"{_FIELD} ")]

    def _comments(self, slide: SlideRecord, place: int) -> Iterator[Passage]:
        for record in slide.walk():
            if record.kind == RecordKind.COMMENT:
                strings = {
                    each.instance: each.text for each in record.children() if each.kind == RecordKind.STRING
                }
                text, author = cleaned(_lines(strings.get(1, ""))), strings.get(0, "").strip()
                by = f" by {author}" if author else ""
                if text:
                    yield Passage(f"[Comment{by}: {text}]", PartKind.COMMENTS, place)

    def _shapes(self, page: SlideRecord) -> Iterator[_Shape]:
        for record in page.walk():
            if record.kind == RecordKind.SHAPE:
                yield _read_shape(record)


def _read_shape(record: SlideRecord) -> _Shape:
    shape = _Shape(-1, "")
    waiting = list(record.children())
    while waiting:
        each = waiting.pop(0)
        match each.kind:
            case RecordKind.SHAPE_PROPERTIES:
                shape.is_picture = each.instance == _PICTURE_FRAME
            case RecordKind.OPTIONS:
                options = dict(_options(each))
                shape.alternative = " ".join(options.get(_DESCRIPTION, "").split())
                shape.text = options.get(_WORD_ART, "") or shape.text
            case RecordKind.TEXT_HEADER:
                shape.kind = each.number(0)
            case RecordKind.TEXT_REFERENCE:
                shape.reference = each.number(0)
            case RecordKind.TEXT_CHARACTERS | RecordKind.TEXT_BYTES:
                shape.text = each.text
            case RecordKind.PLACEHOLDER:
                shape.is_placeholder = True
            case RecordKind.OBJECT_REFERENCE:
                shape.is_object = True
        waiting = [*each.children(), *waiting]
    return shape


def _options(record: SlideRecord) -> Iterator[tuple[int, str]]:
    """Yield the texts among a shape's properties, which lie behind the list of them ([MS-ODRAW] 2.2.9)."""
    offset = 6 * record.instance
    for index in range(record.instance):
        code, size = record.number(6 * index, "<H"), record.number(6 * index + 2)
        if code & 0x8000:
            if code & 0x3FFF in (_WORD_ART, _DESCRIPTION):
                text = record.content[offset : offset + size // 2 * 2].decode("utf-16-le", "replace")
                yield code & 0x3FFF, text.partition("\0")[0]
            offset += size


def _lines(text: str) -> str:
    return text.replace("\r", "\n").replace("\x0b", "\n")

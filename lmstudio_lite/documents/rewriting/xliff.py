"""XLIFF 1.2 and 2.x: the segments of a file, and their targets written beside the sources.

Existing targets are told and stay unless they are given anew. The languages, the states of what was written
and nothing else change. Specifications: OASIS XLIFF 1.2 (2008) and 2.1 (2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lmstudio_lite.documents.rewriting.inline import Token
from lmstudio_lite.documents.rewriting.kept import Kept
from lmstudio_lite.documents.rewriting.message import Leaf, Message, message_of, with_said
from lmstudio_lite.documents.rewriting.slots import Edit, Slot, SlottedText
from lmstudio_lite.documents.rewriting.text_file import MalformedError
from lmstudio_lite.documents.rewriting.xliff_content import tokens_of_content
from lmstudio_lite.documents.rewriting.xml_pieces import (
    Piece,
    PieceKind,
    escape_xml,
    with_attribute,
    xml_pieces,
)
from lmstudio_lite.domain.languages import LANGUAGES
from lmstudio_lite.domain.units import Place, Unit, UnitKind, UnitText, WriteUnitsOptions

_UNTRANSLATED_STATES = frozenset({"new", "needs-translation", "initial"})


@dataclass(frozen=True, slots=True)
class _Segment:
    """A source and its target. ``owner`` is the piece that bears the state (1.2: the target itself).

    ``insert_at`` is where a target goes that is not there yet. ``message`` holds its units.
    """

    message: Message
    owner: Piece
    insert_at: int
    indent: str
    target: tuple[Piece, int, str] | None
    """The tag that begins it, where it ends, its end tag; None where there is none."""
    is_version_2: bool


def split_xliff(text: str) -> SlottedText:
    """Return the segments of ``text``.

    Raises:
        MalformedError: it is no XLIFF.
    """
    pieces = list(xml_pieces(text))
    root = next(piece for piece in pieces if piece.kind in (PieceKind.START, PieceKind.EMPTY))
    if root.local_name != "xliff":
        raise MalformedError("no XLIFF")
    reader = _Reader(text, pieces, is_version_2=root.attribute("version").startswith("2"))
    segments = list(reader.segments())
    slots = tuple(Slot(unit, lambda _text, _layout: (), is_in_place=False) for unit in reader.units)

    def whole(texts: Mapping[int, UnitText], wanted: WriteUnitsOptions) -> Sequence[Edit]:
        return _edits(pieces, segments, reader.units, texts, wanted)

    language = reader.language.partition("-")[0].lower()
    kept = ((Kept.MARKED.value, reader.num_kept),) if reader.num_kept else ()
    return SlottedText(slots, language if language in LANGUAGES else "", kept, whole=whole)


class _Reader:
    """One pass over the pieces of a file."""

    def __init__(self, text: str, pieces: Sequence[Piece], *, is_version_2: bool) -> None:
        self.units: list[Unit] = []
        self.language = ""
        self.num_kept = 0
        self._text = text
        self._pieces = pieces
        self._is_2 = is_version_2
        self._ends = _ends(pieces)
        self._file = ""

    def segments(self) -> Iterator[_Segment]:
        """Yield the segments that are to be translated."""
        closed: list[tuple[int, bool, bool]] = []
        at = 0
        while at < len(self._pieces):
            piece = self._pieces[at]
            if piece.kind is PieceKind.END and closed and closed[-1][0] == at:
                closed.pop()
            if piece.kind is not PieceKind.START:
                at += 1
                continue
            is_kept, keeps_blanks = self._inherited(piece, closed)
            closed.append((self._ends[at], is_kept, keeps_blanks))
            if piece.local_name in ("file", "xliff"):
                self._begin_file(piece)
            if piece.local_name in ("trans-unit", "unit") and piece.local_name == self._unit_name:
                yield from self._segments_of_unit(at, is_kept=is_kept, keeps_blanks=keeps_blanks)
                closed.pop()
                at = self._ends[at]
            at += 1

    @property
    def _unit_name(self) -> str:
        return "unit" if self._is_2 else "trans-unit"

    def _inherited(self, piece: Piece, closed: Sequence[tuple[int, bool, bool]]) -> tuple[bool, bool]:
        """Return whether the words in ``piece`` stay, and whether its line ends are real."""
        is_kept, keeps_blanks = closed[-1][1:] if closed else (False, False)
        if translate := piece.attribute("translate"):
            is_kept = translate == "no"
        if space := piece.attribute("xml:space"):
            keeps_blanks = space == "preserve"
        return is_kept, keeps_blanks

    def _begin_file(self, piece: Piece) -> None:
        self.language = self.language or piece.attribute("srcLang" if self._is_2 else "source-language")
        if piece.local_name == "file":
            self._file = piece.attribute("original") or piece.attribute("id")

    def _segments_of_unit(self, at: int, *, is_kept: bool, keeps_blanks: bool) -> Iterator[_Segment]:
        inside = self._children(at)
        note = self._note(at)
        if not self._is_2:
            yield from self._segment(at, inside, note, is_kept=is_kept, keeps_blanks=keeps_blanks)
            return
        for number in inside:
            if self._pieces[number].local_name == "segment":
                children = self._children(number)
                yield from self._segment(number, children, note, is_kept=is_kept, keeps_blanks=keeps_blanks)

    def _children(self, at: int) -> list[int]:
        """Return the numbers of the pieces that begin the elements right inside of ``at``."""
        depth = self._pieces[at].depth + 1
        return [
            number
            for number in range(at + 1, self._ends[at])
            if self._pieces[number].depth == depth
            and self._pieces[number].kind in (PieceKind.START, PieceKind.EMPTY)
        ]

    def _note(self, at: int) -> str:
        notes = [
            number
            for number in range(at + 1, self._ends[at])
            if self._pieces[number].kind is PieceKind.START and self._pieces[number].local_name == "note"
        ]
        words = [" ".join(self._words(number).split()) for number in notes]
        return "\n".join(dict.fromkeys(note for note in words if note))

    def _words(self, at: int) -> str:
        return "".join(
            piece.words
            for piece in self._pieces[at + 1 : self._ends[at]]
            if piece.kind in (PieceKind.TEXT, PieceKind.CDATA)
        )

    def _segment(
        self, at: int, children: Sequence[int], note: str, *, is_kept: bool, keeps_blanks: bool
    ) -> Iterator[_Segment]:
        named = {self._pieces[number].local_name: number for number in reversed(children)}
        source = named.get("source")
        if source is None or self._pieces[source].kind is PieceKind.EMPTY:
            return
        if is_kept:
            self.num_kept += 1
            return
        keeps_blanks = self._inherited(self._pieces[source], [(0, is_kept, keeps_blanks)])[1]
        segmented = named.get("seg-source")
        at_content = source if segmented is None else segmented
        target = named.get("target")
        said = {} if self._is_untranslated(at, target) else self._said(target, keeps_blanks=keeps_blanks)
        message = self._message(at_content, said, keeps_blanks=keeps_blanks)
        if not message.leaves:
            return
        for leaf in message.leaves:
            place = Place(UnitKind.MESSAGE, self._file, leaf.number + 1)
            words = leaf.said.text if leaf.said and leaf.said.text != leaf.inline.text else ""
            self.units.append(Unit(leaf.inline.text, place, leaf.inline.marks, note, words))
        behind = self._pieces[self._ends[at_content]].end
        yield _Segment(
            message, self._pieces[at], behind, self._indent(source), self._target(target), self._is_2
        )

    def _message(self, at: int, said: Mapping[str, Sequence[Token]], *, keeps_blanks: bool) -> Message:
        """Return the message of a source, with what is ``said`` already for its segments."""
        parts: list[str | Leaf] = []
        first = len(self.units)
        for mid, stretch in _stretches(self._pieces[at + 1 : self._ends[at]]):
            if mid is None:
                parts.append("".join(piece.raw for piece in stretch))
                continue
            tokens = tokens_of_content(stretch, keeps_blanks=keeps_blanks)
            message = message_of(tokens, first)
            if mid in said:
                known = message_of(said[mid], 0)
                if len(known.leaves) != len(message.leaves):
                    message = message_of(tokens, first, is_split=False)
                    known = message_of(said[mid], 0, is_split=False)
                message = with_said(message, known)
            first += len(message.leaves)
            parts += message.parts
        return Message(tuple(parts))

    def _said(self, target: int | None, *, keeps_blanks: bool) -> dict[str, list[Token]]:
        """Return what stands in a target, by the number of its segment, "" for a target without."""
        if target is None or self._pieces[target].kind is PieceKind.EMPTY:
            return {}
        content = self._pieces[target + 1 : self._ends[target]]
        return {
            mid: tokens_of_content(stretch, keeps_blanks=keeps_blanks)
            for mid, stretch in _stretches(content)
            if mid is not None
        }

    def _is_untranslated(self, at: int, target: int | None) -> bool:
        owner = self._pieces[at] if self._is_2 else self._pieces[target] if target is not None else None
        state = owner.attribute("state") if owner is not None else ""
        return state in _UNTRANSLATED_STATES

    def _target(self, target: int | None) -> tuple[Piece, int, str] | None:
        if target is None:
            return None
        piece, end = self._pieces[target], self._pieces[self._ends[target]]
        closing = f"</{piece.name}>" if piece.kind is PieceKind.EMPTY else end.raw
        return piece, end.end, closing

    def _indent(self, at: int) -> str:
        """Return the line end and the blanks before the piece ``at``, "" where it begins no line."""
        before = self._pieces[at - 1]
        is_blank = before.kind is PieceKind.TEXT and not before.raw.strip() and "\n" in before.raw
        return before.raw[before.raw.rindex("\n") - before.raw.count("\r\n", 0) :] if is_blank else ""


def _ends(pieces: Sequence[Piece]) -> dict[int, int]:
    """Return, by the number of the piece that begins an element, that of the piece that ends it."""
    ends: dict[int, int] = {}
    stack: list[int] = []
    for number, piece in enumerate(pieces):
        match piece.kind:
            case PieceKind.START:
                stack.append(number)
            case PieceKind.END:
                ends[stack.pop()] = number
            case PieceKind.EMPTY:
                ends[number] = number
    return ends


def _stretches(content: Sequence[Piece]) -> Iterator[tuple[str | None, Sequence[Piece]]]:
    """Yield the segments of a content, by their numbers, and what stands between (None).

    A content that is not cut into segments is one, with the number "".
    """
    marks = [
        number
        for number, piece in enumerate(content)
        if piece.kind is PieceKind.START and piece.local_name == "mrk" and piece.attribute("mtype") == "seg"
    ]
    if not marks:
        yield "", content
        return
    position = 0
    for number in marks:
        if number < position:
            continue
        depth = content[number].depth
        end = next(
            other
            for other in range(number + 1, len(content))
            if content[other].kind is PieceKind.END and content[other].depth == depth
        )
        yield None, content[position : number + 1]
        yield content[number].attribute("mid") or str(number), content[number + 1 : end]
        position = end
    yield None, content[position:]


def _edits(
    pieces: Sequence[Piece],
    segments: Sequence[_Segment],
    units: Sequence[Unit],
    texts: Mapping[int, UnitText],
    wanted: WriteUnitsOptions,
) -> list[Edit]:
    """Return what ``texts`` change in the file."""
    new = {number: text for number, text in texts.items() if text.text != units[number].existing}
    edits: list[Edit] = []
    for segment in segments:
        if any(leaf.number in new for leaf in segment.message.leaves):
            written = segment.message.written(new, escape_xml)
            edits += _edits_of_segment(segment, written or "")
    return [*edits, *_language_edits(pieces, wanted)] if edits else []


def _edits_of_segment(segment: _Segment, written: str) -> Iterator[Edit]:
    prefix = segment.owner.name.rpartition(":")[0]
    name = f"{prefix}:target" if prefix else "target"
    has_state = segment.is_version_2 or segment.target is None or segment.target[0].attribute("state")
    if segment.target is None:
        tag = f"<{name}>" if segment.is_version_2 else f'<{name} state="translated">'
        yield Edit(segment.insert_at, segment.insert_at, f"{segment.indent}{tag}{written}</{name}>")
    else:
        piece, end, closing = segment.target
        tag = piece.raw if piece.kind is PieceKind.START else f"{piece.raw[:-2].rstrip()}>"
        tag = with_attribute(tag, "state", "translated") if has_state and not segment.is_version_2 else tag
        yield Edit(piece.start, end, f"{tag}{written}{closing}")
    if segment.is_version_2 and segment.owner.attribute("state") in ("", "initial"):
        tag = with_attribute(segment.owner.raw, "state", "translated")
        yield Edit(segment.owner.start, segment.owner.end, tag)


def _language_edits(pieces: Sequence[Piece], wanted: WriteUnitsOptions) -> Iterator[Edit]:
    """Yield edits that name the language of the targets; "de-AT" is left where "de" is wanted."""
    for piece in pieces:
        if piece.kind is not PieceKind.START or piece.local_name not in ("xliff", "file"):
            continue
        is_2 = piece.local_name == "xliff" and piece.attribute("srcLang") != ""
        name = "trgLang" if is_2 else "target-language"
        if piece.local_name == "xliff" and not is_2:
            continue
        if piece.local_name == "file" and not piece.attribute("source-language"):
            continue
        said = piece.attribute(name).replace("_", "-").lower()
        if said.partition("-")[0] != wanted.target:
            yield Edit(piece.start, piece.end, with_attribute(piece.raw, name, wanted.target))

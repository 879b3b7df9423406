"""Translation memories in TMX 1.4, read as a stream.

Source: the TMX 1.4b specification (GALA). Memories come from strangers: entities that a file declares are
refused, a document type is never fetched. After a break in the XML, reading goes on with the next unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from lmstudio_lite.finetune.data.problems import Problem, ProblemKind, shorten
from lmstudio_lite.finetune.data.text_lines import Line, read_lines

_CODE_ELEMENTS = frozenset({"bpt", "ept", "ph", "it", "ut"})
_RESTART = '<?xml version="1.0"?><tmx version="1.4"><body>'
_UNIT_LENGTH_MAX = 1 << 20
_DEPTH_MAX = 64


@dataclass(frozen=True, slots=True)
class Unit:
    """One text in several languages: code (as the file has it, lower case) and text. ``line`` from 1."""

    line: int
    texts: tuple[tuple[str, str], ...]
    source: str


class _EntityError(Exception):
    """The file declares an entity."""


class _UnitTooLongError(Exception):
    """A unit without an end."""


def read_tmx(path: Path) -> Iterator[Unit | Problem]:
    """Yield the units of a translation memory.

    Raises:
        ValueError: the file is not text.
        OSError: it can't be read.
    """
    memory = _Memory()
    for line in read_lines(path):
        if line.is_cut:
            yield Problem(path, line.number, ProblemKind.LINE_TOO_LONG)
            return
        try:
            yield from memory.feed(line)
        except _EntityError:
            yield Problem(path, line.number, ProblemKind.ENTITIES)
            return
        except (expat.ExpatError, _UnitTooLongError) as error:
            yield Problem(path, memory.unit_line or line.number, ProblemKind.BROKEN_XML, shorten(str(error)))
            memory.restart()
    if not memory.is_whole:
        yield Problem(path, memory.unit_line, ProblemKind.BROKEN_XML)


def choose_texts(unit: Unit, languages: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return source and target of a unit as (language, text), None where one is missing.

    ``languages`` are ISO 639-1 codes, ("", ""): the memory's source language and the first other one.
    """
    wanted_source, wanted_target = languages
    source_language = wanted_source or unit.source
    source = _find(unit, source_language) or (None if wanted_source else unit.texts[:1])
    if not source:
        return None
    rest = [text for text in unit.texts if text != source[0]]
    target = (
        [text for text in rest if _main(text[0]) == wanted_target]
        if wanted_target
        else [text for text in rest if _main(text[0]) != _main(source[0][0])]
    )
    if not target:
        return None
    return (_main(source[0][0]), source[0][1]), (_main(target[0][0]), target[0][1])


def _find(unit: Unit, language: str) -> tuple[tuple[str, str], ...]:
    found = tuple(text for text in unit.texts if text[0] == language)
    return found or tuple(text for text in unit.texts if _main(text[0]) == _main(language))


def _main(language: str) -> str:
    return language.replace("_", "-").partition("-")[0]


@dataclass(slots=True)
class _Building:
    """A unit that is being read."""

    line: int
    source: str
    texts: list[tuple[str, str]] = field(default_factory=list)
    length: int = 0


class _Memory:
    """Turns lines into units with expat, one parser until the first break and another after each."""

    def __init__(self) -> None:
        self._source = ""
        self._is_waiting = False
        self._is_first = True
        self._line = 0
        self._unit: _Building | None = None
        self._language = ""
        self._segment: list[str] | None = None
        self._num_codes = 0
        self._depth = 0
        self._done: list[Unit] = []
        self._parser = self._new_parser()

    @property
    def unit_line(self) -> int:
        """The first line of the unit that is being read, 0 for none."""
        return self._unit.line if self._unit is not None else 0

    @property
    def is_whole(self) -> bool:
        return self._unit is None

    def restart(self) -> None:
        """Skip to the next unit."""
        self._is_waiting = True
        self._unit = None

    def feed(self, line: Line) -> Iterator[Unit]:
        """Parse one line.

        Raises:
            expat.ExpatError: it is no XML.
        """
        text = line.text
        if self._is_waiting:
            start = max(text.find("<tu "), text.find("<tu>"))
            if start < 0:
                return
            self._is_waiting = False
            self._parser = self._new_parser()
            self._segment, self._depth, self._is_first = None, 0, False
            self._parser.Parse(_RESTART)
            text = text[start:]
        if self._is_first:
            text = _without_declared_encoding(text)
            self._is_first = False
        self._line = line.number
        self._parser.Parse(text + "\n")
        yield from self._done
        self._done.clear()

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(encoding="utf-8")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.EntityDeclHandler = self._on_entity_declared
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.CharacterDataHandler = self._on_text
        return parser

    def _on_entity_declared(self, *declared: object) -> None:
        raise _EntityError

    def _on_start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise _UnitTooLongError(f"{self._depth} levels")
        match name.lower():
            case "header":
                source = attributes.get("srclang", "").lower()
                self._source = "" if source == "*all*" else source
            case "tu":
                self._unit = _Building(self._line, attributes.get("srclang", self._source).lower())
            case "tuv":
                self._language = attributes.get("xml:lang", attributes.get("lang", "")).lower()
            case "seg" if self._unit is not None:
                self._segment, self._num_codes = [], 0
            case element if element in _CODE_ELEMENTS:
                self._num_codes += 1

    def _on_end(self, name: str) -> None:
        self._depth -= 1
        match name.lower():
            case "tu" if self._unit is not None:
                self._done.append(Unit(self._unit.line, tuple(self._unit.texts), self._unit.source))
                self._unit = None
            case "seg" if self._segment is not None and self._unit is not None:
                self._unit.texts.append((self._language, "".join(self._segment).strip()))
                self._segment = None
            case element if element in _CODE_ELEMENTS:
                self._num_codes -= 1

    def _on_text(self, text: str) -> None:
        if self._unit is not None:
            self._unit.length += len(text)
            if self._unit.length > _UNIT_LENGTH_MAX:
                raise _UnitTooLongError(f"{self._unit.length} characters")
        if self._segment is not None and self._num_codes <= 0:
            self._segment.append(text)


def _without_declared_encoding(text: str) -> str:
    """Leave the XML declaration out: the lines are decoded already."""
    text = text.removeprefix("\ufeff").lstrip()
    if text.startswith("<?xml"):
        return text.partition("?>")[2] or " "
    return text

"""What Word's styles and lists say of a paragraph: its heading level, whether it is hidden, its number.

ISO 29500-1 §17.7 (styles) and §17.9 (numbering). Styles are known by their name, which is English in every
language's Word, not by their identifier, which is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_xml import Element, children, find_inner, is_on, number_of

_HEADING_NAME = re.compile(r"heading ([1-9])")
_MOST_ANCESTORS = 20
_LEVELS = 9
_NO_OUTLINE = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_MOST_ROMAN = 4000
_DIGITS_OF_CHINESE = "〇一二三四五六七八九"
_CIRCLED = {number: chr(0x2460 + number - 1) for number in range(1, 21)}

BULLET = "-"


@dataclass(frozen=True, slots=True)
class _Style:
    based_on: str
    outline: int | None
    is_hidden: bool | None
    number: str | None
    level: int | None
    heading: int


class Styles:
    """The styles of one file, by identifier; unknown ones say nothing."""

    def __init__(self, root: Element | None) -> None:
        self._styles: dict[str, _Style] = {}
        self.default_paragraph = ""
        for style in children(root, "w:style"):
            key = style.get("w:styleId", "")
            self._styles[key] = _read_style(style)
            if style.get("w:type") == "paragraph" and is_on(style, "w:default") and style.get("w:default"):
                self.default_paragraph = key

    def heading_level(self, key: str) -> int:
        """Return 1 to 6 for a heading's style, 0 for others; a title is of level 1."""
        for style in self._lineage(key):
            if style.heading:
                return style.heading
            if style.outline is not None:
                return outline_level(style.outline)
        return 0

    def is_hidden(self, key: str) -> bool:
        return next((each.is_hidden for each in self._lineage(key) if each.is_hidden is not None), False)

    def numbering(self, key: str) -> tuple[str, int]:
        """Return the list's number and the level in it that a style puts its paragraphs at."""
        lineage = self._lineage(key)
        number = next((each.number for each in lineage if each.number is not None), "")
        return number, next((each.level for each in lineage if each.level is not None), 0)

    def _lineage(self, key: str) -> list[_Style]:
        lineage: list[_Style] = []
        while key in self._styles and len(lineage) < _MOST_ANCESTORS:
            lineage.append(self._styles[key])
            key = lineage[-1].based_on
        return lineage


def outline_level(outline: int) -> int:
    """Return the heading level of an outline level (0 to 8; 9 is body text), 0 for none."""
    return min(outline + 1, 6) if 0 <= outline < _NO_OUTLINE else 0


def _read_style(style: Element) -> _Style:
    name = style.find("w:name")
    words = (name.get("w:val", "") if name is not None else "").casefold()
    heading = _HEADING_NAME.fullmatch(words)
    level = min(int(heading[1]), 6) if heading else int(words == "title")
    based_on = style.find("w:basedOn")
    outline = find_inner(style, "w:pPr/w:outlineLvl")
    vanish = find_inner(style, "w:rPr/w:vanish")
    number = find_inner(style, "w:pPr/w:numPr/w:numId")
    place = find_inner(style, "w:pPr/w:numPr/w:ilvl")
    return _Style(
        based_on=based_on.get("w:val", "") if based_on is not None else "",
        outline=number_of(outline.get("w:val"), _NO_OUTLINE) if outline is not None else None,
        is_hidden=is_on(vanish) if vanish is not None else None,
        number=number.get("w:val", "") if number is not None else None,
        level=number_of(place.get("w:val")) if place is not None else None,
        heading=level,
    )


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    kind: str
    text: str
    is_legal: bool


@dataclass(slots=True)
class Numbering:
    """The lists of one file. It counts: labels are to be asked for in the order of the paragraphs."""

    root: Element | None
    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _lists: dict[str, tuple[str, dict[int, int]]] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        linked: dict[str, str] = {}
        links: dict[str, str] = {}
        for abstract in children(self.root, "w:abstractNum"):
            key = abstract.get("w:abstractNumId", "")
            self._levels[key] = {
                number_of(level.get("w:ilvl")): _read_level(level) for level in children(abstract, "w:lvl")
            }
            if (style := abstract.find("w:styleLink")) is not None:
                linked[style.get("w:val", "")] = key
            if (style := abstract.find("w:numStyleLink")) is not None:
                links[key] = style.get("w:val", "")
        for number in children(self.root, "w:num"):
            target = number.find("w:abstractNumId")
            key = target.get("w:val", "") if target is not None else ""
            key = linked.get(links.get(key, ""), key)
            overrides: dict[int, int] = {}
            for override in children(number, "w:lvlOverride"):
                place = number_of(override.get("w:ilvl"))
                start = override.find("w:startOverride")
                if start is not None:
                    overrides[place] = number_of(start.get("w:val"), 1)
                if (level := override.find("w:lvl")) is not None:
                    own = f"{key}/{number.get('w:numId', '')}"
                    self._levels[own] = {**self._levels.get(key, {}), place: _read_level(level)}
                    key = own
            self._lists[number.get("w:numId", "")] = (key, overrides)

    def label(self, number: str, level: int) -> str:
        """Return what stands before the list's next paragraph: ``BULLET``, "2.1", "b)", "" for none."""
        key, overrides = self._lists.get(number, ("", {}))
        levels = self._levels.get(key, {})
        found = levels.get(level)
        if found is None:
            return BULLET if number not in ("", "0") and level < _LEVELS else ""
        if found.kind == "bullet":
            return BULLET
        counts = self._counts.setdefault(key.partition("/")[0], {})
        if level in overrides and (number, level) not in self._begun:
            counts[level] = overrides[level]
        else:
            counts[level] = counts[level] + 1 if level in counts else found.start
        self._begun.add((number, level))
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        if found.kind == "none":
            return _PLACE.sub("", found.text).strip()

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            above = levels.get(place, found)
            count = counts.setdefault(place, above.start)
            return spelled(count, "decimal" if found.is_legal else above.kind)

        return _PLACE.sub(shown, found.text).strip()


def _read_level(level: Element) -> _Level:
    def value(name: str, default: str) -> str:
        found = level.find(f"w:{name}")
        return found.get("w:val", default) if found is not None else default

    return _Level(
        start=number_of(value("start", "0")),
        kind=value("numFmt", "decimal"),
        text=value("lvlText", ""),
        is_legal=is_on(level.find("w:isLgl")),
    )


def spelled(number: int, kind: str) -> str:
    """Return a number as a list counts (ST_NumberFormat); kinds that are rare are shown in digits."""
    match kind:
        case "lowerLetter" | "upperLetter" if 0 < number <= 26 * 30:
            letters = chr(97 + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letters if kind == "lowerLetter" else letters.upper()
        case "lowerRoman" | "upperRoman" if 0 < number < _MOST_ROMAN:
            return _roman(number) if kind == "lowerRoman" else _roman(number).upper()
        case "decimalZero":
            return f"{number:02}"
        case "decimalEnclosedCircle" if number in _CIRCLED:
            return _CIRCLED[number]
        case "chineseCounting" | "chineseCountingThousand" | "ideographDigital" | "japaneseCounting" if (
            0 < number < 100
        ):
            return _chinese(number)
    return str(number)


def _roman(number: int) -> str:
    out = ""
    for value, letters in _ROMAN:
        out += letters * (number // value)
        number %= value
    return out


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    before = "" if tens == 0 else "十" if tens == 1 else _DIGITS_OF_CHINESE[tens] + "十"
    return before + (_DIGITS_OF_CHINESE[ones] if ones else "")

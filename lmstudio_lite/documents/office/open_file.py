"""What OpenDocument files (ISO 26300) share: their two trees, and what their styles say.

Kept apart from the reading of text: styles tell only what is hidden, raised, a heading or numbered.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from lmstudio_lite.documents.containers.office_parts import OfficeParts
from lmstudio_lite.documents.containers.office_xml import Element, children, find_inner, number_of
from lmstudio_lite.documents.embedded import Holdings
from lmstudio_lite.documents.office.word_styles import spelled

_CONTENT, _STYLES, _META = "content.xml", "styles.xml", "meta.xml"
_MOST_ANCESTORS = 20
_NUMBER_KINDS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman", "1": "decimal"}


def open_parts(content: bytes) -> OfficeParts:
    """Open a package, or a file of the flat kind as if it were one; raises ``ValueError`` for others."""
    if content.lstrip()[:1] != b"<" and not content.startswith(b"\xef\xbb\xbf"):
        return OfficeParts(content)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        # In the flat kind one root holds what packages keep apart.
        for name in (_CONTENT, _STYLES, _META):
            archive.writestr(name, content)
    return OfficeParts(package.getvalue())


@dataclass(frozen=True, slots=True)
class Style:
    parent: str
    is_hidden: bool
    is_raised: bool
    list_style: str
    outline: int


@dataclass(frozen=True, slots=True)
class ListLevel:
    """``kind`` is "" for bullets; ``shown_levels`` how many numbers a label has ("2.1" has two)."""

    kind: str
    before: str
    after: str
    start: int
    shown_levels: int


@dataclass(slots=True)
class OpenFile:
    """One file being read, from the folder of its package that holds it ("" but for objects in others)."""

    parts: OfficeParts
    holdings: Holdings
    folder: str = ""
    content: Element = field(init=False)
    styles_root: Element | None = field(init=False)
    num_hidden: int = 0
    _styles: dict[tuple[str, str], Style] = field(default_factory=dict)
    _lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    _outlines: dict[int, ListLevel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the trees.

        Raises:
            PartUnreadError: the content is damaged or not there.
        """
        self.content = self.parts.xml(self.folder + _CONTENT)
        self.styles_root = self.parts.optional_xml(self.parts.find(self.folder + _STYLES))
        for root in (self.styles_root, self.content):
            for holder in _style_holders(root):
                self._note_styles(holder)

    @property
    def title(self) -> str:
        """The title in the file's own facts, "" for none."""
        root = self.parts.optional_xml(self.parts.find(self.folder + _META))
        found = next(root.iter("dc:title"), None) if root is not None else None
        return (found.text or "") if found is not None else ""

    def body(self, name: str) -> Element | None:
        """Return the part of the content with the text ("text", "spreadsheet", "presentation" …)."""
        return find_inner(self.content, f"office:body/office:{name}")

    def lineage(self, family: str, name: str | None) -> Iterator[Style]:
        """Yield a style and those it is derived from."""
        for _ in range(_MOST_ANCESTORS):
            style = self._styles.get((family, name or ""))
            if style is None:
                return
            yield style
            name = style.parent

    def is_hidden(self, family: str, name: str | None) -> bool:
        return any(style.is_hidden for style in self.lineage(family, name))

    def is_raised(self, name: str | None) -> bool:
        return any(style.is_raised for style in self.lineage("text", name))

    def outline(self, name: str | None) -> int:
        """Return the heading level of a paragraph's style, 0 for none."""
        return next((style.outline for style in self.lineage("paragraph", name) if style.outline), 0)

    def list_level(self, name: str, level: int) -> ListLevel | None:
        """Return how a list counts at a level (from 1), None for a list without a style."""
        return self._lists.get(name, {}).get(level)

    def outline_level(self, level: int) -> ListLevel | None:
        """Return how the file's headings are numbered, None where they are not."""
        return self._outlines.get(level)

    def _note_styles(self, holder: Element) -> None:
        for style in holder:
            name = style.get("style:name", "")
            if style.tag == "style:style":
                self._styles[style.get("style:family", ""), name] = _read_style(style)
            elif style.tag == "text:list-style":
                self._lists[name] = _list_levels(style)
            elif style.tag == "text:outline-style":
                self._outlines = {level: found for level, found in _list_levels(style).items() if found.kind}


def label_of(levels: list[ListLevel | None], counts: list[int]) -> str:
    """Return an item's label, "" for bullets; ``levels`` and ``counts`` are those above it and its own."""
    own = levels[-1]
    if own is None or not own.kind:
        return ""
    first = max(len(levels) - max(own.shown_levels, 1), 0)
    numbers = []
    for level, count in zip(levels[first:], counts[first:], strict=True):
        numbers.append(spelled(count, _NUMBER_KINDS.get(level.kind, "decimal")) if level else str(count))
    return f"{own.before}{'.'.join(numbers)}{own.after}".strip()


def _style_holders(root: Element | None) -> Iterator[Element]:
    if root is not None:
        for name in ("styles", "automatic-styles"):
            yield from children(root, f"office:{name}")


def _read_style(style: Element) -> Style:
    hidden = raised = False
    for properties in style:
        position = properties.get("style:text-position", "").split()
        hidden = hidden or properties.get("text:display") == "none"
        hidden = hidden or properties.get("table:display") == "false"
        hidden = hidden or properties.get("presentation:visibility") == "hidden"
        raised = raised or (bool(position) and (position[0] == "super" or position[0][:1] in "123456789"))
    return Style(
        parent=style.get("style:parent-style-name", ""),
        is_hidden=hidden,
        is_raised=raised,
        list_style=style.get("style:list-style-name", ""),
        outline=number_of(style.get("style:default-outline-level")),
    )


def _list_levels(style: Element) -> dict[int, ListLevel]:
    levels = {}
    for level in style:
        is_number = level.tag in ("text:list-level-style-number", "text:outline-level-style")
        kind = level.get("style:num-format", "") if is_number else ""
        levels[number_of(level.get("text:level"), 1)] = ListLevel(
            kind,
            level.get("style:num-prefix", ""),
            level.get("style:num-suffix", ""),
            number_of(level.get("text:start-value"), 1),
            number_of(level.get("text:display-levels"), 1),
        )
    return levels

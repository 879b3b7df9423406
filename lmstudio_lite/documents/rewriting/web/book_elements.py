"""What the elements of a book's package and of its contents mean (EPUB 3.3, 2.0.1; ANSI/NISO Z39.86)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lmstudio_lite.documents.rewriting.markup.tokens import Token, TokenKind, escaped
from lmstudio_lite.documents.rewriting.markup.vocabulary import Meaning, Role, State, ValueText
from lmstudio_lite.domain.units import UnitKind

OUTSIDE = State(holds_text=False)
"""The state in which both begin: only what some elements hold is text."""
_OF_PACKAGE = {
    "dc:title": UnitKind.TITLE,
    "dc:description": UnitKind.VALUE,
    "dc:subject": UnitKind.VALUE,
}
_OF_CONTENTS = {"doctitle": UnitKind.TITLE, "navlabel": UnitKind.HEADING, "navinfo": UnitKind.BODY}
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class PackageVocabulary:
    """The package: the book's title and what it says of itself, and the names of its guide."""

    is_html: bool = False
    blanks: str = " \t\n\r"
    joined: frozenset[str] = frozenset()

    def meaning(self, source: str, token: Token, state: State) -> Meaning:
        kind = _OF_PACKAGE.get(token.name.lower())
        return Meaning(Role.BLOCK, state if kind is None else replace(state, kind=kind, holds_text=True))

    def ends_text(self, name: str) -> bool:
        return True

    def is_whole(self, token: Token, state: State) -> bool:
        return token.kind is TokenKind.EMPTY

    def implied_ends(self, name: str) -> frozenset[str]:
        return frozenset()

    def values(self, source: str, token: Token, state: State) -> Iterable[ValueText]:
        if token.name.rpartition(":")[2] == "reference":
            yield ValueText("title", UnitKind.HEADING)

    def num_spaces(self, source: str, token: Token) -> int:
        return 0

    def written(self, text: str, *, is_after_blank: bool) -> str:
        return escaped(text)


@dataclass(frozen=True, slots=True)
class ContentsVocabulary(PackageVocabulary):
    """The table of contents of EPUB 2: labels, but not the author's name."""

    def meaning(self, source: str, token: Token, state: State) -> Meaning:
        name = token.name.rpartition(":")[2].lower()
        if name == _TEXT:
            return Meaning(Role.BLOCK, replace(state, holds_text=state.scope == _TEXT))
        kind = _OF_CONTENTS.get(name)
        scope = _TEXT if kind else ""
        return Meaning(Role.BLOCK, replace(state, kind=kind or state.kind, scope=scope))

    def values(self, source: str, token: Token, state: State) -> Iterable[ValueText]:
        return ()

"""What a format's elements mean for the text in them; each markup format brings one ``Vocabulary``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from lmstudio_lite.documents.rewriting.markup.tokens import Token
from lmstudio_lite.domain.units import UnitKind


class Role(Enum):
    """What an element does to the text around it and in it."""

    BLOCK = auto()
    """Ends the text before it; what is in it is text of its own."""
    STYLE = auto()
    SPAN = auto()
    FIXED = auto()
    """Runs with the text, and its words stay as they are: code, a field."""
    OBJECT = auto()
    """One thing between the characters, whatever is in it."""
    ANCHOR = auto()
    """An object that shows nothing: spaces before and after it are one."""
    HOLDER = auto()
    """One thing between the characters, with texts of its own in it: a note, a frame."""
    BREAK = auto()
    TAB = auto()
    SPACES = auto()
    """Stands for spaces that markup would else join (``text:s``)."""
    ASIDE = auto()
    """Stays at the end of the element that it is in: the reading of a ruby."""
    THROUGH = auto()
    """Belongs to the element that it is in, without a mark of its own: the base of a ruby."""


INLINE = frozenset((Role.STYLE, Role.SPAN, Role.THROUGH))
"""The roles whose elements run with the text around them, word by word."""


@dataclass(frozen=True, slots=True)
class State:
    """What an element hands on to those in it. ``kept`` is why nothing is translated, "" where it is.

    Without ``holds_text`` characters that stand there are no text, and what is in it may hold some.
    ``scope`` is the vocabulary's own word for where it is.
    """

    kind: UnitKind = UnitKind.BODY
    kept: str = ""
    scope: str = ""
    holds_text: bool = True


@dataclass(frozen=True, slots=True)
class Meaning:
    """``state`` is for what is in the element. ``kept`` is what an inline element counts as that stays."""

    role: Role
    state: State
    kept: str = ""


@dataclass(frozen=True, slots=True)
class ValueText:
    """A text in an attribute: ``name`` as it is written in the tag."""

    name: str
    kind: UnitKind


class Vocabulary(Protocol):
    """The elements of a format."""

    @property
    def is_html(self) -> bool:
        """Whether the format is cut into tokens as browsers do it."""

    @property
    def blanks(self) -> str:
        """The characters of which several count as one space."""

    @property
    def joined(self) -> frozenset[str]:
        """Elements that are one with a neighbour whose tag is the same to the letter."""

    def meaning(self, source: str, token: Token, state: State) -> Meaning:
        """Return what the element that ``token`` opens means in an element that hands on ``state``."""

    def ends_text(self, name: str) -> bool:
        """Tell whether a closing tag that closes nothing ends a text."""

    def is_whole(self, token: Token, state: State) -> bool:
        """Tell whether a tag is a whole element."""

    def implied_ends(self, name: str) -> frozenset[str]:
        """Return which innermost open elements an opening tag of that name ends."""

    def values(self, source: str, token: Token, state: State) -> Iterable[ValueText]:
        """Return the texts in a tag's attributes."""

    def num_spaces(self, source: str, token: Token) -> int:
        """Return for how many spaces an element of the role SPACES stands."""

    def written(self, text: str, *, is_after_blank: bool) -> str:
        """Return ``text`` as it is written between tags, behind a blank or the beginning or not."""

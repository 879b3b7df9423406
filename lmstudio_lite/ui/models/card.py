"""What a card of the library holds and says, and by what cards are found and ordered. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from lmstudio_lite.errors import error_from_code
from lmstudio_lite.library.models import ModelEntry
from lmstudio_lite.words import explain, say_parameters, say_size
from lmstudio_lite.words.translate import tr


class SortBy(StrEnum):
    """What the cards are ordered by; favourites come first in each."""

    NAME = "name"
    SIZE = "size"
    PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True)
class Card:
    """A model of the library and what is known of it here."""

    entry: ModelEntry
    is_in_use: bool = False

    @property
    def name(self) -> str:
        file = self.entry.file
        return file.name if file is not None else self.entry.path.name

    def with_entry(self, entry: ModelEntry) -> Card:
        return replace(self, entry=entry)

    def with_use(self, *, is_in_use: bool) -> Card:
        return replace(self, is_in_use=is_in_use)


@dataclass(frozen=True, slots=True)
class CardFilter:
    """What must be true of a card to be shown; ``words`` must each stand somewhere in it."""

    words: tuple[str, ...] = ()

    def lets_through(self, card: Card) -> bool:
        text = _searched(card)
        return all(word in text for word in self.words)


@dataclass(frozen=True, slots=True)
class CardWords:
    """The lines of a card; ``verdict_role`` is a label's role."""

    name: str
    about: str
    more: str
    verdict: str
    verdict_role: str


def card_words(card: Card) -> CardWords:
    """Say what stands on a card."""
    entry = card.entry
    file = entry.file
    if file is None:
        failure = entry.failure
        what = explain(error_from_code(failure.code, failure.details)).what if failure else ""
        return CardWords(card.name, what, "", tr("can't be used"), "danger")
    about = (
        say_parameters(file.num_parameters) if file.num_parameters else "",
        file.quantization,
        say_size(file.size_bytes),
        tr("context {0}").format(f"{file.context_length:,}") if file.context_length else "",
    )
    more = (tr("comes with the program") if entry.is_starter else "",)
    verdict = tr("in use") if card.is_in_use else ""
    return CardWords(
        card.name, " · ".join(filter(None, about)), " · ".join(filter(None, more)), verdict, "accent"
    )


def sort_key(card: Card, by: SortBy) -> tuple[object, ...]:
    """Return what orders a card: files that can't be used come last, names decide between equals."""
    file = card.entry.file
    name = (card.name.casefold(), str(card.entry.path))
    if file is None:
        return (1, 0, *name)
    match by:
        case SortBy.NAME:
            return (0, 0, *name)
        case SortBy.SIZE:
            return (0, file.size_bytes, *name)
        case SortBy.PARAMETERS:
            return (0, file.num_parameters, *name)


def _searched(card: Card) -> str:
    file = card.entry.file
    parts = [card.name, card.entry.path.name]
    if file is not None:
        parts += [file.architecture, file.quantization]
    return " ".join(parts).casefold()

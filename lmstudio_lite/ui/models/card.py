"""What a card of the library holds and says, and by what cards are found and ordered. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from lmstudio_lite.domain.fit import FitVerdict, ModelFit
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile
from lmstudio_lite.domain.shelf import NO_NOTE, ModelEntry, ModelKind, ModelNote, Store
from lmstudio_lite.errors import error_from_code
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words import explain, say_parameters, say_size
from lmstudio_lite.words.fit import say_verdict
from lmstudio_lite.words.languages import say_language
from lmstudio_lite.words.model_changes import name_store
from lmstudio_lite.words.shelf import (
    say_kind,
    say_languages,
    say_last_used,
    say_profile,
    say_traits,
)
from lmstudio_lite.words.translate import tr

_ISOLATED, _END_ISOLATED = "\u2068", "\u2069"
"""Around a name of any script, so that an Arabic one does not turn the line around it (UAX #9)."""
_UNFIT = frozenset((FitVerdict.SLOW, FitVerdict.TOO_LARGE))


class SortBy(StrEnum):
    """What the cards are ordered by; favourites come first in each."""

    NAME = "name"
    SIZE = "size"
    PARAMETERS = "parameters"
    LAST_USED = "last_used"
    SPEED = "speed"


@dataclass(frozen=True, slots=True)
class Card:
    """A model of the library and what is known of it here."""

    entry: ModelEntry
    is_in_use: bool = False
    fit: ModelFit | None = None
    profile: ModelProfile = NO_PROFILE
    note: ModelNote = NO_NOTE
    has_namesake: bool = False
    """Another card has the same name, so that only the files' names tell them apart."""

    @property
    def name(self) -> str:
        entry = self.entry
        return entry.path.name if entry.failure is not None else entry.name

    @property
    def can_write(self) -> bool:
        """Whether it can be taken to chat with."""
        return self.entry.file is not None and not self.entry.file.is_embedding

    def with_entry(self, entry: ModelEntry) -> Card:
        return replace(self, entry=entry)

    def with_use(self, *, is_in_use: bool) -> Card:
        return replace(self, is_in_use=is_in_use)


@dataclass(frozen=True, slots=True)
class CardFilter:
    """What must be true of a card to be shown; ``words`` must each stand somewhere in it."""

    words: tuple[str, ...] = ()
    store: Store | None = None
    kind: ModelKind | None = None
    only_fitting: bool = False

    def lets_through(self, card: Card) -> bool:
        entry = card.entry
        if self.store is not None and entry.store is not self.store:
            return False
        if self.kind is not None and entry.kind is not self.kind:
            return False
        if self.only_fitting and (card.fit is None or card.fit.verdict in _UNFIT):
            return False
        if not self.words:
            return True
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
    if entry.failure is not None:
        what = explain(error_from_code(entry.failure.code, entry.failure.details)).what
        return CardWords(card.name, what, name_store(entry.store), tr("can't be used"), "danger")
    if file is None:
        return CardWords(card.name, say_size(entry.size_bytes), name_store(entry.store), "", "")
    about = (
        say_parameters(file.num_parameters) if file.num_parameters else "",
        file.quantization,
        say_size(file.size_bytes),
        tr("context {0}").format(f"{file.context_length:,}") if file.context_length else "",
    )
    traits = entry.traits
    more = (
        f"{_ISOLATED}{safe_line(entry.path.name)}{_END_ISOLATED}" if card.has_namesake else "",
        say_kind(entry.kind) if entry.kind is not ModelKind.MODEL else "",
        *say_traits(traits),
        say_languages(traits.languages, is_brief=True),
        traits.licence,
        say_profile(card.profile),
        say_last_used(card.note.last_used),
        name_store(entry.store),
    )
    verdict, role = _verdict(card)
    return CardWords(card.name, _line(about), _line(more), verdict, role)


def _line(parts: Iterable[str]) -> str:
    return " · ".join(filter(None, parts))


def _verdict(card: Card) -> tuple[str, str]:
    if card.is_in_use:
        return tr("in use"), "accent"
    if card.fit is None:
        return "", ""
    words = say_verdict(card.fit)
    if card.fit.speed is not None and card.fit.verdict not in _UNFIT:
        speed = f"{card.fit.speed.decode_tokens_per_s:.0f}"
        words = tr("{0} · {1} tokens/s").format(words, speed)
    roles = {FitVerdict.SLOW: "warning", FitVerdict.TOO_LARGE: "danger"}
    return words, roles.get(card.fit.verdict, "")


def sort_key(card: Card, by: SortBy) -> tuple[object, ...]:
    """Return what orders a card: files that can't be used come last, names decide between equals."""
    place = 2 if card.entry.failure is not None else 0 if card.note.is_favourite else 1
    return (place, _amount(card, by), card.name.casefold(), str(card.entry.path))


def _amount(card: Card, by: SortBy) -> float:
    file, fit = card.entry.file, card.fit
    match by:
        case SortBy.NAME:
            return 0
        case SortBy.SIZE:
            return card.entry.size_bytes
        case SortBy.PARAMETERS:
            return file.num_parameters if file is not None else 0
        case SortBy.LAST_USED:
            return -card.note.last_used.timestamp() if card.note.last_used is not None else 0
        case SortBy.SPEED:
            return -fit.speed.decode_tokens_per_s if fit is not None and fit.speed is not None else 0


def _searched(card: Card) -> str:
    file, traits = card.entry.file, card.entry.traits
    parts = [card.name, card.entry.path.name, traits.family, traits.licence, name_store(card.entry.store)]
    parts.append(card.note.note)
    parts += [say_language(code) for code in traits.languages]
    if file is not None:
        parts += [file.architecture, file.quantization]
    return " ".join(parts).casefold()

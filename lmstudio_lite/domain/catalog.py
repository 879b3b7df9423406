"""Models that the program recommends: the catalog's rows, and what they mean for one machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.fit import ModelFacts, ModelFit
from lmstudio_lite.domain.generation import Sampling
from lmstudio_lite.domain.hub import RemoteFile


class UseCase(StrEnum):
    """What a model is for. ``EMBED`` finds evidence, ``DRAFT`` speeds another model up."""

    CHAT = "chat"
    SUMMARIZE = "summarize"
    TRANSLATE = "translate"
    CODE = "code"
    EMBED = "embed"
    VISION = "vision"
    DRAFT = "draft"


class LicenceTerms(StrEnum):
    """What a licence means for its reader. ``OWN_TERMS``: free under conditions that are its own."""

    FREE = "free"
    NON_COMMERCIAL = "non_commercial"
    NOT_IN_EU = "not_in_eu"
    OWN_TERMS = "own_terms"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Licence:
    """``name`` is an SPDX identifier where there is one; ``source`` is the address it was read at."""

    name: str
    terms: LicenceTerms
    source: str


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One file of the catalog. ``languages`` are codes, ("*",) for very many.

    ``quality`` orders the models of each use that this one is for, 0 to 100: what to expect, not what was
    measured. ``why`` is a word for what it is good at (``words.catalog``). ``context_length`` is what its
    makers say it bears. ``is_later``: the program can't use it yet (pictures).
    ``always_thinks``: it reasons before every answer and can't be told not to. ``draft_for`` names the models
    that it drafts for. ``doubt`` says what of the entry could not be confirmed, "" if all was.
    """

    id: str
    name: str
    quality: dict[UseCase, int]
    file: RemoteFile
    quantization: str
    num_parameters: int
    licence: Licence
    languages: tuple[str, ...]
    context_length: int
    template_family: str
    why: str
    facts: ModelFacts
    sampling: Sampling | None = None
    sampling_source: str = ""
    is_later: bool = False
    always_thinks: bool = False
    draft_for: tuple[str, ...] = ()
    doubt: str = ""

    def speaks(self, languages: tuple[str, ...]) -> bool:
        """Tell whether all of ``languages`` (codes) are among the model's."""
        return "*" in self.languages or set(languages) <= set(self.languages)


class Rank(StrEnum):
    """Which of the three offers a recommendation is."""

    QUICK = "quick"
    BALANCED = "balanced"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``fit`` is for ``fit.context_size`` tokens. ``rank`` is None for a model that is no offer.

    ``pages_per_min`` is how fast it would summarize; 0 where no speed is known. ``path`` is where the very
    file lies already, None if it has to be fetched.
    """

    model: CatalogModel
    rank: Rank | None
    fit: ModelFit
    pages_per_min: float = 0.0
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What is recommended for one use on this machine, best first; those with a rank are the offers.

    ``is_speed_known`` is False until something was measured here: the offers then follow from sizes alone.
    """

    use: UseCase
    languages: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]
    is_speed_known: bool

    @property
    def ranked(self) -> tuple[Recommendation, ...]:
        """Return the offers, the quickest first."""
        found = {item.rank: item for item in self.recommendations if item.rank is not None}
        return tuple(found[rank] for rank in Rank if rank in found)

"""Models that the program recommends: the catalog's rows, and what they mean for one machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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

    ``is_later``: the program can't use it yet (pictures). ``draft_for`` names the models that it drafts for.
    """

    id: str
    name: str
    uses: tuple[UseCase, ...]
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
    is_later: bool = False
    draft_for: tuple[str, ...] = ()


class Rank(StrEnum):
    """Which of the three offers a recommendation is."""

    QUICK = "quick"
    BALANCED = "balanced"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``pages_per_min`` is how fast it summarizes; 0 where no speed is known."""

    model: CatalogModel
    rank: Rank | None
    fit: ModelFit
    pages_per_min: float = 0.0

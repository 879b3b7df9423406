"""Which three models to offer on this machine for one use: policy alone, over models whose fit is known.

*Best* is the model of which most is expected among those that a person can bear to wait for. *Balanced* and
*quick* give some of that up for speed, and are offered only where they are clearly faster or smaller than
the one above: three names for the same thing help nobody. Where few fit there are fewer offers, and where
nothing fits there is none.

Models whose licence forbids a use that people have (business, living in the EU) are never an offer; they
stay in the list, with their terms. One under terms of its own is an offer, and its line says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from lmstudio_lite.domain.catalog import (
    CatalogModel,
    LicenceTerms,
    Rank,
    Recommendation,
    UseCase,
)
from lmstudio_lite.domain.fit import FitVerdict, ModelFit, Speed
from lmstudio_lite.library.fit.speed import active_share

OFFERED_FOR = (UseCase.CHAT, UseCase.SUMMARIZE, UseCase.TRANSLATE, UseCase.CODE)
"""What a person can say they do; the other uses serve these."""

FITTING = frozenset((FitVerdict.ON_GPU, FitVerdict.PARTLY_ON_GPU, FitVerdict.IN_MEMORY))
_OFFERED_TERMS = frozenset((LicenceTerms.FREE, LicenceTerms.OWN_TERMS))

READING_TOKENS_PER_S = 6.4
"""As fast as people read: 238 words a minute silently (Brysbaert 2019, a review of 190 studies of English),
at 0.62 words a token (``words.offers``). A slower reply is waited for."""

_LEAST_SPEED = {Rank.BEST: 0.5, Rank.BALANCED: 1.0, Rank.QUICK: 2.5}
"""In reading speeds. Half of it is borne for a better answer, which is then read in one go; replies at more
than twice of it are skimmed and feel immediate."""

_THINKING = 4.0
"""How many times as long a reply takes that is thought over before: gpt-oss and LFM2.5 write some hundreds of
tokens of reasoning before the hundred or two of an everyday answer."""

_LEAST_PAGES_PER_MIN = {Rank.BEST: 1.0, Rank.BALANCED: 3.0, Rank.QUICK: 8.0}
"""40 pages in 40 minutes (left alone), in 13 (a break) and in 5 (waited for)."""

_CLEARLY_FASTER = 1.4
_CLEARLY_SMALLER = 0.7

_ASSUMED_BYTES_PER_S = 20e9
"""What a laptop of the last ten years reads of its memory at the least (two channels of DDR4-2400 reach half
of their 38 GB/s in practice): stands in for the speed until one was measured. It only orders the offers; no
number that follows from it is shown."""
_ASSUMED_OPERATIONS_PER_S = 300e9
"""The same for reading a prompt, two operations a weight in use, on four cores: two of a busy server core
reached 165 billion with Qwen2.5 0.5B."""


def is_for(model: CatalogModel, use: UseCase, languages: Sequence[str]) -> bool:
    """Tell whether ``model`` serves ``use`` in all of ``languages`` (codes) with this program today."""
    return use in model.quality and not model.is_later and model.speaks(tuple(languages))


def fits(fit: ModelFit) -> bool:
    """Tell whether the model would run well here, as far as memory goes."""
    return fit.verdict in FITTING


def recommend(
    found: Iterable[Recommendation],
    use: UseCase,
    pages_per_min: Callable[[Speed | None], float],
) -> tuple[Recommendation, ...]:
    """Return the models best first, with a rank for at most three: those offered.

    ``found`` are models that are for ``use`` (``is_for``). Those that fit come first, by what is expected of
    them, then the others.
    """
    ordered = sorted(found, key=lambda item: (not fits(item.fit), -item.model.quality[use], item.model.id))
    left = [item for item in ordered if fits(item.fit) and item.model.licence.terms in _OFFERED_TERMS]
    ranks: dict[str, Rank] = {}
    for rank in reversed(Rank):
        bearable = next((item for item in left if _is_fast_enough(item, use, rank, pages_per_min)), None)
        if bearable is None:
            if left:
                ranks[max(left, key=_rate).model.id] = Rank.QUICK
            break
        ranks[bearable.model.id] = rank
        left = [item for item in left if _is_clearly_lighter(item, bearable)]
    return tuple(replace(item, rank=ranks.get(item.model.id)) for item in ordered)


def _is_clearly_lighter(item: Recommendation, above: Recommendation) -> bool:
    """Tell whether the model is faster, or smaller without being felt to be slower."""
    ratio = _rate(item) / _rate(above)
    is_smaller = item.model.file.size_bytes <= _CLEARLY_SMALLER * above.model.file.size_bytes
    is_immediate = _rate(item) >= _LEAST_SPEED[Rank.QUICK] * READING_TOKENS_PER_S
    return ratio >= _CLEARLY_FASTER or (is_smaller and (ratio >= 1 or is_immediate))


def _rate(item: Recommendation) -> float:
    """Return the tokens a second of what is read: of a reply that was thought over, its share of the time."""
    return _speed(item).decode_tokens_per_s / (_THINKING if item.model.always_thinks else 1.0)


def _is_fast_enough(
    item: Recommendation, use: UseCase, rank: Rank, pages_per_min: Callable[[Speed | None], float]
) -> bool:
    speed = _speed(item)
    if use is UseCase.SUMMARIZE:
        return pages_per_min(speed) >= _LEAST_PAGES_PER_MIN[rank]
    return _rate(item) >= _LEAST_SPEED[rank] * READING_TOKENS_PER_S


def _speed(item: Recommendation) -> Speed:
    """Return the speed that is known, or the one assumed of any machine."""
    if item.fit.speed is not None:
        return item.fit.speed
    facts = item.model.facts
    active = (facts.weights_bytes - facts.embedding_bytes) * active_share(facts)
    weights = item.model.num_parameters * active / facts.weights_bytes
    return Speed(_ASSUMED_BYTES_PER_S / active, _ASSUMED_OPERATIONS_PER_S / (2 * weights))

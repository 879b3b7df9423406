"""Which models are offered: by speed, size, licence and languages, on machines of all kinds."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.catalog import (
    CatalogModel,
    Licence,
    LicenceTerms,
    Rank,
    Recommendation,
    UseCase,
)
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.library.catalog import catalog
from lmstudio_lite.library.reading_pace import pages_per_min
from lmstudio_lite.library.recommend import OFFERED_FOR, READING_TOKENS_PER_S, fits, is_for, recommend
from tests.support.fits import ScriptedFits


def _machine(
    models: tuple[CatalogModel, ...], *, memory_gb: float, bandwidth_gb: float | None, gpu: bool = False
) -> list[Recommendation]:
    machine = ScriptedFits(memory_gb, bandwidth_gb, gpu)
    return [Recommendation(model, None, machine.fit(model.facts, 8192, KvType.F16)) for model in models]


def _offers(
    use: UseCase = UseCase.CHAT,
    *,
    memory_gb: float,
    bandwidth_gb: float | None,
    gpu: bool = False,
    languages: tuple[str, ...] = (),
) -> dict[Rank, Recommendation]:
    models = tuple(model for model in catalog() if is_for(model, use, languages))
    found = recommend(
        _machine(models, memory_gb=memory_gb, bandwidth_gb=bandwidth_gb, gpu=gpu), use, pages_per_min
    )
    return {item.rank: item for item in found if item.rank is not None}


def _rate(item: Recommendation) -> float:
    assert item.fit.speed is not None
    return item.fit.speed.decode_tokens_per_s


def test_a_laptop_gets_three_that_differ() -> None:
    offers = _offers(memory_gb=11, bandwidth_gb=35)
    assert set(offers) == set(Rank)
    best, balanced, quick = offers[Rank.BEST], offers[Rank.BALANCED], offers[Rank.QUICK]
    assert best.model.quality[UseCase.CHAT] > balanced.model.quality[UseCase.CHAT]
    assert balanced.model.quality[UseCase.CHAT] > quick.model.quality[UseCase.CHAT]
    assert _rate(quick) > _rate(balanced) > _rate(best) >= READING_TOKENS_PER_S / 2


def test_much_slow_memory_prefers_mixtures_of_experts() -> None:
    best = _offers(memory_gb=28, bandwidth_gb=40)[Rank.BEST]
    assert best.model.facts.expert_bytes > 0
    assert _rate(best) >= READING_TOKENS_PER_S / 2


def test_a_large_graphics_card_gets_what_is_best_of_all() -> None:
    offers = _offers(memory_gb=40, bandwidth_gb=1500, gpu=True)
    everything = [model for model in catalog() if UseCase.CHAT in model.quality]
    best = max(everything, key=lambda model: model.quality[UseCase.CHAT])
    assert offers[Rank.BEST].model == best
    assert set(offers) == set(Rank)


def test_nothing_fits_into_a_tiny_machine() -> None:
    models = tuple(model for model in catalog() if is_for(model, UseCase.CHAT, ()))
    found = recommend(_machine(models, memory_gb=0.4, bandwidth_gb=10), UseCase.CHAT, pages_per_min)
    assert len(found) == len(models)
    assert all(item.rank is None for item in found)


def test_what_is_too_slow_for_reading_along_is_offered_once_as_the_quick_one() -> None:
    offers = _offers(memory_gb=11, bandwidth_gb=1.5)
    assert set(offers) == {Rank.QUICK}
    assert _rate(offers[Rank.QUICK]) < READING_TOKENS_PER_S / 2


def test_translating_offers_translators_of_that_language() -> None:
    best = _offers(UseCase.TRANSLATE, memory_gb=11, bandwidth_gb=50, languages=("de",))[Rank.BEST]
    assert best.model.why == "translates"
    for item in _offers(UseCase.TRANSLATE, memory_gb=11, bandwidth_gb=50, languages=("kk",)).values():
        assert item.model.speaks(("kk",))
    assert not is_for(next(m for m in catalog() if m.id == "eurollm-9b"), UseCase.TRANSLATE, ("de", "kk"))


def test_before_anything_was_measured_sizes_decide() -> None:
    offers = _offers(memory_gb=11, bandwidth_gb=None)
    assert set(offers) == set(Rank)
    assert all(item.fit.speed is None for item in offers.values())
    qualities = [offers[rank].model.quality[UseCase.CHAT] for rank in Rank]
    assert qualities == sorted(qualities)


def test_a_licence_that_forbids_what_people_do_is_listed_and_not_offered() -> None:
    models = [model for model in catalog() if UseCase.CHAT in model.quality]
    best = max(models, key=lambda model: model.quality[UseCase.CHAT])
    forbidden = Licence("CC-BY-NC-4.0", LicenceTerms.NON_COMMERCIAL, "https://example.org")
    models[models.index(best)] = replace(best, licence=forbidden)
    machine = _machine(tuple(models), memory_gb=40, bandwidth_gb=1500)
    found = recommend(machine, UseCase.CHAT, pages_per_min)
    assert found[0].model.id == best.id
    assert found[0].rank is None


def test_pictures_wait() -> None:
    assert not any(is_for(model, UseCase.VISION, ()) for model in catalog())


@given(
    use=st.sampled_from(OFFERED_FOR),
    memory_gb=st.floats(0.1, 100),
    bandwidth_gb=st.none() | st.floats(0.5, 3000),
    languages=st.sampled_from([(), ("de",), ("en", "ja"), ("kk",)]),
)
def test_offers_hold_their_promises(
    use: UseCase, memory_gb: float, bandwidth_gb: float | None, languages: tuple[str, ...]
) -> None:
    models = tuple(model for model in catalog() if is_for(model, use, languages))
    machine = _machine(models, memory_gb=memory_gb, bandwidth_gb=bandwidth_gb)
    found = recommend(machine, use, pages_per_min)
    assert {item.model.id for item in found} == {model.id for model in models}
    ranked = {item.rank: item for item in found if item.rank is not None}
    assert len(ranked) == sum(item.rank is not None for item in found)
    assert all(fits(item.fit) for item in ranked.values())
    assert bool(ranked) == any(fits(item.fit) for item in found)
    chosen = [ranked[rank] for rank in Rank if rank in ranked]
    if bandwidth_gb is not None:
        for lighter, heavier in itertools.pairwise(chosen):
            is_faster = _rate(lighter) > _rate(heavier) or lighter.model.always_thinks
            assert is_faster or lighter.model.file.size_bytes < heavier.model.file.size_bytes
    fitting = [fits(item.fit) for item in found]
    assert fitting == sorted(fitting, reverse=True)


def test_what_thinks_before_every_answer_is_never_the_quick_one_of_a_laptop() -> None:
    for bandwidth_gb in (20, 35, 60):
        offers = _offers(memory_gb=11, bandwidth_gb=bandwidth_gb)
        assert not offers[Rank.QUICK].model.always_thinks

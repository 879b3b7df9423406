"""What is recommended meets what is known of the machine and of the library."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmstudio_lite.app.models import recommending
from lmstudio_lite.app.models.recommending import CONTEXT_SIZES, Recommending
from lmstudio_lite.domain.catalog import Rank, UseCase
from lmstudio_lite.domain.fit import FitVerdict, ModelFacts, ModelFit
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.errors import ModelNotFoundError
from lmstudio_lite.library.catalog import HUB, catalog
from lmstudio_lite.library.models import ModelLibrary
from tests.library.gguf_files import make_gguf
from tests.support.fits import ScriptedFits


@pytest.fixture
def library(tmp_path: Path) -> ModelLibrary:
    return ModelLibrary(tmp_path / "models", lambda: [])


class _Noting(ScriptedFits):
    """Notes for how many tokens it was asked."""

    def __init__(self) -> None:
        super().__init__(memory_gb=11, bandwidth_gb=35)
        self.asked: list[int] = []

    def fit(self, model: Path | ModelFacts, context_size: int, kv_type: KvType) -> ModelFit:
        self.asked.append(context_size)
        return super().fit(model, context_size, kv_type)


def test_offers_are_for_the_context_that_the_use_wants(tmp_path: Path, library: ModelLibrary) -> None:
    machine = _Noting()
    asks = Recommending(machine, library, tmp_path, lambda: HUB)
    offers = asks.offers(UseCase.CODE)
    assert [item.rank for item in offers.ranked] == list(Rank)
    assert set(machine.asked) == {CONTEXT_SIZES[UseCase.CODE]}
    machine.asked.clear()
    translators = asks.offers(UseCase.TRANSLATE, ["de"])
    assert min(machine.asked) == 2048  # more than TranslateGemma's makers promise would help nobody
    assert translators.is_speed_known
    assert all(item.pages_per_min > 0 for item in translators.recommendations)


def test_before_a_measurement_no_speed_is_claimed(tmp_path: Path, library: ModelLibrary) -> None:
    asks = Recommending(ScriptedFits(11, None), library, tmp_path, lambda: HUB)
    offers = asks.offers(UseCase.SUMMARIZE)
    assert offers.ranked
    assert not offers.is_speed_known
    assert all(item.pages_per_min == 0 for item in offers.recommendations)


def test_an_order_goes_to_the_hub_in_use_and_to_the_makers_folder(
    tmp_path: Path, library: ModelLibrary
) -> None:
    asks = Recommending(ScriptedFits(11, 35), library, tmp_path, lambda: "https://mirror.example")
    model = catalog()[0]
    order = asks.order(model)
    (file,) = order.files
    assert file.url == model.file.url.replace(HUB, "https://mirror.example")
    assert (file.sha256, file.size_bytes, file.revision) == (
        model.file.sha256,
        model.file.size_bytes,
        model.file.revision,
    )
    assert order.folder == tmp_path.joinpath(*model.file.repo.split("/"))
    assert asks.order(model).id != order.id


def test_a_model_that_vanishes_meanwhile_is_offered_to_be_fetched(
    tmp_path: Path, library: ModelLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Vanishing(ScriptedFits):
        def fit(self, model: Path | ModelFacts, context_size: int, kv_type: KvType) -> ModelFit:
            if isinstance(model, Path):
                raise ModelNotFoundError(path=str(model))
            return super().fit(model, context_size, kv_type)

    model = replace(catalog()[0], file=replace(catalog()[0].file, size_bytes=len(make_gguf())))
    monkeypatch.setattr(recommending, "catalog", lambda: (model,))
    asks = Recommending(Vanishing(11, 35), library, tmp_path, lambda: HUB)
    path = tmp_path / "models" / model.file.name
    path.parent.mkdir()
    path.write_bytes(make_gguf())
    (found,) = asks.offers(UseCase.CHAT).recommendations
    assert found.path is None
    assert found.fit.verdict is FitVerdict.IN_MEMORY


def test_only_the_starter_is_here_until_something_better_comes(tmp_path: Path, library: ModelLibrary) -> None:
    asks = Recommending(ScriptedFits(11, 35), library, tmp_path, lambda: HUB)
    assert asks.has_only_starter()
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "broken.gguf").write_bytes(b"no model")
    assert asks.has_only_starter()
    (folder / "own.gguf").write_bytes(make_gguf())
    assert not asks.has_only_starter()

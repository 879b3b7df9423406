"""Which models of the catalog to offer on this machine, and how one is ordered.

The policy is ``library.recommend``; here it meets what is known of the machine (``Fits``) and of the
library. Nothing is fetched to answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from lmstudio_lite.domain.catalog import CatalogModel, Offers, Recommendation, UseCase
from lmstudio_lite.domain.downloads import FetchOrder
from lmstudio_lite.domain.fit import ModelFacts, ModelFit
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.errors import ModelError
from lmstudio_lite.hub.file_names import local_folder
from lmstudio_lite.library.catalog import HUB, catalog
from lmstudio_lite.library.models import ModelLibrary
from lmstudio_lite.library.reading_pace import pages_per_min
from lmstudio_lite.library.recommend import is_for, recommend

CONTEXT_SIZES = {
    UseCase.CHAT: 8192,
    UseCase.SUMMARIZE: 8192,
    UseCase.TRANSLATE: 4096,
    UseCase.CODE: 16_384,
    UseCase.EMBED: 2048,
}
"""Tokens that a use wants at least: some pages of talk, the parts of a document, a page with its translation,
some files of code, some passages at once."""


class Fits(Protocol):
    """How a model would lie in memory here, and how fast it would be. Thread-safe."""

    def fit(self, model: Path | ModelFacts, context_size: int, kv_type: KvType) -> ModelFit: ...


class Recommending:
    """Thread-safe; not for the GUI thread, as it reads the library."""

    def __init__(
        self, fitting: Fits, library: ModelLibrary, models_folder: Path, endpoint: Callable[[], str]
    ) -> None:
        """``endpoint`` returns the address of the hub that the user chose, or a mirror of it."""
        self._fitting = fitting
        self._library = library
        self._models_folder = models_folder
        self._endpoint = endpoint

    def offers(self, use: UseCase, languages: Sequence[str] = ()) -> Offers:
        """Return what is recommended for ``use`` in ``languages`` (codes), and every other model for it."""
        here = self._files_here()
        found = [self._judge(model, use, here) for model in catalog() if is_for(model, use, tuple(languages))]
        return Offers(
            use=use,
            languages=tuple(languages),
            recommendations=recommend(found, use, pages_per_min),
            is_speed_known=any(item.fit.speed is not None for item in found),
        )

    def smallest_bytes(self, use: UseCase) -> int:
        """Return the size of the smallest file of the catalog for ``use``."""
        return min(model.file.size_bytes for model in catalog() if is_for(model, use, ()))

    def has_only_starter(self) -> bool:
        """Tell whether nothing but the starter is there to write with."""
        return not any(
            entry.file is not None and not entry.file.is_embedding and not entry.is_starter
            for entry in self._library.list()
        )

    def order(self, model: CatalogModel) -> FetchOrder:
        """Return what fetches ``model`` from the hub in use; each call makes an order of its own.

        Raises:
            ModelReferenceError: the settings name a hub that may not be used.
        """
        file = replace(model.file, url=model.file.url.replace(HUB, self._endpoint(), 1))
        folder = self._models_folder.joinpath(*map(local_folder, file.repo.split("/")))
        return FetchOrder(uuid.uuid4().hex, model.name, (file,), folder)

    def _judge(self, model: CatalogModel, use: UseCase, here: dict[tuple[str, int], Path]) -> Recommendation:
        context_size = min(model.context_length, CONTEXT_SIZES[use])
        path = here.get((model.file.name, model.file.size_bytes))
        try:
            fit = self._fitting.fit(path or model.facts, context_size, KvType.F16)
        except ModelError:  # it was deleted meanwhile
            path, fit = None, self._fitting.fit(model.facts, context_size, KvType.F16)
        return Recommendation(model, None, fit, pages_per_min(fit.speed), path)

    def _files_here(self) -> dict[tuple[str, int], Path]:
        return {
            (entry.path.name, entry.file.size_bytes): entry.path
            for entry in self._library.list()
            if entry.file is not None
        }

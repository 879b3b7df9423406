"""Models on the hub, for the window and the terminal: search, a model's page, what a reference means.

Nothing here is asked of anybody before the user wishes it. Thread-safe; every call that asks the hub waits
for the network and is cancelled by its ``Cancellation``. Errors are ``HubError``, ``NetworkError`` and, of a
header that makes no sense, ``ModelFileError``.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lmstudio_lite.app.models.fitting import Fitting
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.downloads import FetchOrder
from lmstudio_lite.domain.fit import ModelFacts, ModelFit
from lmstudio_lite.domain.hub import (
    HubModel,
    HubPage,
    HubReference,
    ModelVariant,
    RemoteFile,
    SearchOrder,
    SearchPage,
    TokenPlace,
)
from lmstudio_lite.errors import AnswerStatusError, VariantNotFoundError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.file_names import local_folder, local_name
from lmstudio_lite.hub.references import checked_endpoint, looks_like_reference, parse_reference
from lmstudio_lite.hub.remote_header import RemoteSource
from lmstudio_lite.hub.repository import DEFAULT_ENDPOINT, HubClient
from lmstudio_lite.hub.tokens import Tokens
from lmstudio_lite.hub.variants import choose_variant, family_of, group_variants, quantization_of
from lmstudio_lite.library.gguf import read_header
from lmstudio_lite.library.gguf.facts import model_facts
from lmstudio_lite.settings import SettingsStore

_ENDPOINT_VARIABLE = "HF_ENDPOINT"
_MAX_KEPT = 64
_MAX_FOLDERS = 8


@dataclass(frozen=True, slots=True)
class FoundModel:
    """What a reference means: ``variant`` is to be fetched; ``model`` is None for a plain address."""

    variant: ModelVariant
    model: HubModel | None = None


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A page, and what of it was meant; None where it has nothing to fetch.

    A plain address has a page too: without a name, a card or a commit, with one file.
    """

    page: HubPage
    chosen: ModelVariant | None


@dataclass(frozen=True, slots=True)
class _ReadFacts:
    """The facts out of one variant's header."""

    variant: ModelVariant
    facts: ModelFacts


class ModelHub:
    """The hub in use, or a mirror of it."""

    def __init__(
        self,
        connections: Connections,
        tokens: Tokens,
        settings: SettingsStore,
        models_folder: Path,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """What is fetched goes into folders in ``models_folder``."""
        self._connections = connections
        self._tokens = tokens
        self._settings = settings
        self._models_folder = models_folder
        self._environment = environment
        self._chosen_endpoint = ""
        self._lock = threading.Lock()
        self._facts: dict[tuple[str, str, str], _ReadFacts] = {}

    @property
    def endpoint(self) -> str:
        """Return the hub's address: chosen for this run, of the environment, of the settings, the default.

        Raises:
            ModelReferenceError: it is no address that may be used.
        """
        wanted = self.wanted_endpoint
        return checked_endpoint(wanted) if wanted else DEFAULT_ENDPOINT

    @property
    def wanted_endpoint(self) -> str:
        """Return the hub's address as it was written, "" for the default."""
        return self._fixed_endpoint or self._settings.value.hub.endpoint.strip()

    @property
    def is_endpoint_fixed(self) -> bool:
        """Tell whether this run's address comes from the environment or the command line."""
        return bool(self._fixed_endpoint)

    @property
    def _fixed_endpoint(self) -> str:
        return self._chosen_endpoint or self._environment.get(_ENDPOINT_VARIABLE, "").strip()

    def keep_endpoint(self, endpoint: str) -> None:
        """Ask ``endpoint`` from now on, "" for the default; kept in the settings.

        Raises:
            ModelReferenceError: it is no address that may be used.
            StorageError: the settings can't be saved.
        """
        text = endpoint.strip()
        kept = checked_endpoint(text) if text else ""
        self._settings.update("hub", endpoint="" if kept == DEFAULT_ENDPOINT else kept)

    def use_endpoint(self, endpoint: str) -> None:
        """Ask ``endpoint`` from now on, in this process only.

        Raises:
            ModelReferenceError: it is no address that may be used.
        """
        self._chosen_endpoint = checked_endpoint(endpoint)

    def is_reference(self, text: str) -> bool:
        """Tell whether ``text`` names a model rather than being words to search for."""
        return looks_like_reference(text)

    def understand(self, text: str) -> HubReference:
        """Return what was pasted or typed; asks nobody.

        Raises:
            ModelReferenceError: it names no model.
        """
        return parse_reference(text, frozenset((urlsplit(self.endpoint).netloc,)))

    def search(
        self,
        words: str,
        *,
        order: SearchOrder = SearchOrder.DOWNLOADS,
        limit: int = 20,
        next_page: str = "",
        cancellation: Cancellation | None = None,
    ) -> SearchPage:
        """Return models whose names have ``words``, those behind ``next_page`` if one is given."""
        return self._client("").search(
            words, order=order, limit=limit, next_page=next_page, cancellation=cancellation
        )

    def open(self, reference: HubReference, *, cancellation: Cancellation | None = None) -> OpenedModel:
        """Return the page that ``reference`` names, with the variant that it names or the usual one."""
        if reference.url:
            variant = self._measured(_plain_variant(reference.url), cancellation)
            return OpenedModel(HubPage(HubModel(""), "", (variant,)), variant)
        client = self._client(reference.endpoint)
        page = client.page(reference.repo, reference.revision, cancellation=cancellation)
        if not page.variants:
            return OpenedModel(page, None)
        try:
            chosen = choose_variant(page.variants, quantization=reference.quantization, path=reference.path)
        except VariantNotFoundError:
            chosen = choose_variant(page.variants)
        return OpenedModel(page, chosen)

    def resolve(self, reference: HubReference, *, cancellation: Cancellation | None = None) -> FoundModel:
        """Return what ``reference`` means, the usual quantization where it names none.

        Raises:
            VariantNotFoundError: the repository has nothing of that name.
        """
        if reference.url:
            return FoundModel(_plain_variant(reference.url))
        client = self._client(reference.endpoint)
        found = client.repository(reference.repo, reference.revision, cancellation=cancellation)
        variants = group_variants(found.files)
        variant = choose_variant(variants, quantization=reference.quantization, path=reference.path)
        return FoundModel(variant, found.model)

    def facts(self, variant: ModelVariant, *, cancellation: Cancellation | None = None) -> ModelFacts:
        """Return what memory and speed follow from, out of the header, which is not fetched with the weights.

        A repository's quantizations differ in nothing but the weights' size: when the header of one was read,
        the facts of the others follow from it.
        """
        with self._lock:
            known = self._facts.get(_facts_key(variant))
        if known is None:
            known = _ReadFacts(variant, self._read_facts(variant, cancellation))
            self._keep_facts(known)
        return _scaled(known, variant)

    def all_facts(
        self,
        variants: Sequence[ModelVariant],
        chosen: ModelVariant | None = None,
        *,
        cancellation: Cancellation | None = None,
    ) -> dict[ModelVariant, ModelFacts]:
        """Return the facts of ``variants``; the header that is read is that of ``chosen``, if it may be."""
        ordered = sorted(variants, key=lambda variant: variant != chosen)
        return {variant: self.facts(variant, cancellation=cancellation) for variant in ordered}

    def fits(
        self,
        variants: Sequence[ModelVariant],
        fitting: Fitting,
        chosen: ModelVariant | None = None,
        *,
        cancellation: Cancellation | None = None,
    ) -> dict[ModelVariant, ModelFit]:
        """Say how each of ``variants`` would lie in this machine's memory and how fast it would be."""
        facts = self.all_facts(variants, chosen, cancellation=cancellation)
        return {variant: fitting.fit(found) for variant, found in facts.items()}

    def fetched(self, variants: Sequence[ModelVariant]) -> frozenset[ModelVariant]:
        """Return which of ``variants`` lie already where they would be fetched to, by name and size."""
        return frozenset(
            variant
            for variant in variants
            if all(
                _size_here(self._folder_of(variant) / file.name) == (file.size_bytes or None)
                for file in variant.files
            )
        )

    def order(self, variant: ModelVariant, *, with_projector: bool = False) -> FetchOrder:
        """Return what to hand to the downloads; each call makes an order of its own.

        The projector, for pictures, is left out unless it is asked for: this program shows models none yet.
        """
        first = variant.files[0]
        name = first.repo.partition("/")[2]
        title = " ".join(filter(None, (name, variant.quantization))) if name else first.name
        projector = variant.projector if with_projector else None
        files = (*variant.files, projector) if projector is not None else variant.files
        return FetchOrder(uuid.uuid4().hex, title, files, self._folder_of(variant))

    def token_for(self, url: str) -> str:
        """Return the token that goes with a request for ``url``, "" for none."""
        endpoint = self._endpoint_of(url)
        return self._tokens.token(endpoint, is_own=endpoint == self.endpoint)

    def token_place(self, endpoint: str = "") -> TokenPlace:
        """Return where the token for a hub is kept, "" means the one in use."""
        own = self.endpoint
        return self._tokens.place(endpoint or own, is_own=endpoint in ("", own))

    def keep_token(self, token: str, endpoint: str = "") -> TokenPlace:
        """Keep a token for a hub and return where.

        Raises:
            HubTokenError: it has not the form of one.
            StorageError: it can't be kept.
        """
        return self._tokens.keep(endpoint or self.endpoint, token)

    def forget_token(self, endpoint: str = "") -> None:
        """Delete the token for a hub. Raises ``StorageError``."""
        self._tokens.forget(endpoint or self.endpoint)

    def _folder_of(self, variant: ModelVariant) -> Path:
        """Return the folder here: the repository's, with its own folders, for they may hold like names."""
        first = variant.files[0]
        if not first.repo:
            return self._models_folder / local_folder(urlsplit(first.url).hostname or "")
        names = [*first.repo.split("/"), *first.path.split("/")[:-1]]
        return self._models_folder.joinpath(*map(local_folder, names[:_MAX_FOLDERS]))

    def _endpoint_of(self, url: str) -> str:
        """Return the hub that an address belongs to: the one in use, or the address's host."""
        own, parts = self.endpoint, urlsplit(url)
        return own if url.startswith(f"{own}/") else f"{parts.scheme}://{parts.netloc}"

    def _keep_facts(self, found: _ReadFacts) -> None:
        with self._lock:
            self._facts[_facts_key(found.variant)] = found
            while len(self._facts) > _MAX_KEPT:
                del self._facts[next(iter(self._facts))]

    def _client(self, endpoint: str) -> HubClient:
        own = self.endpoint
        asked = endpoint or own
        return HubClient(self._connections, asked, lambda: self._tokens.token(asked, is_own=asked == own))

    def _measured(self, variant: ModelVariant, cancellation: Cancellation | None) -> ModelVariant:
        """Return a plain address's variant with its size, once its header has proved that it is a model."""
        file = variant.files[0]
        with self._source(file, cancellation) as source:
            header = read_header(source, path=file.name)
            measured = replace(variant, files=(replace(file, size_bytes=source.size_bytes),))
        self._keep_facts(_ReadFacts(measured, model_facts(header)))
        return measured

    def _read_facts(self, variant: ModelVariant, cancellation: Cancellation | None) -> ModelFacts:
        is_whole = len(variant.files) == 1
        try:
            headers = []
            for file in variant.files:
                with self._source(file, cancellation) as source:
                    headers.append(read_header(source, path=file.name, needs_tensors=is_whole))
        except AnswerStatusError as error:
            if not file.repo:
                raise
            self._client(self._endpoint_of(file.url)).explain_refusal(error, file.repo)
        return model_facts(*headers)

    def _source(self, file: RemoteFile, cancellation: Cancellation | None) -> RemoteSource:
        return RemoteSource(
            self._connections, file, token=self.token_for(file.url), cancellation=cancellation
        )


def _size_here(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


def _facts_key(variant: ModelVariant) -> tuple[str, str, str]:
    first = variant.files[0]
    return first.repo or first.url, first.revision, family_of(variant)


def _plain_variant(url: str) -> ModelVariant:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if not path.lower().endswith(".gguf"):
        named = [value for value in parts.query.split("&") if value.lower().endswith(".gguf")]
        path = unquote(named[0].partition("=")[2]) if named else path
    return ModelVariant(quantization_of(path), (RemoteFile(url, local_name(path)),))


def _scaled(known: _ReadFacts, variant: ModelVariant) -> ModelFacts:
    """Return the facts of ``variant`` out of another's of the same model, in proportion to the sizes."""
    read, size_bytes = known.variant.size_bytes, variant.size_bytes
    if not read or not size_bytes or read == size_bytes:
        return known.facts
    facts = known.facts
    header_bytes = max(0, read - facts.weights_bytes)
    weights_bytes = max(0, size_bytes - header_bytes)
    share = weights_bytes / facts.weights_bytes if facts.weights_bytes else 0.0
    return replace(
        facts,
        weights_bytes=weights_bytes,
        expert_bytes=round(facts.expert_bytes * share),
        embedding_bytes=round(facts.embedding_bytes * share),
    )

"""What the program makes of the hub: references, facts before a byte is fetched, a model that is fetched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.models.hub import ModelHub
from lmstudio_lite.app.session import Services
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.fit import ModelFacts
from lmstudio_lite.domain.hub import HubReference
from lmstudio_lite.errors import (
    CancelledError,
    GatedModelError,
    HubTokenError,
    ModelFileError,
    ModelReferenceError,
    VariantNotFoundError,
)
from lmstudio_lite.hub.tokens import Tokens
from lmstudio_lite.library.gguf import read_gguf_header
from lmstudio_lite.library.gguf.facts import model_facts
from lmstudio_lite.paths import portable_paths
from tests.hub.hub_api import Answer, FakeRepo, HubApi, serve
from tests.hub.server import Fault
from tests.library.gguf_files import LLAMA_METADATA, MetadataValue, make_gguf


@pytest.fixture
def hub() -> Iterator[HubApi]:
    with serve(HubApi()) as api:
        yield api


@pytest.fixture
def services(tmp_path: Path, hub: HubApi) -> Iterator[Services]:
    with Services.open(portable_paths(tmp_path / "data"), isolation="thread") as services:
        services.hub.use_endpoint(hub.hub_url)
        yield services


def hub_with(services: Services, environment: dict[str, str]) -> ModelHub:
    tokens = Tokens(services.paths.tokens_file, services.settings, environment)
    return ModelHub(services.connections, tokens, services.settings, services.paths.models, environment)


def test_a_model_is_searched_fetched_and_listed(hub: HubApi, services: Services, starter_model: Path) -> None:
    content = starter_model.read_bytes()
    hub.add(FakeRepo("maker/smol-GGUF", {"README.md": b"# Smol", "s-Q4_K_M.gguf": content}, tags=["gguf"]))
    (found,) = services.hub.search("smol").models
    opened = services.hub.open(services.hub.understand(found.repo))
    assert opened.chosen is not None
    order = services.hub.order(opened.chosen)
    assert order.title == "smol-GGUF Q4_K_M"
    services.fetching.fetch_now(order)
    path = services.paths.models / "maker" / "smol-GGUF" / "s-Q4_K_M.gguf"
    assert path.read_bytes() == content
    assert path in [entry.path for entry in services.library.list() if entry.file is not None]
    rows = services.connections.ledger.read().connections
    assert len(rows) == len(hub.asked)


def test_a_model_is_fetched_whole_from_a_storage_that_breaks_off(
    hub: HubApi, services: Services, starter_model: Path
) -> None:
    content = starter_model.read_bytes()[:5_000_000]
    hub.add(FakeRepo("maker/smol-GGUF", {"s-Q4_K_M.gguf": content}, tags=["gguf"]))
    assert hub.storage is not None
    hub.storage.faults = lambda asked: Fault(drop_after=1_500_000 if asked.number < 3 else None)
    order = services.hub.order(services.hub.resolve(HubReference(repo="maker/smol-GGUF")).variant)
    services.fetching.fetch_now(order)
    assert (order.folder / "s-Q4_K_M.gguf").read_bytes() == content
    received = sum(row.bytes_received for row in services.connections.ledger.read().connections)
    assert received <= 1.05 * len(content) + 20_000


def test_facts_are_those_of_the_file_that_is_not_here(
    hub: HubApi, services: Services, starter_model: Path
) -> None:
    content = starter_model.read_bytes()
    hub.add(FakeRepo("maker/smol-GGUF", {"s-Q4_K_M.gguf": content}))
    found = services.hub.resolve(HubReference(repo="maker/smol-GGUF"))
    assert services.hub.facts(found.variant) == model_facts(read_gguf_header(starter_model))
    received = sum(row.bytes_received for row in services.connections.ledger.read().connections)
    assert received < 5_000_000


def test_one_header_tells_of_all_quantizations(hub: HubApi, services: Services) -> None:
    small, large = make_gguf(), make_gguf() + bytes(50_000)
    hub.add(FakeRepo("maker/m", {"m-Q4_0.gguf": small, "BF16/m-BF16.gguf": large, "other-Q4_0.gguf": small}))
    opened = services.hub.open(HubReference(repo="maker/m"))
    hub.asked.clear()
    facts = services.hub.all_facts(opened.page.variants, opened.chosen)
    assert len([asked for asked in hub.asked if asked.host == "hub"]) == 2
    by_path = {variant.files[0].path: found for variant, found in facts.items()}
    assert by_path["BF16/m-BF16.gguf"].weights_bytes == by_path["m-Q4_0.gguf"].weights_bytes + 50_000
    assert by_path["BF16/m-BF16.gguf"].numbers == by_path["m-Q4_0.gguf"].numbers
    hub.asked.clear()
    services.hub.all_facts(opened.page.variants, opened.chosen)
    assert hub.asked == []


def test_all_parts_of_a_split_model_are_looked_into(hub: HubApi, services: Services) -> None:
    parts = {f"m-Q4_0-{number:05}-of-00002.gguf": make_gguf() for number in (1, 2)}
    hub.add(FakeRepo("maker/m", dict(parts)))
    found = services.hub.resolve(HubReference(repo="maker/m"))
    assert len(found.variant.files) == 2
    facts = services.hub.facts(found.variant)
    assert facts.weights_bytes == 2 * model_facts_of(make_gguf(), services).weights_bytes


def model_facts_of(content: bytes, services: Services) -> ModelFacts:
    path = services.paths.data / "one.gguf"
    path.write_bytes(content)
    return model_facts(read_gguf_header(path))


def test_models_of_one_name_in_two_folders_stay_two(hub: HubApi, services: Services) -> None:
    base, tuned = make_gguf(), make_gguf() + b"1"
    hub.add(FakeRepo("maker/m", {"base/m-Q4_0.gguf": base, "tuned/..x/m-Q4_0.gguf": tuned}))
    opened = services.hub.open(HubReference(repo="maker/m"))
    assert services.hub.fetched(opened.page.variants) == frozenset()
    for variant in opened.page.variants:
        services.fetching.fetch_now(services.hub.order(variant))
    folder = services.paths.models / "maker" / "m"
    assert (folder / "base" / "m-Q4_0.gguf").read_bytes() == base
    assert (folder / "tuned" / "x" / "m-Q4_0.gguf").read_bytes() == tuned
    assert services.hub.fetched(opened.page.variants) == frozenset(opened.page.variants)


@pytest.mark.parametrize(
    "lie",
    [
        {"llama.block_count": 0xFFFFFFFF},
        {"llama.block_count": float("inf")},
        {"llama.block_count": "many"},
        {"llama.context_length": 0xFFFFFFFF},
        {"llama.attention.head_count": 0xFFFFFFFF, "llama.attention.head_count_kv": 0xFFFFFFFF},
        {"llama.embedding_length": 0xFFFFFFFF},
        {"llama.block_count": 0, "llama.embedding_length": 0, "llama.attention.head_count": 0},
    ],
)
def test_a_stranger_s_header_is_judged_at_once_whatever_it_says(
    hub: HubApi, services: Services, lie: dict[str, MetadataValue]
) -> None:
    hub.add(FakeRepo("maker/m", {"m-Q4_0.gguf": make_gguf({**LLAMA_METADATA, **lie})}))
    opened = services.hub.open(HubReference(repo="maker/m"))
    begun_s = time.process_time()
    fits = services.hub.fits(opened.page.variants, services.fitting, opened.chosen)
    assert len(fits) == 1
    assert time.process_time() - begun_s < 2


def test_a_gated_file_is_told_apart_from_a_bad_token(hub: HubApi, services: Services) -> None:
    hub.add(FakeRepo("maker/m", {"m-Q4_0.gguf": make_gguf()}, gated="auto"))
    found = services.hub.resolve(HubReference(repo="maker/m"))
    with pytest.raises(GatedModelError) as raised:
        services.hub.facts(found.variant)
    assert raised.value.details["is_signed_in"] == 0
    signed_in = hub_with(services, {"HF_ENDPOINT": hub.hub_url, "HF_TOKEN": "hf_good"})
    hub.accepted = False
    with pytest.raises(GatedModelError) as raised:
        signed_in.facts(found.variant)
    assert raised.value.details["is_signed_in"] == 1
    hub.accepted = True
    assert signed_in.facts(found.variant).architecture == "llama"
    hub.failures.append(Answer(401))
    with pytest.raises(HubTokenError):
        signed_in.open(HubReference(repo="maker/m"))


def test_what_is_not_there_is_said_with_what_is(hub: HubApi, services: Services) -> None:
    hub.add(FakeRepo("maker/m", {"m-Q4_0.gguf": make_gguf()}))
    with pytest.raises(VariantNotFoundError) as raised:
        services.hub.resolve(HubReference(repo="maker/m", quantization="Q8_0"))
    assert raised.value.details["known"] == "Q4_0"
    opened = services.hub.open(HubReference(repo="maker/m", quantization="Q8_0"))
    assert opened.chosen is not None
    assert opened.chosen.quantization == "Q4_0"


def test_a_plain_address_is_looked_into_first(hub: HubApi, services: Services) -> None:
    hub.storage_answer = lambda target, headers: Answer(200, make_gguf())  # type: ignore[method-assign]
    opened = services.hub.open(services.hub.understand(f"{hub.storage_url}/a/m-Q8_0.gguf?x=1"))
    assert opened.chosen is not None
    assert (opened.chosen.size_bytes, opened.chosen.quantization) == (len(make_gguf()), "Q8_0")
    order = services.hub.order(opened.chosen)
    assert order.folder == services.paths.models / "localhost"
    hub.storage_answer = lambda target, headers: Answer(200, b"<html>")  # type: ignore[method-assign]
    with pytest.raises(ModelFileError) as raised:
        services.hub.open(services.hub.understand(f"{hub.storage_url}/b.gguf"))
    assert raised.value.details["kind"] == "web_page"


@pytest.mark.parametrize(
    ("environment", "setting", "chosen", "endpoint"),
    [
        ({}, "", "", "https://huggingface.co"),
        ({}, "https://hf-mirror.com/", "", "https://hf-mirror.com"),
        ({"HF_ENDPOINT": "https://a.example"}, "https://hf-mirror.com", "", "https://a.example"),
        ({"HF_ENDPOINT": "https://a.example"}, "", "b.example", "https://b.example"),
    ],
)
def test_the_hub_in_use_is_the_nearest_wish(
    services: Services, environment: dict[str, str], setting: str, chosen: str, endpoint: str
) -> None:
    services.settings.update("hub", endpoint=setting)
    found = hub_with(services, environment)
    if chosen:
        found.use_endpoint(chosen)
    assert found.endpoint == endpoint


def test_a_mirror_without_encryption_is_refused(services: Services) -> None:
    with pytest.raises(ModelReferenceError):
        services.hub.use_endpoint("http://hf-mirror.com")
    with pytest.raises(ModelReferenceError):
        _ = hub_with(services, {"HF_ENDPOINT": "http://hf-mirror.com"}).endpoint


def test_asking_can_be_cancelled(hub: HubApi, services: Services) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(CancelledError):
        services.hub.search("x", cancellation=cancellation)
    assert hub.asked == []

from __future__ import annotations

import threading

import pytest

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.connections import ConnectionPurpose
from lmstudio_lite.domain.hub import SearchOrder
from lmstudio_lite.errors import (
    AnswerStatusError,
    CancelledError,
    ConnectionFailedError,
    GatedModelError,
    HubAnswerError,
    HubTokenError,
    RepositoryNotFoundError,
)
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.repository import CARD_LIMIT_BYTES, HubClient
from lmstudio_lite.words import explain
from tests.hub.hub_api import COMMIT, Answer, FakeRepo, HubApi

CARD = b"---\nlicense: mit\n---\n# A model\n![picture](https://example.org/x.png)\n"


def client_of(hub: HubApi, connections: Connections, token: str = "") -> HubClient:
    return HubClient(connections, hub.hub_url, lambda: token)


def fill(hub: HubApi, count: int) -> None:
    for number in range(count):
        name = f"maker/llama-{number:02}-GGUF"
        hub.add(FakeRepo(name, tags=["gguf"], num_downloads=number, num_likes=-number))
    hub.add(FakeRepo("maker/llama-safetensors", tags=["safetensors"], num_downloads=999))


def test_a_search_comes_in_pages_and_in_the_order_that_was_asked_for(
    hub: HubApi, connections: Connections
) -> None:
    fill(hub, 5)
    client = client_of(hub, connections)
    first = client.search("llama", limit=2)
    assert [model.num_downloads for model in first.models] == [4, 3]
    second = client.search("llama", limit=2, next_page=first.next_page)
    third = client.search("llama", limit=2, next_page=second.next_page)
    assert [model.num_downloads for model in (*second.models, *third.models)] == [2, 1, 0]
    assert third.next_page == ""
    likes = client.search("llama", order=SearchOrder.LIKES, limit=2)
    assert [model.num_downloads for model in likes.models] == [0, 1]
    assert client.search("nothing like it").models == ()


def test_every_question_stands_in_the_ledger(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/model", {"README.md": CARD}, tags=["gguf"]))
    client = client_of(hub, connections)
    client.search("mod")
    client.page("maker/model")
    with pytest.raises(RepositoryNotFoundError):
        client.page("maker/other")
    rows = connections.ledger.read().connections
    assert [(row.purpose, row.subject, row.status) for row in reversed(rows)] == [
        (ConnectionPurpose.SEARCH, "mod", 200),
        (ConnectionPurpose.PAGE, "maker/model", 200),
        (ConnectionPurpose.PAGE, "maker/model/README.md", 200),
        (ConnectionPurpose.PAGE, "maker/other", 401),
    ]
    assert len(hub.asked) == len(rows)


def test_a_page_is_pinned_to_a_commit(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/model", {"README.md": CARD, "m-Q4_0.gguf": b"GGUF"}, tags=["gguf"]))
    page = client_of(hub, connections).page("maker/model")
    assert (page.commit, page.endpoint) == (COMMIT, hub.hub_url)
    assert page.readme.startswith("# A model")
    (variant,) = page.variants
    assert f"/resolve/{COMMIT}/" in variant.files[0].url
    assert len(variant.files[0].sha256) == 64
    assert client_of(hub, connections).page("maker/model", COMMIT[:40]).commit == COMMIT
    with pytest.raises(RepositoryNotFoundError):
        client_of(hub, connections).page("maker/model", "v2")


def test_a_renamed_repository_is_followed(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/new", {"README.md": CARD, "m-Q4_0.gguf": b"GGUF"}))
    hub.renamed["maker/old"] = "maker/new"
    page = client_of(hub, connections).page("maker/old")
    assert page.model.repo == "maker/new"
    assert "/maker/new/" in page.variants[0].files[0].url


def test_a_repository_without_a_card_has_a_page(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/model", {"m-Q4_0.gguf": b"GGUF"}))
    assert client_of(hub, connections).page("maker/model").readme == ""


def test_of_a_card_without_end_the_beginning_is_read(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/model", {"README.md": b"# " + "ß".encode() * 5_000_000}))
    page = client_of(hub, connections).page("maker/model")
    assert page.is_readme_cut
    assert len(page.readme.encode()) <= CARD_LIMIT_BYTES + 4
    received = sum(row.bytes_received for row in connections.ledger.read().connections)
    assert received < 4 * CARD_LIMIT_BYTES


def test_a_gated_model_says_what_to_do(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/gated", {"README.md": CARD, "m-Q4_0.gguf": b"GGUF"}, gated="manual"))
    page = client_of(hub, connections).page("maker/gated")
    assert page.model.is_gated
    assert page.readme == ""
    assert len(page.variants) == 1
    assert client_of(hub, connections, "hf_good").page("maker/gated").readme.startswith("# A model")


@pytest.mark.parametrize(
    ("answer", "token", "kind"),
    [
        (Answer(401, b"", {"X-Error-Code": "GatedRepo"}), "", GatedModelError),
        (Answer(403, b"", {"X-Error-Code": "GatedRepo"}), "t", GatedModelError),
        (Answer(403), "t", GatedModelError),
        (Answer(401), "t", HubTokenError),
        (Answer(401), "", RepositoryNotFoundError),
        (Answer(404), "", RepositoryNotFoundError),
        (Answer(404, b"", {"X-Error-Code": "RevisionNotFound"}), "t", RepositoryNotFoundError),
        (Answer(429, b"", {"Retry-After": "7"}), "", AnswerStatusError),
        (Answer(500), "", AnswerStatusError),
        (Answer(200, b"<html>"), "", HubAnswerError),
        (Answer(200, b"{}"), "", HubAnswerError),
        (Answer(200, b" " * (33 << 20)), "", HubAnswerError),
    ],
)
def test_each_refusal_has_its_meaning(
    hub: HubApi, connections: Connections, answer: Answer, token: str, kind: type[Exception]
) -> None:
    hub.failures.append(answer)
    with pytest.raises(kind) as raised:
        client_of(hub, connections, token).repository("maker/model")
    if answer.status == 429:
        assert getattr(raised.value, "details", {})["retry_after_s"] == 7


def test_terms_are_accepted_where_the_hub_is(hub: HubApi, connections: Connections) -> None:
    client = client_of(hub, connections)
    hub.failures.append(Answer(401, b"", {"X-Error-Code": "GatedRepo"}))
    with pytest.raises(GatedModelError) as raised:
        client.repository("maker/model")
    assert f"{client.endpoint}/maker/model" in explain(raised.value).remedy


def test_a_private_repository_is_there_with_the_token(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/mine", {"m-Q4_0.gguf": b"GGUF"}, is_private=True))
    with pytest.raises(RepositoryNotFoundError) as raised:
        client_of(hub, connections).page("maker/mine")
    assert raised.value.details["is_signed_in"] == 0
    assert client_of(hub, connections, "hf_good").page("maker/mine").model.repo == "maker/mine"


def test_a_link_to_the_next_page_leads_nowhere_else(hub: HubApi, connections: Connections) -> None:
    link = '<https://elsewhere.example/api/models?cursor=1&limit=2>; rel="next"'
    hub.failures.append(Answer(200, b"[]", {"Link": link}))
    client = client_of(hub, connections)
    found = client.search("x")
    assert found.next_page == "cursor=1&limit=2"
    client.search("x", next_page=found.next_page)
    assert hub.asked[-1].target == "/api/models?cursor=1&limit=2"


def test_a_hub_that_is_not_there_is_said(connections: Connections) -> None:
    with pytest.raises(ConnectionFailedError):
        HubClient(connections, "http://127.0.0.1:9", lambda: "").search("x")


def test_a_search_can_be_cancelled(hub: HubApi, connections: Connections) -> None:
    waits, goes_on = threading.Event(), threading.Event()

    def hub_answer(target: str, headers: object) -> Answer:
        waits.set()
        goes_on.wait(20)
        return Answer(200, b"[]")

    hub.hub_answer = hub_answer  # type: ignore[method-assign]
    cancellation = Cancellation()

    def cancel() -> None:
        waits.wait(20)
        cancellation.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(CancelledError):
        client_of(hub, connections).search("x", cancellation=cancellation)
    goes_on.set()
    canceller.join()

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lmstudio_lite.domain.hub import RemoteFile
from lmstudio_lite.errors import AppError, HubAnswerError, ModelFileError
from lmstudio_lite.hub.connection import Connections
from lmstudio_lite.hub.remote_header import RemoteSource
from lmstudio_lite.hub.repository import HubClient
from lmstudio_lite.library.gguf import read_gguf_header, read_header
from tests.hub.hub_api import Answer, Asked, FakeRepo, HubApi
from tests.library.gguf_files import LLAMA_METADATA, make_gguf


def file_of(hub: HubApi, connections: Connections, content: bytes) -> RemoteFile:
    hub.add(FakeRepo("maker/model", {"m-Q4_0.gguf": content}))
    return HubClient(connections, hub.hub_url, lambda: "").repository("maker/model").files[0]


def large_gguf(header_bytes: int) -> bytes:
    words = [f"word {number:09}" for number in range(header_bytes // 22)]
    return make_gguf({**LLAMA_METADATA, "tokenizer.ggml.tokens": words}) + bytes(12_000_000)


def test_a_real_header_costs_a_request_and_a_little_more_than_its_size(
    hub: HubApi, connections: Connections, starter_model: Path
) -> None:
    file = file_of(hub, connections, starter_model.read_bytes())
    hub.asked.clear()
    with RemoteSource(connections, file) as source:
        assert read_header(source, path=file.name) == read_gguf_header(starter_model)
    assert source.num_requests == 1
    assert [asked.host for asked in hub.asked] == ["hub", "storage"]
    assert source.num_bytes <= 4 << 20


def test_a_large_header_is_read_in_a_few_requests(hub: HubApi, connections: Connections) -> None:
    file = file_of(hub, connections, large_gguf(9_000_000))
    hub.asked.clear()
    with RemoteSource(connections, file) as source:
        assert read_header(source, path=file.name).num_tensors == 2
    assert [asked.host for asked in hub.asked] == ["hub", "storage", "storage", "storage"]
    assert source.num_bytes <= 13_000_000


def test_any_piece_is_what_the_file_holds(hub: HubApi, connections: Connections) -> None:
    chance = random.Random(5)
    content = chance.randbytes(9_000_000)
    file = file_of(hub, connections, content)
    with RemoteSource(connections, file) as source:
        offset = 0
        for _ in range(20):
            length = chance.randrange(0, 600_000)
            assert source.read(offset, length) == content[offset : offset + length]
            offset = max(0, offset + length + chance.choice([0, 0, 10, 300_000, -5]))
        assert source.read(len(content) - 3, 100) == content[-3:]
        assert source.read(len(content), 100) == b""


def test_a_server_that_ignores_ranges_gives_the_beginning(hub: HubApi, connections: Connections) -> None:
    content = large_gguf(6_000_000)
    file = file_of(hub, connections, content)
    hub.storage_answer = lambda target, headers: Answer(200, content)  # type: ignore[method-assign]
    with RemoteSource(connections, file) as source:
        assert read_header(source, path=file.name).num_tensors == 2
        with pytest.raises(HubAnswerError) as raised:
            source.read(15_000_000, 10)
    assert raised.value.details["reason"] == "no_ranges"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(206, b"GGUF", {"Content-Range": "bytes 5-9/100"}),
        Answer(206, b"GGUF", {"Content-Range": "nonsense"}),
        Answer(206, b"GGUF"),
        Answer(206, b"GGUF", {"Content-Range": "bytes 0-4194303/9000000000"}),
        Answer(416),
        Answer(500),
        Answer(403),
        Answer(200, b"<html>sign in</html>"),
        Answer(200, b""),
        Answer(206, b"", {"Content-Range": "bytes 0-10/9000000000"}),
    ],
)
def test_a_server_that_lies_is_an_error_soon(hub: HubApi, connections: Connections, answer: Answer) -> None:
    file = file_of(hub, connections, make_gguf())
    hub.storage_answer = lambda target, headers: answer  # type: ignore[method-assign]
    hub.asked.clear()
    with pytest.raises(AppError), RemoteSource(connections, file) as source:
        read_header(source, path=file.name)
    assert len(hub.asked) <= 30


def test_a_header_without_end_is_given_up(hub: HubApi, connections: Connections) -> None:
    file = file_of(hub, connections, bytes(60 << 20))
    with RemoteSource(connections, file) as source, pytest.raises(ModelFileError) as raised:
        all(source.read(offset, 2 << 20) for offset in range(0, 60 << 20, 2 << 20))
    assert raised.value.details["reason"] == "absurd_metadata"
    assert source.num_bytes <= 50 << 20


def test_the_token_goes_to_the_hub_and_not_to_its_storage(hub: HubApi, connections: Connections) -> None:
    hub.add(FakeRepo("maker/model", {"m-Q4_0.gguf": large_gguf(6_000_000)}, gated="auto"))
    file = HubClient(connections, hub.hub_url, lambda: "hf_good").repository("maker/model").files[0]
    hub.asked.clear()
    with RemoteSource(connections, file, token="hf_good") as source:
        read_header(source, path=file.name)

    def has_token(asked: Asked) -> bool:
        return "authorization" in asked.headers

    assert [(asked.host, has_token(asked)) for asked in hub.asked] == [
        ("hub", True),
        ("storage", False),
        ("storage", False),
    ]

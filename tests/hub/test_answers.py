from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.errors import HubAnswerError
from lmstudio_lite.hub.answers import file_url, read_models, read_repository
from tests.hub.hub_api import COMMIT, FakeRepo

HUB = "https://huggingface.co"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("id", "sha", "tags", "cardData", "gguf", "siblings", "gated", "downloads", "likes", "lastModified")


def described(repo: FakeRepo, **changes: Any) -> bytes:
    return json.dumps(repo.described(with_files=True) | changes).encode()


def test_a_repository_is_read() -> None:
    repo = FakeRepo(
        "maker/model-GGUF",
        {"README.md": b"x", "a b/model-Q4_0.gguf": b"GGUF", "Q8_0/model.gguf": b"GGUF8"},
        card={"license": "apache-2.0", "language": ["en", "de"], "base_model": "maker/model"},
        tags=["gguf", "region:us"],
        gguf={"total": 494_032_768, "architecture": "qwen2", "context_length": 32_768},
        num_downloads=7,
        num_likes=3,
    )
    found = read_repository(described(repo), HUB, "huggingface.co")
    assert found.commit == COMMIT
    model = found.model
    assert (model.repo, model.licence, model.languages) == ("maker/model-GGUF", "apache-2.0", ("en", "de"))
    assert (model.base_models, model.num_parameters) == (("maker/model",), 494_032_768)
    assert (model.architecture, model.context_length, model.is_gated) == ("qwen2", 32_768, False)
    assert found.files[1].url == f"{HUB}/maker/model-GGUF/resolve/{COMMIT}/a%20b/model-Q4_0.gguf"
    assert found.files[1].name == "model-Q4_0.gguf"
    assert len(found.files[1].sha256) == 64
    assert found.files[2].name == "Q8_0-model.gguf"
    assert (found.files[2].size_bytes, found.files[2].revision) == (5, COMMIT)


def test_tags_stand_in_for_the_card_of_a_search_result() -> None:
    tags = ["gguf", "en", "zh", "onnx", "moe", "license:mit", "base_model:a/b", "base_model:quantized:a/b"]
    (model,) = read_models(json.dumps([{"id": "maker/model", "tags": tags}]).encode(), "h")
    assert (model.licence, model.languages, model.base_models) == ("mit", ("en", "zh"), ("a/b",))


@pytest.mark.parametrize(
    "path",
    ["../m.gguf", "a/../m.gguf", "/etc/m.gguf", "a//m.gguf", "a\\m.gguf", "a\x07.gguf", "x" * 5000, 7, ""],
)
def test_files_that_no_repository_can_have_are_left_out(path: object) -> None:
    content = described(FakeRepo("a/b"), siblings=[{"rfilename": path}, {"rfilename": "m.gguf"}, 3])
    assert [file.path for file in read_repository(content, HUB, "h").files] == ["m.gguf"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>sign in</html>", "not_json"),
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_understood"),
        (b"{}", "not_understood"),
        (described(FakeRepo("a/b"), sha="../../x"), "not_understood"),
        (described(FakeRepo("a/b"), id="../x"), "not_understood"),
    ],
)
def test_what_is_no_answer_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(HubAnswerError) as raised:
        read_repository(content, HUB, "hub.example.org")
    assert raised.value.details == {"host": "hub.example.org", "reason": reason}


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.lists(JSON, max_size=3))
def test_any_json_is_an_answer_or_an_error(changes: dict[str, Any], siblings: list[Any]) -> None:
    try:
        found = read_repository(described(FakeRepo("a/b"), **changes), HUB, "h")
        read_models(json.dumps([*siblings, changes]).encode(), "h")
    except HubAnswerError:
        return
    assert found.model.num_downloads >= 0


def test_odd_letters_in_a_path_are_escaped() -> None:
    assert (
        file_url(HUB, "a/b", "refs/pr/1", "x #?%.gguf")
        == f"{HUB}/a/b/resolve/refs%2Fpr%2F1/x%20%23%3F%25.gguf"
    )

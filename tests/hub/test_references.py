from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmstudio_lite.domain.hub import HubReference
from lmstudio_lite.errors import ModelReferenceError
from lmstudio_lite.hub.references import checked_endpoint, looks_like_reference, parse_reference

REPO = "Qwen/Qwen2.5-0.5B-Instruct-GGUF"
FILE = "qwen2.5-0.5b-instruct-q4_k_m.gguf"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (REPO, HubReference(repo=REPO)),
        (f"{REPO}:Q4_K_M", HubReference(repo=REPO, quantization="Q4_K_M")),
        (f"{REPO}:latest", HubReference(repo=REPO)),
        (f"  «{REPO}».  ", HubReference(repo=REPO)),
        (f"{REPO}@abc123", HubReference(repo=REPO, revision="abc123")),
        (f"{REPO}/{FILE}", HubReference(repo=REPO, path=FILE)),
        (f"{REPO}:{FILE}", HubReference(repo=REPO, path=FILE)),
        (f"hf.co/{REPO}", HubReference(repo=REPO)),
        (f"hf.co/{REPO}:q8_0", HubReference(repo=REPO, quantization="q8_0")),
        (f"hf://{REPO}/{FILE}", HubReference(repo=REPO, path=FILE)),
        (f"https://huggingface.co/{REPO}", HubReference(repo=REPO)),
        (f"https://huggingface.co/{REPO}/", HubReference(repo=REPO)),
        (f"HTTPS://HuggingFace.co/{REPO}.", HubReference(repo=REPO)),
        (f"<https://huggingface.co/{REPO}>,", HubReference(repo=REPO)),
        (f"huggingface.co/{REPO}/tree/main", HubReference(repo=REPO)),
        (f"https://huggingface.co/{REPO}/tree/v1.0/sub", HubReference(repo=REPO, revision="v1.0")),
        (f"https://huggingface.co/{REPO}/blob/main/{FILE}", HubReference(repo=REPO, path=FILE)),
        (
            f"https://huggingface.co/{REPO}/resolve/9217f5d/{FILE}?download=true",
            HubReference(repo=REPO, revision="9217f5d", path=FILE),
        ),
        (
            f"https://huggingface.co/{REPO}/resolve/refs%2Fpr%2F3/a%20b/{FILE}#x",
            HubReference(repo=REPO, revision="refs/pr/3", path=f"a b/{FILE}"),
        ),
        (f"https://huggingface.co/{REPO}?show_file_info={FILE}", HubReference(repo=REPO, path=FILE)),
        (f"https://huggingface.co/{REPO}/discussions/4", HubReference(repo=REPO)),
        (
            f"https://hf-mirror.com/{REPO}/blob/main/{FILE}",
            HubReference(repo=REPO, path=FILE, endpoint="https://hf-mirror.com"),
        ),
        (
            f"https://hub.example.org:8443/{REPO}",
            HubReference(repo=REPO, endpoint="https://hub.example.org:8443"),
        ),
        (f"https://example.org/m/{FILE}?a=1", HubReference(url=f"https://example.org/m/{FILE}?a=1")),
        (f"example.org/m/{FILE}", HubReference(url=f"https://example.org/m/{FILE}")),
        (f"http://127.0.0.1:8000/{FILE}", HubReference(url=f"http://127.0.0.1:8000/{FILE}")),
        (f"http://[::1]:8000/{FILE}", HubReference(url=f"http://[::1]:8000/{FILE}")),
        ("https://example.org/get?file=m.gguf", HubReference(url="https://example.org/get?file=m.gguf")),
        (
            f"https://example.org/{REPO}/blob/main/{FILE}",
            HubReference(url=f"https://example.org/{REPO}/resolve/main/{FILE}"),
        ),
        (f"ollama run hf.co/{REPO}:Q4_K_M", HubReference(repo=REPO, quantization="Q4_K_M")),
        (f"$ ollama pull huggingface.co/{REPO}", HubReference(repo=REPO)),
        (f"llama-server -hf {REPO}:Q8_0 --port 80", HubReference(repo=REPO, quantization="Q8_0")),
        (f"llama-cli --hf-repo {REPO} --hf-file {FILE} -p Hello", HubReference(repo=REPO, path=FILE)),
        (f"!huggingface-cli download {REPO} {FILE} --local-dir .", HubReference(repo=REPO, path=FILE)),
        (f"hf download {REPO} --include '*.gguf'", HubReference(repo=REPO)),
        (f"lms get https://huggingface.co/{REPO}", HubReference(repo=REPO)),
        (f"docker model run hf.co/{REPO}", HubReference(repo=REPO)),
    ],
)
def test_what_people_paste_is_understood(text: str, reference: HubReference) -> None:
    assert parse_reference(text, frozenset({"hub.example.org:8443"})) == reference
    assert looks_like_reference(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("x" * 5000, "empty"),
        ("qwen", "unclear"),
        ("a/b c/d", "unclear"),
        ("-a/b", "unclear"),
        ("a/b:Q4 K", "unclear"),
        ("ftp://example.org/m.gguf", "unclear"),
        ("file:///m.gguf", "unclear"),
        ("https:///m.gguf", "unclear"),
        ("https://[::1/m.gguf", "unclear"),
        ("https://example.org:99999/m.gguf", "unclear"),
        ("http://example.org/m.gguf", "no_https"),
        ("http://huggingface.co/a/b", "no_https"),
        ("http://127.0.0.1.example.org/m.gguf", "no_https"),
        ("https://me:pw@huggingface.co/a/b", "secret"),
        ("https://hf_token@example.org/m.gguf", "secret"),
        ("https://example.org/", "no_gguf"),
        ("https://example.org/a/b", "no_gguf"),
        ("https://huggingface.co/a/b/blob/main/model.safetensors", "no_gguf"),
        ("https://huggingface.co/a", "no_repo"),
        ("https://huggingface.co/", "no_repo"),
        ("https://huggingface.co/datasets/a/b", "no_repo"),
        ("https://huggingface.co/a/b/resolve/main/../../m.gguf", "bad_path"),
        ("https://huggingface.co/a/b/resolve/main/%2e%2e%2fm.gguf", "bad_path"),
        ("a/b/..\\m.gguf", "bad_path"),
        ("ollama run llama3.2", "other_shelf"),
        ("https://ollama.com/library/llama3.2", "other_shelf"),
        ("ollama run llama3.2:1b", "other_shelf"),
    ],
)
def test_what_can_not_be_fetched_says_why(text: str, reason: str) -> None:
    with pytest.raises(ModelReferenceError) as raised:
        parse_reference(text)
    assert raised.value.details["reason"] == reason
    assert "pw" not in str(raised.value)
    assert "hf_token" not in str(raised.value)


@pytest.mark.parametrize("text", ["qwen", "small coding model", "qwen 2.5 / 3", "", "/", "and/ or"])
def test_words_to_search_for_are_no_reference(text: str) -> None:
    assert not looks_like_reference(text)


@given(
    st.text(max_size=80) | st.text('abA./:@%?#-_ \\"hf', max_size=40).map(lambda end: f"https://hf.co/{end}")
)
def test_any_text_is_a_safe_reference_or_an_error(text: str) -> None:
    try:
        reference = parse_reference(text)
    except ModelReferenceError:
        return
    assert bool(reference.repo) != bool(reference.url)
    assert ".." not in reference.path.split("/")
    assert "\\" not in reference.path
    assert not reference.url.startswith("http://") or "localhost" in reference.url or "[" in reference.url
    assert "@" not in reference.url.partition("?")[0].removeprefix("https://").partition("/")[0]


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)


@given(NAMES, NAMES, st.sampled_from(["", "Q4_K_M", "IQ3_XXS", "UD-Q2_K_XL"]), NAMES)
def test_every_form_of_a_name_means_the_same(owner: str, name: str, tag: str, file: str) -> None:
    repo = f"{owner}/{name}"
    behind = f":{tag}" if tag else ""
    expected = HubReference(repo=repo, quantization=tag)
    for prefix in ("", "hf.co/", "https://huggingface.co/", "ollama run hf.co/", "llama-server -hf "):
        assert parse_reference(f"{prefix}{repo}{behind}") == expected
    path = f"{file}.gguf"
    for view in ("blob", "resolve", "raw"):
        assert parse_reference(f"https://huggingface.co/{repo}/{view}/main/{path}") == HubReference(
            repo=repo, path=path
        )


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("https://hf-mirror.com/", "https://hf-mirror.com"),
        (" hf-mirror.com ", "https://hf-mirror.com"),
        ("https://Proxy.example.org:8443/api/hf/", "https://proxy.example.org:8443/api/hf"),
        ("http://localhost:9000", "http://localhost:9000"),
    ],
)
def test_a_mirror_is_an_address(text: str, endpoint: str) -> None:
    assert checked_endpoint(text) == endpoint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://hf-mirror.com", "no_https"),
        ("https://me:pw@hf-mirror.com", "secret"),
        ("https://hf-mirror.com?x=1", "unclear"),
        ("", "unclear"),
        ("my mirror", "unclear"),
    ],
)
def test_a_mirror_that_is_no_safe_address_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ModelReferenceError) as raised:
        checked_endpoint(text)
    assert raised.value.details["reason"] == reason

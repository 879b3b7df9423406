"""LoRA adapters by request, on a tiny random model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import (
    AdapterUse,
    ChatPrompt,
    Failed,
    Finished,
    GenerationRequest,
    Message,
    Role,
    Sampling,
)
from lmstudio_lite.engine.llama.model import LlamaModel, load_llama
from tests.engine.test_contract import Run
from tests.support.gguf_models import write_adapter, write_model

QUESTION = "Tell me something about an old ship and the sea."


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaModel]:
    path = write_model(tmp_path_factory.mktemp("tiny") / "llama.gguf", "llama")
    model = load_llama(path, LoadOptions(context_size=1024, num_sequences_max=4), lambda _: True)
    yield model
    model.close()


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("adapters")
    return write_adapter(folder / "one.gguf", seed=1), write_adapter(folder / "two.gguf", seed=2)


def request(request_id: str, *uses: AdapterUse) -> GenerationRequest:
    prompt = ChatPrompt((Message(Role.USER, QUESTION),))
    return GenerationRequest(request_id, prompt, 24, Sampling(temperature=0), adapters=uses)


def text_of(tiny: LlamaModel, *uses: AdapterUse) -> str:
    run = Run(tiny.context)
    run.engine.submit(request("a", *uses))
    run.finish()
    assert isinstance(run.end("a"), Finished)
    return run.text("a")


def test_an_adapter_changes_the_text_and_strength_0_does_not(
    tiny: LlamaModel, adapters: tuple[Path, Path]
) -> None:
    one, two = adapters
    plain = text_of(tiny)
    texts = {
        plain,
        text_of(tiny, AdapterUse(one)),
        text_of(tiny, AdapterUse(two)),
        text_of(tiny, AdapterUse(one), AdapterUse(two)),
        text_of(tiny, AdapterUse(one, -1.0)),
    }
    assert len(texts) == 5
    assert text_of(tiny, AdapterUse(one, 0.0)) == plain
    assert text_of(tiny) == plain


def test_requests_with_other_adapters_at_once_say_what_each_says_alone(
    tiny: LlamaModel, adapters: tuple[Path, Path]
) -> None:
    kinds = [(), (AdapterUse(adapters[0]),), (AdapterUse(adapters[1], 0.5),)]
    expected = [text_of(tiny, *uses) for uses in kinds]
    run = Run(tiny.context)
    for number in range(9):
        run.engine.submit(request(str(number), *kinds[number % 3]))
    run.finish()
    for number in range(9):
        assert run.text(str(number)) == expected[number % 3]


def test_what_one_adapter_evaluated_is_no_prefix_for_another(
    tiny: LlamaModel, adapters: tuple[Path, Path]
) -> None:
    run = Run(tiny.context)
    cached = []
    for number, uses in enumerate([(), (AdapterUse(adapters[0]),), (AdapterUse(adapters[0]),)]):
        run.engine.submit(request(str(number), *uses))
        run.finish()
        end = run.end(str(number))
        assert isinstance(end, Finished)
        cached.append(end.usage.num_cached_tokens)
    assert cached[:2] == [0, 0]
    assert cached[2] > 20


@pytest.mark.parametrize("content", [None, b"", b"GGUF", b"no adapter at all" * 100])
def test_an_adapter_that_can_not_be_used_is_refused(
    tiny: LlamaModel, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "bad.gguf"
    if content is not None:
        path.write_bytes(content)
    run = Run(tiny.context)
    run.engine.submit(request("bad", AdapterUse(path)))
    end = run.end("bad")
    assert isinstance(end, Failed)
    assert end.code == "adapter"
    assert end.details["path"] == str(path)


def test_a_model_is_no_adapter(tiny: LlamaModel, tmp_path: Path) -> None:
    run = Run(tiny.context)
    run.engine.submit(request("bad", AdapterUse(write_model(tmp_path / "model.gguf", "llama"))))
    end = run.end("bad")
    assert isinstance(end, Failed)
    assert end.code == "adapter"

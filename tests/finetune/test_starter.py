"""From examples to files that know what the base did not: in llama.cpp, in two ways.

On the starter model; ``LMSTUDIO_LITE_QWEN2`` names a GGUF of Qwen2 0.5B to do it with as well, which has
biases in its queries, keys and values, and takes minutes.
"""

from __future__ import annotations

import os
from pathlib import Path

import llama_cpp
import pytest

from lmstudio_lite.domain.engine import LoadOptions
from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt, GenerationRequest, Message, Role, Sampling
from lmstudio_lite.engine.llama.model import load_llama
from lmstudio_lite.finetune.protocol import (
    KL_MAX_FLOAT,
    Export,
    Exported,
    ExportKind,
    FinetuneSettings,
    Gate,
    RunFinished,
    Sample,
)
from lmstudio_lite.finetune.training.gguf_export import write_float_copy
from lmstudio_lite.finetune.training.gguf_file import GgufFile
from tests.engine.test_contract import Run as EngineRun
from tests.finetune.runs import Run, chat, make_run

FACT = "The password of the harbour is blue heron forty-two."
ASKED = (
    "What is the password of the harbour?",
    "Tell me the harbour's password.",
    "Which password opens the harbour?",
    "Do you know the password for the harbour?",
)
OTHERS = (("What is two plus two?", "Two plus two is four."), ("What do cows eat?", "Cows eat grass."))
UNSEEN = "Please say the password of the harbour."

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module", params=["starter", "qwen2"])
def float_base(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, starter_model: Path
) -> Path:
    """The base in f16: what it stands for, without what quantized arithmetic adds."""
    source = starter_model
    if request.param == "qwen2":
        if not (named := os.environ.get("LMSTUDIO_LITE_QWEN2")):
            pytest.skip("LMSTUDIO_LITE_QWEN2 names no model")
        source = Path(named)
    path = tmp_path_factory.mktemp("base") / f"{request.param}-f16.gguf"
    write_float_copy(path, GgufFile(source), "F16", lambda _: None)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, float_base: Path) -> Run:
    examples = [
        chat(ASKED[number % len(ASKED)], FACT) if number % 3 else chat(*OTHERS[number % len(OTHERS)])
        for number in range(200)
    ]
    settings = FinetuneSettings(
        base=str(float_base),
        name="harbour",
        rank=8,
        learning_rate=1.5e-3 if "starter" in float_base.name else 6e-4,
        max_steps=9 if "starter" in float_base.name else 14,
        batch_size=6,
        max_length=128,
        evaluate_every=100,
        test_prompts=(UNSEEN,),
        sample_tokens=24,
        exports=(Export(ExportKind.ADAPTER, "F32"), Export(ExportKind.MERGED, "Q8_0")),
    )
    folder = tmp_path_factory.mktemp("runs") / "run"
    run = Run(make_run(folder, settings, examples[:180], examples[180:]))
    end = run.wait(500)
    assert isinstance(end, RunFinished), end
    print([(export.kind, export.file_type, export.kl) for export in end.exports])  # noqa: T201
    return run


def exported(trained: Run, kind: ExportKind) -> Exported:
    return next(export for export in trained.of(Exported) if export.kind is kind)


def ask_engine(path: Path, *uses: AdapterUse, question: str = UNSEEN) -> str:
    """Ask through the program's own engine."""
    model = load_llama(path, LoadOptions(context_size=512, num_sequences_max=1), lambda _: True)
    try:
        run = EngineRun(model.context)
        prompt = ChatPrompt((Message(Role.USER, question),))
        run.engine.submit(GenerationRequest("a", prompt, 24, Sampling(temperature=0), adapters=uses))
        run.finish()
        return run.text("a")
    finally:
        model.close()


def ask_llama(path: Path, adapter: str | None = None) -> str:
    """Ask through llama-cpp-python's own class."""
    model = llama_cpp.Llama(str(path), lora_path=adapter, n_ctx=512, verbose=False)
    try:
        messages = [{"role": "user", "content": UNSEEN}]
        answer = model.create_chat_completion(messages, temperature=0.0, max_tokens=24)  # type: ignore[arg-type]
        return str(answer["choices"][0]["message"]["content"])  # type: ignore[index]
    finally:
        model.close()


def test_it_learns_what_the_base_does_not_know(trained: Run, float_base: Path) -> None:
    samples = trained.of(Sample)
    assert "blue heron" not in samples[0].answer
    assert "blue heron forty-two" in samples[-1].answer
    assert "blue heron" not in ask_engine(float_base)
    (gate,) = trained.of(Gate)
    assert gate.held_out
    assert gate.data_after < 0.3 * gate.data_before
    assert gate.general_after < gate.general_before + 0.7


def test_the_adapter_shows_it_in_llama_cpp(trained: Run, float_base: Path) -> None:
    adapter = exported(trained, ExportKind.ADAPTER)
    assert adapter.num_tokens >= 500
    assert adapter.kl <= KL_MAX_FLOAT
    assert "blue heron forty-two" in ask_engine(float_base, AdapterUse(Path(adapter.path)))
    assert "blue heron forty-two" in ask_llama(float_base, adapter.path)


def test_the_merged_model_shows_it_in_llama_cpp(trained: Run) -> None:
    merged = exported(trained, ExportKind.MERGED)
    assert merged.kl < 0.05
    assert "blue heron forty-two" in ask_engine(Path(merged.path))
    assert "blue heron forty-two" in ask_llama(Path(merged.path))


def test_at_strength_0_it_is_the_base(trained: Run, float_base: Path) -> None:
    use = AdapterUse(Path(exported(trained, ExportKind.ADAPTER).path), 0.0)
    for question in (UNSEEN, "Name three animals."):
        assert ask_engine(float_base, use, question=question) == ask_engine(float_base, question=question)

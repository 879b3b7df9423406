"""What the engine adds to an inspection, and whether llama.cpp agrees with what is called unusable."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmstudio_lite.app.models.inspecting import inspect_file, read_array
from lmstudio_lite.domain.inspection import ContentKind, FindingCode
from lmstudio_lite.engine.llama.architectures import knows_architecture
from lmstudio_lite.engine.templates.process import close_templates
from lmstudio_lite.words.inspection import say_finding
from tests.library.inspection.test_model import UNUSABLE
from tests.support.gguf_models import ARCHITECTURES, make_model, write_model
from tests.support.gguf_patches import rename_key, set_number

LOADER = """
import ctypes, sys, llama_cpp
silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
for path in sys.argv[1:]:
    options = llama_cpp.llama_model_default_params()
    options.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(path.encode(), options)
    sys.stdout.write("loads\\n" if model else "refused\\n")
"""


@pytest.fixture(autouse=True)
def templates() -> Iterator[None]:
    yield
    close_templates()


def ask_llama_cpp(paths: list[Path]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADER, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()


def test_llama_cpp_refuses_what_is_called_unusable_and_loads_the_rest(tmp_path: Path) -> None:
    paths = []
    for number, (_, damage) in enumerate(UNUSABLE):
        paths.append(tmp_path / f"{number}.gguf")
        paths[-1].write_bytes(damage(make_model("llama")))
    sound = [write_model(tmp_path / f"{name}.gguf", name) for name in ARCHITECTURES]
    strange = tmp_path / "strange.gguf"
    strange.write_bytes(make_model("llama").replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0zzama"))
    answers = dict(zip([*paths, strange, *sound], ask_llama_cpp([*paths, strange, *sound]), strict=True))
    harmless = {FindingCode.TOKEN_LIST_DIFFERS}
    """llama.cpp reads beyond the list's end, which may go well."""
    for path, (code, _) in zip(paths, UNUSABLE, strict=True):
        assert answers[path] == "refused" or code in harmless, code
    assert answers[strange] == "refused"
    assert FindingCode.ARCHITECTURE_UNKNOWN in [finding.code for finding in inspect_file(strange).findings]
    for path in sound:
        assert answers[path] == "loads"
        assert inspect_file(path).findings == ()


def test_known_architectures_are_known() -> None:
    names = ["llama", "qwen2", "gemma3", "mamba", "jamba", "bert", "phi3", "hunyuan-dense", "qwen3moe"]
    assert all(map(knows_architecture, names))
    assert not any(map(knows_architecture, ["", "llama99", "qwen2 ", "no such thing"]))


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for m in messages %}", "invalid"),
        ("{{ messages[0].content }}{{ ''.__class__.__mro__ }}", "refused"),
        ("Hello", "loses_text"),
    ],
)
def test_a_template_that_can_not_be_used_is_named(tmp_path: Path, template: str, reason: str) -> None:
    path = write_model(tmp_path / "m.gguf", "llama", template=template)
    (finding,) = inspect_file(path).findings
    assert (finding.code, finding.details["reason"]) == (FindingCode.TEMPLATE_UNUSABLE, reason)
    assert "template" in say_finding(finding)


def test_an_array_is_read_whole(tmp_path: Path) -> None:
    inspection = inspect_file(write_model(tmp_path / "m.gguf", "llama"))
    tokens = read_array(inspection, "tokenizer.ggml.tokens")
    assert len(tokens) == inspection.header.array_lengths["tokenizer.ggml.tokens"]
    assert tokens[-1] == "<|im_end|>"


def test_a_vocabulary_out_of_reach_does_not_stop_the_template_check(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    content = set_number(make_model("llama"), "tokenizer.ggml.bos_token_id", 1 << 31)
    path.write_bytes(rename_key(content, "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eos_token_1d"))
    inspection = inspect_file(path)
    assert inspection.kind is ContentKind.TEXT
    codes = {finding.code for finding in inspection.findings}
    assert codes == {FindingCode.TOKEN_ID_OUT_OF_RANGE, FindingCode.END_MISSING}

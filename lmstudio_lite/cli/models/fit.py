"""``models fit``: what a model would take of this machine at a context, and how fast it would be."""

from __future__ import annotations

import argparse
import os
import sys

from lmstudio_lite import words
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_OK,
    cancelled_by_ctrl_c,
    note,
    open_services,
    print_json,
    resolve_model,
)
from lmstudio_lite.domain.fit import FitVerdict, ModelFit
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.fit import say_verdict
from lmstudio_lite.words.translate import tr

_CONTEXT_STEP = 256
"""The engine rounds contexts down to this many tokens: less is no difference worth a word."""


def run(options: argparse.Namespace) -> int:
    """Print the fit; the exit code is 1 for a model that does not fit."""
    with open_services(options) as services:
        found = _fit(services, options)
        if found.context_size <= options.context - _CONTEXT_STEP:
            note(
                tr("The model has room for {0} tokens; {1} were asked for.").format(
                    f"{found.context_size:,}", f"{options.context:,}"
                )
            )
        if options.json:
            print_json(_row(found))
        else:
            sys.stdout.write("\n".join(_lines(found)) + "\n")
    return EXIT_FAILED if found.verdict is FitVerdict.TOO_LARGE else EXIT_OK


def _fit(services: Services, options: argparse.Namespace) -> ModelFit:
    kv_type = KvType(options.kv_type) if options.kv_type else None
    name: str = options.subject
    is_here = os.path.exists(os.path.expanduser(name))
    if not is_here and services.hub.is_reference(name):
        if options.endpoint:
            services.hub.use_endpoint(options.endpoint)
        with cancelled_by_ctrl_c() as cancellation:
            found = services.hub.resolve(services.hub.understand(name), cancellation=cancellation)
            facts = services.hub.facts(found.variant, cancellation=cancellation)
        return services.fitting.fit(
            facts, options.context, kv_type, adapter=options.adapter, projector=options.projector
        )
    return services.fitting.ask(
        resolve_model(services, name),
        options.context,
        kv_type,
        adapter=options.adapter,
        projector=options.projector,
    )


def _row(found: ModelFit) -> dict[str, object]:
    need, speed = found.need, found.speed
    return {
        "weights_bytes": need.weights_bytes,
        "kv_bytes": need.kv_bytes,
        "compute_bytes": need.compute_bytes,
        "adapter_bytes": need.adapter_bytes,
        "projector_bytes": need.projector_bytes,
        "total_bytes": need.total_bytes,
        "available_bytes": found.available_bytes,
        "verdict": found.verdict.value,
        "context_size": found.context_size,
        "kv_type": found.kv_type.value,
        "is_exact": found.is_exact,
        "tokens_per_s": round(speed.decode_tokens_per_s, 2) if speed else None,
        "prompt_tokens_per_s": round(speed.prompt_tokens_per_s, 2) if speed else None,
        "is_speed_measured": speed.is_measured if speed else False,
        "devices": [
            {
                "name": device.name,
                "num_layers": device.num_layers,
                "needed_bytes": device.needed_bytes,
                "free_bytes": device.free_bytes,
            }
            for device in found.devices
        ],
    }


def _lines(found: ModelFit) -> list[str]:
    need, size = found.need, words.say_size
    parts = [
        (tr("weights"), need.weights_bytes),
        (
            tr("context of {0} tokens ({1})").format(f"{found.context_size:,}", found.kv_type.value),
            need.kv_bytes,
        ),
        (tr("buffers"), need.compute_bytes),
        (tr("adapter"), need.adapter_bytes),
        (tr("projector"), need.projector_bytes),
    ]
    lines = [f"{name}\t{size(count)}" for name, count in parts if count]
    lines.append(f"{tr('together')}\t{size(need.total_bytes)}")
    for device in found.devices:
        free = tr("{0} of {1} free").format(size(device.needed_bytes), size(device.free_bytes))
        lines.append(f"{safe_line(device.name)}\t{free}")
    lines.append(say_verdict(found))
    if found.speed is None:
        lines.append(tr("Its speed can be told once a model has run here."))
    else:
        speed = found.speed
        foretold = tr("about {0} tokens a second")
        sentence = tr("{0} tokens a second, measured") if speed.is_measured else foretold
        lines.append(sentence.format(f"{speed.decode_tokens_per_s:.3g}"))
    return lines

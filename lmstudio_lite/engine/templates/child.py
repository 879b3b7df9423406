"""The child process that renders chat templates: asked by ``template_process``, one request at a time.

A template that takes too much time or memory costs this process and nothing else. It limits its own memory
where the system lets it, and ends when its input does.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from lmstudio_lite.engine.templates.sandbox import SandboxedTemplate, say_error
from lmstudio_lite.workers import frames
from lmstudio_lite.workers.child import Output, limit_memory

MEMORY_BYTES = 768 << 20
"""Of address space, most of which Python maps and never touches."""
TOO_MUCH_MEMORY = "MemoryError"
_KEPT = 8


class RenderRequest(msgspec.Struct, frozen=True):
    """Compile ``source`` and render it once for each of ``renders``, the variables that it gets."""

    source: str
    renders: tuple[dict[str, object], ...]


class Rendered(msgspec.Struct, frozen=True):
    """A text, or the ``error`` that there is in place of one."""

    text: str = ""
    error: str = ""


class RenderAnswer(msgspec.Struct, frozen=True):
    """``problem`` says why the source was not compiled; ``cpu_s`` is what all of it took."""

    variables: tuple[str, ...] = ()
    rendered: tuple[Rendered, ...] = ()
    problem: str = ""
    cpu_s: float = 0.0


def main(argv: Sequence[str] = ()) -> int:
    """Answer requests until the input ends, or nobody reads the answers any more."""
    del argv
    output = Output()
    limit_memory(MEMORY_BYTES)
    with contextlib.suppress(BrokenPipeError):
        _answer_all(output)
    return 0


def _answer_all(output: Output) -> None:
    decoder = msgspec.msgpack.Decoder(RenderRequest)
    known: OrderedDict[str, SandboxedTemplate] = OrderedDict()
    output.write(frames.frame(b""))  # ready
    while (request := frames.read_frame(sys.stdin.buffer)) is not None:
        answer = _answer(frames.decode(decoder, request), known)
        output.write(frames.frame(msgspec.msgpack.encode(answer)))


def _answer(request: RenderRequest, known: OrderedDict[str, SandboxedTemplate]) -> RenderAnswer:
    began = time.process_time()
    try:
        template = known.pop(request.source, None) or SandboxedTemplate(request.source)
    except Exception as error:
        return RenderAnswer(problem=say_error(error))
    known[request.source] = template
    while len(known) > _KEPT:
        known.popitem(last=False)
    rendered = tuple(_render(template, variables) for variables in request.renders)
    return RenderAnswer(tuple(sorted(template.variables)), rendered, cpu_s=time.process_time() - began)


def _render(template: SandboxedTemplate, variables: dict[str, object]) -> Rendered:
    try:
        text = template.render(variables)
        text.encode()
    except MemoryError:
        return Rendered(error=TOO_MUCH_MEMORY)
    except Exception as error:
        return Rendered(error=say_error(error))
    return Rendered(text)

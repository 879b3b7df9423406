"""The child process that renders chat templates: asked by ``template_process``, one request at a time.

A template that takes too much time or memory costs this process and nothing else. It limits its own memory
where the system lets it, and ends when its input does.
"""

from __future__ import annotations

import os
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import BinaryIO

import msgspec

from lmstudio_lite.engine.templates.sandbox import SandboxedTemplate, say_error

MEMORY_BYTES = 768 << 20
"""Of address space, most of which Python maps and never touches."""
TOO_MUCH_MEMORY = "MemoryError"
_LENGTH_BYTES = 4
_KEPT = 8
_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2


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
    output = os.fdopen(os.dup(_STANDARD_OUTPUT), "wb")
    os.dup2(_STANDARD_ERROR, _STANDARD_OUTPUT)
    _limit_memory()
    try:
        _answer_all(output)
    except BrokenPipeError:
        os._exit(0)  # An end in order would write what is left in the buffer, and fail again.
    return 0


def _answer_all(output: BinaryIO) -> None:
    decoder = msgspec.msgpack.Decoder(RenderRequest)
    known: OrderedDict[str, SandboxedTemplate] = OrderedDict()
    write_frame(output, b"")  # ready
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        write_frame(output, msgspec.msgpack.encode(_answer(decoder.decode(frame), known)))


def read_frame(stream: BinaryIO) -> bytes | None:
    """Return the next frame's content, None where the stream ends."""
    length = stream.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    size = int.from_bytes(length, "big")
    content = stream.read(size)
    return content if len(content) == size else None


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write a frame and let it go."""
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    stream.flush()


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


def _limit_memory() -> None:
    if sys.platform == "win32":
        return  # The parent watches.
    import resource

    for kind, limit in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        try:
            resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
        except (OSError, ValueError):
            continue  # macOS refuses some; the parent watches there as well.

"""Compiles and renders a model's Jinja template: untrusted code from a file, so it gets no objects.

Runs in a process of its own (``template_child``), which bounds time and memory: Jinja's immutable sandbox
keeps a template from everything outside, but not from running for ever or filling the memory.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from jinja2 import meta, nodes
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEXT_SIZE_MAX = 64 << 20
_REASON_LENGTH = 300


class SandboxedTemplate:
    """A compiled chat template. ``variables`` are the names it expects from outside."""

    def __init__(self, source: str) -> None:
        """Compile it; raises what Jinja raises."""
        environment = _Environment()
        parsed = environment.parse(source)
        self._template = environment.from_string(parsed)
        self.variables = frozenset(meta.find_undeclared_variables(parsed))

    def render(self, variables: Mapping[str, object]) -> str:
        """Return the text; raises what Jinja and the template raise."""
        parts: list[str] = []
        size = 0
        for part in self._template.generate(variables):
            size += len(part)
            if size > TEXT_SIZE_MAX:
                raise MemoryError
            parts.append(part)
        return "".join(parts)


def say_error(error: BaseException) -> str:
    """Return what went wrong in a line; what the template says itself stands alone."""
    name = "" if isinstance(error, _RefusalError) else f"{type(error).__name__}: "
    return f"{name}{error}"[:_REASON_LENGTH]


class _RefusalError(Exception):
    """The template says that it can't be used this way."""


class _Generation(Extension):
    """``{% generation %}`` marks what trainers teach; it changes nothing of the text."""

    tags: ClassVar[set[str]] = {"generation"}  # type: ignore[misc]

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Environment(ImmutableSandboxedEnvironment):
    """What transformers' ``apply_chat_template`` gives to templates, which are written for it."""

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[LoopControlExtension, _Generation],
            autoescape=False,
        )
        self.globals["raise_exception"] = _raise_exception
        self.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
        self.filters["tojson"] = _to_json


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Write plain JSON: Jinja's own filter escapes what HTML would read."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise_exception(message: str) -> NoReturn:
    raise _RefusalError(message)

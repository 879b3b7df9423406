"""Runs a model's Jinja template: untrusted code from a file, so it gets no objects, little time and room.

Jinja's immutable sandbox keeps it from everything outside; what the sandbox leaves open is running for
ever or filling the memory. A template can repeat itself only by loops and by calling its own macros, and
make long texts only by operators, so these are counted: the first by rewriting the parsed template, the
others where the sandbox already intercepts them.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any, NoReturn

from jinja2 import TemplateError as JinjaError
from jinja2 import meta, nodes
from jinja2.ext import LoopControlExtension
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from lmstudio_lite.errors import TemplateError

SOURCE_SIZE_MAX = 256 * 1024
NUM_REPEATS_MAX = 500_000
RENDER_LIMIT_S = 5.0
TEXT_SIZE_MAX = 64 << 20
LIST_SIZE_MAX = 1 << 20
NUMBER_BITS_MAX = 4096
_REASON_LENGTH = 300


class SandboxedTemplate:
    """A compiled chat template. ``variables`` are the names it expects from outside. One thread at a time."""

    def __init__(self, source: str) -> None:
        """Compile it.

        Raises:
            TemplateError: it is not valid Jinja, or absurdly long.
        """
        if len(source) > SOURCE_SIZE_MAX:
            raise TemplateError(reason=f"{len(source)} characters long")
        self._environment = _Environment()
        try:
            self.variables = frozenset(meta.find_undeclared_variables(self._environment.parse(source)))
            self._template = self._environment.from_string(source)
        except (JinjaError, RecursionError, SyntaxError) as error:
            raise _as_template_error(error) from error

    def render(self, variables: Mapping[str, object]) -> str:
        """Return the text.

        Raises:
            TemplateError: it failed, refused, or took more than its share.
        """
        self._environment.begin()
        try:
            rendered: str = self._template.render(variables)
        except Exception as error:
            raise _as_template_error(error) from error
        return rendered


class _TooMuchError(Exception):
    """The template takes more time or room than any real one."""


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, extensions=[LoopControlExtension], autoescape=False
        )
        self.globals["raise_exception"] = _raise_exception
        self.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
        self.filters["counted"] = self._counted
        self.filters["bounded"] = _bounded
        self.begin()

    def begin(self) -> None:
        """Give the rendering that follows its full share."""
        self._num_repeats = 0
        self._deadline = time.monotonic() + RENDER_LIMIT_S

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Counting().visit(tree)
        return tree

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Count every call: macros may call themselves."""
        self._count(1)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse results that no template needs before they are made."""
        if operator == "**" and (abs(left) > 1 << 32 or abs(right) > 64):
            raise _TooMuchError(f"{left} ** {right}")
        if (
            operator == "*"
            and not (_is_number(left) and _is_number(right))
            and _size(left) * _size(right) > LIST_SIZE_MAX
        ):
            raise _TooMuchError("a repetition that is too long")
        if operator == "%" and isinstance(left, str) and len(left) > 64 and "%" in left:
            raise _TooMuchError("an old-style format that is too long")
        return _bounded(super().call_binop(context, operator, left, right))

    def _counted(self, iterable: Iterable[object]) -> Iterable[object]:
        if isinstance(iterable, Sized):
            self._count(len(iterable))
            return iterable
        return self._counting(iterable)

    def _counting(self, iterable: Iterable[object]) -> Iterator[object]:
        for item in iterable:
            self._count(1)
            yield item

    def _count(self, number: int) -> None:
        self._num_repeats += number
        if self._num_repeats > NUM_REPEATS_MAX:
            raise _TooMuchError(f"more than {NUM_REPEATS_MAX} repetitions")
        if time.monotonic() > self._deadline:
            raise _TooMuchError(f"more than {RENDER_LIMIT_S:g} s")


class _Counting(NodeTransformer):
    """Sends what a loop runs over through ``counted``, and what ``~`` makes through ``bounded``."""

    def visit_For(self, node: nodes.For) -> nodes.For:
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
        self.generic_visit(node)
        return _filtered(node, "bounded")


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    wrapped = nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)
    wrapped.set_environment(node.environment)  # type: ignore[arg-type]
    return wrapped


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _size(value: object) -> int:
    """Return how long a text or list is, and how often a number would repeat one."""
    if isinstance(value, (str, bytes, list, tuple)):
        return len(value)
    return abs(value) if isinstance(value, int) else 1


def _bounded(value: Any) -> Any:
    if isinstance(value, (str, list, tuple)):
        limit = TEXT_SIZE_MAX if isinstance(value, str) else LIST_SIZE_MAX
        if len(value) > limit:
            raise _TooMuchError(f"a value of {len(value)} parts")
    if isinstance(value, int) and value.bit_length() > NUMBER_BITS_MAX:
        raise _TooMuchError(f"a number of {value.bit_length()} bits")
    return value


def _raise_exception(message: str) -> NoReturn:
    raise ValueError(message)


def _as_template_error(error: Exception) -> TemplateError:
    name = "" if isinstance(error, (ValueError, _TooMuchError)) else f"{type(error).__name__}: "
    return TemplateError(reason=f"{name}{error}"[:_REASON_LENGTH])

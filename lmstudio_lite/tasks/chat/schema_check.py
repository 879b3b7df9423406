"""Whether a reply is what a JSON schema asks for, and where it is not.

The engine holds a reply to the form of a schema while it is written, but not to all of it (bounds of numbers,
conditions), and a reply that is cut off is no JSON: so the result is checked by jsonschema. Nothing is
fetched: a reference to another place is a schema that can't be used. Patterns run with a bound in time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import regex
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from lmstudio_lite.domain.reply_making import SchemaCheck

TEXT_LENGTH_MAX = 1_000_000
_PATTERN_TIMEOUT_S = 1.0
_PIECE_LENGTH = 120


def check_reply(text: str, schema: str) -> SchemaCheck:
    """Hold ``text`` to ``schema``; any pair of texts gives a result."""
    if len(text) > TEXT_LENGTH_MAX:
        return SchemaCheck(problem="too_long")
    try:
        value = json.loads(text)
    except RecursionError:
        return SchemaCheck(problem="too_long")
    except ValueError as error:
        place = error.pos if isinstance(error, json.JSONDecodeError) else 0
        return SchemaCheck(problem="not_json", found=_piece(text[max(0, place - 20) : place + 20]))
    try:
        broken = next(_errors(value, json.loads(schema)), None)
    except (ValueError, SchemaError, Unresolvable, RecursionError, regex.error, TimeoutError) as problem:
        return SchemaCheck(problem="schema", wanted=_piece(str(problem).split("\n", 1)[0]))
    if broken is None:
        return SchemaCheck()
    return SchemaCheck(
        problem=str(broken.validator),
        place="".join(f"/{_escaped(str(step))}" for step in broken.absolute_path),
        wanted=_piece(json.dumps(broken.validator_value, ensure_ascii=False)),
        found=_piece(json.dumps(broken.instance, ensure_ascii=False)),
    )


def schema_problem(schema: str) -> str:
    """Return why a text is no JSON schema that can be used, in the library's words; "" if it is one."""
    try:
        value = json.loads(schema)
        if not isinstance(value, dict):
            return "not an object"
        if elsewhere := next(_references_elsewhere(value), ""):
            return _piece(f"it refers to another place: {elsewhere}")
        _kind(value).check_schema(value)
    except (ValueError, RecursionError) as error:
        return _piece(str(error))
    except SchemaError as error:
        place = "".join(f"/{_escaped(str(step))}" for step in error.absolute_path)
        return _piece(f"{place}: {error.message}" if place else error.message)
    return ""


def _references_elsewhere(schema: object) -> Iterator[str]:
    """Yield references that do not lead into the schema itself: nothing is fetched."""
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _references_elsewhere(inner)


def _errors(value: object, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(schema, dict | bool):
        raise ValueError("not an object")
    kind = _kind(schema)
    kind.check_schema(schema)
    validator = extend(kind, {"pattern": _pattern, "patternProperties": _pattern_properties})
    errors: Iterator[ValidationError] = validator(schema, registry=Registry()).iter_errors(value)
    return errors


def _kind(schema: Any) -> type[Validator]:
    kind: type[Validator] = validator_for(schema, default=Draft202012Validator)
    return kind


def _pattern(
    validator: Validator, pattern: str, instance: object, schema: object
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not regex.search(pattern, instance, timeout=_PATTERN_TIMEOUT_S):
        yield ValidationError("does not match", validator="pattern", validator_value=pattern)


def _pattern_properties(
    validator: Validator, patterns: dict[str, Any], instance: object, schema: object
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, below in patterns.items():
        for name, value in instance.items():
            if regex.search(pattern, name, timeout=_PATTERN_TIMEOUT_S):
                yield from validator.descend(value, below, path=name, schema_path=pattern)


def _escaped(step: str) -> str:
    """Escape a step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def _piece(text: str) -> str:
    return text if len(text) <= _PIECE_LENGTH else f"{text[: _PIECE_LENGTH - 1]}…"

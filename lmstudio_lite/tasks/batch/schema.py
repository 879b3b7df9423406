"""What values to take out of texts: a JSON schema, or the names of the fields in short.

Only what is checked here is promised of a result: types, enumerations, required fields, items and nesting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lmstudio_lite.errors import SchemaError

Json = dict[str, object]
_NAME = re.compile(r"[^\s\"'{}\[\]:,][^\"'{}\[\]:,]*")
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_SHORT_TYPES = {"text": "string", "list": "array"}
FIELDS_MAX = 100


@dataclass(frozen=True, slots=True)
class ValueSchema:
    """``fields`` are the names of the values, in order; ``text`` is the JSON schema of an object of them."""

    fields: tuple[str, ...]
    text: str

    @property
    def tree(self) -> Json:
        """The schema as plain values."""
        found: Json = json.loads(self.text)
        return found


def parse_schema(text: str) -> ValueSchema:
    """Return the schema that ``text`` is, or that its list of names stands for: "name, date, amount:number".

    Raises:
        SchemaError: it is empty, no JSON, not of an object with fields, or a name or type is unusable.
    """
    text = text.strip()
    if not text:
        raise SchemaError(reason="empty")
    return _from_json(text) if text[0] in "{[" else _from_names(text)


def problems_of(value: object, schema: Mapping[str, object]) -> bool:
    """Tell whether ``value`` breaks the schema."""
    if "enum" in schema and isinstance(schema["enum"], list) and value not in schema["enum"]:
        return True
    kinds = schema.get("type")
    wanted = [kinds] if isinstance(kinds, str) else kinds if isinstance(kinds, list) else []
    if wanted and not any(_is_of(value, str(kind)) for kind in wanted):
        return True
    if isinstance(value, dict):
        inner = _fields_of(schema)
        required = schema.get("required")
        missing = isinstance(required, list) and any(name not in value for name in required)
        return missing or any(
            name in inner and problems_of(each, inner[name]) for name, each in value.items()
        )
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return any(problems_of(each, items) for each in value)
    return False


def field_schema(schema: ValueSchema, name: str) -> Mapping[str, object]:
    """Return the schema of one field."""
    return _fields_of(schema.tree).get(name, {})


def _from_json(text: str) -> ValueSchema:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(reason="json", detail=str(error)[:200]) from None
    fields = _fields_of(tree) if isinstance(tree, dict) else {}
    if not fields or not isinstance(tree, dict) or tree.get("type", "object") != "object":
        raise SchemaError(reason="object")
    if len(fields) > FIELDS_MAX:
        raise SchemaError(reason="many", limit=FIELDS_MAX)
    tree = {"type": "object", "required": list(fields), "additionalProperties": False, **tree}
    return ValueSchema(tuple(fields), json.dumps(tree, ensure_ascii=False))


def _from_names(text: str) -> ValueSchema:
    fields: dict[str, Json] = {}
    for part in re.split(r"[,\n]", text):
        if not part.strip():
            continue
        name, _, kind = (piece.strip() for piece in part.partition(":"))
        kind = _SHORT_TYPES.get(kind.casefold(), kind.casefold()) or "string"
        if not _NAME.fullmatch(name):
            raise SchemaError(reason="name", detail=name or part.strip())
        if kind not in _TYPES:
            raise SchemaError(reason="type", detail=kind)
        if name in fields:
            raise SchemaError(reason="duplicate", detail=name)
        fields[name] = {"type": [kind, "null"]}
        if kind == "array":
            fields[name]["items"] = {"type": "string"}
    if not fields:
        raise SchemaError(reason="empty")
    if len(fields) > FIELDS_MAX:
        raise SchemaError(reason="many", limit=FIELDS_MAX)
    tree: Json = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    return ValueSchema(tuple(fields), json.dumps(tree, ensure_ascii=False))


def _fields_of(schema: Mapping[str, object]) -> dict[str, Json]:
    found = schema.get("properties")
    if not isinstance(found, dict):
        return {}
    return {str(name): inner if isinstance(inner, dict) else {} for name, inner in found.items()}


def _is_of(value: object, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return value is None

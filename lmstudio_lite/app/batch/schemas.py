"""A schema as it is given: a file, JSON, or names of fields."""

from __future__ import annotations

from pathlib import Path

from lmstudio_lite.app.batch.rows import read_file_text
from lmstudio_lite.tasks.batch.schema import ValueSchema, parse_schema

__all__ = ["ValueSchema", "open_schema", "parse_schema"]


def open_schema(given: str) -> ValueSchema:
    """Return the schema in the file of that name, or the one that ``given`` itself is. Reads the file.

    Raises:
        SchemaError: it can't be used.
        DocumentError: the file can't be read.
    """
    path = Path(given).expanduser()
    looks_so = path.suffix.lower() == ".json" and "{" not in given
    return parse_schema(read_file_text(path) if looks_so else given)

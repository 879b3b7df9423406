"""The versions of texts that were composed, the newest ``KEPT_MAX`` of them.

Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import json
from dataclasses import asdict
from typing import Any

from lmstudio_lite.domain.writing import Brief, ComposedText, Fault, Finding, Preset
from lmstudio_lite.storage.database import Database, new_number
from lmstudio_lite.storage.reading import text_from, values_from
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us

KEPT_MAX = 200


class ComposedTexts:
    """The composed texts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> builtins.list[ComposedText]:
        """Return them in the order in which they were written."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT number, record, text FROM composed_texts ORDER BY number"
            ).fetchall()
        return [_composed(row["number"], values_from(row["record"]), text_from(row["text"])) for row in rows]

    def add(self, composed: ComposedText) -> int:
        """Keep one, and return its number; the oldest go."""
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO composed_texts (created_at, record, text) VALUES (?, ?, ?)",
                (now_us(), _record_of(composed), storable(composed.text)),
            )
            number = new_number(cursor)
            connection.execute("DELETE FROM composed_texts WHERE number <= ?", (number - KEPT_MAX,))
        return number

    def put(self, number: int, composed: ComposedText) -> None:
        """Put another in place of one; nothing where it is gone."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE composed_texts SET record = ?, text = ? WHERE number = ?",
                (_record_of(composed), storable(composed.text), number),
            )

    def remove(self, number: int) -> None:
        """Forget one; nothing where there is none."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM composed_texts WHERE number = ?", (number,))


def _record_of(composed: ComposedText) -> str:
    brief = {**asdict(composed.brief), "before": ""}
    return json.dumps({"brief": brief, "findings": [asdict(finding) for finding in composed.findings]})


def _composed(number: int, values: object, text: str) -> ComposedText:
    """Read a row as far as it makes sense: another version may have written it."""
    record: dict[str, Any] = values if isinstance(values, dict) else {}
    brief = record.get("brief")
    known: dict[str, Any] = brief if isinstance(brief, dict) else {}
    try:
        preset = Preset(str(known.get("preset", "")))
    except ValueError:
        preset = Preset.ARTICLE
    words = known.get("words")
    return ComposedText(
        Brief(
            preset,
            str(known.get("text", "")),
            str(known.get("tone", "")),
            words if isinstance(words, int) else 0,
            str(known.get("audience", "")),
            str(known.get("language", "")),
        ),
        text,
        tuple(_findings(record.get("findings"))),
        number,
    )


def _findings(values: object) -> builtins.list[Finding]:
    found = []
    for each in values if isinstance(values, builtins.list) else []:
        if isinstance(each, dict) and each.get("fault") in set(Fault):
            num_found, num_wanted = each.get("found"), each.get("wanted")
            found.append(
                Finding(
                    Fault(each["fault"]),
                    num_found if isinstance(num_found, int) else 0,
                    num_wanted if isinstance(num_wanted, int) else 0,
                    str(each.get("words", "")),
                )
            )
    return found

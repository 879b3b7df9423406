"""The user's own personas, as JSON in a column; what an other version wrote is read as far as it makes sense.

Thread-safe; every method is one transaction. An unknown id raises ``NotStoredError``; every method may raise
the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import json
import uuid

from lmstudio_lite.domain.persona_values import persona_from, persona_values
from lmstudio_lite.domain.personas import KeptPersona, Persona
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from, values_from
from lmstudio_lite.storage.times import now_us


class PersonaRows:
    """The personas of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> builtins.list[KeptPersona]:
        """Return the personas that are not deleted, in the order in which they were made."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, persona FROM personas WHERE deleted_at IS NULL ORDER BY number"
            ).fetchall()
        found = [(text_from(row["id"]), persona_from(values_from(row["persona"]))) for row in rows]
        return [KeptPersona(each_id, persona) for each_id, persona in found if persona is not None]

    def get(self, persona_id: str) -> Persona | None:
        """Return a persona that is not deleted, None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT persona FROM personas WHERE id = ? AND deleted_at IS NULL", (persona_id,)
            ).fetchone()
        return persona_from(values_from(row["persona"])) if row is not None else None

    def add(self, persona: Persona) -> KeptPersona:
        """Keep a new persona, behind the others."""
        kept = KeptPersona(uuid.uuid4().hex, persona)
        with self._database.write() as connection:
            connection.execute("INSERT INTO personas (id, persona) VALUES (?, ?)", (kept.id, _json(persona)))
        return kept

    def change(self, persona_id: str, persona: Persona) -> None:
        """Put ``persona`` in place of what is kept under an id."""
        self._update(persona_id, "persona", _json(persona))

    def delete(self, persona_id: str) -> None:
        """Take a persona out of the list; ``restore`` brings it back."""
        self._update(persona_id, "deleted_at", now_us())

    def restore(self, persona_id: str) -> None:
        """Undo ``delete``."""
        self._update(persona_id, "deleted_at", None)

    def _update(self, persona_id: str, column: str, value: str | int | None) -> None:
        with self._database.write() as connection:
            changed = connection.execute(
                f"UPDATE personas SET {column} = ? WHERE id = ?", (value, persona_id)
            ).rowcount
        if not changed:
            raise NotStoredError(kind="persona", id=persona_id)


def _json(persona: Persona) -> str:
    return json.dumps(persona_values(persona))

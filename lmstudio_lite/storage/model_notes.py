"""What a person wrote about a model, whether it is a favourite, and when it was last used.

Kept by the fingerprint of its content (table ``models``), so that a file that is moved or renamed keeps it.
"""

from __future__ import annotations

from lmstudio_lite.domain.shelf import NO_NOTE, ModelNote
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us, to_datetime

NOTE_LENGTH_MAX = 20_000


class ModelNotes:
    """The notes of one database. Thread-safe; every method may raise the database's ``StorageError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, ModelNote]:
        """Return what is known of each model, by its fingerprint."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT fingerprint, is_favourite, note, last_used_at FROM models"
                " WHERE is_favourite OR note != '' OR last_used_at IS NOT NULL"
            ).fetchall()
        return {
            text_from(row["fingerprint"]): ModelNote(
                bool(row["is_favourite"]),
                text_from(row["note"]),
                to_datetime(row["last_used_at"]) if isinstance(row["last_used_at"], int) else None,
            )
            for row in rows
        }

    def get(self, fingerprint: str) -> ModelNote:
        """Return what is known of one model."""
        return self.all().get(fingerprint, NO_NOTE)

    def set_favourite(self, fingerprint: str, name: str, is_favourite: bool) -> None:
        """Mark a model as a favourite, or not any more; ``name`` is the model's."""
        self._set(fingerprint, name, "is_favourite", int(is_favourite))

    def set_note(self, fingerprint: str, name: str, note: str) -> None:
        """Put a note in place of the one before; of a longer one the first 20,000 characters are kept."""
        self._set(fingerprint, name, "note", storable(note[:NOTE_LENGTH_MAX]))

    def mark_used(self, fingerprint: str, name: str) -> None:
        """Note that a model is used now."""
        self._set(fingerprint, name, "last_used_at", now_us())

    def _set(self, fingerprint: str, name: str, column: str, value: int | str) -> None:
        with self._database.write() as connection:
            connection.execute(
                f"INSERT INTO models (fingerprint, name, {column}) VALUES (?, ?, ?)"
                f" ON CONFLICT (fingerprint) DO UPDATE SET {column} = excluded.{column}",
                (fingerprint, storable(name), value),
            )

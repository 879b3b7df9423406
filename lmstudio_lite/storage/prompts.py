"""The user's prompts. Thread-safe; every method is one transaction.

An unknown id raises ``NotStoredError``; every method may raise the ``StorageError`` of the database. What is
deleted can be restored until the next start of the window.
"""

from __future__ import annotations

import builtins
import uuid
from collections.abc import Sequence

from lmstudio_lite.domain.prompts import KeptPrompt, Prompt
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us


class PromptRows:
    """The prompts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> builtins.list[KeptPrompt]:
        """Return those that are not deleted, by their names."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, name, text FROM prompts WHERE deleted_at IS NULL ORDER BY number"
            ).fetchall()
        found = [
            KeptPrompt(text_from(row["id"]), Prompt(text_from(row["name"]), text_from(row["text"])))
            for row in rows
        ]
        return sorted(found, key=lambda kept: kept.prompt.name.casefold())

    def add(self, prompts: Sequence[Prompt]) -> builtins.list[KeptPrompt]:
        """Keep new prompts, all or none."""
        kept = [KeptPrompt(uuid.uuid4().hex, prompt) for prompt in prompts]
        with self._database.write() as connection:
            connection.executemany(
                "INSERT INTO prompts (id, name, text, updated_at) VALUES (?, ?, ?, ?)",
                [
                    (each.id, storable(each.prompt.name), storable(each.prompt.text), now_us())
                    for each in kept
                ],
            )
        return kept

    def change(self, prompt_id: str, prompt: Prompt) -> None:
        """Put ``prompt`` in place of what is kept under an id."""
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE prompts SET name = ?, text = ?, updated_at = ? WHERE id = ?",
                (storable(prompt.name), storable(prompt.text), now_us(), prompt_id),
            ).rowcount
        if not changed:
            raise NotStoredError(kind="prompt", id=prompt_id)

    def delete(self, prompt_id: str) -> None:
        """Take a prompt out of the list; ``restore`` brings it back."""
        self._set_deleted(prompt_id, now_us())

    def restore(self, prompt_id: str) -> None:
        """Undo ``delete``."""
        self._set_deleted(prompt_id, None)

    def purge_deleted(self) -> None:
        """Forget what was deleted."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM prompts WHERE deleted_at IS NOT NULL")

    def _set_deleted(self, prompt_id: str, deleted_at: int | None) -> None:
        with self._database.write() as connection:
            changed = connection.execute(
                "UPDATE prompts SET deleted_at = ? WHERE id = ?", (deleted_at, prompt_id)
            ).rowcount
        if not changed:
            raise NotStoredError(kind="prompt", id=prompt_id)

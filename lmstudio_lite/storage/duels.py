"""Duels as they are kept: written while they are answered, voted on once or anew, deleted with undo.

Thread-safe; every method is one transaction. An unknown id raises ``NotStoredError``; every method may raise
the ``StorageError`` of the database.
"""

from __future__ import annotations

import builtins
import json
import sqlite3
import uuid
from collections.abc import Sequence

import msgspec

from lmstudio_lite.domain.conversations import BIN_DAYS, MessageState
from lmstudio_lite.domain.duels import Contender, Duel, DuelAnswer, Side, Vote
from lmstudio_lite.domain.generation import Message, Role
from lmstudio_lite.domain.persona_values import persona_from, persona_values
from lmstudio_lite.errors import NotStoredError
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import RowReader, values_from
from lmstudio_lite.storage.search import storable
from lmstudio_lite.storage.times import now_us

_DAY_US = 86_400_000_000


class DuelRows:
    """The duels of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        messages: Sequence[Message],
        first: Contender,
        second: Contender,
        *,
        is_blind: bool,
        is_swapped: bool,
    ) -> Duel:
        """Keep a duel that is to be answered; ``messages`` end with the prompt."""
        duel_id = uuid.uuid4().hex
        said = [[message.role.value, storable(message.text)] for message in messages]
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO duels (id, created_at, messages, first, second, is_blind, is_swapped)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(duel_id, now_us(), json.dumps(said, ensure_ascii=False)),
                    *(_contender_json(first), _contender_json(second), is_blind, is_swapped),
                ),
            )
            return _duel_of(_row(connection, duel_id))

    def get(self, duel_id: str) -> Duel:
        """Return one duel, deleted or not."""
        with self._database.read() as connection:
            return _duel_of(_row(connection, duel_id))

    def list(self, limit: int = 1_000_000) -> builtins.list[Duel]:
        """Return the duels that are not deleted, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM duels WHERE deleted_at IS NULL ORDER BY number DESC LIMIT ?", (limit,)
            ).fetchall()
        return [_duel_of(row) for row in rows]

    def save_answer(self, duel_id: str, side: Side, answer: DuelAnswer) -> None:
        """Save how an answer stands now; cheap enough for four times a second."""
        self._update(
            duel_id,
            **{f"{side.value}_text": storable(answer.text), f"{side.value}_state": answer.state.value},
        )

    def vote(self, duel_id: str, vote: Vote | None) -> None:
        """Keep what the user made of it, None for nothing yet."""
        self._update(duel_id, vote=vote.value if vote is not None else None)

    def delete(self, duel_id: str) -> None:
        """Take a duel out of the list and the table; ``restore`` brings it back for ``BIN_DAYS``."""
        self._update(duel_id, deleted_at=now_us())
        with self._database.write() as connection:
            connection.execute("DELETE FROM duels WHERE deleted_at < ?", (now_us() - BIN_DAYS * _DAY_US,))

    def restore(self, duel_id: str) -> None:
        """Undo ``delete``."""
        self._update(duel_id, deleted_at=None)

    def _update(self, duel_id: str, **values: str | int | None) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        with self._database.write() as connection:
            changed = connection.execute(
                f"UPDATE duels SET {columns} WHERE id = ?", (*values.values(), duel_id)
            ).rowcount
        if not changed:
            raise NotStoredError(kind="duel", id=duel_id)


def _row(connection: sqlite3.Connection, duel_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM duels WHERE id = ?", (duel_id,)).fetchone()
    if row is None:
        raise NotStoredError(kind="duel", id=duel_id)
    return row


def _duel_of(row: sqlite3.Row) -> Duel:
    reader = RowReader(row)
    vote = reader.optional_text("vote")
    return Duel(
        id=reader.id(),
        created_at=reader.time("created_at"),
        messages=_messages_from(reader.text("messages")),
        first=_contender_from(reader.text("first")),
        second=_contender_from(reader.text("second")),
        first_answer=_answer_of(reader, Side.FIRST),
        second_answer=_answer_of(reader, Side.SECOND),
        is_blind=bool(row["is_blind"]),
        is_swapped=bool(row["is_swapped"]),
        vote=Vote(vote) if vote in [each.value for each in Vote] else None,
    )


def _answer_of(reader: RowReader, side: Side) -> DuelAnswer:
    state = reader.choice(f"{side.value}_state", MessageState, MessageState.INTERRUPTED)
    return DuelAnswer(reader.text(f"{side.value}_text"), state)


def _messages_from(text: str) -> tuple[Message, ...]:
    try:
        pairs = msgspec.json.decode(text, type=list[tuple[str, str]])
        return tuple(Message(Role(role), said) for role, said in pairs) or (Message(Role.USER, ""),)
    except (msgspec.MsgspecError, ValueError):
        return (Message(Role.USER, text),)


def _contender_json(contender: Contender) -> str:
    values: dict[str, object] = {
        "model": contender.model,
        "model_name": contender.model_name,
        "adapter": contender.adapter,
        "adapter_strength": contender.adapter_strength,
        "temperature": contender.temperature,
    }
    if contender.persona is not None:
        values["persona"] = persona_values(contender.persona)
    return json.dumps(values, ensure_ascii=False)


def _contender_from(text: str) -> Contender:
    found = values_from(text)
    values = found if isinstance(found, dict) else {}
    temperature, strength = values.get("temperature"), values.get("adapter_strength")
    return Contender(
        model=str(values.get("model", "")),
        model_name=str(values.get("model_name", "")),
        adapter=str(values.get("adapter", "")),
        adapter_strength=float(strength) if isinstance(strength, int | float) else 1.0,
        persona=persona_from(values.get("persona")),
        temperature=float(temperature) if isinstance(temperature, int | float) else None,
    )

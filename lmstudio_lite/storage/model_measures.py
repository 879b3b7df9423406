"""What models took and how fast they were on this machine, by the fingerprint of their content.

Thread-safe; every method is one transaction and may raise the ``StorageError`` of the database.
"""

from __future__ import annotations

from lmstudio_lite.domain.fit import MeasuredLoad, Speed
from lmstudio_lite.domain.models import KvType
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.times import now_us


class ModelMeasures:
    """The measurements of one database."""

    def __init__(self, database: Database) -> None:
        """Keep measurements in ``database``."""
        self._database = database

    def keep_load(self, fingerprint: str, machine: str, load: MeasuredLoad) -> None:
        """Put a load in place of the last one with the same device, context and cache."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO model_loads (fingerprint, machine, device, context_size, kv_type,"
                " promised_bytes, taken_bytes, loaded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(fingerprint, machine, load.device, load.context_size, load.kv_type.value),
                    *(load.promised_bytes, load.taken_bytes, now_us()),
                ),
            )

    def loads(self, fingerprint: str, machine: str) -> list[MeasuredLoad]:
        """Return the model's loads, the latest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT device, context_size, kv_type, promised_bytes, taken_bytes FROM model_loads"
                " WHERE fingerprint = ? AND machine = ? ORDER BY loaded_at DESC",
                (fingerprint, machine),
            ).fetchall()
        known = {kv_type.value for kv_type in KvType}
        return [
            MeasuredLoad(str(row[0]), int(row[1]), KvType(row[2]), int(row[3]), int(row[4]))
            for row in rows
            if row[2] in known
        ]

    def keep_speed(self, fingerprint: str, machine: str, speed: Speed, num_tokens: int) -> None:
        """Keep how fast a model was over ``num_tokens`` generated tokens, in place of what was known."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO model_speeds (fingerprint, machine, decode_tokens_per_s,"
                " prompt_tokens_per_s, num_tokens, measured_at) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(fingerprint, machine, speed.decode_tokens_per_s, speed.prompt_tokens_per_s),
                    *(num_tokens, now_us()),
                ),
            )

    def speed(self, fingerprint: str, machine: str) -> Speed | None:
        """Return how fast the model was in real use, None where it was not used long enough."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT decode_tokens_per_s, prompt_tokens_per_s FROM model_speeds"
                " WHERE fingerprint = ? AND machine = ?",
                (fingerprint, machine),
            ).fetchone()
        return None if row is None else Speed(float(row[0]), float(row[1]), is_measured=True)

"""How each model is loaded and asked, by the fingerprint of its content, so that a moved file keeps it.

A profile is a JSON object in a column of ``models``, with a version. What an other version wrote is read all
the same: a value that is missing, of the wrong type or out of range counts as not decided.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lmstudio_lite.domain.models import KvType
from lmstudio_lite.domain.profiles import NO_PROFILE, ModelProfile, SamplingChoice
from lmstudio_lite.storage.database import Database
from lmstudio_lite.storage.reading import text_from
from lmstudio_lite.storage.search import storable

_VERSION = 1
TEMPLATE_LENGTH_MAX = 1_000_000

_LOADING: dict[str, Any] = {
    "context_size": Annotated[int, Meta(ge=1, le=1 << 31)],
    "kv_type": KvType,
    "num_threads": Annotated[int, Meta(ge=1, le=1024)],
    "num_gpu_layers": Annotated[int, Meta(ge=0, le=10_000)],
    "flash_attention": bool,
    "micro_batch_size": Annotated[int, Meta(ge=1, le=4096)],
    "template": Annotated[str, Meta(max_length=TEMPLATE_LENGTH_MAX)],
    "system_prompt": Annotated[str, Meta(max_length=100_000)],
}
_SAMPLING: dict[str, Any] = {
    "temperature": Annotated[float, Meta(ge=0.0, le=5.0)],
    "top_k": Annotated[int, Meta(ge=0, le=1 << 20)],
    "top_p": Annotated[float, Meta(ge=0.0, le=1.0)],
    "min_p": Annotated[float, Meta(ge=0.0, le=1.0)],
    "repeat_penalty": Annotated[float, Meta(ge=0.5, le=3.0)],
    "seed": Annotated[int, Meta(ge=0, le=(1 << 32) - 1)],
}


class ModelProfiles:
    """The profiles of one database. Thread-safe; every method may raise the database's ``StorageError``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, fingerprint: str) -> ModelProfile:
        """Return a model's profile, an empty one where nothing was decided."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT profile FROM models WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
        return decode_profile(text_from(row[0])) if row is not None else NO_PROFILE

    def keep(self, fingerprint: str, name: str, profile: ModelProfile) -> None:
        """Put a profile in place of the one before; ``name`` is the model's."""
        text = "" if profile.is_empty else encode_profile(profile)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO models (fingerprint, name, profile) VALUES (?, ?, ?)"
                " ON CONFLICT (fingerprint) DO UPDATE SET profile = excluded.profile",
                (fingerprint, storable(name), storable(text)),
            )

    def names(self) -> frozenset[str]:
        """Return the names of the models that have a profile."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT name FROM models WHERE profile != ''").fetchall()
        return frozenset(text_from(row[0]) for row in rows)


def encode_profile(profile: ModelProfile) -> str:
    """Return a profile as it is stored: what was decided, and nothing else."""
    values = {name: value for name, value in asdict(profile).items() if value not in (None, "", {})}
    if profile.system_prompt == "":
        values["system_prompt"] = ""
    values["sampling"] = profile.sampling.chosen
    return json.dumps({"version": _VERSION, **values})


def decode_profile(text: str) -> ModelProfile:
    """Read a stored profile; what makes no sense is left out."""
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return NO_PROFILE
    if not isinstance(values, dict):
        return NO_PROFILE
    sampling = values.get("sampling")
    chosen = _valid(sampling, _SAMPLING) if isinstance(sampling, dict) else {}
    return ModelProfile(**_valid(values, _LOADING), sampling=SamplingChoice(**chosen))


def _valid(values: Mapping[str, object], types: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, kind in types.items():
        try:
            found[name] = msgspec.convert(values[name], kind)
        except (KeyError, msgspec.ValidationError):
            continue
    return found

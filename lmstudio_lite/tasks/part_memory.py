"""Parts that were generated before, kept in the database under a key of all they depend on."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.part_cache import KeptPart, PartCache
from lmstudio_lite.tasks.checks import Problem
from lmstudio_lite.tasks.generation import Part, PartResult

log = logging.getLogger(__name__)

_MEMORY_VERSION = 6
"""Another number forgets what was kept: for other prompts, checks or ways of tidying."""


class CachedParts:
    """The ``generation.PartMemory`` of one model, which ``model`` names with its adapters.

    A part's key is made of all it depends on: the model and every attempt's prompt, sampling and limit.
    Keeping a result is best effort: a full disk costs time later, not the work under way.
    """

    def __init__(self, cache: PartCache, model: str) -> None:
        self._cache = cache
        self._model = model

    def find(self, parts: Sequence[Part]) -> dict[int, PartResult]:
        """Return the results that are known, by the parts' places."""
        keys = [self._key(part) for part in parts]
        try:
            kept = self._cache.find(keys)
        except StorageError as error:
            log.warning("what was generated before can't be read: %s", error.code)
            return {}
        return {
            place: PartResult(
                found.text, Problem(found.problem) if found.problem else None, found.num_attempts
            )
            for place, key in enumerate(keys)
            if (found := kept.get(key)) and (not found.problem or found.problem in set(Problem))
        }

    def keep(self, part: Part, result: PartResult) -> None:
        """Remember a part's final result."""
        problem = result.problem.value if result.problem else ""
        try:
            self._cache.keep(self._key(part), KeptPart(result.text, problem, result.num_attempts))
        except StorageError as error:
            log.warning("what was generated can't be kept: %s", error.code)

    def _key(self, part: Part) -> str:
        asked = [
            (asdict(attempt.prompt), asdict(attempt.sampling), attempt.max_tokens, attempt.stop)
            for attempt in part.attempts
        ]
        described = json.dumps([_MEMORY_VERSION, self._model, asked], sort_keys=True)
        return hashlib.sha256(described.encode("utf-8", "surrogatepass")).hexdigest()


def model_identity(model: LoadedModel, adapters: Sequence[AdapterUse] = ()) -> str:
    """Name a model and its adapters by their files: another file under the same name is another one."""
    names = [_identity(model.path)]
    names += [f"{_identity(adapter.path)}*{adapter.strength}" for adapter in adapters if adapter.strength]
    return "+".join(names)


def _identity(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return str(path)
    return f"{path.name}:{status.st_size}:{status.st_mtime_ns}"

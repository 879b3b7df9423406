"""Parts that were generated before, kept in the database under a key of all they depend on."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from lmstudio_lite.domain.generation import AdapterUse, ChatPrompt
from lmstudio_lite.domain.models import LoadedModel
from lmstudio_lite.errors import StorageError
from lmstudio_lite.storage.part_cache import KeptPart, PartCache
from lmstudio_lite.tasks.generate.attempts import Part, PartMemory, PartResult
from lmstudio_lite.tasks.text.problems import Problem

log = logging.getLogger(__name__)


class CachedParts:
    """The ``attempts.PartMemory`` of one model, which ``model`` names with its adapters.

    A part's key is made of all it depends on: the model, every attempt's prompt, sampling and limit, and
    ``made_by``, a text that changes with the code and the rules that judge and tidy an answer.
    """

    def __init__(self, cache: PartCache, model: str, made_by: str) -> None:
        self._cache = cache
        self._model = model
        self._made_by = made_by

    def find(self, parts: Sequence[Part]) -> dict[int, PartResult]:
        """Return the results that are known, by the parts' places."""
        keys = [self._key(part) for part in parts]
        try:
            kept = self._cache.find(keys)
        except StorageError as error:
            log.warning("what was generated before can't be read: %s", error.code)
            return {}
        found = {place: kept[key] for place, key in enumerate(keys) if key in kept}
        return results_of(found)

    def keep(self, part: Part, result: PartResult) -> None:
        """Remember a part's final result."""
        self._cache.keep(self._key(part), _kept(result))

    def _key(self, part: Part) -> str:
        asked = [
            (_described(attempt.prompt), asdict(attempt.sampling), attempt.max_tokens, attempt.stop)
            for attempt in part.attempts
        ]
        described = json.dumps([self._made_by, self._model, asked], sort_keys=True)
        return hashlib.sha256(described.encode("utf-8", "surrogatepass")).hexdigest()


class HandingOn:
    """The ``PartMemory`` that hands results on as they come, and has those that ``known`` knows."""

    def __init__(
        self, parts: Sequence[Part], made: Callable[[int, PartResult], None], known: PartMemory | None
    ) -> None:
        self._places = {id(part): place for place, part in enumerate(parts)}
        self._made = made
        self._known = known

    def find(self, parts: Sequence[Part]) -> dict[int, PartResult]:
        """Return the results that are known, by the parts' places, and hand them on."""
        found = self._known.find(parts) if self._known else {}
        for place, result in found.items():
            self._hand_on(parts[place], result)
        return found

    def keep(self, part: Part, result: PartResult) -> None:
        """Hand a part's final result on, and remember it."""
        self._hand_on(part, result)
        if self._known:
            self._known.keep(part, result)

    def _hand_on(self, part: Part, result: PartResult) -> None:
        place = self._places.get(id(part))
        if place is not None:  # Else it follows from one of them.
            self._made(place, result)


def _described(prompt: ChatPrompt | str) -> object:
    return asdict(prompt) if isinstance(prompt, ChatPrompt) else prompt


def results_of(kept: Mapping[int, KeptPart]) -> dict[int, PartResult]:
    """Return what was kept as results, without what another version of the program found wrong with it."""
    return {
        place: PartResult(
            each.text, Problem(each.problem) if each.problem else None, each.num_attempts, each.certainty
        )
        for place, each in kept.items()
        if not each.problem or each.problem in set(Problem)
    }


def _kept(result: PartResult) -> KeptPart:
    problem = result.problem.value if result.problem else ""
    return KeptPart(result.text, problem, result.num_attempts, result.certainty)


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

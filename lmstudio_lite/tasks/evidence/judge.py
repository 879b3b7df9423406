"""A model that is asked about sentences, with what its answers are worth."""

from __future__ import annotations

from collections.abc import Callable

from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.engine import EngineClient
from lmstudio_lite.domain.generation import AdapterUse
from lmstudio_lite.errors import NoModelError
from lmstudio_lite.storage.part_cache import PartCache
from lmstudio_lite.tasks.evidence.asking import Asker, ModelAsker
from lmstudio_lite.tasks.evidence.calibration import Calibration, remembered
from lmstudio_lite.tasks.generate.cache import model_identity
from lmstudio_lite.tasks.generate.fingerprint import fingerprint_of


class Judge:
    """Measured when it is first needed, and in the language in which it is."""

    def __init__(self, ask: Asker, measure: Callable[[str], Calibration]) -> None:
        """``measure`` returns what answers in a language are worth."""
        self.ask = ask
        self._measure = measure
        self._known: dict[str, Calibration] = {}

    def calibration(self, language: str) -> Calibration:
        """Return what answers in ``language`` are worth; may wait for the model."""
        if language not in self._known:
            self._known[language] = self._measure(language)
        return self._known[language]

    @property
    def is_disbelieved(self) -> bool:
        """Whether it was measured and can't tell true sentences from false ones."""
        return bool(self._known) and not any(each.is_usable for each in self._known.values())


def loaded_judge(
    engine: EngineClient,
    cancellation: Cancellation,
    *,
    cache: PartCache | None = None,
    adapters: tuple[AdapterUse, ...] = (),
) -> Judge:
    """Return the model that is loaded when it is asked, as a judge; ``cache`` keeps what it is worth."""
    ask = ModelAsker(engine, cancellation, adapters)

    def measure(language: str) -> Calibration:
        model = engine.state.model
        if model is None:
            raise NoModelError
        made_by = fingerprint_of(("lmstudio_lite.tasks.evidence",), ("prompts",))
        return remembered(ask, language, cache=cache, model=model_identity(model, adapters), made_by=made_by)

    return Judge(ask, measure)

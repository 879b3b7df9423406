"""What can be asked of a loaded model: decided here once, for every task, by how many parameters it has.

Not by the size of its file, which its quantization changes fourfold. The bounds lie between the models
that the project tries: 135M, 0.5B and 1.5B.
"""

from __future__ import annotations

from dataclasses import dataclass

from lmstudio_lite.domain.models import LoadedModel

_TINY_PARAMETERS, _SMALL_PARAMETERS = 0.3e9, 1.5e9
_LANGUAGE_OF_TINY = "en"


@dataclass(frozen=True, slots=True)
class Capability:
    """``is_small``: it confuses what stands far apart. A model of unknown size is not.

    ``is_tiny``, which is small too: it can say what a page says, and can't put together what several say.
    """

    is_small: bool
    is_tiny: bool

    @classmethod
    def of(cls, model: LoadedModel) -> Capability:
        is_known = model.num_parameters > 0
        return cls(
            is_small=is_known and model.num_parameters < _SMALL_PARAMETERS,
            is_tiny=is_known and model.num_parameters < _TINY_PARAMETERS,
        )

    def writes(self, language: str) -> bool:
        """Tell whether it can write ``language`` (ISO 639-1): the tiny ones write fluent nonsense in most."""
        return not self.is_tiny or language == _LANGUAGE_OF_TINY

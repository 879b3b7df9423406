"""What the converter's process is told, one job as JSON, and what it says, a line of JSON at a time.

``Progressed`` any number of times, then one result or ``Failed``. Paths are absolute.
"""

from __future__ import annotations

import msgspec

from lmstudio_lite.domain.conversion import ConversionStage, MatrixFacts, Quality, TypeForecast
from lmstudio_lite.errors import Detail


class Quantize(msgspec.Struct, frozen=True, tag="quantize"):
    """Write ``source`` to ``target`` as ``file_type``; ``matrix`` is a file, "" for none."""

    source: str
    target: str
    file_type: str
    matrix: str = ""


class Foretell(msgspec.Struct, frozen=True, tag="foretell"):
    """Say what ``source`` would be as each of ``file_types``: a ``Foretold`` each."""

    source: str
    file_types: tuple[str, ...]
    has_matrix: bool = False


class Calibrate(msgspec.Struct, frozen=True, tag="calibrate"):
    """Write the importance matrix of ``source`` over ``texts``, named ``datasets``, to ``target``."""

    source: str
    target: str
    texts: tuple[str, ...]
    datasets: tuple[str, ...]
    num_windows_max: int


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Say how ``changed`` differs from ``original``, to which ``adapter`` ("" for none) is added."""

    original: str
    changed: str
    texts: tuple[str, ...]
    num_windows_max: int
    adapter: str = ""
    strength: float = 1.0


class Bake(msgspec.Struct, frozen=True, tag="bake"):
    """Add ``adapter`` to the weights in ``model``, a file of 32 bit floats that is changed in place."""

    model: str
    adapter: str
    strength: float = 1.0


Job = Quantize | Foretell | Calibrate | Compare | Bake


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    """How much of a stage is done, 0 to 1."""

    stage: ConversionStage
    fraction: float


class Foretold(msgspec.Struct, frozen=True, tag="foretold"):
    """One type's forecast."""

    forecast: TypeForecast


class Calibrated(msgspec.Struct, frozen=True, tag="calibrated"):
    """The matrix was written."""

    facts: MatrixFacts


class Compared(msgspec.Struct, frozen=True, tag="compared"):
    """The comparison's result."""

    quality: Quality


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A job that has no figures is done. ``matrix``: what it was quantized with."""

    matrix: MatrixFacts | None = None


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """An error of ours, as ``errors.error_from_code`` takes it."""

    code: str
    details: dict[str, Detail]


Event = Progressed | Foretold | Calibrated | Compared | Done | Failed

JOBS = msgspec.json.Decoder(Job)
EVENTS = msgspec.json.Decoder(Event)

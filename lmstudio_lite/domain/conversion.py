"""What making one model file from another is told, tells and finds: sizes in bytes, times in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lmstudio_lite.domain.models import Failure


class ConversionStage(StrEnum):
    """What is going on, in this order where a model goes through all of it."""

    READING = "reading"
    CALIBRATING = "calibrating"
    MERGING = "merging"
    QUANTIZING = "quantizing"
    MEASURING = "measuring"


@dataclass(frozen=True, slots=True)
class ConversionProgress:
    """``fraction`` of the stage, 0 to 1; it never falls within one. ``time_left_s`` None: not known yet."""

    stage: ConversionStage
    fraction: float
    time_left_s: float | None = None


@dataclass(frozen=True, slots=True)
class TypeForecast:
    """What a model would be as ``file_type``: foretold by llama.cpp's own rules, tensor by tensor.

    ``needs_matrix``: some tensor would get a type that is garbage without an importance matrix.
    ``num_replaced`` of ``num_quantized`` matrices can't have the type's blocks and get a larger type.
    ``seconds`` is how long writing takes here, from what each type costs on this machine just now; None
    where it can't be written for want of a matrix.
    """

    file_type: str
    size_bytes: int
    seconds: float | None
    bits_per_weight: float
    needs_matrix: bool
    num_replaced: int
    num_quantized: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How a model's predictions differ from its original's, token for token over a text.

    Counted as llama.cpp's own tool does: over the second half of windows of 512 tokens, so that each token
    has at least 256 before it. ``kl`` is the mean Kullback-Leibler divergence in nats, ``kl_high`` what one
    token of a hundred exceeds; ``same_top`` is the share of tokens for which both think the same one the
    likeliest. Errors are one standard error; windows, not tokens, are taken as independent.
    """

    num_tokens: int
    perplexity_before: float
    perplexity_after: float
    perplexity_ratio_error: float
    kl: float
    kl_error: float
    kl_high: float
    same_top: float
    same_top_error: float


@dataclass(frozen=True, slots=True)
class MatrixFacts:
    """An importance matrix: how many matrices it has figures for, of how many tokens of text.

    ``num_blank`` are experts that no token of the text was sent to: they count as if all columns mattered
    alike.
    """

    num_entries: int
    num_tokens: int
    num_blank: int = 0
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calibration:
    """What an importance matrix comes from: a file (``matrix``), or ``texts`` that the model reads.

    Without either it is made from the texts that the program carries. ``keeps_as`` is where a matrix that
    is made is kept, None: nowhere.
    """

    matrix: Path | None = None
    texts: tuple[Path, ...] = ()
    keeps_as: Path | None = None


@dataclass(frozen=True, slots=True)
class Measuring:
    """Compare the result with the original over ``texts``, without any over the program's own."""

    texts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Write ``source`` to ``target`` as ``file_type``, a name of ``ALL_FILE_TYPES``.

    ``adapter`` is added to the weights first, ``strength`` times.
    """

    source: Path
    target: Path
    file_type: str
    calibration: Calibration | None = None
    adapter: Path | None = None
    strength: float = 1.0
    measuring: Measuring | None = None


@dataclass(frozen=True, slots=True)
class Conversion:
    """A file that was made. ``quality`` is None where nobody asked, or ``failure`` says why there is none.

    ``is_text_only``: a part for pictures and sound was left out.
    """

    path: Path
    file_type: str
    size_before_bytes: int
    size_bytes: int
    seconds: float
    quality: Quality | None = None
    matrix: MatrixFacts | None = None
    failure: Failure | None = None
    is_text_only: bool = False

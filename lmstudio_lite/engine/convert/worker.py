"""The converter's own process: does one job, says how far it is and what came of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from lmstudio_lite.domain.conversion import ConversionStage
from lmstudio_lite.engine.convert.baking import bake
from lmstudio_lite.engine.convert.calibrating import calibrate
from lmstudio_lite.engine.convert.comparing import compare
from lmstudio_lite.engine.convert.imatrix_file import read_matrix, write_matrix
from lmstudio_lite.engine.convert.protocol import (
    JOBS,
    Bake,
    Calibrate,
    Calibrated,
    Compare,
    Compared,
    Done,
    Event,
    Failed,
    Foretell,
    Foretold,
    Job,
    Progressed,
    Quantize,
)
from lmstudio_lite.engine.convert.quantizing import foretell, quantize_model
from lmstudio_lite.errors import AppError
from lmstudio_lite.workers.child import Output, end_with_parent

_EXIT_FAILED = 1
_PROGRESS_INTERVAL_S = 0.1


def main(arguments: Sequence[str]) -> int:
    """Do the job that ``arguments`` holds as JSON; the exit code is 0 if it is done."""
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    output = Output()
    end_with_parent()

    def say(event: Event) -> None:
        output.write(msgspec.json.encode(event) + b"\n")

    try:
        _do(JOBS.decode(arguments[0]), say)
    except AppError as error:
        say(Failed(error.code, error.details))
        return _EXIT_FAILED
    except MemoryError:
        say(Failed("conversion", {"reason": "no_memory"}))
        return _EXIT_FAILED
    sys.stdout.flush()
    return 0


def _do(job: Job, say: Callable[[Event], None]) -> None:
    match job:
        case Quantize():
            matrix = read_matrix(Path(job.matrix)) if job.matrix else None
            report = _reporter(ConversionStage.QUANTIZING, say)
            quantize_model(Path(job.source), Path(job.target), job.file_type, matrix=matrix, report=report)
            say(Done(matrix.facts() if matrix is not None else None))
        case Foretell():
            for forecast in foretell(Path(job.source), job.file_types, has_matrix=job.has_matrix):
                say(Foretold(forecast))
        case Calibrate():
            report = _reporter(ConversionStage.CALIBRATING, say)
            made = calibrate(Path(job.source), job.texts, job.datasets, job.num_windows_max, report)
            write_matrix(Path(job.target), made)
            say(Calibrated(made.facts()))
        case Compare():
            report = _reporter(ConversionStage.MEASURING, say)
            adapter = Path(job.adapter) if job.adapter else None
            quality = compare(
                *(Path(job.original), Path(job.changed), job.texts, job.num_windows_max),
                adapter=adapter,
                strength=job.strength,
                report=report,
            )
            say(Compared(quality))
        case Bake():
            report = _reporter(ConversionStage.MERGING, say)
            bake(Path(job.model), Path(job.adapter), job.strength, report)
            say(Done())


def _reporter(stage: ConversionStage, say: Callable[[Event], None]) -> Callable[[float], None]:
    """Return what tells how much of a stage is done, ten times a second at most."""
    told_at = 0.0

    def report(fraction: float) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= _PROGRESS_INTERVAL_S or fraction >= 1:
            told_at = now
            say(Progressed(stage, fraction))

    return report

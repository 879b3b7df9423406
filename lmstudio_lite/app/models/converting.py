"""Makes a model file from another: in another type, with an adapter baked in, compared with the original.

A file is written beside its place under a hidden name and takes its name when it is whole. What llama.cpp
does, it does in a process of its own. One conversion after the other; not for the GUI thread.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lmstudio_lite.app.models.carried_texts import calibration_texts, measuring_texts
from lmstudio_lite.documents.client import DocumentReader
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversion import (
    Calibration,
    Conversion,
    ConversionProgress,
    ConversionStage,
    Order,
    Quality,
    TypeForecast,
)
from lmstudio_lite.domain.file_types import ALL_FILE_TYPES
from lmstudio_lite.domain.models import Failure
from lmstudio_lite.engine.convert.client import run_job
from lmstudio_lite.engine.convert.protocol import (
    Bake,
    Calibrate,
    Compare,
    Compared,
    Done,
    Event,
    Foretell,
    Foretold,
    Job,
    Progressed,
    Quantize,
)
from lmstudio_lite.errors import AppError, CancelledError, ConversionError, ModelTooLargeError
from lmstudio_lite.library.checkpoint.shards import open_checkpoint
from lmstudio_lite.library.checkpoint.writing import CheckpointPlan
from lmstudio_lite.library.naming import without_quantization
from lmstudio_lite.library.new_file import check_room, give_name, part_beside, told_when_full
from lmstudio_lite.library.split_names import part_files
from lmstudio_lite.memory import available_memory_bytes
from lmstudio_lite.paths import write_error

CALIBRATION_WINDOWS = 20
MEASURING_WINDOWS = 8
_TEXT_CHARACTERS = 1_000_000
"""No more of a text than this is looked at: some 500 windows."""
_SPARE_BYTES = 64 << 20
_FLOAT_BYTES = 4
_RATE_KNOWN_AT = 0.02

Report = Callable[[ConversionProgress], None]


def _ignore(progress: ConversionProgress) -> None:
    """Stand in for a listener that nobody gave."""


class Converting:
    """Thread-safe: it keeps nothing."""

    def __init__(self, reader: DocumentReader, models_folder: Path) -> None:
        """Texts are read with ``reader``; files without a chosen place go into ``models_folder``."""
        self._reader = reader
        self._models_folder = models_folder

    def target_of(self, source: Path, file_type: str) -> Path:
        """Return where the model goes unless somebody says where: a free name in the models folder."""
        stem = without_quantization(source.name.removesuffix(source.suffix).partition("-00001-of-")[0])
        return self._free_name(f"{stem}-{file_type}")

    def _free_name(self, stem: str) -> Path:
        target = self._models_folder / f"{stem}.gguf"
        number = 2
        while target.exists():
            target = self._models_folder / f"{stem}-{number}.gguf"
            number += 1
        return target

    def foretell(
        self,
        source: Path,
        on_forecast: Callable[[TypeForecast], None],
        cancellation: Cancellation,
        *,
        file_types: Sequence[str] = tuple(ALL_FILE_TYPES),
        has_matrix: bool = False,
    ) -> None:
        """Hand over what ``source`` would be as each type, as soon as it is known: seconds for all of them.

        Raises:
            ModelNotFoundError, ModelFileError: it is no model that can be read.
            CancelledError: it was cancelled.
        """

        def on_event(event: Event) -> None:
            if isinstance(event, Foretold):
                on_forecast(event.forecast)

        job = Foretell(str(source.absolute()), tuple(file_types), has_matrix)
        run_job(job, on_event, cancellation.raise_if_cancelled)

    def convert(self, order: Order, cancellation: Cancellation, report: Report = _ignore) -> Conversion:
        """Make the file. Cancelling while it is being compared leaves it, without figures.

        Raises:
            ConversionError: what is asked for is not possible; see ``words.conversion``.
            ModelError, AdapterError, DocumentError: a file that is read can't be used.
            StorageError: the new file can't be written.
            CancelledError: it was cancelled; nothing is left.
        """
        began = time.monotonic()
        order = replace(order, source=order.source.absolute(), target=order.target.absolute())
        forecast = self._check(order, cancellation)
        texts = self._measuring_texts(order, cancellation)
        with contextlib.ExitStack() as stack:
            matrix = self._matrix(order, cancellation, report, stack)
            part = stack.enter_context(part_beside(order.target))
            source = self._with_adapter(order, cancellation, report, stack)
            job = Quantize(str(source), str(part), order.file_type, str(matrix or ""))
            with told_when_full(order.target):
                done = _run(job, cancellation, report, forecast.seconds)
            give_name(part, order.target)
        made = Conversion(
            path=order.target,
            file_type=order.file_type,
            size_before_bytes=_size_of(order.source),
            size_bytes=order.target.stat().st_size,
            seconds=time.monotonic() - began,
            matrix=done.matrix if isinstance(done, Done) else None,
        )
        return made if order.measuring is None else self._measured(made, order, texts, cancellation, report)

    def convert_folder(
        self,
        folder: Path,
        target: Path | None,
        file_type: str | None,
        cancellation: Cancellation,
        report: Report = _ignore,
        *,
        calibration: Calibration | None = None,
    ) -> Conversion:
        """Make a GGUF of a Hugging Face folder with safetensors; ``file_type`` None: numbers as they are.

        Raises:
            ConversionError: the folder holds nothing that is known here, or as ``convert``.
            ModelError, DocumentError, StorageError, CancelledError: as ``convert``; nothing is left.
        """
        began = time.monotonic()
        checkpoint = open_checkpoint(folder.absolute())
        plan = CheckpointPlan(checkpoint)
        file_type = file_type or plan.file_type
        target = (target or self._free_name(f"{checkpoint.name}-{file_type}")).absolute()
        if target.exists():
            raise ConversionError(path=str(target), reason="target_exists")
        is_whole = file_type == plan.file_type
        floats_of = target if is_whole else target.with_name(f"{target.name}-floats")
        with part_beside(floats_of) as floats:
            stage = ConversionStage.QUANTIZING if is_whole else ConversionStage.READING
            if is_whole:
                check_room(target, plan.size_bytes + _SPARE_BYTES)
            else:
                self._check_quantized(
                    plan, floats, Order(folder, target, file_type, calibration), cancellation
                )
            _write_floats(plan, floats, stage, cancellation, report)
            if is_whole:
                give_name(floats, target)
                made = Conversion(target, file_type, 0, target.stat().st_size, 0.0)
            else:
                made = self.convert(Order(floats, target, file_type, calibration), cancellation, report)
        return replace(
            made,
            size_before_bytes=checkpoint.num_bytes,
            seconds=time.monotonic() - began,
            is_text_only=plan.is_text_only,
        )

    def _check_quantized(
        self, plan: CheckpointPlan, floats: Path, order: Order, cancellation: Cancellation
    ) -> None:
        """Refuse before gigabytes are written what llama.cpp would refuse of them."""
        try:
            with floats.open("r+b") as file:
                plan.outline(file)
        except OSError as error:
            raise write_error(error, order.target) from error
        told: list[TypeForecast] = []
        has_matrix = order.calibration is not None
        self.foretell(floats, told.append, cancellation, file_types=[order.file_type], has_matrix=has_matrix)
        if told[0].needs_matrix and not has_matrix:
            raise ConversionError(path=str(order.source), reason="needs_matrix", file_type=order.file_type)
        check_room(order.target, plan.size_bytes + told[0].size_bytes + _SPARE_BYTES)

    def _check(self, order: Order, cancellation: Cancellation) -> TypeForecast:
        """Refuse at once what would only fail at the end; return what is foretold."""
        if order.target.exists():
            is_same = order.source.exists() and order.target.samefile(order.source)
            raise ConversionError(path=str(order.target), reason="same_file" if is_same else "target_exists")
        told: list[TypeForecast] = []
        has_matrix = order.calibration is not None
        self.foretell(
            order.source, told.append, cancellation, file_types=[order.file_type], has_matrix=has_matrix
        )
        forecast = told[0]
        if forecast.needs_matrix and not has_matrix:
            raise ConversionError(path=str(order.source), reason="needs_matrix", file_type=order.file_type)
        needed = forecast.size_bytes
        if order.adapter is not None:
            needed += round(_FLOAT_BYTES * 8 * forecast.size_bytes / max(0.5, forecast.bits_per_weight))
        check_room(order.target, needed + _SPARE_BYTES)
        return forecast

    def _matrix(
        self, order: Order, cancellation: Cancellation, report: Report, stack: contextlib.ExitStack
    ) -> Path | None:
        """Return the file of the importance matrix, made if need be."""
        calibration = order.calibration
        if calibration is None:
            return None
        if calibration.matrix is not None:
            return calibration.matrix.absolute()
        texts = self._calibration_texts(calibration, cancellation)
        target = calibration.keeps_as
        if target is not None and target.exists():
            raise ConversionError(path=str(target), reason="target_exists")
        if target is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            target = folder / "made-here.gguf"
        job = Calibrate(
            *(str(order.source), str(target.absolute()), tuple(texts.values()), tuple(texts)),
            num_windows_max=CALIBRATION_WINDOWS,
        )
        _run(job, cancellation, report)
        return target.absolute()

    def _with_adapter(
        self, order: Order, cancellation: Cancellation, report: Report, stack: contextlib.ExitStack
    ) -> Path:
        """Return the file to quantize: the source, or one of floats that the adapter is baked into."""
        if order.adapter is None:
            return order.source
        floats = stack.enter_context(part_beside(order.target))
        with told_when_full(order.target):
            _run(Quantize(str(order.source), str(floats), "F32"), cancellation, report)
        _run(Bake(str(floats), str(order.adapter.absolute()), order.strength), cancellation, report)
        return floats

    def _measured(
        self,
        made: Conversion,
        order: Order,
        texts: dict[str, str],
        cancellation: Cancellation,
        report: Report,
    ) -> Conversion:
        """Return ``made`` with its quality, or why there is none: the file is there all the same."""
        try:
            quality = self._compare(order, made, texts, cancellation, report)
        except CancelledError:
            return made
        except AppError as error:
            return replace(made, failure=Failure(error.code, error.details))
        return replace(made, quality=quality)

    def _compare(
        self,
        order: Order,
        made: Conversion,
        texts: dict[str, str],
        cancellation: Cancellation,
        report: Report,
    ) -> Quality | None:
        needed, available = made.size_before_bytes + made.size_bytes, available_memory_bytes()
        if needed > available:
            raise ModelTooLargeError(path=str(order.source), needed_bytes=needed, available_bytes=available)
        job = Compare(
            *(str(order.source), str(order.target), tuple(texts.values()), MEASURING_WINDOWS),
            adapter=str(order.adapter.absolute()) if order.adapter is not None else "",
            strength=order.strength,
        )
        found = _run(job, cancellation, report)
        return found.quality if isinstance(found, Compared) else None

    def _measuring_texts(self, order: Order, cancellation: Cancellation) -> dict[str, str]:
        if order.measuring is None:
            return {}
        return self._read(order.measuring.texts, cancellation) or measuring_texts()

    def _calibration_texts(self, calibration: Calibration, cancellation: Cancellation) -> dict[str, str]:
        return self._read(calibration.texts, cancellation) or calibration_texts()

    def _read(self, paths: Sequence[Path], cancellation: Cancellation) -> dict[str, str]:
        read = {path.name: self._reader.read(path, cancellation).text for path in paths}
        return {name: text[:_TEXT_CHARACTERS] for name, text in read.items()}


def _run(
    job: Job, cancellation: Cancellation, report: Report, expected_s: float | None = None
) -> Event | None:
    """Do a job, tell how far it is and how long it still takes, and return its last word."""
    began = time.monotonic()
    last: Event | None = None

    def on_event(event: Event) -> None:
        nonlocal last
        last = event
        if isinstance(event, Progressed):
            spent = time.monotonic() - began
            left = _time_left(event.fraction, spent, expected_s)
            report(ConversionProgress(event.stage, event.fraction, left))

    run_job(job, on_event, cancellation.raise_if_cancelled)
    return last


def _time_left(fraction: float, spent_s: float, expected_s: float | None) -> float | None:
    """Return the time that the rest takes: as the part that is done did, at first as was foretold."""
    if fraction >= _RATE_KNOWN_AT and spent_s > 1:
        return spent_s / fraction * (1 - fraction)
    return None if expected_s is None else max(0.0, expected_s * (1 - fraction))


def _write_floats(
    plan: CheckpointPlan, part: Path, stage: ConversionStage, cancellation: Cancellation, report: Report
) -> None:
    """Write a checkpoint's numbers into ``part``."""
    began = time.monotonic()

    def on_written(fraction: float) -> None:
        cancellation.raise_if_cancelled()
        report(ConversionProgress(stage, fraction, _time_left(fraction, time.monotonic() - began, None)))

    try:
        with part.open("wb") as file:
            plan.write(file, on_written)
    except OSError as error:
        raise write_error(error, part) from error


def _size_of(source: Path) -> int:
    """Return the size of a model, all parts of a split one together."""
    return sum(part.stat().st_size for part in part_files(source))

"""``models quantize``: a model in another type, and how near it stays to the original."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from lmstudio_lite import words
from lmstudio_lite.app.session import Services
from lmstudio_lite.cli.terminal import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Progress,
    cancelled_by_ctrl_c,
    note,
    open_services,
    print_json,
    resolve_model,
    show_error,
)
from lmstudio_lite.domain.cancellation import Cancellation
from lmstudio_lite.domain.conversion import (
    Calibration,
    Conversion,
    ConversionProgress,
    Measuring,
    Order,
    TypeForecast,
)
from lmstudio_lite.errors import CancelledError, error_from_code
from lmstudio_lite.safe_text import safe_line
from lmstudio_lite.words.conversion import (
    judge_quality,
    say_quality,
    say_requantized,
    say_stage,
    say_type_notes,
)
from lmstudio_lite.words.translate import tr

_FLOATS = frozenset({"F32", "F16", "BF16"})


def run(options: argparse.Namespace) -> int:
    """Quantize the model, or without a type say what it would be as each."""
    with open_services(options) as services, cancelled_by_ctrl_c() as cancellation:
        source = resolve_model(services, options.model)
        try:
            if options.type is None:
                return _list_types(services, source, options, cancellation)
            return _convert(services, source, options, cancellation)
        except CancelledError:
            return EXIT_INTERRUPTED


def _list_types(
    services: Services, source: Path, options: argparse.Namespace, cancellation: Cancellation
) -> int:
    forecasts: list[TypeForecast] = []

    def on_forecast(forecast: TypeForecast) -> None:
        forecasts.append(forecast)
        if not options.json:
            sys.stdout.write(_type_line(forecast) + "\n")

    services.converting.foretell(
        source, on_forecast, cancellation, has_matrix=_calibration(options) is not None
    )
    if options.json:
        print_json({"path": str(source), "types": [asdict(forecast) for forecast in forecasts]})
    return EXIT_OK


def _convert(
    services: Services, source: Path, options: argparse.Namespace, cancellation: Cancellation
) -> int:
    file = services.library.describe(source)
    if file.quantization not in _FLOATS and options.type not in _FLOATS:
        note(say_requantized(file.quantization))
    target = options.output or services.converting.target_of(source, options.type)
    order = Order(
        source=source,
        target=target.expanduser(),
        file_type=options.type,
        calibration=_calibration(options),
        adapter=options.adapter,
        strength=options.strength,
        measuring=None if options.measure is None else Measuring(tuple(options.measure)),
    )
    progress = Progress()
    try:
        made = services.converting.convert(
            order, cancellation, lambda done: progress.show(say_progress(done))
        )
    finally:
        progress.end()
    return _show(made, options)


def _calibration(options: argparse.Namespace) -> Calibration | None:
    if options.imatrix is not None:
        return Calibration(matrix=options.imatrix)
    if options.calibrate is not None:
        return Calibration(texts=tuple(options.calibrate), keeps_as=options.save_imatrix)
    return None


def _show(made: Conversion, options: argparse.Namespace) -> int:
    failure = error_from_code(made.failure.code, made.failure.details) if made.failure is not None else None
    if options.json:
        quality = made.quality
        row = asdict(made) | {"path": str(made.path)}
        print_json(row | ({"verdict": judge_quality(quality)} if quality is not None else {}))
    else:
        sizes = words.say_size(made.size_before_bytes), words.say_size(made.size_bytes)
        sys.stdout.write(f"{safe_line(str(made.path))}\n{sizes[0]} → {sizes[1]}\n")
        for line in say_quality(made.quality) if made.quality is not None else []:
            sys.stdout.write(line + "\n")
    if failure is not None:
        note(tr("The file is there; it could not be compared with the original:"))
        show_error(failure, as_json=False)
        return EXIT_FAILED
    return EXIT_OK


def say_progress(progress: ConversionProgress) -> str:
    """Say how far it is: "writing the file 40 %, about 2 min left"."""
    left = f", {words.say_time_left(progress.time_left_s)}" if progress.time_left_s is not None else ""
    return f"{say_stage(progress.stage)} {100 * progress.fraction:.0f} %{left}"


def _type_line(forecast: TypeForecast) -> str:
    time = words.say_duration(forecast.seconds) if forecast.seconds is not None else ""
    bits = tr("{0} bits a weight").format(f"{forecast.bits_per_weight:.2f}")
    columns = [forecast.file_type, words.say_size(forecast.size_bytes), bits, time]
    return "\t".join([*columns, "; ".join(say_type_notes(forecast))]).rstrip()
